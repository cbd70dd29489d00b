package io.github.iaa4j.wsss.internal.training;

import com.google.gson.JsonObject;
import io.github.iaa4j.wsss.internal.ValidationScore;
import java.util.List;
import java.util.Map;

/**
 * How far a training is, with all that its next step needs. Random numbers are not in it: drawing
 * the batches before a step again costs microseconds. Neither are pseudo masks, which the
 * classifier gives again.
 *
 * @param configuration what decides the bytes of the model, by field
 * @param classifierLosses the loss of every step so far
 * @param segmenterLosses the loss of every step so far; empty while the classifier is trained
 * @param validation the measurements of the classifier so far
 * @param weights of the network that is trained, by initializer; empty before its first step
 * @param memory of its optimiser
 * @param classifier the weights of the best classifier so far, where it is measured; once the
 *     segmenter is trained, those that the classifier ended with
 */
record Checkpoint(
    JsonObject configuration,
    List<Float> classifierLosses,
    List<Float> segmenterLosses,
    List<ValidationScore> validation,
    Map<String, float[]> weights,
    Map<String, float[]> memory,
    Map<String, float[]> classifier) {

  /** Copies its lists. */
  Checkpoint {
    classifierLosses = List.copyOf(classifierLosses);
    segmenterLosses = List.copyOf(segmenterLosses);
    validation = List.copyOf(validation);
  }

  /** The state before the first step. */
  static Checkpoint start(JsonObject configuration) {
    return new Checkpoint(
        configuration, List.of(), List.of(), List.of(), Map.of(), Map.of(), Map.of());
  }

  /** Whether the classifier is trained. */
  boolean isInSegmenter() {
    return !segmenterLosses.isEmpty();
  }
}
