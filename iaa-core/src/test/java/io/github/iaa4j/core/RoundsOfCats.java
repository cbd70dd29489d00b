package io.github.iaa4j.core;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.filter.ImageScorer;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.testing.FakeSampler;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose prompts are rewritten where their images are rejected. */
abstract class RoundsOfCats {

  @TempDir Path folder;

  static final LabeledDataset CATS =
      LabeledDataset.of(
          List.of("cat", "dog"), IntStream.range(0, 4).mapToObj(i -> photo("p" + i)).toList());

  static final ImageScorer FIRST_PIXEL =
      new ImageScorer() {
        @Override
        public List<String> classNames() {
          return List.of("cat", "dog");
        }

        @Override
        public float[] score(RgbImage image) {
          return new float[] {(image.pixels()[0] & 0xff) / 255f, 0};
        }
      };

  static LabeledImage photo(String id) {
    return LabeledImage.of(id, List.of("cat"), () -> FakeSampler.plain(16, 16, 0x808080));
  }

  /**
   * A model that cannot generate warm colours: those come out at 0 to 0.4, all else at 0.5 to 1.
   */
  static RgbImage generate(GenerationJob job) {
    boolean warm = job.prompt().text().matches(".*\\b(red|orange|yellow|brown|purple)\\b.*");
    byte[] pixels = new byte[16 * 16 * 3];
    SplittableRandom random = new SplittableRandom(job.seed());
    random.nextBytes(pixels);
    pixels[0] = (byte) (warm ? random.nextInt(102) : 128 + random.nextInt(127));
    return new RgbImage(16, 16, pixels);
  }

  ImageAugmentationAgent.Builder agent(Path output) {
    return ImageAugmentationAgent.builder()
        .dataset(CATS)
        .sampler(FakeSampler.of(RoundsOfCats::generate))
        .filter(OnlineFilter.of(FIRST_PIXEL).rejectPreviewBelow(0.1).acceptFrom(0.45))
        .balance(Balance.add(40))
        .seed(3)
        .attempts(3)
        .output(output);
  }

  static List<PromptRecord> rewritten(Run run) {
    return run.prompts().stream().filter(prompt -> !prompt.givenUp().isEmpty()).toList();
  }

  ImageAugmentationAgent.Builder rounds(Path output) {
    return agent(output)
        .fillExhausted(true)
        .generationRounds(3)
        .attempts(2)
        .promptsInFlight(3)
        .balance(Balance.add(16));
  }
}
