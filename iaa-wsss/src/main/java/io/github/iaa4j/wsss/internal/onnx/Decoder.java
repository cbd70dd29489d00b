package io.github.iaa4j.wsss.internal.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import java.util.List;
import java.util.Random;

/**
 * A segmentation head behind a feature map, after DeepLab v3 (Chen et al., <em>Rethinking Atrous
 * Convolution for Semantic Image Segmentation</em>, 2017): a projection, atrous spatial pyramid
 * pooling with the mean of the image as one of its branches, and logits that are made four times
 * finer. It has no normalisations of its own: batches are small.
 *
 * <p>Kernels are normal with variance 2 / inputs, biases zero.
 */
public final class Decoder {

  /** How much finer the logits are than the feature map. */
  public static final int FACTOR = 4;

  private static final int PROJECTED = 256;
  private static final int BRANCH = 128;
  private static final int[] DILATIONS = {1, 3, 6};
  private static final double HEAD_DEVIATION = 0.01;

  private final GraphProto.Builder graph;
  private final String name;
  private final Random random;

  private Decoder(GraphProto.Builder graph, String name, Random random) {
    this.graph = graph;
    this.name = name;
    this.random = random;
  }

  /**
   * Adds the head.
   *
   * @param features name of a feature map {@code [B, channels, h, w]}
   * @param channels of the feature map
   * @param logits name of the logits, {@code [B, outputs, 4 * h, 4 * w]}; the names of what is
   *     added begin with it
   * @param random draws the weights
   */
  public static OnnxModel add(
      OnnxModel model, String features, int channels, String logits, int outputs, Random random) {
    return model.edited(
        graph -> new Decoder(graph, logits, random).build(features, channels, outputs));
  }

  private void build(String features, int channels, int outputs) {
    String projected = convolution("projection", features, channels, PROJECTED, 1, 1);
    String[] branches = new String[DILATIONS.length + 2];
    branches[0] = convolution("point", projected, PROJECTED, BRANCH, 1, 1);
    for (int i = 0; i < DILATIONS.length; i++) {
      branches[i + 1] =
          convolution("atrous" + DILATIONS[i], projected, PROJECTED, BRANCH, 3, DILATIONS[i]);
    }
    branches[branches.length - 1] = imageMean(projected, branches[0]);
    String joined = name + ".joined";
    graph.addNode(Protos.node("Concat", joined, List.of(branches), Protos.integer("axis", 1)));
    String mixed = convolution("mixed", joined, BRANCH * branches.length, BRANCH, 1, 1);
    String coarse = name + ".coarse";
    LayerParts.convolution(
        graph,
        coarse,
        weighted(mixed, name + ".classes", outputs, BRANCH, 1, HEAD_DEVIATION),
        1,
        1,
        1);
    LayerParts.upsampling(graph, name, coarse, FACTOR);
    graph.addOutput(Protos.value(name, "batch", outputs, "maskHeight", "maskWidth"));
  }

  /** The mean over the image, at each element of a map of the same size as another branch. */
  private String imageMean(String projected, String like) {
    String pooled = name + ".mean";
    graph.addNode(Protos.node("GlobalAveragePool", pooled, List.of(projected)));
    String mean = convolution("image", pooled, PROJECTED, BRANCH, 1, 1);
    String size = name + ".size";
    String spread = name + ".spread";
    graph.addNode(Protos.node("Shape", size, List.of(like)));
    graph.addNode(Protos.node("Expand", spread, List.of(mean, size)));
    return spread;
  }

  /** A convolution with "same" padding and ReLU. */
  private String convolution(
      String layer, String source, int inputs, int outputs, int kernel, int dilation) {
    String full = name + "." + layer;
    LayerParts.convolution(
        graph,
        full + ".convolved",
        weighted(source, full, outputs, inputs, kernel, LayerParts.deviation(inputs, kernel)),
        kernel,
        1,
        dilation);
    graph.addNode(Protos.node("Relu", full, List.of(full + ".convolved")));
    return full;
  }

  /** A map with the first weights of a convolution over it. */
  private List<String> weighted(
      String source, String layer, int outputs, int inputs, int kernel, double deviation) {
    return List.of(
        source,
        LayerParts.kernel(graph, layer, random, outputs, inputs, kernel, deviation),
        LayerParts.vector(graph, layer + ".bias", outputs, 0));
  }
}
