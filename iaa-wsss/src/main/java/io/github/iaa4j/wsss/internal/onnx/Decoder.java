package io.github.iaa4j.wsss.internal.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import java.util.List;
import java.util.Random;

/**
 * A segmentation head behind a feature map: a projection, atrous spatial pyramid pooling with the
 * mean of the image as one of its branches (Chen et al., <em>Rethinking Atrous Convolution for
 * Semantic Image Segmentation</em>, 2017), and, where the backbone has a map at stride 4, a skip
 * from there (Chen et al., <em>Encoder-Decoder with Atrous Separable Convolution for Semantic Image
 * Segmentation</em>, ECCV 2018), with one 3x3 convolution after it. It has no normalisations of its
 * own: batches are small.
 *
 * <p>Kernels are normal with variance 2 / inputs, biases zero.
 */
public final class Decoder {

  private static final int MIN_FACTOR = 4;
  private static final int PROJECTED = 256;
  private static final int BRANCH = 128;
  private static final int[] DILATIONS = {1, 3, 6};
  private static final int LOW_LEVEL = 48;
  private static final int NARROW_LOW_LEVEL = 32;
  private static final double HEAD_DEVIATION = 0.01;

  private final GraphProto.Builder graph;
  private final String name;
  private final Random random;

  /**
   * A value {@code [B, channels, h, w]}.
   *
   * @param name of the value
   * @param channels how many it has
   */
  public record FeatureMap(String name, int channels) {}

  private Decoder(GraphProto.Builder graph, String name, Random random) {
    this.graph = graph;
    this.name = name;
    this.random = random;
  }

  /**
   * How much finer than a feature map the logits are without a skip: at least four times, and such
   * that their stride is a whole number of pixels.
   *
   * @param stride of the feature map, at least 1
   */
  public static int factor(int stride) {
    int factor = Math.min(stride, MIN_FACTOR);
    while (stride % factor != 0) {
      factor++;
    }
    return factor;
  }

  /**
   * Adds a head that enlarges its logits.
   *
   * @param logits name of the logits, {@code [B, outputs, factor * h, factor * w]}; the names of
   *     what is added begin with it
   * @param random draws the weights
   */
  public static OnnxModel enlarging(
      OnnxModel model, FeatureMap features, int factor, String logits, int outputs, Random random) {
    return model.edited(
        graph -> {
          Decoder decoder = new Decoder(graph, logits, random);
          String coarse = logits + ".coarse";
          decoder.classes(coarse, decoder.pyramid(features), outputs);
          LayerParts.upsampling(graph, logits, coarse, factor);
        });
  }

  /**
   * Adds a head with a skip.
   *
   * @param lowLevel a finer map of the backbone
   * @param logits name of the logits, {@code [B, outputs, h, w]} of the size of {@code lowLevel};
   *     the names of what is added begin with it
   * @param random draws the weights
   */
  public static OnnxModel withSkip(
      OnnxModel model,
      FeatureMap features,
      FeatureMap lowLevel,
      String logits,
      int outputs,
      Random random) {
    return model.edited(
        graph -> {
          Decoder decoder = new Decoder(graph, logits, random);
          decoder.classes(logits, decoder.skip(decoder.pyramid(features), lowLevel), outputs);
        });
  }

  private String pyramid(FeatureMap features) {
    String projected =
        convolution("projection", features.name(), features.channels(), PROJECTED, 1, 1);
    String[] branches = new String[DILATIONS.length + 2];
    branches[0] = convolution("point", projected, PROJECTED, BRANCH, 1, 1);
    for (int i = 0; i < DILATIONS.length; i++) {
      branches[i + 1] =
          convolution("atrous" + DILATIONS[i], projected, PROJECTED, BRANCH, 3, DILATIONS[i]);
    }
    branches[branches.length - 1] = imageMean(projected, branches[0]);
    String joined = concatenation("joined", branches);
    return convolution("mixed", joined, BRANCH * branches.length, BRANCH, 1, 1);
  }

  private String skip(String pyramid, FeatureMap lowLevel) {
    // Few, so that they do not outweigh the features of the pyramid.
    int width = lowLevel.channels() < LOW_LEVEL ? NARROW_LOW_LEVEL : LOW_LEVEL;
    String narrowed = convolution("lowLevel", lowLevel.name(), lowLevel.channels(), width, 1, 1);
    String enlarged = name + ".enlarged";
    LayerParts.resizing(graph, enlarged, pyramid, narrowed);
    String both = concatenation("both", enlarged, narrowed);
    return convolution("refined", both, BRANCH + width, BRANCH, 3, 1);
  }

  private void classes(String output, String source, int outputs) {
    LayerParts.convolution(
        graph,
        output,
        weighted(source, name + ".classes", outputs, BRANCH, 1, HEAD_DEVIATION),
        1,
        1,
        1);
    graph.addOutput(Protos.value(name, "batch", outputs, "maskHeight", "maskWidth"));
  }

  private String concatenation(String layer, String... maps) {
    String full = name + "." + layer;
    graph.addNode(Protos.node("Concat", full, List.of(maps), Protos.integer("axis", 1)));
    return full;
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
