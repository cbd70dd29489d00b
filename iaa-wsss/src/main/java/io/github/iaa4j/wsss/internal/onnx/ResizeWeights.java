package io.github.iaa4j.wsss.internal.onnx;

/**
 * The weights with which Resize mixes elements along one axis, as
 * onnx.ai/onnx/operators/onnx__Resize.html defines them.
 */
public final class ResizeWeights {

  private final Mode mode;
  private final String coordinates;
  private final String nearest;
  private final double cubic;
  private final boolean excludesOutside;
  private final boolean antialiases;

  private enum Mode {
    NEAREST,
    LINEAR,
    CUBIC
  }

  private ResizeWeights(
      Mode mode,
      String coordinates,
      String nearest,
      double cubic,
      boolean excludesOutside,
      boolean antialiases) {
    this.mode = mode;
    this.coordinates = coordinates;
    this.nearest = nearest;
    this.cubic = cubic;
    this.excludesOutside = excludesOutside;
    this.antialiases = antialiases;
  }

  /**
   * As a node says.
   *
   * @throws IllegalArgumentException if it says something that is not known
   */
  public static ResizeWeights of(Node node) {
    String mode = node.text("mode", "nearest");
    String coordinates = node.text("coordinate_transformation_mode", "half_pixel");
    if (coordinates.equals("tf_crop_and_resize")) {
      throw new IllegalArgumentException("tf_crop_and_resize is not known");
    }
    if (node.integer("antialias", 0) != 0) {
      throw new IllegalArgumentException(
          "an antialiased Resize is not known, because ONNX Runtime and PyTorch compute it"
              + " differently");
    }
    return new ResizeWeights(
        switch (mode) {
          case "nearest" -> Mode.NEAREST;
          case "linear" -> Mode.LINEAR;
          case "cubic" -> Mode.CUBIC;
          default -> throw new IllegalArgumentException("its mode " + mode + " is not known");
        },
        coordinates,
        node.text("nearest_mode", "round_prefer_floor"),
        node.number("cubic_coeff_a", -0.75),
        node.integer("exclude_outside", 0) != 0,
        false);
  }

  /**
   * Bicubic with a filter that widens when it shrinks, as PyTorch's {@code interpolate} with {@code
   * antialias=True}, with which position tables are resized.
   */
  static ResizeWeights bicubic() {
    return new ResizeWeights(Mode.CUBIC, "half_pixel", "", -0.5, true, true);
  }

  /**
   * @param scale of the axis
   * @return for each of {@code to} elements the weight of each of {@code from}
   */
  public float[][] matrix(long from, long to, double scale) {
    float[][] matrix = new float[(int) to][(int) from];
    for (int i = 0; i < to; i++) {
      double at = source(i, from, to, scale);
      if (mode == Mode.NEAREST) {
        matrix[i][clamp(rounded(at), from)] = 1;
      } else {
        mix(matrix[i], at, Math.min(1, scale));
      }
    }
    return matrix;
  }

  private double source(int i, long from, long to, double scale) {
    return switch (coordinates) {
      case "align_corners" -> to == 1 ? 0 : i * (from - 1.0) / (to - 1);
      case "asymmetric" -> i / scale;
      case "pytorch_half_pixel" -> to > 1 ? (i + 0.5) / scale - 0.5 : 0;
      case "half_pixel_symmetric" -> {
        double adjustment = to / (scale * from);
        double centre = from / 2.0;
        yield centre * (1 - adjustment) + (i + 0.5) / scale - 0.5;
      }
      case "half_pixel" -> (i + 0.5) / scale - 0.5;
      default ->
          throw new IllegalArgumentException("the coordinates " + coordinates + " are not known");
    };
  }

  private long rounded(double at) {
    return (long)
        switch (nearest) {
          case "floor" -> Math.floor(at);
          case "ceil" -> Math.ceil(at);
          case "round_prefer_ceil" -> Math.floor(at + 0.5);
          default -> Math.ceil(at - 0.5);
        };
  }

  private static int clamp(long index, long length) {
    return (int) Math.max(0, Math.min(length - 1, index));
  }

  private void mix(float[] row, double at, double shrinking) {
    double width = antialiases ? shrinking : 1;
    double reach = (mode == Mode.CUBIC ? 2 : 1) / width;
    boolean excludes = excludesOutside || antialiases;
    double total = 0;
    double[] weights = new double[row.length];
    for (long j = (long) Math.floor(at - reach); j <= (long) Math.ceil(at + reach); j++) {
      double weight = filter((j - at) * width);
      boolean isInside = j >= 0 && j < row.length;
      if (isInside || !excludes) {
        weights[clamp(j, row.length)] += weight;
        total += weight;
      }
    }
    for (int j = 0; j < row.length; j++) {
      row[j] = (float) (weights[j] / total);
    }
  }

  /** Keys, "Cubic convolution interpolation for digital image processing", 1981. */
  private double filter(double distance) {
    double x = Math.abs(distance);
    if (mode == Mode.LINEAR) {
      return Math.max(0, 1 - x);
    }
    if (x < 1) {
      return ((cubic + 2) * x - (cubic + 3)) * x * x + 1;
    }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * cubic : 0;
  }
}
