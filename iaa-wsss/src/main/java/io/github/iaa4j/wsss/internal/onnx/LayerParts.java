package io.github.iaa4j.wsss.internal.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What layers of a network are made of: first weights, and the nodes that use them. */
public final class LayerParts {

  private LayerParts() {}

  /** Random numbers of a normal distribution about zero. */
  public static float[] normal(Random random, int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * deviation);
    }
    return values;
  }

  /** The deviation of a kernel before ReLU (He et al., Delving Deep into Rectifiers, ICCV 2015). */
  public static double deviation(int inputs, int side) {
    return Math.sqrt(2.0 / (inputs * side * side));
  }

  /**
   * Adds a square kernel of normal random numbers, {@code layer.weight}.
   *
   * @return its name
   */
  public static String kernel(
      GraphProto.Builder graph,
      String layer,
      Random random,
      int outputs,
      int inputs,
      int side,
      double deviation) {
    String name = layer + ".weight";
    float[] values = normal(random, outputs * inputs * side * side, deviation);
    graph.addInitializer(Protos.tensor(name, values, outputs, inputs, side, side));
    return name;
  }

  /**
   * Adds a vector of one value.
   *
   * @return its name
   */
  public static String vector(GraphProto.Builder graph, String name, int length, float value) {
    float[] values = new float[length];
    Arrays.fill(values, value);
    graph.addInitializer(Protos.tensor(name, values, length));
    return name;
  }

  /**
   * Adds a convolution with "same" padding.
   *
   * @param inputs the map, the kernel and, if there is one, the bias
   * @param side of the kernel
   */
  public static void convolution(
      GraphProto.Builder graph,
      String output,
      List<String> inputs,
      int side,
      int stride,
      int dilation) {
    long padding = (long) dilation * (side / 2);
    graph.addNode(
        Protos.node(
            "Conv",
            output,
            inputs,
            Protos.integers("kernel_shape", side, side),
            Protos.integers("strides", stride, stride),
            Protos.integers("dilations", dilation, dilation),
            Protos.integers("pads", padding, padding, padding, padding)));
  }

  /** Adds a bilinear upsampling with half-pixel centres. */
  public static void upsampling(
      GraphProto.Builder graph, String output, String source, int factor) {
    String scales = output + ".scales";
    graph.addInitializer(Protos.tensor(scales, new float[] {1, 1, factor, factor}, 4));
    graph.addNode(
        Protos.node(
            "Resize",
            output,
            List.of(source, "", scales),
            Protos.text("mode", "linear"),
            Protos.text("coordinate_transformation_mode", "half_pixel")));
  }

  /**
   * Adds a bilinear resizing with half-pixel centres to the height and width of another map.
   *
   * @param like the other map, {@code [B, any, H, W]}
   */
  public static void resizing(GraphProto.Builder graph, String output, String source, String like) {
    String zero = output + ".zero";
    String two = output + ".two";
    String four = output + ".four";
    graph.addInitializer(Protos.integerTensor(zero, 0));
    graph.addInitializer(Protos.integerTensor(two, 2));
    graph.addInitializer(Protos.integerTensor(four, 4));
    String own = output + ".own";
    String other = output + ".other";
    graph.addNode(Protos.node("Shape", own + ".shape", List.of(source)));
    graph.addNode(Protos.node("Shape", other + ".shape", List.of(like)));
    graph.addNode(Protos.node("Slice", own, List.of(own + ".shape", zero, two)));
    graph.addNode(Protos.node("Slice", other, List.of(other + ".shape", two, four)));
    String sizes = output + ".sizes";
    graph.addNode(Protos.node("Concat", sizes, List.of(own, other), Protos.integer("axis", 0)));
    graph.addNode(
        Protos.node(
            "Resize",
            output,
            List.of(source, "", "", sizes),
            Protos.text("mode", "linear"),
            Protos.text("coordinate_transformation_mode", "half_pixel")));
  }
}
