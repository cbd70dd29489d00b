package io.github.iaa4j.wsss.internal.training.graph;

import java.util.List;

/** Computes a node. */
@FunctionalInterface
interface Operator {

  /**
   * @return the values of its outputs, each array a handle of its own
   */
  List<Value> apply(Call call);
}
