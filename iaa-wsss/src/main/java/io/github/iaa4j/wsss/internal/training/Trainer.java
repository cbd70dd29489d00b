package io.github.iaa4j.wsss.internal.training;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.GradientCollector;
import io.github.iaa4j.wsss.internal.training.Network.Concatenation;
import io.github.iaa4j.wsss.internal.training.Network.Convolution;
import io.github.iaa4j.wsss.internal.training.Network.Input;
import io.github.iaa4j.wsss.internal.training.Network.Layer;
import io.github.iaa4j.wsss.internal.training.Network.Pooling;
import io.github.iaa4j.wsss.internal.training.Network.Sigmoid;
import io.github.iaa4j.wsss.internal.training.Network.Sum;
import io.github.iaa4j.wsss.internal.training.Network.Upsampling;
import io.github.iaa4j.wsss.internal.training.TrainingSet.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Trains a {@link Network} on DJL's PyTorch engine, with a linear warm-up and a cosine decay to
 * zero.
 *
 * <p>Kernels that are normalised have no scale of their own, only a direction, and are trained with
 * Muon: the step is the momentum with all its singular values made nearly one (Jordan et al.,
 * <em>Muon: An optimizer for hidden layers in neural networks</em>, 2024). It needs about half the
 * steps of AdamW (Loshchilov and Hutter, <em>Decoupled Weight Decay Regularization</em>, ICLR
 * 2019), which trains the other weights.
 *
 * <p>A batch is split into micro-batches of about sixteen images, each of which goes through the
 * network on a thread of its own: networks as small as these gain little from several threads
 * within an operator. Batch normalisation sees one micro-batch at a time, and the sum of the
 * micro-batches' gradients is the same on any number of processors.
 *
 * <p>Each micro-batch of a step has a manager of its own, and the weights of the step are a fresh
 * leaf in it, so nothing native outlives the step but the running statistics. The optimiser's state
 * is three plain vectors.
 */
final class Trainer implements AutoCloseable {

  /** Makes the mean loss of some images, a scalar, from the network's outputs by name. */
  interface Loss {
    NDArray of(Function<String, NDArray> outputs, NDArray targets);
  }

  /**
   * The images of a batch that one thread takes.
   *
   * @param from index of the first image
   * @param to index after the last image
   * @param statistics running statistics of these images alone
   */
  private record MicroBatch(int from, int to, List<NDArray> statistics) {}

  /** What a micro-batch adds to the gradient and the loss of the batch. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Gradient(float[] values, float loss) {}

  /** The position of a convolution's weights in the weight vector. */
  private record Kernel(Convolution convolution, int at) {}

  /** Added to a variance before its square root, in training and in the exported network. */
  static final float EPSILON = 1e-5f;

  private static final float BETA_1 = 0.9f;
  private static final float BETA_2 = 0.99f;
  private static final float WEIGHT_DECAY = 0.02f;
  private static final double WARM_UP = 0.1;

  /** The step of a kernel whose norm is sqrt(rows), as a multiple of the learning rate. */
  private static final double MUON_STEP = 16;

  private static final float MOMENTUM = 0.9f;
  private static final float KEPT_STATISTICS = 0.9f;
  private static final int BILINEAR = 1;
  private static final int MICRO_BATCH_SIZE = 16;

  private final Network network;
  private final int batchSize;
  private final int steps;
  private final double learningRate;
  private final Engine engine;
  private final NDManager manager;
  private final float[] weights;
  private final float[] firstMoment;
  private final float[] secondMoment;
  private final List<MicroBatch> microBatches = new ArrayList<>();
  private final List<Kernel> kernels = new ArrayList<>();
  private int step;

  Trainer(Network network, Weights start, int batchSize, int steps, double learningRate) {
    this.network = network;
    this.batchSize = batchSize;
    this.steps = steps;
    this.learningRate = learningRate;
    this.engine = PyTorch.engine();
    this.manager = engine.newBaseManager(Device.cpu());
    this.weights = start.vector().clone();
    this.firstMoment = new float[weights.length];
    this.secondMoment = new float[weights.length];
    int count = Math.max(1, batchSize / MICRO_BATCH_SIZE);
    for (int k = 0; k < count; k++) {
      microBatches.add(
          new MicroBatch(
              k * batchSize / count,
              (k + 1) * batchSize / count,
              start.statistics().stream().map(manager::create).toList()));
    }
    int at = 0;
    for (Layer layer : network.layers()) {
      if (layer instanceof Convolution c) {
        kernels.add(new Kernel(c, at));
        at += c.weights() + c.affineParameters();
      }
    }
  }

  /**
   * One optimiser step.
   *
   * @param batch as many images as the trainer was made for
   * @param imageShape of one image, {@code [3, H, W]}
   * @param targetShape of one image's targets
   * @return the loss before the step
   */
  float step(Batch batch, Shape imageShape, Shape targetShape, Loss loss) {
    List<Gradient> gradients;
    // DJL allows one open collector per process; the threads of this step share it.
    try (GradientCollector collector = engine.newGradientCollector()) {
      gradients =
          inParallel(
              microBatches.size(),
              k -> gradient(microBatches.get(k), batch, imageShape, targetShape, loss, collector));
    }
    float[] sum = gradients.get(0).values();
    float value = gradients.get(0).loss();
    for (Gradient gradient : gradients.subList(1, gradients.size())) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += gradient.values()[i];
      }
      value += gradient.loss();
    }
    update(sum);
    return value;
  }

  /** The gradient of a micro-batch, weighted by its fraction of the batch. */
  private Gradient gradient(
      MicroBatch microBatch,
      Batch batch,
      Shape imageShape,
      Shape targetShape,
      Loss loss,
      GradientCollector collector) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray leaf = scope.create(weights);
      leaf.setRequiresGradient(true);
      NDArray images = slice(batch.images(), imageShape, microBatch, scope);
      NDArray targets = slice(batch.targets(), targetShape, microBatch, scope);
      Map<String, NDArray> outputs = forward(leaf, images, microBatch.statistics(), true);
      NDArray scalar =
          loss.of(name -> Objects.requireNonNull(outputs.get(name), name), targets)
              .mul(scope.create((float) (microBatch.to() - microBatch.from()) / batchSize));
      collector.backward(scalar);
      try (NDArray gradient = leaf.getGradient()) {
        return new Gradient(gradient.toFloatArray(), scalar.getFloat());
      }
    }
  }

  private static NDArray slice(float[] values, Shape one, MicroBatch microBatch, NDManager scope) {
    int length = (int) one.size();
    return scope.create(
        Arrays.copyOfRange(values, microBatch.from() * length, microBatch.to() * length),
        new Shape(microBatch.to() - microBatch.from()).addAll(one));
  }

  /**
   * Runs tasks in parallel. If one fails, its exception is thrown once all have ended, because they
   * use native memory that is released then.
   */
  private static <T> List<T> inParallel(int count, IntFunction<T> task) {
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    List<Optional<T>> results =
        IntStream.range(0, count)
            .parallel()
            .mapToObj(
                k -> {
                  try {
                    return Optional.of(task.apply(k));
                  } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                    return Optional.<T>empty();
                  }
                })
            .toList();
    if (failure.get() instanceof Error error) {
      throw error;
    }
    if (failure.get() instanceof RuntimeException exception) {
      throw exception;
    }
    return results.stream().map(Optional::orElseThrow).toList();
  }

  /**
   * The outputs of the network with its current weights and the running statistics.
   *
   * @return each output's values by name
   */
  Map<String, float[]> predict(float[] images, Shape shape) {
    try (NDManager scope = manager.newSubManager()) {
      Map<String, float[]> values = new LinkedHashMap<>();
      forward(scope.create(weights), scope.create(images, shape), means(scope), false)
          .forEach((name, output) -> values.put(name, output.toFloatArray()));
      return values;
    }
  }

  /** A copy of the current weights. */
  Weights weights() {
    try (NDManager scope = manager.newSubManager()) {
      return new Weights(
          weights.clone(), means(scope).stream().map(NDArray::toFloatArray).toList());
    }
  }

  /** The running statistics, averaged over the micro-batches. */
  private List<NDArray> means(NDManager scope) {
    List<NDArray> means = new ArrayList<>();
    for (int i = 0; i < microBatches.get(0).statistics().size(); i++) {
      NDArray sum = scope.create(new float[(int) microBatches.get(0).statistics().get(i).size()]);
      for (MicroBatch microBatch : microBatches) {
        sum = sum.add(microBatch.statistics().get(i));
      }
      means.add(sum.div(microBatches.size()));
    }
    return means;
  }

  private void update(float[] gradient) {
    double rate = learningRate * scheduled((double) step / steps);
    step++;
    inParallel(kernels.size(), k -> update(kernels.get(k), gradient, rate));
  }

  /** Updates a convolution's kernel and its affine parameters. */
  private Kernel update(Kernel kernel, float[] gradient, double rate) {
    Convolution c = kernel.convolution();
    if (c.normalised() && c.source() != 0) {
      muonStep(gradient, kernel.at(), c.outputs(), c.weights(), MUON_STEP * rate);
    } else {
      adam(gradient, kernel.at(), c.weights(), rate);
    }
    adam(gradient, kernel.at() + c.weights(), c.affineParameters(), rate);
    return kernel;
  }

  /** The fraction of the peak learning rate at a point of the training, both in [0, 1]. */
  private double scheduled(double progress) {
    return progress < WARM_UP
        ? Math.min(1, (progress + 1.0 / steps) / WARM_UP)
        : 0.5 * (1 + Math.cos(Math.PI * (progress - WARM_UP) / (1 - WARM_UP)));
  }

  private void adam(float[] gradient, int from, int length, double rate) {
    float kept = (float) (1 - rate * WEIGHT_DECAY);
    float correction = (float) (1 / (1 - Math.pow(BETA_2, step)));
    float stride = (float) (rate / (1 - Math.pow(BETA_1, step)));
    for (int i = from; i < from + length; i++) {
      float g = gradient[i];
      float m = BETA_1 * firstMoment[i] + (1 - BETA_1) * g;
      float v = BETA_2 * secondMoment[i] + (1 - BETA_2) * g * g;
      firstMoment[i] = m;
      secondMoment[i] = v;
      weights[i] = kept * weights[i] - stride * m / ((float) Math.sqrt(v * correction) + 1e-8f);
    }
  }

  private void muonStep(float[] gradient, int from, int rows, int length, double rate) {
    float[] ahead = new float[length];
    double aheadSquares = 0;
    double weightSquares = 0;
    for (int i = 0; i < length; i++) {
      float g = gradient[from + i];
      float m = MOMENTUM * firstMoment[from + i] + g;
      firstMoment[from + i] = m;
      ahead[i] = g + MOMENTUM * m;
      aheadSquares += (double) ahead[i] * ahead[i];
      weightSquares += (double) weights[from + i] * weights[from + i];
    }
    float[] direction = orthogonal(ahead, rows, (float) (1 / (Math.sqrt(aheadSquares) + 1e-12)));
    float scale = (float) Math.sqrt(rows / weightSquares);
    for (int i = 0; i < length; i++) {
      weights[from + i] = scale * weights[from + i] - (float) rate * direction[i];
    }
  }

  /** The fifth-order Newton-Schulz iteration with Jordan's coefficients. */
  private float[] orthogonal(float[] matrix, int rows, float scale) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray x = scope.create(matrix, new Shape(rows, matrix.length / rows)).mul(scale);
      for (int i = 0; i < 5; i++) {
        NDArray a = x.matMul(x.transpose());
        NDArray b = a.mul(-4.7750f).add(a.matMul(a).mul(2.0315f));
        x = x.mul(3.4445f).add(b.matMul(x));
      }
      return x.toFloatArray();
    }
  }

  private Map<String, NDArray> forward(
      NDArray vector, NDArray images, List<NDArray> statistics, boolean training) {
    NDList parameters = vector.split(splitIndices());
    List<NDArray> made = new ArrayList<>();
    int parameter = 0;
    int statistic = 0;
    for (Layer layer : network.layers()) {
      if (layer instanceof Input) {
        made.add(images);
      } else if (layer instanceof Convolution c) {
        NDArray kernel =
            parameters.get(parameter++).reshape(c.outputs(), c.inputs(), c.kernel(), c.kernel());
        NDArray last = parameters.get(parameter++);
        NDArray x = convolve(made.get(c.source()), c, kernel, c.normalised() ? null : last);
        if (c.normalised()) {
          x =
              x.getNDArrayInternal()
                  .batchNorm(
                      x,
                      statistics.get(statistic++),
                      statistics.get(statistic++),
                      last,
                      parameters.get(parameter++),
                      -1, // the channel axis of PyTorch
                      KEPT_STATISTICS,
                      EPSILON,
                      training)
                  .singletonOrThrow();
        }
        made.add(c.relu() ? Activation.relu(x) : x);
      } else if (layer instanceof Upsampling u) {
        NDArray x = made.get(u.source());
        Shape size = x.getShape();
        long[] target = {size.get(2) * u.factor(), size.get(3) * u.factor()};
        made.add(x.getNDArrayInternal().interpolation(target, BILINEAR, false));
      } else if (layer instanceof Concatenation c) {
        made.add(made.get(c.first()).concat(made.get(c.second()), 1));
      } else if (layer instanceof Sum s) {
        made.add(made.get(s.first()).add(made.get(s.second())));
      } else if (layer instanceof Pooling p) {
        NDArray x = made.get(p.source());
        x = x.reshape(x.getShape().get(0), x.getShape().get(1), -1);
        NDArray mean = x.mean(new int[] {2});
        if (p.maximumShare() != 0) {
          // DJL frees a plain number after the product, but the backward pass still reads it.
          NDArray share = x.getManager().create(p.maximumShare());
          mean = mean.add(x.max(new int[] {2}).mul(share));
        }
        made.add(mean);
      } else if (layer instanceof Sigmoid s) {
        made.add(Activation.sigmoid(made.get(s.source())));
      }
    }
    Map<String, NDArray> outputs = new LinkedHashMap<>();
    network.outputs().forEach((name, layer) -> outputs.put(name, made.get(layer)));
    return outputs;
  }

  private static NDArray convolve(
      NDArray x, Convolution c, NDArray kernel, @Nullable NDArray bias) {
    return Conv2d.conv2d(
            x,
            kernel,
            bias,
            new Shape(c.stride(), c.stride()),
            new Shape(c.padding(), c.padding()),
            new Shape(c.dilation(), c.dilation()))
        .singletonOrThrow();
  }

  private long[] splitIndices() {
    long[] lengths = network.parameterLengths();
    long[] indices = new long[lengths.length - 1];
    long at = 0;
    for (int i = 0; i < indices.length; i++) {
      at += lengths[i];
      indices[i] = at;
    }
    return indices;
  }

  @Override
  public void close() {
    manager.close();
  }
}
