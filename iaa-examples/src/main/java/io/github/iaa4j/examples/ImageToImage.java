package io.github.iaa4j.examples;

import io.github.iaa4j.core.AugmentationReport;
import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.sampling.JobFunction;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.toyworld.ToyWorldCheckpoint;
import java.nio.file.Path;
import java.util.List;

/** New images that start from real ones: each job keeps the layout of a real image. */
public final class ImageToImage {

  private ImageToImage() {}

  static AugmentationReport grow(LabeledDataset real, Path folder) {
    try (StableDiffusion sampler =
        StableDiffusion.builder(ToyWorldCheckpoint.folder())
            .steps(20)
            .guidance(5)
            .imageToImage(realImageBySeed(real.images()), 0.6)
            .build()) {
      return ImageAugmentationAgent.builder()
          .dataset(real)
          .sampler(sampler)
          .balance(Balance.add(2))
          .output(folder)
          .build()
          .run();
    }
  }

  /**
   * Depends on the job alone, so that a resumed run takes the same images. Its description is
   * recorded with the run and compared when that is resumed, so it names whatever may change: here
   * the ids of the images, by their hash.
   */
  private static JobFunction<RgbImage> realImageBySeed(List<LabeledImage> images) {
    return JobFunction.of(
        Description.of("real image by seed")
            .with("images", images.stream().map(LabeledImage::id).toList().hashCode()),
        job -> images.get(Math.floorMod(job.seed(), images.size())).image());
  }
}
