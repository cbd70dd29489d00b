package io.github.iaa4j.wsss.internal;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.error.ModelException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@code model.json} says of a model: how to run it, and how it came about.
 *
 * @param classNames without background
 * @param imageSize the side in pixels that images are resized to
 * @param backgroundThreshold of pseudo masks, in (0, 1)
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
   * @throws ModelException naming the field, if it is no JSON, or a field is missing, of another
   *     kind or out of range
   */
  public static ModelCard parse(Path file, String json) {
    JsonObject object;
    try {
      object = JsonParser.parseString(json).getAsJsonObject();
    } catch (JsonParseException | IllegalStateException e) {
      throw new ModelException(
          file, null, "is not the JSON that training writes. Train the model again.", e);
    }
    for (RecordComponent component : ModelCard.class.getRecordComponents()) {
      checkType(file, component, object.get(component.getName()));
    }
    ModelCard card = GSON.fromJson(object, ModelCard.class);
    card.checkRanges(file);
    return card;
  }

  private static void checkType(Path file, RecordComponent component, @Nullable JsonElement value) {
    String field = component.getName();
    if (value == null || value.isJsonNull()) {
      throw new ModelException(file, field, "is missing. Train the model again.", null);
    }
    try {
      Object read = GSON.fromJson(value, component.getGenericType());
      if (!(read instanceof List<?> list) || list.stream().allMatch(Objects::nonNull)) {
        return;
      }
    } catch (JsonParseException | NumberFormatException e) {
      throw new ModelException(
          file, field, "is of another kind than training writes. Train the model again.", e);
    }
    throw new ModelException(file, field, "holds a null. Train the model again.", null);
  }

  private void checkRanges(Path file) {
    require(
        file,
        "classNames",
        classNames,
        !classNames.isEmpty()
            && classNames.size() <= LabelMask.MAX_CLASSES
            && Set.copyOf(classNames).size() == classNames.size(),
        "from 1 to " + LabelMask.MAX_CLASSES + " names, each once");
    require(
        file,
        "imageSize",
        imageSize,
        imageSize >= 32 && imageSize <= 512 && imageSize % Architecture.STRIDE == 0,
        "a multiple of " + Architecture.STRIDE + " from 32 to 512");
    require(
        file,
        "backgroundThreshold",
        backgroundThreshold,
        backgroundThreshold > 0 && backgroundThreshold < 1,
        "in (0, 1)");
    require(
        file,
        "camScales",
        camScales,
        !camScales.isEmpty() && camScales.stream().allMatch(s -> s >= 0.25 && s <= 4),
        "at least one number, each from 0.25 to 4");
    require(
        file,
        "refinementSteps",
        refinementSteps,
        refinementSteps >= 0 && refinementSteps <= 100,
        "from 0 to 100");
    require(
        file,
        "classifierSteps",
        classifierSteps,
        classifierSteps == classifierLosses.size(),
        "as many as there are classifierLosses");
    require(
        file,
        "segmenterSteps",
        segmenterSteps,
        segmenterSteps == segmenterLosses.size(),
        "as many as there are segmenterLosses");
  }

  private static void require(
      Path file, String field, Object value, boolean holds, String allowed) {
    if (!holds) {
      throw new ModelException(
          file,
          field,
          "is " + value + ", but must be " + allowed + ". Train the model again.",
          null);
    }
  }
}
