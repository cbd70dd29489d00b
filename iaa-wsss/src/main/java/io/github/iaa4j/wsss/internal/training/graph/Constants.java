package io.github.iaa4j.wsss.internal.training.graph;

import ai.onnx.proto.OnnxMl.TensorProto;
import io.github.iaa4j.wsss.internal.onnx.HostTensor;
import io.github.iaa4j.wsss.internal.onnx.Node;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The values of a graph that do not depend on the images, and are not weights. */
final class Constants {

  private final OnnxModel model;

  Constants(OnnxModel model) {
    this.model = model;
  }

  /** The integers of a value, or null where it is no constant. */
  long @Nullable [] integers(String value) {
    HostTensor tensor = value(value);
    return tensor == null ? null : tensor.longs();
  }

  private @Nullable HostTensor value(String name) {
    TensorProto tensor = model.initializers().get(name);
    if (tensor != null) {
      return HostTensor.of(tensor);
    }
    Node node = model.producer(name);
    if (node == null || !Operators.isHost(node)) {
      return null;
    }
    List<@Nullable Value> inputs = new ArrayList<>();
    for (String input : node.inputs()) {
      HostTensor found = input.isEmpty() ? null : value(input);
      if (found == null && !input.isEmpty()) {
        return null;
      }
      inputs.add(found == null ? null : new Value.Host(found));
    }
    try (Call call = new Call(node, inputs, null, Normalisation.FROZEN)) {
      int index = node.outputs().indexOf(name);
      return Operators.apply(call).get(index) instanceof Value.Host host ? host.tensor() : null;
    }
  }
}
