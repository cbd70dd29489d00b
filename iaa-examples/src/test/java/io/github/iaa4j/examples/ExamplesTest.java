package io.github.iaa4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.AugmentationReport;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.testing.FakeSampler;
import io.github.iaa4j.llm.testing.FakeChatModel;
import io.github.iaa4j.toyworld.Split;
import io.github.iaa4j.toyworld.ToyWorld;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExamplesTest {

  @TempDir Path folder;

  @Test
  void growDatasetFillsItsSlotsOrSaysWhichStayedEmpty() {
    AugmentationReport report = GrowDataset.grow(folder, 40, 30, Balance.add(4));

    assertThat(report.slots()).isEqualTo(4);
    assertThat(report.attempts()).isGreaterThanOrEqualTo(4);
    assertThat(report.dataset().resolve("ImageSets/Main/train.txt")).exists();
  }

  @Test
  void paintOnePromptPaintsTheSamePictureEachTime() throws InterruptedException {
    Path first = folder.resolve("first.png");
    Path second = folder.resolve("second.png");

    GenerateOneImage.main(new String[] {"a large red car on a road", first.toString()});
    GenerateOneImage.main(new String[] {"a large red car on a road", second.toString()});

    RgbImage image = RgbImage.read(first);
    assertThat(image.width()).isEqualTo(64);
    assertThat(image).isEqualTo(RgbImage.read(second));
  }

  @Test
  void refinePromptsWritesAgainWhatItsCriticTurnsDown() {
    String good = "{\"score\": 0.9, \"advice\": \"\"}";
    String poor = "{\"score\": 0.1, \"advice\": \"\"}";
    FakeChatModel.Builder script =
        FakeChatModel.script().answer("{\"prompt\": \"a dog and a cat in a meadow\"}");
    // The examination of the model as a judge: four pairs, the better prompt first.
    for (int pair = 0; pair < 4; pair++) {
      script.answer(good).answer(poor);
    }
    FakeChatModel chat =
        script
            .answer("{\"score\": 0.2, \"advice\": \"there must be a sheep and no cat\"}")
            .answer("{\"prompt\": \"a large dog beside a sheep in a meadow\"}")
            .answer(good)
            .build();

    RefinedPrompt refined = RefinePrompts.refine(chat);

    assertThat(refined.prompt().text()).contains("dog").contains("sheep").doesNotContain("cat");
    assertThat(refined.score()).isGreaterThanOrEqualTo(0.8);
  }

  @Test
  void ownFilterTurnsDarkImagesDown() {
    ToyWorld.write(Split.TRAIN, 10, 1, folder.resolve("real"));
    VocDataset real = VocDataset.open(folder.resolve("real"), "train");

    AugmentationReport report =
        OwnFilter.run(
            real,
            FakeSampler.of(
                job ->
                    job.attempt() == 0
                        ? FakeSampler.plain(64, 64, 0x000000)
                        : ToyWorld.scene(Split.BROAD, job.seed(), job.slot()).image()),
            folder.resolve("run"));

    assertThat(report.accepted()).isEqualTo(8);
    assertThat(report.rejected()).isGreaterThanOrEqualTo(8);
  }

  @Test
  void everyExampleIsShort() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src/main/java/io/github/iaa4j/examples"))) {
      assertThat(files)
          .hasSizeGreaterThan(4)
          .allSatisfy(
              source -> assertThat(Files.readAllLines(source)).hasSizeLessThanOrEqualTo(75));
    }
  }
}
