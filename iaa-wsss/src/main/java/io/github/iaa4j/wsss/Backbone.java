package io.github.iaa4j.wsss;

import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Normalization;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Table;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Tokens;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A pretrained network in an ONNX file, whose feature map is fine-tuned. {@code
 * tools/backbones/README.md} describes how to export one of timm, torchvision or Hugging Face; such
 * a file says by its metadata all that has to be known. For other files the methods here say it.
 * What neither says is an error, and never guessed.
 *
 * <p>The file is read when a training starts, and not changed. Operator sets 11 to 20 in float32,
 * of the families ResNet, EfficientNet, MobileNet, ConvNeXt, ViT, DeiT, DINOv2 and CLIP; an
 * operator that is not known is an error that names it. Before the training, the file's feature map
 * is compared with that of ONNX Runtime.
 *
 * <p>Immutable: each method returns another backbone.
 */
public final class Backbone {

  private final Path file;
  private @Nullable String features;
  private @Nullable Normalization normalization;
  private @Nullable String layout;
  private @Nullable Tokens tokens;
  private @Nullable Table table;
  private int outputStride;
  private List<String> frozenPrefixes = List.of();
  private int frozenCount;
  private boolean trainsNorms = true;

  private Backbone(Path file) {
    this.file = file;
  }

  private Backbone changed(Consumer<Backbone> change) {
    Backbone copy = new Backbone(file);
    copy.features = features;
    copy.normalization = normalization;
    copy.layout = layout;
    copy.tokens = tokens;
    copy.table = table;
    copy.outputStride = outputStride;
    copy.frozenPrefixes = frozenPrefixes;
    copy.frozenCount = frozenCount;
    copy.trainsNorms = trainsNorms;
    change.accept(copy);
    return copy;
  }

  /**
   * The backbone in a file.
   *
   * @param file with its weights, or beside the file that has them
   */
  public static Backbone onnx(Path file) {
    return new Backbone(Objects.requireNonNull(file, "file"));
  }

  /**
   * Names the feature map: any value that a node of the graph makes, {@code [B, C, h, w]}, or
   * tokens {@code [B, N, C]}. Defaults to the metadata's {@code iaa4j.features}.
   */
  public Backbone features(String value) {
    Objects.requireNonNull(value, "value");
    return changed(copy -> copy.features = value);
  }

  /**
   * How images are normalised: {@code (value - mean) / std}, for values in [0, 1]. Defaults to the
   * metadata's {@code iaa4j.mean} and {@code iaa4j.std}.
   *
   * @param mean of red, green and blue
   * @param std of red, green and blue, each above 0
   * @throws IllegalArgumentException if there are not three of each, or a {@code std} is not above
   *     0
   */
  public Backbone normalization(List<Float> mean, List<Float> std) {
    Normalization checked = new Normalization(mean, std);
    return changed(copy -> copy.normalization = checked);
  }

  /**
   * The layout of the images that the file takes: {@code NCHW}, that of PyTorch, or {@code NHWC},
   * that of TensorFlow. Defaults to the metadata's {@code iaa4j.layout}.
   *
   * @throws IllegalArgumentException if it is another
   */
  public Backbone layout(String layout) {
    if (!BackboneSettings.LAYOUTS.contains(layout)) {
      throw new IllegalArgumentException(layout + " is none of " + BackboneSettings.LAYOUTS);
    }
    return changed(copy -> copy.layout = layout);
  }

  /**
   * Makes the feature map of a convolutional network finer: strides beyond this become dilations.
   * Defaults to the stride that the file has, which mostly is 32. A vision transformer's is the
   * side of its patches.
   *
   * @param pixels of the image between two elements of the map: 8, 16 or 32
   * @throws IllegalArgumentException if it is another number
   */
  public Backbone outputStride(int pixels) {
    if (pixels != 8 && pixels != 16 && pixels != 32) {
      throw new IllegalArgumentException("outputStride is " + pixels + ", not 8, 16 or 32");
    }
    return changed(copy -> copy.outputStride = pixels);
  }

  /**
   * Says that the features are the tokens of a vision transformer. Defaults to the metadata's
   * {@code iaa4j.prefixTokens} and {@code iaa4j.patchSize}.
   *
   * @param prefix how many class and register tokens come before those of the patches
   * @param patch the side of a patch in pixels
   * @throws IllegalArgumentException if {@code prefix} is below 0 or {@code patch} below 1
   */
  public Backbone tokens(int prefix, int patch) {
    if (prefix < 0 || patch < 1) {
      throw new IllegalArgumentException("prefix is " + prefix + ", patch is " + patch);
    }
    return changed(copy -> copy.tokens = new Tokens(prefix, patch));
  }

  /**
   * Names a vision transformer's position table, so that it is interpolated to the size of the
   * images. Defaults to the metadata's {@code iaa4j.positionTable} and {@code
   * iaa4j.positionPrefix}; without either, the graph has to do it.
   *
   * @param initializer its name, {@code [1, N, C]} or {@code [N, C]}
   * @param prefix how many of its rows belong to class and register tokens
   * @throws IllegalArgumentException if {@code prefix} is below 0
   */
  public Backbone positionTable(String initializer, int prefix) {
    if (prefix < 0) {
      throw new IllegalArgumentException("prefix is " + prefix);
    }
    return changed(copy -> copy.table = new Table(initializer, prefix));
  }

  /**
   * Freezes the parameters whose names begin with this prefix. Can be called several times.
   *
   * @param prefix such as {@code backbone.layer1.}
   */
  public Backbone freeze(String prefix) {
    List<String> prefixes = new ArrayList<>(frozenPrefixes);
    prefixes.add(prefix);
    return changed(copy -> copy.frozenPrefixes = List.copyOf(prefixes));
  }

  /**
   * Leaves the first parameters as they are, in the order of the graph. Defaults to 0.
   *
   * @throws IllegalArgumentException if {@code count} is below 0
   */
  public Backbone freezeFirst(int count) {
    if (count < 0) {
      throw new IllegalArgumentException("count is " + count);
    }
    return changed(copy -> copy.frozenCount = count);
  }

  /**
   * Leaves scales and shifts of normalisations as they are. Running statistics of batch
   * normalisation are never changed: batches are small, and theirs would be noise.
   */
  public Backbone freezeNorms() {
    return changed(copy -> copy.trainsNorms = false);
  }

  BackboneSettings settings() {
    return new BackboneSettings(
        file,
        features,
        normalization,
        layout,
        tokens,
        table,
        outputStride,
        frozenPrefixes,
        frozenCount,
        trainsNorms);
  }

  /** The file's name and every option that was set; neither its folder nor its contents. */
  public Description describe() {
    return Description.of(Backbone.class.getName())
        .with("file", String.valueOf(file.getFileName()))
        .with("features", said(features))
        .with("normalization", said(normalization))
        .with("layout", said(layout))
        .with("tokens", said(tokens))
        .with("positionTable", said(table))
        .with("outputStride", outputStride)
        .with("freeze", frozenPrefixes)
        .with("freezeFirst", frozenCount)
        .with("freezeNorms", !trainsNorms);
  }

  private static String said(@Nullable Object value) {
    return value == null ? "the file's" : value.toString();
  }
}
