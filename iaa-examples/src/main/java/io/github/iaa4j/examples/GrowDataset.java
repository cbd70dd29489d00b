package io.github.iaa4j.examples;

import io.github.iaa4j.core.AugmentationReport;
import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.PriorAdjustedScorer;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.toyworld.Split;
import io.github.iaa4j.toyworld.ToyWorld;
import io.github.iaa4j.toyworld.ToyWorldCheckpoint;
import io.github.iaa4j.wsss.OnnxWsss;
import io.github.iaa4j.wsss.WsssTraining;
import java.nio.file.Path;

/** The whole method: real images in, more out, filtered by a classifier of the real ones. */
public final class GrowDataset {

  private GrowDataset() {}

  /**
   * @param args the folder to write to
   */
  public static void main(String[] args) {
    Path folder = Path.of(args[0]);
    System.out.println(grow(folder, 300, 400, Balance.topUpTo(60)));
  }

  static AugmentationReport grow(Path folder, int images, int steps, Balance balance) {
    ToyWorld.write(Split.TRAIN, images, 1, folder.resolve("real"));
    LabeledDataset real = VocDataset.open(folder.resolve("real"), "train");

    WsssTraining training = WsssTraining.builder().classifierSteps(steps).segmenterSteps(1).build();
    try (OnnxWsss classifier = training.fit(real, folder.resolve("classifier"));
        StableDiffusion sampler =
            StableDiffusion.builder(ToyWorldCheckpoint.folder()).steps(20).guidance(5).build()) {
      return ImageAugmentationAgent.builder()
          .dataset(real)
          .refinement(SelfRefinement.until(0.8).atMost(4))
          .sampler(sampler)
          .filter(
              OnlineFilter.of(PriorAdjustedScorer.of(classifier, real))
                  .rejectPreviewBelow(PriorAdjustedScorer.PREVIEW_THRESHOLD)
                  .acceptFrom(PriorAdjustedScorer.ACCEPT_THRESHOLD))
          .balance(balance)
          .output(folder.resolve("run"))
          .build()
          .run();
    }
  }
}
