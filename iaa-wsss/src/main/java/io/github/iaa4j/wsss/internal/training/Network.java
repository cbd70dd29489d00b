package io.github.iaa4j.wsss.internal.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A convolutional network as a list of layers, each of which reads the outputs of earlier ones. The
 * same list is trained by {@link Trainer} and exported by {@link OnnxExport}, so that the two
 * cannot drift apart.
 *
 * <p>All weights live in one vector. An optimiser then is a handful of vector operations, and the
 * memory of a training step belongs to one manager.
 */
public final class Network {

  /** A layer, identified by its index in {@link Network#layers()}. */
  public sealed interface Layer {}

  /** The images, {@code [B, 3, H, W]}. */
  public record Input() implements Layer {}

  /**
   * A convolution with "same" padding; then batch normalisation where {@code normalised}, else a
   * bias; then ReLU where {@code relu}.
   */
  public record Convolution(
      int source,
      int inputs,
      int outputs,
      int kernel,
      int stride,
      int dilation,
      boolean normalised,
      boolean relu)
      implements Layer {

    int weights() {
      return outputs * inputs * kernel * kernel;
    }

    /** How many weights follow the kernel: scales and shifts where normalised, else biases. */
    int affineParameters() {
      return (normalised ? 2 : 1) * outputs;
    }

    int padding() {
      return dilation * (kernel / 2);
    }
  }

  /** Bilinear upsampling by an integer factor, with half-pixel centres. */
  public record Upsampling(int source, int factor) implements Layer {}

  /** Two maps of one size, concatenated along the channels. */
  public record Concatenation(int first, int second) implements Layer {}

  /** The sum of two maps of one shape. */
  public record Sum(int first, int second) implements Layer {}

  /** Each channel's mean, plus {@code maximumShare} times its maximum: {@code [B, C]}. */
  public record Pooling(int source, float maximumShare) implements Layer {}

  /** The logistic function. */
  public record Sigmoid(int source) implements Layer {}

  private final List<Layer> layers = new ArrayList<>();
  private final List<Integer> channels = new ArrayList<>();
  private final Map<String, Integer> outputs = new LinkedHashMap<>();

  /** A network that has its input only. */
  public Network() {
    add(new Input(), 3);
  }

  private int add(Layer layer, int width) {
    layers.add(layer);
    channels.add(width);
    return layers.size() - 1;
  }

  /** Adds a normalised convolution with ReLU. */
  int convolution(int source, int width, int kernel, int stride) {
    return add(
        new Convolution(source, channels.get(source), width, kernel, stride, 1, true, true), width);
  }

  /** Adds two 3x3 convolutions with a shortcut around them. */
  int residual(int source, int dilation) {
    int width = channels.get(source);
    int inner = add(new Convolution(source, width, width, 3, 1, dilation, true, true), width);
    int outer = add(new Convolution(inner, width, width, 3, 1, dilation, true, false), width);
    return add(new Sum(source, outer), width);
  }

  /** Adds a 1x1 convolution with a bias: a class map for each class. */
  int classMaps(int source, int classes) {
    return add(
        new Convolution(source, channels.get(source), classes, 1, 1, 1, false, false), classes);
  }

  int upsampling(int source, int factor) {
    return add(new Upsampling(source, factor), channels.get(source));
  }

  int concatenation(int first, int second) {
    return add(new Concatenation(first, second), channels.get(first) + channels.get(second));
  }

  int pooling(int source, float maximumShare) {
    return add(new Pooling(source, maximumShare), channels.get(source));
  }

  int sigmoid(int source) {
    return add(new Sigmoid(source), channels.get(source));
  }

  void output(String name, int layer) {
    outputs.put(name, layer);
  }

  /** The layers, each after those that it reads. */
  public List<Layer> layers() {
    return Collections.unmodifiableList(layers);
  }

  /** How many channels a layer outputs. */
  int channels(int layer) {
    return channels.get(layer);
  }

  /** The outputs by name, in the order in which they were added. */
  public Map<String, Integer> outputs() {
    return Collections.unmodifiableMap(outputs);
  }

  /**
   * The lengths of the parameters in the weight vector: for each convolution its kernel {@code
   * [out, in, k, k]}, then scale and shift where normalised, else its bias.
   */
  long[] parameterLengths() {
    List<Long> lengths = new ArrayList<>();
    for (Layer layer : layers) {
      if (layer instanceof Convolution c) {
        lengths.add((long) c.weights());
        lengths.add((long) c.outputs());
        if (c.normalised()) {
          lengths.add((long) c.outputs());
        }
      }
    }
    return lengths.stream().mapToLong(Long::longValue).toArray();
  }

  /**
   * Initial weights: kernels normal with variance 2 / inputs (He et al., <em>Delving Deep into
   * Rectifiers</em>, ICCV 2015), scales one, the rest zero. The last scale of a residual block
   * starts at zero, so that the block starts as its shortcut (Goyal et al., 2017).
   */
  Weights initialWeights(Random random) {
    int length = 0;
    for (long parameter : parameterLengths()) {
      length += (int) parameter;
    }
    float[] vector = new float[length];
    List<float[]> statistics = new ArrayList<>();
    int at = 0;
    for (Layer layer : layers) {
      if (layer instanceof Convolution c) {
        double deviation = Math.sqrt(2.0 / (c.inputs() * c.kernel() * c.kernel()));
        if (!c.normalised()) {
          deviation = 0.01;
        }
        for (int i = 0; i < c.weights(); i++) {
          vector[at++] = (float) (random.nextGaussian() * deviation);
        }
        if (c.normalised()) {
          Arrays.fill(vector, at, at + c.outputs(), c.relu() ? 1f : 0f);
          at += c.outputs();
          float[] variance = new float[c.outputs()];
          Arrays.fill(variance, 1f);
          statistics.add(new float[c.outputs()]);
          statistics.add(variance);
        }
        at += c.outputs();
      }
    }
    return new Weights(vector, statistics);
  }

  /**
   * Weights for this network that start with those of another, as far as the two have the same
   * layers.
   *
   * @param own weights of this network, for the other layers
   */
  Weights startingWith(Network other, Weights others, Weights own) {
    int length = 0;
    int statistics = 0;
    for (int i = 0; i < Math.min(layers.size(), other.layers.size()); i++) {
      if (!layers.get(i).equals(other.layers.get(i))) {
        break;
      }
      if (layers.get(i) instanceof Convolution c) {
        length += c.weights() + c.affineParameters();
        statistics += c.normalised() ? 2 : 0;
      }
    }
    float[] vector = own.vector().clone();
    System.arraycopy(others.vector(), 0, vector, 0, length);
    List<float[]> running = new ArrayList<>(others.statistics().subList(0, statistics));
    running.addAll(own.statistics().subList(statistics, own.statistics().size()));
    return new Weights(vector, running);
  }
}
