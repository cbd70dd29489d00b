package io.github.iaa4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.dataset.VocWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command over a model that was hardly trained. */
class PseudoMasksTest {

  @TempDir static Path folder;
  @TempDir Path own;

  private static Path toy;
  private static Path model;

  @BeforeAll
  static void train() {
    toy = folder.resolve("toy");
    model = folder.resolve("model");
    Iaa.run("toyworld", "--split", "train", "--count", 6, "--seed", 3, "--out", toy);
    Iaa trained =
        Iaa.run(
            "train",
            "--classifier-steps",
            2,
            "--segmenter-steps",
            2,
            "--data",
            "voc:" + toy,
            "--out",
            model);
    assertThat(trained.exitCode()).as(trained.err()).isZero();
  }

  private Iaa masks(Path out, Object... options) {
    List<Object> all =
        new ArrayList<>(List.of("pseudo-masks", "--model", model, "--out", out, "--json"));
    all.add(own.resolve("result.json"));
    all.addAll(List.of(options));
    return Iaa.run(all.toArray());
  }

  private JsonObject json(Iaa iaa) throws IOException {
    assertThat(iaa.exitCode()).as(iaa.err()).isZero();
    return JsonParser.parseString(Files.readString(own.resolve("result.json"))).getAsJsonObject();
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @Test
  void everyImageGetsAMaskOfItsSizeWithItsLabelsAlone() throws IOException {
    Path copy = own.resolve("copy");
    Iaa.run("toyworld", "--split", "train", "--count", 6, "--seed", 3, "--out", copy);
    Path out = copy.resolve("SegmentationClass");

    JsonObject result = json(masks(out, "--overwrite", "--data", "voc:" + copy));

    assertThat(result.get("written").getAsInt()).isEqualTo(6);
    assertThat(files(out)).hasSize(6);
    LabeledDataset data = VocDataset.open(copy, "train");
    for (LabeledImage image : data.images()) {
      LabelMask mask = image.mask().orElseThrow();
      for (byte index : mask.indices()) {
        assertThat(index == 0 || image.labels().contains(data.classNames().get(index - 1)))
            .isTrue();
      }
    }
  }

  @Test
  void masksThatAreThereAreKeptUnlessTheyAreToBeOverwritten() throws IOException {
    Path out = own.resolve("masks");
    json(masks(out, "--data", "voc:" + toy));
    Path first = files(out).get(0);
    byte[] mask = Files.readAllBytes(first);
    Files.delete(files(out).get(1));
    Files.writeString(first, "mine");

    Iaa resumed = masks(out, "--data", "voc:" + toy);

    assertThat(json(resumed).get("written").getAsInt()).isEqualTo(1);
    assertThat(json(resumed).get("skippedExisting").getAsInt()).isEqualTo(5);
    assertThat(resumed.out()).contains("Wrote 1 masks", "5 already existed; --overwrite");
    assertThat(first).hasContent("mine");

    assertThat(json(masks(out, "--overwrite", "--data", "voc:" + toy)).get("written").getAsInt())
        .isEqualTo(6);
    assertThat(first).hasBinaryContent(mask);
  }

  @Test
  void generatedImagesGetMasksAndUnlabelledOnesNone() throws IOException {
    LabeledDataset data = VocDataset.open(toy, "train");
    LabeledImage any = data.images().get(0);
    VocWriter writer = new VocWriter(own.resolve("mixed"), data.classNames());
    writer.addGenerated("made", any.image(), any.labels());
    RgbImage image = any.image();
    writer.add("empty", image, new LabelMask(image.width(), image.height(), new byte[64 * 64]));
    writer.writeSplit("train", Map.of("made", any.labels(), "empty", List.of()));

    Iaa iaa = masks(own.resolve("masks"), "--data", "voc:" + own.resolve("mixed"));

    assertThat(json(iaa).get("generated").getAsInt()).isEqualTo(1);
    assertThat(json(iaa).get("skippedWithoutLabels").getAsInt()).isEqualTo(1);
    assertThat(iaa.out()).contains("1 of them of generated images", "1 images have no label");
    assertThat(files(own.resolve("masks"))).containsExactly(own.resolve("masks/made.png"));
  }

  @Test
  void twoThresholdsLeaveVoidAndTheCrfIsNamedInTheResult() throws IOException {
    Path out = own.resolve("masks");

    JsonObject result =
        json(
            masks(
                out,
                "--data",
                "voc:" + toy,
                "--refinement",
                "pamr:2",
                "--background",
                "fixed:0.1:0.9",
                "--crf",
                "psa"));

    assertThat(result.get("refinement").getAsString()).startsWith("PAMR (crf dense CRF");
    assertThat(result.get("background").getAsString()).isEqualTo("fixed (high 0.9, low 0.1)");
    int unknown = 0;
    for (Path file : files(out)) {
      for (byte index : LabelMask.read(file, 20).indices()) {
        unknown += (index & 0xff) == LabelMask.VOID ? 1 : 0;
      }
    }
    assertThat(unknown).isPositive();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--background|fixed:2|the thresholds are 2.0 and 2.0",
        "--background|guess|is not one of fixed:T",
        "--background|fixed:a|expected numbers after the colons",
        "--background|otsu:3|otsu has one threshold, otsu:2 has two",
        "--refinement|pamr|is not one of none, colours:STEPS and pamr:ITERATIONS",
        "--refinement|pamr:1000|must be from 0 to 100",
        "--refinement|pamr:2.9|steps are a whole number",
        "--crf|sharp|PSA"
      })
  void aWrongOptionIsNamedWithWhatIsAllowed(String option, String value, String message) {
    Iaa iaa = masks(own.resolve("masks"), "--data", "voc:" + toy, option, value);

    assertThat(iaa.exitCode()).isEqualTo(2);
    assertThat(iaa.err()).contains(option, message);
  }

  @Test
  void labelsThatTheModelDoesNotKnowAreNamed() {
    VocWriter writer = new VocWriter(own.resolve("other"), List.of("teapot"));
    LabeledImage any = VocDataset.open(toy, "train").images().get(0);
    writer.addGenerated("a", any.image(), List.of("teapot"));
    writer.writeSplit("train", Map.of("a", List.of("teapot")));

    Iaa iaa = masks(own.resolve("masks"), "--data", "voc:" + own.resolve("other"));

    assertThat(iaa.exitCode()).isEqualTo(1);
    assertThat(iaa.err()).contains("the labels [teapot], which the model does not know");
    assertThat(own.resolve("masks")).doesNotExist();
  }
}
