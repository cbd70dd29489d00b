package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.outcome.Reason;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What became of a prompt that images were generated from.
 *
 * @param slot the ordinal of the slot that they were generated for
 * @param round in which generation round of the slot, from 0
 * @param labels the classes that its images should have shown
 * @param prompt what they were generated from
 * @param attempts images that were begun
 * @param accepted whether the last of them was accepted; the others were not
 * @param functionEvaluations UNet batch rows spent on all of them
 * @param reasons why the filter rejected attempts, and how many of them for the same reasons; a
 *     reason has neither step nor score here. An image that was kept as a fallback left none; one
 *     that was then found to repeat another image left those of the filter
 * @param repeats attempts that the filter accepted and that were then found to repeat the image of
 *     another slot; they did show the labels
 * @param failures attempts that could not be generated, which says nothing of the prompt
 */
public record GeneratedPrompt(
    int slot,
    int round,
    List<String> labels,
    Prompt prompt,
    int attempts,
    boolean accepted,
    long functionEvaluations,
    Map<List<Reason>, Integer> reasons,
    int repeats,
    int failures) {

  /** Copies its parts; reasons are in the alphabetical order of their messages. */
  public GeneratedPrompt {
    labels = List.copyOf(labels);
    Map<List<Reason>, Integer> sorted = new LinkedHashMap<>();
    reasons.entrySet().stream()
        .sorted(Comparator.comparing(entry -> Reason.message(entry.getKey())))
        .forEach(entry -> sorted.put(List.copyOf(entry.getKey()), entry.getValue()));
    reasons = Collections.unmodifiableMap(sorted);
  }
}
