package io.github.iaa4j.core.plan;

import java.util.List;

/**
 * One image to generate.
 *
 * @param ordinal its place in the plan, from 0; everything random about it is drawn from the run
 *     seed and this
 * @param labels the classes that the image must show, in the order of the data set's classes
 */
public record Slot(int ordinal, List<String> labels) {

  /**
   * @throws IllegalArgumentException if the ordinal is negative or there is no label
   */
  public Slot {
    if (ordinal < 0) {
      throw new IllegalArgumentException("a slot's ordinal starts at 0, not " + ordinal);
    }
    labels = List.copyOf(labels);
    if (labels.isEmpty()) {
      throw new IllegalArgumentException("slot " + ordinal + " has no label");
    }
  }
}
