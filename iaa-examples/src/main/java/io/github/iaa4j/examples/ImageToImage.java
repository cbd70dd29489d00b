package io.github.iaa4j.examples;

import io.github.iaa4j.core.AugmentationReport;
import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.toyworld.ToyWorldCheckpoint;
import java.nio.file.Path;
import java.util.List;

/** New images that start from real ones: each job keeps the layout of a real image. */
public final class ImageToImage {

  private ImageToImage() {}

  static AugmentationReport grow(LabeledDataset real, Path folder) {
    List<LabeledImage> sources = real.images();
    try (StableDiffusion sampler =
        StableDiffusion.load(ToyWorldCheckpoint.folder())
            .steps(20)
            .guidance(5)
            .imageToImage(job -> source(sources, job), 0.6)
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

  /** Depends on the job alone, so that a resumed run takes the same images. */
  private static RgbImage source(List<LabeledImage> sources, GenerationJob job) {
    return sources.get(Math.floorMod(job.seed(), sources.size())).image();
  }
}
