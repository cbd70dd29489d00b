package io.github.iaa4j.wsss.internal.training.graph;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Normalization;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Table;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Tokens;
import io.github.iaa4j.wsss.internal.onnx.Heads;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.onnx.OutputStride;
import io.github.iaa4j.wsss.internal.onnx.Parameter;
import io.github.iaa4j.wsss.internal.onnx.PositionTable;
import io.github.iaa4j.wsss.internal.onnx.Protos;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A backbone as it is trained: the part of the graph that makes the feature map, for images of a
 * size, with the wanted output stride.
 *
 * @param model whose one output is the feature map {@code [B, C, h, w]}
 * @param normalization of the images
 * @param isFixedInSize whether it reads images of that size alone
 * @param trained the parameters that are not frozen
 * @param frozen the other parameters
 */
public record PreparedBackbone(
    OnnxModel model,
    Normalization normalization,
    boolean isFixedInSize,
    List<Parameter> trained,
    List<Parameter> frozen) {

  /** The feature map's name. */
  public static final String FEATURES = "iaa4j.features";

  private static final String MEAN = "iaa4j.mean";
  private static final String STD = "iaa4j.std";
  private static final String LAYOUT = "iaa4j.layout";
  private static final String PREFIX_TOKENS = "iaa4j.prefixTokens";
  private static final String PATCH_SIZE = "iaa4j.patchSize";
  private static final String POSITION_TABLE = "iaa4j.positionTable";
  private static final String POSITION_PREFIX = "iaa4j.positionPrefix";

  /** Copies its lists. */
  public PreparedBackbone {
    trained = List.copyOf(trained);
    frozen = List.copyOf(frozen);
  }

  /**
   * Reads a file and prepares it.
   *
   * @param height of the training images in pixels
   * @param width of the training images in pixels
   * @throws ModelException if the file cannot be used
   * @throws ConfigurationException if neither the settings nor the file say what has to be known,
   *     or the settings do not fit the file
   */
  public static PreparedBackbone of(BackboneSettings settings, int height, int width) {
    OnnxModel model = OnnxModel.read(settings.file()).untied();
    Metadata metadata = new Metadata(model);
    String named = settings.features() == null ? metadata.text(FEATURES) : settings.features();
    if (named == null) {
      throw new ConfigurationException(
          model.file()
              + ": the file does not say which of its values is the feature map. Name it with"
              + " features(...), or export it again as tools/backbones/README.md says; its outputs"
              + " are "
              + model.outputs()
              + ".");
    }
    Normalization normalization =
        settings.normalization() == null ? metadata.normalization() : settings.normalization();
    String layout = settings.layout() == null ? metadata.layout() : settings.layout();
    model = model.cutTo(List.of(named));
    if (layout.equals("NHWC")) {
      model = channelsFirst(model);
    }
    boolean isFixedInSize = requireSize(model, height, width);
    Tokens tokens = settings.tokens() == null ? metadata.tokens() : settings.tokens();
    String features = named;
    if (tokens != null) {
      Table table = settings.table() == null ? metadata.table() : settings.table();
      model = tokenMap(model, settings, table, tokens, named, height, width);
      isFixedInSize |= table != null;
      features = FEATURES;
    } else if (settings.outputStride() > 0) {
      Constants constants = new Constants(model);
      model = OutputStride.apply(model, named, settings.outputStride(), constants::integers);
    }
    return frozen(named(model, features), normalization, isFixedInSize, settings);
  }

  private static OnnxModel tokenMap(
      OnnxModel model,
      BackboneSettings settings,
      @Nullable Table table,
      Tokens tokens,
      String named,
      int height,
      int width) {
    int patch = tokens.patch();
    if (settings.outputStride() != 0 && settings.outputStride() != patch) {
      throw new ConfigurationException(
          model.file()
              + ": a vision transformer's output stride is the side of its patches, "
              + patch
              + ", and cannot become "
              + settings.outputStride()
              + ". Leave outputStride unset.");
    }
    if (height % patch != 0 || width % patch != 0) {
      throw new ConfigurationException(
          "images of "
              + width
              + "x"
              + height
              + " pixels cannot be cut into patches of "
              + patch
              + "x"
              + patch
              + ", which "
              + model.file()
              + " needs. Choose a multiple.");
    }
    OnnxModel sized =
        table == null
            ? model
            : PositionTable.resized(
                model, table.name(), table.prefix(), height / patch, width / patch);
    return Heads.tokenMap(sized, named, tokens.prefix(), patch, FEATURES);
  }

  /** Gives the feature map its name. */
  private static OnnxModel named(OnnxModel model, String features) {
    if (features.equals(FEATURES)) {
      return model.cutTo(List.of(FEATURES));
    }
    return model
        .edited(graph -> graph.addNode(Protos.node("Identity", FEATURES, List.of(features))))
        .cutTo(List.of(FEATURES));
  }

  private static PreparedBackbone frozen(
      OnnxModel model,
      Normalization normalization,
      boolean isFixedInSize,
      BackboneSettings settings) {
    List<Parameter> all = Parameter.of(model, List.of(FEATURES));
    for (String prefix : settings.frozenPrefixes()) {
      if (all.stream().noneMatch(parameter -> parameter.name().startsWith(prefix))) {
        throw new ConfigurationException(
            model.file()
                + ": no parameter's name begins with "
                + prefix
                + ", which is to be frozen. They are "
                + all.stream().map(Parameter::name).toList()
                + ".");
      }
    }
    List<Parameter> trained = new ArrayList<>();
    List<Parameter> frozen = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      Parameter parameter = all.get(i);
      boolean isFrozen =
          i < settings.frozenCount()
              || (!settings.trainsNorms() && parameter.role() == Parameter.Role.NORM)
              || settings.frozenPrefixes().stream().anyMatch(parameter.name()::startsWith);
      (isFrozen ? frozen : trained).add(parameter);
    }
    return new PreparedBackbone(model, normalization, isFixedInSize, trained, frozen);
  }

  private static OnnxModel channelsFirst(OnnxModel model) {
    String old = model.imageInput();
    String images = "iaa4j.images";
    return model.edited(
        graph -> {
          graph.clearInput();
          graph.addInput(Protos.value(images, "batch", 3, "height", "width"));
          List<NodeProto> nodes = List.copyOf(graph.getNodeList());
          graph.clearNode();
          graph.addNode(
              Protos.node("Transpose", old, List.of(images), Protos.integers("perm", 0, 2, 3, 1)));
          graph.addAllNode(nodes);
        });
  }

  /** Returns whether the graph declares one height or width. */
  private static boolean requireSize(OnnxModel model, int height, int width) {
    ValueInfoProto input =
        model.inputs().stream()
            .filter(each -> each.getName().equals(model.imageInput()))
            .findFirst()
            .orElseThrow();
    TensorShapeProto declared = input.getType().getTensorType().getShape();
    if (declared.getDimCount() == 0) {
      return false;
    }
    long[] found =
        declared.getDimList().stream()
            .mapToLong(length -> length.hasDimValue() ? length.getDimValue() : -1)
            .toArray();
    long[] wanted = {-1, 3, height, width};
    boolean fits =
        found.length == 4
            && IntStream.range(0, 4).allMatch(i -> found[i] < 0 || found[i] == wanted[i]);
    if (!fits) {
      throw new ModelException(
          model.file(),
          input.getName(),
          "the graph takes images of the shape "
              + Arrays.toString(found)
              + " (-1 is any), and the training has batches of [3, "
              + height
              + ", "
              + width
              + "]. Export it with an open batch, height and width as tools/backbones/README.md"
              + " says.",
          null);
    }
    return found[2] >= 0 || found[3] >= 0;
  }

  /** What a file says of itself. */
  private static final class Metadata {

    private final OnnxModel model;
    private final Map<String, String> entries;

    Metadata(OnnxModel model) {
      this.model = model;
      this.entries = model.metadata();
    }

    @Nullable String text(String key) {
      return entries.get(key);
    }

    Normalization normalization() {
      String mean = entries.get(MEAN);
      String std = entries.get(STD);
      if (mean == null || std == null) {
        throw new ConfigurationException(
            model.file()
                + ": the file does not say how its images are normalised. Say it with"
                + " normalization(mean, std), as the network was trained; for most it is mean"
                + " 0.485, 0.456, 0.406 and std 0.229, 0.224, 0.225.");
      }
      try {
        return new Normalization(numbers(mean), numbers(std));
      } catch (IllegalArgumentException e) {
        throw malformed(MEAN + ", " + STD, mean + ", " + std, "three numbers each, as [r, g, b]");
      }
    }

    private static List<Float> numbers(String text) {
      return Arrays.stream(text.replaceAll("[\\[\\]\\s]", "").split(",", -1))
          .map(Float::valueOf)
          .toList();
    }

    String layout() {
      String layout = entries.get(LAYOUT);
      if (layout == null) {
        throw new ConfigurationException(
            model.file()
                + ": the file does not say the layout of its images. Say it with layout(...): NCHW"
                + " is that of PyTorch, NHWC that of TensorFlow.");
      }
      if (!BackboneSettings.LAYOUTS.contains(layout)) {
        throw malformed(LAYOUT, layout, "one of " + BackboneSettings.LAYOUTS);
      }
      return layout;
    }

    @Nullable Tokens tokens() {
      return entries.containsKey(PREFIX_TOKENS)
          ? new Tokens(integer(PREFIX_TOKENS, 0), integer(PATCH_SIZE, 1))
          : null;
    }

    @Nullable Table table() {
      String name = entries.get(POSITION_TABLE);
      return name == null ? null : new Table(name, integer(POSITION_PREFIX, 0));
    }

    private int integer(String key, int least) {
      String value = entries.getOrDefault(key, "missing");
      if (!value.matches("\\d{1,6}") || Integer.parseInt(value) < least) {
        throw malformed(key, value, "a whole number of at least " + least);
      }
      return Integer.parseInt(value);
    }

    private ModelException malformed(String key, String value, String allowed) {
      return new ModelException(
          model.file(),
          key,
          "its metadata is "
              + value
              + ", but must be "
              + allowed
              + ". "
              + OnnxModel.REMEDIES.otherNames(),
          null);
    }
  }
}
