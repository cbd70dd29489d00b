package consumer;

import io.github.iaa4j.core.AugmentationReport;
import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.toyworld.Split;
import io.github.iaa4j.toyworld.ToyWorld;
import io.github.iaa4j.toyworld.ToyWorldCheckpoint;
import java.nio.file.Files;
import java.nio.file.Path;

/** Augments a small data set with the built-in checkpoint. */
public class Generation {

  public static void main(String[] args) throws Exception {
    Path folder = Files.createTempDirectory(Path.of(args[0]), "generation");
    ToyWorld.write(Split.TRAIN, 20, 1, folder.resolve("real"));
    LabeledDataset real = VocDataset.open(folder.resolve("real"), "train");
    try (StableDiffusion sampler = StableDiffusion.load(ToyWorldCheckpoint.folder())) {
      AugmentationReport report =
          ImageAugmentationAgent.builder()
              .dataset(real)
              .sampler(sampler)
              .balance(Balance.add(2))
              .output(folder.resolve("run"))
              .build()
              .run();
      System.out.println("generated: " + report.slots().accepted() + " of " + report.slots().planned());
    }
  }
}
