package io.github.iaa4j.wsss.internal.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import java.util.List;

/** Nodes that are added behind a backbone. */
public final class Heads {

  private Heads() {}

  /**
   * Turns the tokens of a vision transformer into a feature map: the patch tokens, row by row,
   * without the class and register tokens before them.
   *
   * @param tokens name of a value {@code [B, prefix + H/patch * W/patch, C]}
   * @param prefix how many tokens come before those of the patches
   * @param patch the side of a patch in pixels
   * @param output the feature map's name, {@code [B, C, H/patch, W/patch]}
   */
  public static OnnxModel tokenMap(
      OnnxModel model, String tokens, int prefix, int patch, String output) {
    String images = model.imageInput();
    return model.edited(
        graph -> {
          String starts = vector(graph, output, "starts", prefix);
          String ends = vector(graph, output, "ends", Long.MAX_VALUE);
          String axes = vector(graph, output, "axes", 1);
          String two = vector(graph, output, "two", 2);
          String four = vector(graph, output, "four", 4);
          String zero = vector(graph, output, "zero", 0);
          String side = vector(graph, output, "patch", patch);
          String kept = vector(graph, output, "kept", 0, 0);
          graph.addNode(
              Protos.node("Slice", output + ".patches", List.of(tokens, starts, ends, axes)));
          graph.addNode(
              Protos.node(
                  "Transpose",
                  output + ".channels",
                  List.of(output + ".patches"),
                  Protos.integers("perm", 0, 2, 1)));
          graph.addNode(Protos.node("Shape", output + ".shape", List.of(images)));
          graph.addNode(
              Protos.node(
                  "Slice", output + ".pixels", List.of(output + ".shape", two, four, zero)));
          graph.addNode(Protos.node("Div", output + ".grid", List.of(output + ".pixels", side)));
          graph.addNode(
              Protos.node(
                  "Concat",
                  output + ".size",
                  List.of(kept, output + ".grid"),
                  Protos.integer("axis", 0)));
          graph.addNode(
              Protos.node("Reshape", output, List.of(output + ".channels", output + ".size")));
        });
  }

  private static String vector(
      GraphProto.Builder graph, String prefix, String name, long... values) {
    graph.addInitializer(Protos.integerTensor(prefix + "." + name, values));
    return prefix + "." + name;
  }

  /**
   * A classifier whose class maps are its class activation maps: a 1x1 convolution, {@code
   * maps.weight} and {@code maps.bias}, and the mean of each map (Zhang et al., Learning Deep
   * Features for Discriminative Localization, CVPR 2016).
   *
   * @param features name of a feature map {@code [B, channels, h, w]}
   * @param maps name of the class maps, {@code [B, classes, h, w]}
   * @param logits name of the classes' logits, {@code [B, classes]}
   * @param probabilities name of their logistic function, {@code [B, classes]}
   * @param weight {@code [classes, channels]}
   */
  public static OnnxModel classifier(
      OnnxModel model,
      String features,
      String maps,
      String logits,
      String probabilities,
      float[] weight,
      int classes) {
    return model.edited(
        graph -> {
          graph.addInitializer(
              Protos.tensor(maps + ".weight", weight, classes, weight.length / classes, 1, 1));
          graph.addInitializer(Protos.tensor(maps + ".bias", new float[classes], classes));
          graph.addNode(
              Protos.node(
                  "Conv",
                  maps,
                  List.of(features, maps + ".weight", maps + ".bias"),
                  Protos.integers("kernel_shape", 1, 1)));
          graph.addNode(Protos.node("GlobalAveragePool", logits + ".pooled", List.of(maps)));
          graph.addNode(Protos.node("Flatten", logits, List.of(logits + ".pooled")));
          graph.addNode(Protos.node("Sigmoid", probabilities, List.of(logits)));
          graph.addOutput(Protos.value(maps, "batch", classes, "mapHeight", "mapWidth"));
          graph.addOutput(Protos.value(logits, "batch", classes));
          graph.addOutput(Protos.value(probabilities, "batch", classes));
        });
  }
}
