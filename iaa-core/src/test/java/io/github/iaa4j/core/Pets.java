package io.github.iaa4j.core;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.filter.ImageScorer;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobFunction;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.testing.FakeSampler;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A small run to test with: three images of cats, noise for images, a scorer of the first pixel.
 */
final class Pets {

  static final List<String> CLASSES = List.of("cat", "dog");

  static final LabeledDataset CATS =
      LabeledDataset.of(CLASSES, List.of(new Photo("a"), new Photo("b"), new Photo("c")));

  private Pets() {}

  /** Scores each class by the first pixel's red. */
  static final class FirstPixel implements ImageScorer {
    @Override
    public List<String> classNames() {
      return CLASSES;
    }

    @Override
    public float[] score(RgbImage image) {
      float red = (image.pixels()[0] & 0xff) / 255f;
      return new float[] {red, red};
    }
  }

  static RgbImage noise(GenerationJob job) {
    byte[] pixels = new byte[16 * 16 * 3];
    new SplittableRandom(job.seed()).nextBytes(pixels);
    return new RgbImage(16, 16, pixels);
  }

  /** Plans 12 images of cats and accepts about half of the attempts at them. */
  static ImageAugmentationAgent.Builder agent(Path folder) {
    return ImageAugmentationAgent.builder()
        .dataset(CATS)
        .sampler(FakeSampler.of(JobFunction.of(Description.of("noise by seed"), Pets::noise)))
        .filter(OnlineFilter.of(new FirstPixel()).rejectPreviewBelow(0.2).acceptFrom(0.5))
        .balance(Balance.add(12))
        .attempts(8)
        .output(folder);
  }

  private record Photo(String id) implements LabeledImage {
    @Override
    public List<String> labels() {
      return List.of("cat");
    }

    @Override
    public boolean generated() {
      return false;
    }

    @Override
    public RgbImage image() {
      return FakeSampler.plain(16, 16, 0x808080);
    }

    @Override
    public Optional<LabelMask> mask() {
      return Optional.empty();
    }
  }
}
