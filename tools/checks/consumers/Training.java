package consumer;

import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.toyworld.Split;
import io.github.iaa4j.toyworld.ToyWorld;
import io.github.iaa4j.wsss.WsssTraining;
import java.nio.file.Path;

/** Trains a model for a few steps; with {@code missing} as the second argument it must say which artifact to add. */
public class Training {

  public static void main(String[] args) throws Exception {
    Path work = Path.of(args[0]);
    boolean isMissing = args.length > 1 && args[1].equals("missing");
    ToyWorld.write(Split.TRAIN, 20, 1, work.resolve("real"));
    try {
      WsssTraining.builder()
          .classifierSteps(2)
          .segmenterSteps(2)
          .build()
          .fit(VocDataset.open(work.resolve("real"), "train"), work.resolve("model"))
          .close();
      System.out.println("trained");
      System.exit(isMissing ? 1 : 0);
    } catch (ConfigurationException e) {
      System.out.println("not trained: " + e.getMessage());
      System.exit(isMissing && e.getMessage().contains("pytorch-native-cpu") ? 0 : 1);
    }
  }
}
