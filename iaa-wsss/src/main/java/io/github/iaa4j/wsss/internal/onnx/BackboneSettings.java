package io.github.iaa4j.wsss.internal.onnx;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a user says of a backbone. What is null, the file's metadata has to say.
 *
 * @param file the ONNX file
 * @param features name of the value that is the feature map, or the tokens
 * @param normalization of the images
 * @param layout of the images, {@code NCHW} or {@code NHWC}
 * @param tokens how tokens become a feature map
 * @param table the position table
 * @param outputStride wanted pixels of the image between two elements of the feature map; 0 leaves
 *     the file's
 * @param frozenPrefixes parameters whose names begin with one of these are not trained
 * @param frozenCount how many of the first parameters are not trained
 * @param trainsNorms whether scales and shifts of normalisations are trained
 */
public record BackboneSettings(
    Path file,
    @Nullable String features,
    @Nullable Normalization normalization,
    @Nullable String layout,
    @Nullable Tokens tokens,
    @Nullable Table table,
    int outputStride,
    List<String> frozenPrefixes,
    int frozenCount,
    boolean trainsNorms) {

  /** The images' two layouts. */
  public static final List<String> LAYOUTS = List.of("NCHW", "NHWC");

  /** Copies its list. */
  public BackboneSettings {
    frozenPrefixes = List.copyOf(frozenPrefixes);
  }

  /**
   * What is subtracted from each channel of an image in [0, 1], and what it is divided by then.
   *
   * @param mean of red, green and blue
   * @param std of red, green and blue, each above 0
   */
  public record Normalization(List<Float> mean, List<Float> std) {

    /** Copies its lists. */
    public Normalization {
      mean = List.copyOf(mean);
      std = List.copyOf(std);
      if (mean.size() != 3 || std.size() != 3 || std.stream().anyMatch(value -> !(value > 0))) {
        throw new IllegalArgumentException("mean " + mean + ", std " + std);
      }
    }
  }

  /**
   * The tokens of a vision transformer.
   *
   * @param prefix how many class and register tokens come first
   * @param patch the side of a patch in pixels
   */
  public record Tokens(int prefix, int patch) {}

  /**
   * A position table that is added as it is.
   *
   * @param name of the initializer
   * @param prefix how many of its rows belong to class and register tokens
   */
  public record Table(String name, int prefix) {}
}
