package io.github.iaa4j.examples;

import io.github.iaa4j.core.AugmentationEvent;
import io.github.iaa4j.core.AugmentationReport;
import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import java.nio.file.Path;

/** A run that is cancelled and resumed: same folder, same settings, same bytes in the end. */
public final class ResumeRun {

  private ResumeRun() {}

  static AugmentationReport run(LabeledDataset real, DiffusionSampler sampler, Path folder) {
    try {
      runUntilFirstImage(real, sampler, folder);
    } catch (CancelledException e) {
      System.out.println("stopped: " + e.getMessage());
    }
    try (ImageAugmentationAgent agent = builder(real, sampler, folder).build()) {
      return agent.run();
    }
  }

  /** Closes the agent, as a service that shuts down does, when it has its first image. */
  private static void runUntilFirstImage(
      LabeledDataset real, DiffusionSampler sampler, Path folder) {
    ImageAugmentationAgent[] running = new ImageAugmentationAgent[1];
    running[0] =
        builder(real, sampler, folder)
            .listener(
                event -> {
                  if (event instanceof AugmentationEvent.Accepted) {
                    running[0].close();
                  }
                })
            .build();
    running[0].run();
  }

  private static ImageAugmentationAgent.Builder builder(
      LabeledDataset real, DiffusionSampler sampler, Path folder) {
    return ImageAugmentationAgent.builder()
        .dataset(real)
        .sampler(sampler)
        .balance(Balance.add(4))
        .seed(1)
        .output(folder);
  }
}
