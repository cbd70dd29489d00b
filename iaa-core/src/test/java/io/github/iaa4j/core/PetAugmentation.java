package io.github.iaa4j.core;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.filter.ImageScorer;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.testing.FakeSampler;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;

/** Runs that augment a data set of pets with images of one colour. */
abstract class PetAugmentation {

  @TempDir Path folder;

  /** Ten images: nine with a cat, three of those with a dog too, and one with a dog alone. */
  static final LabeledDataset PETS =
      LabeledDataset.of(
          List.of("cat", "dog"),
          IntStream.range(0, 10)
              .mapToObj(
                  i ->
                      photo(
                          "p" + i,
                          i == 9 ? List.of("dog") : i < 3 ? List.of("cat", "dog") : List.of("cat")))
              .toList());

  /** Scores an image by its first pixel: red is how surely it shows a cat, green a dog. */
  static final ImageScorer FIRST_PIXEL =
      new ImageScorer() {
        @Override
        public List<String> classNames() {
          return List.of("cat", "dog");
        }

        @Override
        public float[] score(RgbImage image) {
          return new float[] {(image.pixels()[0] & 0xff) / 255f, (image.pixels()[1] & 0xff) / 255f};
        }
      };

  static LabeledImage photo(String id, List<String> labels) {
    return LabeledImage.of(id, labels, () -> FakeSampler.plain(16, 16, 0x808080));
  }

  /** Noise from the job's seed: about half of the attempts pass a threshold of one half. */
  static RgbImage noise(GenerationJob job) {
    byte[] pixels = new byte[16 * 16 * 3];
    new SplittableRandom(job.seed()).nextBytes(pixels);
    return new RgbImage(16, 16, pixels);
  }

  ImageAugmentationAgent.Builder agent(Path output) {
    return ImageAugmentationAgent.builder()
        .dataset(PETS)
        .sampler(FakeSampler.of(PetAugmentation::noise))
        .filter(OnlineFilter.of(FIRST_PIXEL).rejectPreviewBelow(0.3).acceptFrom(0.5))
        .balance(Balance.topUpTo(20))
        .seed(7)
        .attempts(64)
        .output(output);
  }

  static int accepted(AugmentationReport report, String className) {
    return Objects.requireNonNull(report.classes().get(className)).accepted();
  }

  ImageAugmentationAgent.Builder choosy(Path output) {
    return agent(output)
        .filter(OnlineFilter.of(FIRST_PIXEL).rejectPreviewBelow(0.3).acceptFrom(0.9))
        .attempts(4)
        .fillExhausted(true);
  }
}
