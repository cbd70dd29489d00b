package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.internal.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link VocWriter} writes, {@link VocDataset} reads. */
class VocRoundTripTest {

  private static final RgbImage IMAGE = RgbImage.of(ImageFiles.picture(6, 5));

  @TempDir private Path folder;

  @Test
  void masksHoldTheIndicesOfVocHoweverFewClassesThereAre() {
    byte[] indices = new byte[30];
    indices[0] = 1;
    indices[1] = 2;
    indices[2] = (byte) LabelMask.VOID;

    new VocWriter(folder, List.of("cat", "sheep")).add("a", IMAGE, new LabelMask(6, 5, indices));

    assertThat(LabelMask.read(folder.resolve("SegmentationClass/a.png"), 20).indices())
        .startsWith(8, 17, 255, 0);
  }

  @Test
  void placeholdersHoldTheIndicesOfVocToo() {
    new VocWriter(folder, List.of("cat", "sheep"))
        .addGenerated("2100_000001", IMAGE, List.of("sheep"));

    assertThat(LabelMask.read(folder.resolve("SegmentationClassAug/2100_000001.png"), 20).indices())
        .startsWith(17, 255);
  }

  @Test
  void aGeneratedImageKeepsItsLabelsAndIsKnownAsGenerated() {
    VocWriter writer = new VocWriter(folder, VocDataset.CLASS_NAMES);
    writer.addGenerated("a", IMAGE, List.of("cat", "sofa"));
    writer.writeSplit("train_aug", Map.of("a", List.of("cat", "sofa")));

    LabeledImage image = VocDataset.open(folder, "train_aug").images().get(0);

    assertThat(image.labels()).containsExactly("cat", "sofa");
    assertThat(image.generated()).isTrue();
    assertThat(image.mask()).isEmpty();
    assertThat(image.image()).isEqualTo(IMAGE);
  }

  @Test
  void labelsComeBackFromTheClassListsAlone() throws IOException {
    List<String> classNames = List.of("zebra", "Bowl/Basin", "ant");
    VocWriter writer = new VocWriter(folder, classNames);
    writer.addGenerated("a", IMAGE, List.of("Bowl/Basin"));
    writer.writeSplit("train", Map.of("a", List.of("Bowl/Basin")));
    Files.delete(folder.resolve("Annotations/a.xml"));

    VocDataset read = VocDataset.open(folder, "train");

    assertThat(read.classNames()).isEqualTo(classNames);
    assertThat(read.images().get(0).labels()).containsExactly("Bowl/Basin");
  }

  @Property(tries = 40)
  void labelsAndMasksComeBackForAnyClasses(
      @ForAll("classes") List<String> classNames, @ForAll long seed) throws IOException {
    Path root = Files.createTempDirectory("voc");
    try {
      Random random = new Random(seed);
      VocWriter writer = new VocWriter(root, classNames);
      Map<String, List<String>> labels = new LinkedHashMap<>();
      Map<String, LabelMask> masks = new LinkedHashMap<>();
      for (int i = 0; i < 3; i++) {
        byte[] indices = new byte[30];
        TreeSet<Integer> present = new TreeSet<>();
        for (int at = 0; at < indices.length; at++) {
          int index = random.nextInt(classNames.size() + 2);
          boolean isVoid = index == classNames.size() + 1;
          indices[at] = (byte) (isVoid ? LabelMask.VOID : index);
          if (index > 0 && !isVoid) {
            present.add(index - 1);
          }
        }
        String id = "2008_00000" + i;
        masks.put(id, new LabelMask(6, 5, indices));
        labels.put(id, present.stream().map(classNames::get).toList());
        writer.add(id, IMAGE, masks.get(id));
      }
      writer.writeSplit("train", labels);

      VocDataset read = VocDataset.open(root, "train");

      assertThat(read.classNames()).isEqualTo(classNames);

      assertThat(read.images())
          .extracting(LabeledImage::id)
          .containsExactlyElementsOf(labels.keySet());
      for (LabeledImage image : read.images()) {
        assertThat(image.labels()).isEqualTo(labels.get(image.id()));
        assertThat(image.mask()).contains(masks.get(image.id()));
      }
    } finally {
      Folders.delete(root);
    }
  }

  @Provide
  Arbitrary<List<String>> classes() {
    List<String> names = new ArrayList<>(VocDataset.CLASS_NAMES);
    names.addAll(
        List.of("kiwi", "traffic_light", "ox", "fire hydrant", "Bowl/Basin", "../R&B <x>"));
    return Arbitraries.of(
            Arbitraries.of(VocDataset.CLASS_NAMES)
                .list()
                .uniqueElements()
                .ofMinSize(1)
                .ofMaxSize(20),
            Arbitraries.of(names).list().uniqueElements().ofMinSize(1).ofMaxSize(20))
        .flatMap(lists -> lists);
  }
}
