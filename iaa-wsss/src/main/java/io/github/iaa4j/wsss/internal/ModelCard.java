package io.github.iaa4j.wsss.internal;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Normalization;
import io.github.iaa4j.wsss.pseudomask.BackgroundRule;
import io.github.iaa4j.wsss.pseudomask.Refinement;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What {@code model.json} says about a model: how to run it, and how it was trained. In the file
 * the settings are fields like the others.
 *
 * @param classNames without background
 * @param settings how it was trained and is run
 * @param normalization of the networks' input
 * @param inputStride heights and widths of the networks' input are multiples of this, at least 1
 * @param backbone what the networks were made from, for a reader
 * @param realImages how many training images were real
 * @param generatedImages how many training images were generated
 * @param classifierSha256 checksum of {@code classifier.onnx}, hexadecimal
 * @param segmenterSha256 checksum of {@code segmenter.onnx}, hexadecimal
 * @param classifierStep the step whose weights the classifier has
 * @param classifierValidation the classifier on validation images, by step; empty without them
 * @param classifierLosses the loss of every step
 * @param segmenterLosses the loss of every step
 */
public record ModelCard(
    List<String> classNames,
    TrainingSettings settings,
    Normalization normalization,
    int inputStride,
    String backbone,
    int realImages,
    int generatedImages,
    String classifierSha256,
    String segmenterSha256,
    int classifierStep,
    List<ValidationScore> classifierValidation,
    List<Float> classifierLosses,
    List<Float> segmenterLosses) {

  /** The backbone of a training without one. */
  public static final String SMALL_NETWORK = "small network";

  private static final String SETTINGS = "settings";
  private static final String REMEDY = " Train the model again.";
  private static final Gson GSON =
      new GsonBuilder()
          .setPrettyPrinting()
          .registerTypeAdapter(Refinement.class, described(Refinement::describe, Refinement::of))
          .registerTypeAdapter(
              BackgroundRule.class, described(BackgroundRule::describe, BackgroundRule::of))
          .create();

  /** How an image becomes the input of the networks. */
  public InputScaling scaling() {
    return new InputScaling(settings.imageSize(), inputStride, normalization);
  }

  /** A part that stands in the file as the name and the settings of its description. */
  private static <T> TypeAdapter<T> described(
      Function<T, Description> describe, Function<Description, T> restore) {
    Gson plain = new Gson();
    return new TypeAdapter<>() {
      @Override
      public void write(JsonWriter out, T part) {
        Description description = describe.apply(part);
        plain.toJson(new Part(description.name(), description.settings()), Part.class, out);
      }

      @Override
      public T read(JsonReader in) {
        Part part = plain.fromJson(in, Part.class);
        return restore.apply(
            new Description(part.name, new TreeMap<>(part.settings), Collections.emptySortedSet()));
      }
    };
  }

  private record Part(String name, Map<String, String> settings) {}

  /** Settings as the fields that the file has of them. */
  public static JsonObject fields(TrainingSettings settings) {
    return GSON.toJsonTree(settings).getAsJsonObject();
  }

  /** The text of the file. */
  public String toJson() {
    JsonObject flat = new JsonObject();
    GSON.toJsonTree(this)
        .getAsJsonObject()
        .asMap()
        .forEach(
            (field, value) -> {
              if (field.equals(SETTINGS)) {
                value.getAsJsonObject().asMap().forEach(flat::add);
              } else {
                flat.add(field, value);
              }
            });
    return GSON.toJson(flat) + "\n";
  }

  /**
   * Reads the text of the file.
   *
   * @throws ModelException naming the field, if the text is not JSON, or a field is missing, of
   *     another type or out of range
   */
  public static ModelCard parse(Path file, String json) {
    JsonObject object;
    try {
      object = JsonParser.parseString(json).getAsJsonObject();
    } catch (JsonParseException | IllegalStateException e) {
      throw new ModelException(file, null, "is not the JSON that training writes." + REMEDY, e);
    }
    for (RecordComponent component : ModelCard.class.getRecordComponents()) {
      if (!component.getName().equals(SETTINGS)) {
        checkType(file, component, object.get(component.getName()));
      }
    }
    JsonObject settings = new JsonObject();
    for (RecordComponent component : TrainingSettings.class.getRecordComponents()) {
      JsonElement value = object.get(component.getName());
      checkType(file, component, value);
      settings.add(component.getName(), value);
    }
    object.add(SETTINGS, settings);
    ModelCard card = GSON.fromJson(object, ModelCard.class);
    card.checkRanges(file);
    return card;
  }

  private static void checkType(Path file, RecordComponent component, @Nullable JsonElement value) {
    String field = component.getName();
    if (value == null || value.isJsonNull()) {
      throw new ModelException(file, field, "is missing." + REMEDY, null);
    }
    try {
      Object read = GSON.fromJson(value, component.getGenericType());
      if (!(read instanceof List<?> list) || list.stream().allMatch(Objects::nonNull)) {
        return;
      }
    } catch (IllegalArgumentException e) {
      throw new ModelException(file, field, "is invalid: " + e.getMessage() + "." + REMEDY, e);
    } catch (RuntimeException e) { // Gson wraps what a record's own checks throw.
      throw new ModelException(file, field, "has another type than training writes." + REMEDY, e);
    }
    throw new ModelException(file, field, "holds a null." + REMEDY, null);
  }

  private void checkRanges(Path file) {
    settings.faults().stream()
        .findFirst()
        .ifPresent(fault -> require(file, fault.setting(), fault.value(), false, fault.allowed()));
    require(file, "inputStride", inputStride, inputStride >= 1, "at least 1");
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
        "classifierSteps",
        settings.classifierSteps(),
        classifierValidation.isEmpty()
            ? settings.classifierSteps() == classifierLosses.size()
            : settings.classifierSteps() >= classifierLosses.size(),
        "as many as there are classifierLosses");
    require(
        file,
        "classifierValidation",
        classifierValidation,
        classifierValidation.stream()
            .allMatch(
                score ->
                    score.step() >= 1
                        && score.step() <= classifierLosses.size()
                        && score.meanAveragePrecision() >= 0
                        && score.meanAveragePrecision() <= 1),
        "of steps that have a loss, each with a meanAveragePrecision in [0, 1]");
    require(
        file,
        "classifierStep",
        classifierStep,
        classifierValidation.isEmpty()
            ? classifierStep == classifierLosses.size()
            : classifierValidation.stream().anyMatch(score -> score.step() == classifierStep),
        "the last step, or one of classifierValidation");
    require(
        file,
        "segmenterSteps",
        settings.segmenterSteps(),
        settings.segmenterSteps() == segmenterLosses.size(),
        "as many as there are segmenterLosses");
  }

  private static void require(
      Path file, String field, Object value, boolean holds, String allowed) {
    if (!holds) {
      throw new ModelException(
          file, field, "is " + value + ", but must be " + allowed + "." + REMEDY, null);
    }
  }
}
