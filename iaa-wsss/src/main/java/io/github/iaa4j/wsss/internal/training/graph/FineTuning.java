package io.github.iaa4j.wsss.internal.training.graph;

import ai.djl.training.tracker.Tracker;
import io.github.iaa4j.wsss.internal.onnx.Parameter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The groups of a fine-tuning: backbone and head have learning rates of their own; biases, affines
 * of normalisations, tokens and position tables are not decayed.
 */
public final class FineTuning {

  private FineTuning() {}

  /**
   * The groups.
   *
   * @param parameters all that is trained
   * @param head the names of those that are not the backbone's
   * @param update of the optimiser
   * @param backboneRate of the backbone
   * @param headRate of the head
   * @param weightDecay of weights
   */
  public static List<ParameterGroup> groups(
      Collection<Parameter> parameters,
      Set<String> head,
      WeightUpdate update,
      Tracker backboneRate,
      Tracker headRate,
      double weightDecay) {
    List<ParameterGroup> groups = new ArrayList<>();
    for (boolean isHead : new boolean[] {false, true}) {
      for (boolean decays : new boolean[] {true, false}) {
        Set<String> names =
            parameters.stream()
                .filter(each -> head.contains(each.name()) == isHead)
                .filter(each -> (each.role() == Parameter.Role.WEIGHT) == decays)
                .map(Parameter::name)
                .collect(Collectors.toSet());
        if (!names.isEmpty()) {
          groups.add(
              new ParameterGroup(
                  names, update, isHead ? headRate : backboneRate, decays ? weightDecay : 0));
        }
      }
    }
    return groups;
  }
}
