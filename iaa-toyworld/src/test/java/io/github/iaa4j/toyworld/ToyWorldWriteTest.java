package io.github.iaa4j.toyworld;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ToyWorldWriteTest {
  @TempDir Path folder;

  @Test
  void theFilesAreAVocDataset() {
    ToyWorld.write(Split.TEST, 12, 3, folder);

    VocDataset dataset = VocDataset.open(folder, "test");

    assertThat(dataset.classNames()).isEqualTo(ToyWorld.CLASS_NAMES);
    assertThat(dataset.images()).hasSize(12);
    for (int i = 0; i < 12; i++) {
      ToyScene scene = ToyWorld.scene(Split.TEST, 3, i);
      LabeledImage image = dataset.images().get(i);
      assertThat(image.generated()).isFalse();
      assertThat(image.labels()).isEqualTo(scene.labels());
      assertThat(image.mask()).contains(scene.mask());
      assertThat(meanDifference(image.image().pixels(), scene.image().pixels())).isLessThan(4);
    }
  }

  @Test
  void captionsHaveALineForEachSceneInOrder() throws IOException {
    ToyWorld.write(Split.VAL, 5, 3, folder);

    List<String> lines = Files.readAllLines(folder.resolve("captions.jsonl"));

    assertThat(lines).hasSize(5);
    for (int i = 0; i < 5; i++) {
      ToyScene scene = ToyWorld.scene(Split.VAL, 3, i);
      JsonObject line = JsonParser.parseString(lines.get(i)).getAsJsonObject();
      assertThat(line.get("id").getAsString()).isEqualTo("1902_00000" + (i + 1));
      assertThat(line.get("caption").getAsString()).isEqualTo(scene.caption());
      assertThat(line.get("setting").getAsString()).isEqualTo(scene.setting());
      assertThat(line.getAsJsonArray("objects")).hasSize(scene.objects().size());
      assertThat(line.getAsJsonArray("objects").get(0).getAsJsonObject().get("class").getAsString())
          .isEqualTo(scene.objects().get(0).className());
    }
  }

  @Test
  void writingTwiceGivesTheSameBytes() throws IOException {
    ToyWorld.write(Split.TRAIN, 6, 1, folder.resolve("a"));
    ToyWorld.write(Split.TRAIN, 6, 1, folder.resolve("b"));

    assertThat(files(folder.resolve("a"))).isEqualTo(files(folder.resolve("b")));
  }

  @Test
  void anInterruptEndsWriting() {
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> ToyWorld.write(Split.TRAIN, 6, 1, folder))
          .isInstanceOf(CancelledException.class)
          .hasMessageContaining(folder.toString());
    } finally {
      assertThat(Thread.interrupted()).as("the interrupt flag").isTrue();
    }
    assertThat(folder.resolve("captions.jsonl")).doesNotExist();
  }

  @Test
  void countsOutsideTheRangeOfIdsAreRefused() {
    for (int count : new int[] {-1, 0, 1_000_000}) {
      assertThatThrownBy(() -> ToyWorld.write(Split.TRAIN, count, 1, folder))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("count")
          .hasMessageContaining(String.valueOf(count));
    }
  }

  private static Map<String, List<Byte>> files(Path root) throws IOException {
    Map<String, List<Byte>> contents = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        List<Byte> list = new java.util.ArrayList<>(bytes.length);
        for (byte b : bytes) {
          list.add(b);
        }
        contents.put(root.relativize(file).toString(), list);
      }
    }
    return contents;
  }

  private static double meanDifference(byte[] a, byte[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.abs((a[i] & 0xff) - (b[i] & 0xff));
    }
    return sum / a.length;
  }
}
