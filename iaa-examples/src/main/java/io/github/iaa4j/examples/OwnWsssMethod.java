package io.github.iaa4j.examples;

import com.google.gson.Gson;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.wsss.WsssMethod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;

/** A WSSS method of your own: learns from labels which colours are seen with which class. */
record OwnWsssMethod(int levels) implements WsssMethod<OwnWsssModel> {

  @Override
  public OwnWsssModel fit(LabeledDataset data, Path folder) {
    List<String> classes = data.classNames();
    double[] images = new double[levels * levels * levels];
    double[][] evidence = new double[classes.size()][images.length];
    for (LabeledImage image : data.images()) {
      if (Thread.currentThread().isInterrupted()) {
        throw new CancelledException("learning colours was cancelled", null);
      }
      for (int colour :
          Arrays.stream(OwnWsssModel.colours(image.image(), levels)).distinct().toArray()) {
        images[colour]++;
        image.labels().forEach(label -> evidence[classes.indexOf(label)][colour]++);
      }
    }
    int[] counts = data.classCounts();
    for (int k = 0; k < counts.length; k++) {
      double prior = (double) counts[k] / (data.images().size() + 1);
      for (int colour = 0; colour < images.length; colour++) {
        double probability = (evidence[k][colour] + prior) / (images[colour] + 1);
        evidence[k][colour] = Math.max(0, (probability - prior) / (1 - prior));
      }
    }
    OwnWsssModel model = new OwnWsssModel(classes, levels, List.of(evidence));
    try {
      Files.createDirectories(folder);
      Path written = Files.writeString(folder.resolve("colours.tmp"), new Gson().toJson(model));
      // A file of this name is complete, so the model is present.
      Files.move(written, folder.resolve("colours.json"), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be written", e);
    }
    return model;
  }

  @Override
  public OwnWsssModel load(Path folder) {
    try {
      String json = Files.readString(folder.resolve("colours.json"));
      return new Gson().fromJson(json, OwnWsssModel.class);
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be read", e);
    }
  }

  @Override
  public boolean isPresent(Path folder) {
    return Files.exists(folder.resolve("colours.json"));
  }

  @Override
  public Description describe() {
    return Description.of("colours of labels").with("levels", levels);
  }
}
