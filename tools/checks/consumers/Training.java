package consumer;

import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.toyworld.Split;
import io.github.iaa4j.toyworld.ToyWorld;
import io.github.iaa4j.wsss.WsssTraining;
import java.nio.file.Path;

/** Trains a model for a few steps, or says which artifact is missing. */
public class Training {

  public static void main(String[] args) throws Exception {
    Path work = Path.of(args[0]);
    ToyWorld.write(Split.TRAIN, 20, 1, work.resolve("real"));
    try {
      WsssTraining.builder()
          .classifierSteps(2)
          .segmenterSteps(2)
          .build()
          .fit(VocDataset.open(work.resolve("real"), "train"), work.resolve("model"))
          .close();
      System.out.println("trained");
    } catch (ConfigurationException e) {
      System.out.println("not trained: " + e.getMessage());
    }
  }
}
