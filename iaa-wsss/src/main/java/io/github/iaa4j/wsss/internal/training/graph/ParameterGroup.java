package io.github.iaa4j.wsss.internal.training.graph;

import ai.djl.training.tracker.Tracker;
import java.util.Set;

/**
 * Parameters that are trained alike. What is in no group is not trained.
 *
 * @param names of initializers
 * @param update of the optimiser; groups may share one
 * @param learningRate by the step, from 0 on
 * @param weightDecay at least 0
 */
public record ParameterGroup(
    Set<String> names, WeightUpdate update, Tracker learningRate, double weightDecay) {

  /** Copies its set. */
  public ParameterGroup {
    names = Set.copyOf(names);
  }
}
