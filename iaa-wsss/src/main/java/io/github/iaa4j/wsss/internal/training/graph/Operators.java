package io.github.iaa4j.wsss.internal.training.graph;

import ai.djl.ndarray.NDArray;
import io.github.iaa4j.wsss.internal.onnx.HostTensor;
import io.github.iaa4j.wsss.internal.onnx.Node;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The operators that are known, each as onnx.ai/onnx/operators describes it, for operator sets 11
 * to 20. What has only inputs in Java's memory is computed there, where there is a function for it.
 */
final class Operators {

  private static final Map<String, Operator> DEVICE = new HashMap<>();
  private static final Map<String, Operator> HOST = new HashMap<>();

  static {
    Elementwise.addTo(DEVICE);
    Movement.addTo(DEVICE);
    Layers.addTo(DEVICE);
    Reductions.addTo(DEVICE);
    DEVICE.put("Resize", Resize::apply);
    HostArithmetic.addTo(HOST);
    HostMovement.addTo(HOST);
  }

  private Operators() {}

  /** The names of all operators. */
  static Set<String> names() {
    Set<String> names = new HashSet<>(DEVICE.keySet());
    names.addAll(HOST.keySet());
    return names;
  }

  static boolean isKnown(Node node) {
    return DEVICE.containsKey(node.operator()) || HOST.containsKey(node.operator());
  }

  /** Whether a node of inputs in Java's memory is computed there. */
  static boolean isHost(Node node) {
    return HOST.containsKey(node.operator());
  }

  static List<Value> apply(Call call) {
    String name = call.node().operator();
    Operator host = HOST.get(name);
    Operator device = DEVICE.get(name);
    boolean isHost = host != null && (device == null || call.isAllHost());
    return Objects.requireNonNull(isHost ? host : device, name).apply(call);
  }

  static List<Value> one(NDArray array) {
    return List.of(new Value.Device(array));
  }

  static List<Value> one(HostTensor tensor) {
    return List.of(new Value.Host(tensor));
  }
}
