package io.github.iaa4j.diffusion.internal.unet;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.platform.Fp16Conversions;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.diffusion.internal.model.Exports;
import io.github.iaa4j.diffusion.internal.model.FolderLayout;
import io.github.iaa4j.diffusion.internal.model.JobImages;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import io.github.iaa4j.diffusion.internal.model.TensorNames;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.onnx.internal.RowTensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** The ControlNets of a model: their graphs, and how strongly each steers at which step. */
public final class ControlNets implements AutoCloseable {

  static final String IMAGE = "controlnet_cond";
  static final String SCALE = "conditioning_scale";

  private final List<Net> nets = new ArrayList<>();
  private final boolean guesses;
  private final int width;
  private final int height;

  /** One of them. */
  static final class Net {

    private final Steering steering;
    private final Graph graph;
    private final OnnxJavaType sampleType;
    private final OnnxJavaType imageType;
    private final boolean takesScale;
    private final int fixedRows;
    private final List<Unet.RowInput> rowInputs = new ArrayList<>();
    private final List<Graph.Output> residuals = new ArrayList<>();

    private Net(Steering steering, Graph graph, Unet unet, long[] imageShape) {
      this.steering = steering;
      this.graph = graph;
      Set<String> names = new TreeSet<>(List.of(TensorNames.SAMPLE, Timestep.NAME, IMAGE));
      if (graph.inputNames().contains(SCALE)) {
        names.add(SCALE);
      }
      // One that was not distilled takes no guidance, whatever the UNet takes.
      List<Unet.RowInput> conditioning =
          unet.conditioning().stream()
              .filter(input -> !input.name().equals(TensorNames.TIMESTEP_COND))
              .toList();
      conditioning.forEach(input -> names.add(input.name()));
      graph.requireInputs(names);
      Timestep.check(graph);
      Set<String> perRow = new TreeSet<>(names);
      perRow.remove(SCALE);
      fixedRows = graph.fixedRows(Unet.fixable(perRow, graph));
      int rows = Math.max(fixedRows, 1);
      sampleType =
          graph.requireFloats(TensorNames.SAMPLE, RowTensor.withRows(rows, unet.latentShape()));
      imageType = graph.requireFloats(IMAGE, RowTensor.withRows(rows, imageShape));
      for (Unet.RowInput input : conditioning) {
        OnnxJavaType type =
            graph.requireFloats(input.name(), RowTensor.withRows(rows, input.row()));
        rowInputs.add(new Unet.RowInput(input.name(), input.row(), type));
      }
      takesScale = names.contains(SCALE);
      if (takesScale) {
        scaleOfOne().close();
      }
      List<Unet.RowInput> wanted = unet.residuals();
      List<String> outputs = Residuals.among(graph.outputNames());
      if (outputs.isEmpty()) {
        // An export that names two outputs for all leaves the others numbers, in their order.
        outputs = graph.outputNames();
      }
      if (outputs.size() != wanted.size()) {
        throw new ModelException(
            graph.file(),
            null,
            "expected "
                + wanted.size()
                + " residuals, as the UNet takes them, found "
                + outputs.size()
                + ": "
                + outputs
                + ". Take a ControlNet that was trained for this kind of model.",
            null);
      }
      for (int i = 0; i < outputs.size(); i++) {
        residuals.add(
            graph.requireOutput(outputs.get(i), RowTensor.withRows(rows, wanted.get(i).row())));
      }
    }

    Graph graph() {
      return graph;
    }

    /** How many rows a run takes, or 0 where any number goes. */
    int fixedRows() {
      return fixedRows;
    }

    OnnxJavaType sampleType() {
      return sampleType;
    }

    OnnxJavaType imageType() {
      return imageType;
    }

    List<Unet.RowInput> rowInputs() {
      return rowInputs;
    }

    /** In the order of the UNet's. */
    List<Graph.Output> residuals() {
      return residuals;
    }

    boolean takesScale() {
      return takesScale;
    }

    /** A scale of 1 for the graph, because residuals are scaled where they are added up. */
    OnnxTensor scaleOfOne() {
      long[] shape = graph.inputShape(SCALE).length == 0 ? new long[0] : new long[] {1};
      OnnxJavaType type =
          graph.requireInput(
              SCALE, shape, OnnxJavaType.FLOAT, OnnxJavaType.DOUBLE, OnnxJavaType.FLOAT16);
      ByteBuffer one = Graph.buffer(1, type);
      switch (type) {
        case DOUBLE -> one.putDouble(0, 1);
        case FLOAT16 -> one.putShort(0, Fp16Conversions.floatToFp16(1));
        default -> one.putFloat(0, 1);
      }
      return graph.tensor(one, shape, type);
    }

    /** The scale at a step, counted from 0; 0 where it does not steer. */
    float scaleAt(int step, int steps) {
      return steering.scaleAt(step, steps);
    }
  }

  /**
   * @param steerings at least one
   * @param guesses whether unconditional rows are not steered and early residuals count less
   * @param unet that takes their residuals; stays the caller's
   * @param width of the images, in pixels
   * @param height of the images, in pixels
   * @param device where to compute
   * @throws ModelException if a folder cannot be used, or its network does not fit the UNet
   */
  public ControlNets(
      List<Steering> steerings, boolean guesses, Unet unet, int width, int height, Device device) {
    this.guesses = guesses;
    this.width = width;
    this.height = height;
    unet.requireResiduals();
    try {
      for (Steering one : steerings) {
        check(config(one.folder()), unet);
        Graph graph =
            Graph.load(FolderLayout.graphOf(one.folder(), one.folder()), device, Exports.REMEDIES);
        try {
          nets.add(new Net(one, graph, unet, imageShape()));
        } catch (RuntimeException | Error e) {
          graph.close();
          throw e;
        }
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private static JsonConfig config(Path folder) {
    return JsonConfig.read(folder.resolve("config.json"));
  }

  private static void check(JsonConfig config, Unet unet) {
    if (!config.string("_class_name", "ControlNetModel").equals("ControlNetModel")) {
      throw config.unexpected("_class_name", "ControlNetModel", null);
    }
    if (config.integer("conditioning_channels", 3) != 3) {
      throw config.unexpected("conditioning_channels", "3, for an RGB image", null);
    }
    if (config.flag("global_pool_conditions", false)) {
      throw config.unexpected("global_pool_conditions", "false", null);
    }
    List<long[]> shapes = Residuals.shapes(config, unet.latentShape()[1], unet.latentShape()[2]);
    List<long[]> wanted = unet.residuals().stream().map(Unet.RowInput::row).toList();
    if (!Arrays.deepEquals(shapes.toArray(), wanted.toArray())) {
      throw config.unexpected(
          "block_out_channels",
          "as in unet/config.json, and as many layers_per_block, so that its "
              + shapes.size()
              + " residuals fit the UNet, which takes "
              + wanted.size(),
          null);
    }
  }

  /**
   * Checks that texts may have other numbers of tokens than usual.
   *
   * @throws ModelException if a graph fixes their number
   */
  public void requireOpenTexts() {
    nets.forEach(net -> Unet.requireOpenTexts(net.graph));
  }

  /**
   * Checks that timesteps may have fractions.
   *
   * @param scheduler that has them, for the error
   * @throws ModelException if a graph takes integers
   */
  public void requireFractionalTimesteps(String scheduler) {
    nets.forEach(net -> Timestep.requireFractions(net.graph, scheduler));
  }

  /** {@code [3, H, W]}. */
  long[] imageShape() {
    return new long[] {3, height, width};
  }

  List<Net> nets() {
    return nets;
  }

  /** Whether unconditional rows are not steered. */
  public boolean guesses() {
    return guesses;
  }

  /**
   * How much a residual counts by its place: all the same, or in guess mode from a tenth for the
   * first to one for the last.
   */
  float weight(int residual, int residuals) {
    return guesses ? (float) Math.pow(10, -1 + residual / (double) (residuals - 1)) : 1;
  }

  /** Which of them steer a step, one bit each. */
  public int active(int step, int steps) {
    int active = 0;
    for (int i = 0; i < nets.size(); i++) {
      active |= (nets.get(i).scaleAt(step, steps) == 0 ? 0 : 1) << i;
    }
    return active;
  }

  /**
   * The images of a job, one for each.
   *
   * @throws io.github.iaa4j.core.error.ConfigurationException if one is missing or has another size
   */
  public List<RgbImage> images(GenerationJob job) {
    List<RgbImage> images = new ArrayList<>();
    for (Net net : nets) {
      RgbImage image = net.steering.image().apply(job);
      images.add(JobImages.checked(image, "controlNet", job, width, height));
    }
    return images;
  }

  /** Images of noise, for trying the networks. */
  public List<RgbImage> noise(long seed) {
    List<RgbImage> images = new ArrayList<>();
    for (int i = 0; i < nets.size(); i++) {
      byte[] rgb = new byte[3 * width * height];
      new SplittableRandom(seed + i).nextBytes(rgb);
      images.add(new RgbImage(width, height, rgb));
    }
    return images;
  }

  @Override
  public void close() {
    nets.forEach(net -> net.graph.close());
  }
}
