package io.github.iaa4j.wsss.internal.onnx;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the map of a convolutional backbone that a decoder sharpens its borders with: the last one
 * at stride 4 that everything after it comes from. In a residual network it is the output of a
 * stage rather than a map inside a branch; where a block without a shortcut makes the map smaller,
 * as in MobileNet and EfficientNet, it is what that block has expanded.
 */
public final class LowLevelFeatures {

  /** Pixels of the image between two elements of the map. */
  public static final int STRIDE = 4;

  private LowLevelFeatures() {}

  /**
   * Finds the map.
   *
   * @param features the feature map's name
   * @return the map's name; empty if the feature map is as fine, or no map has this stride, as in
   *     most vision transformers
   */
  public static Optional<String> find(OnnxModel model, String features) {
    List<Node> nodes = model.ancestors(List.of(features));
    Map<String, Integer> lastUses = lastUses(nodes);
    Map<String, Long> strides = new HashMap<>(Map.of(model.imageInput(), 1L));
    Set<String> live = new HashSet<>(strides.keySet());
    String found = null;
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      long stride = stride(node, strides);
      if (stride > 0) {
        for (String output : node.outputs()) {
          strides.put(output, stride);
          live.add(output);
        }
      }
      int now = i;
      live.removeIf(value -> lastUses.getOrDefault(value, -1) <= now);
      // A padded map has another size.
      if (stride == STRIDE && live.size() == 1 && !node.operator().equals("Pad")) {
        found = live.iterator().next();
      }
    }
    return strides.getOrDefault(features, 1L) > STRIDE
        ? Optional.ofNullable(found)
        : Optional.empty();
  }

  /** The index of the last node that reads the elements of each value, not only its shape. */
  private static Map<String, Integer> lastUses(List<Node> nodes) {
    Map<String, Integer> lastUses = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      if (!nodes.get(i).operator().equals("Shape")) {
        for (String input : nodes.get(i).inputs()) {
          lastUses.put(input, i);
        }
      }
    }
    return lastUses;
  }

  /** The stride of what a node makes, 0 where it does not depend on the images' elements. */
  private static long stride(Node node, Map<String, Long> strides) {
    if (node.operator().equals("Shape")) {
      return 0;
    }
    return node.inputs().stream().mapToLong(name -> strides.getOrDefault(name, 0L)).max().orElse(0)
        * OutputStride.windowStride(node);
  }
}
