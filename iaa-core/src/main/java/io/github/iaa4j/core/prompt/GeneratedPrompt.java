package io.github.iaa4j.core.prompt;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What became of a prompt that images were generated from.
 *
 * @param slot the ordinal of the slot that it was for
 * @param round in which generation round of the slot, from 0
 * @param labels the classes that its images should have shown
 * @param prompt what the images were generated from
 * @param attempts images that were begun
 * @param accepted whether the last of them was accepted; the others were not
 * @param functionEvaluations UNet batch rows spent on all of them
 * @param reasons why attempts were rejected, in the filter's words, and how many for each reason;
 *     an image that was kept although it was rejected left none
 * @param repeats attempts that were accepted and then found to repeat the image of another slot;
 *     they did show the labels
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
    Map<String, Integer> reasons,
    int repeats,
    int failures) {

  /** Copies its parts; reasons are in alphabetical order. */
  public GeneratedPrompt {
    labels = List.copyOf(labels);
    reasons = Collections.unmodifiableMap(new TreeMap<>(reasons));
  }

  /** Without repeats and failures. */
  public GeneratedPrompt(
      int slot,
      int round,
      List<String> labels,
      Prompt prompt,
      int attempts,
      boolean accepted,
      long functionEvaluations,
      Map<String, Integer> reasons) {
    this(slot, round, labels, prompt, attempts, accepted, functionEvaluations, reasons, 0, 0);
  }
}
