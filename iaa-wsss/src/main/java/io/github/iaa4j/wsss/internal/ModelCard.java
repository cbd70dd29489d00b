package io.github.iaa4j.wsss.internal;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import io.github.iaa4j.core.ModelException;
import java.nio.file.Path;
import java.util.List;

/**
 * What {@code model.json} says of a model: how to run it, and how it came about.
 *
 * @param classNames without background
 * @param imageSize the side in pixels that images are resized to
 * @param backgroundThreshold of pseudo masks, in [0, 1]
 * @param camScales multiples of {@code imageSize} at which class maps are read
 * @param refinementSteps how far activations spread along colours
 * @param realImages how many training images were real
 * @param generatedImages how many were painted
 * @param classifierSha256 checksum of {@code classifier.onnx}, hexadecimal
 * @param segmenterSha256 checksum of {@code segmenter.onnx}, hexadecimal
 */
public record ModelCard(
    List<String> classNames,
    int imageSize,
    double backgroundThreshold,
    List<Double> camScales,
    int refinementSteps,
    long seed,
    int classifierSteps,
    int segmenterSteps,
    int batchSize,
    double learningRate,
    double generatedShare,
    int realImages,
    int generatedImages,
    String classifierSha256,
    String segmenterSha256,
    List<Float> classifierLosses,
    List<Float> segmenterLosses) {

  private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

  /** The text of the file. */
  public String toJson() {
    return GSON.toJson(this) + "\n";
  }

  /**
   * Reads the text of the file.
   *
   * @throws ModelException if it is no JSON, or lacks what a model needs to run
   */
  public static ModelCard parse(Path file, String json) {
    ModelCard card;
    try {
      card = GSON.fromJson(json, ModelCard.class);
    } catch (JsonParseException e) {
      throw new ModelException(
          file, null, "is not the JSON that training writes. Train the model again.", e);
    }
    if (card == null || card.classNames == null || card.classNames.isEmpty()) {
      throw new ModelException(file, "classNames", "is missing. Train the model again.", null);
    }
    if (card.imageSize < Architecture.STRIDE || card.imageSize % Architecture.STRIDE != 0) {
      throw new ModelException(
          file,
          "imageSize",
          "is " + card.imageSize + ", but must be a multiple of " + Architecture.STRIDE + ".",
          null);
    }
    if (card.camScales == null || card.camScales.isEmpty()) {
      throw new ModelException(file, "camScales", "is missing. Train the model again.", null);
    }
    return card;
  }
}
