package io.github.iaa4j.wsss.internal.training;

import io.github.iaa4j.core.internal.Slices;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.wsss.internal.ActivationMaps;
import io.github.iaa4j.wsss.internal.InputScaling;
import io.github.iaa4j.wsss.internal.ModelFolder;
import io.github.iaa4j.wsss.internal.training.TrainingSet.Example;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Measures a classifier on images that it is not trained on, by their labels alone. */
final class Validation {

  private final List<Example> images;
  private final int classes;
  private final InputScaling scaling;
  private final Device device;
  private final Path modelFolder;
  private final Runnable checkpoint;

  /**
   * @param modelFolder for messages
   * @param checkpoint called between slices of images; may throw to end the measurement
   */
  Validation(
      TrainingSet images,
      int classes,
      InputScaling scaling,
      Device device,
      Path modelFolder,
      Runnable checkpoint) {
    this.images = images.examples();
    this.classes = classes;
    this.scaling = scaling;
    this.device = device;
    this.modelFolder = modelFolder;
    this.checkpoint = checkpoint;
  }

  /** The images in the size in which they are kept. */
  List<Example> images() {
    return images;
  }

  /**
   * The mean average precision of the probabilities that the written model would give.
   *
   * @param classifier the bytes of an ONNX model
   */
  double meanAveragePrecision(byte[] classifier) {
    List<float[]> scores = new ArrayList<>();
    Path file = modelFolder.resolve(ModelFolder.CLASSIFIER);
    try (Graph network = Graph.load(file, classifier, device, ModelFolder.REMEDIES)) {
      ActivationMaps maps = new ActivationMaps(network, classes, scaling, List.of());
      Slices.forEach(
          images.size(),
          done -> checkpoint.run(),
          (from, to) ->
              images.subList(from, to).parallelStream()
                  .map(example -> maps.probabilities(example.image()))
                  .forEachOrdered(scores::add));
    }
    return AveragePrecision.mean(scores, images.stream().map(Example::labels).toList());
  }
}
