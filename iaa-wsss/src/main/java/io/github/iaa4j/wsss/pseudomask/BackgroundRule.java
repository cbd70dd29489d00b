package io.github.iaa4j.wsss.pseudomask;

import io.github.iaa4j.core.settings.Description;
import java.util.Arrays;
import java.util.List;

/**
 * How active a class must be at a pixel for the pixel to be foreground. No rule looks at a true
 * mask; a threshold that was searched for with true masks is a {@link #fixed(double)} one like any
 * other, and should be reported as searched.
 *
 * <p>A rule has one threshold, and every pixel is foreground or background; or two, and pixels
 * between them are void: a class only above the upper one, background only up to the lower one.
 *
 * <p>Immutable and safe for use by several threads.
 */
public final class BackgroundRule {

  private enum Kind {
    FIXED("fixed"),
    POWER("power"),
    OTSU("Otsu"),
    TWO_THRESHOLD_OTSU("two-threshold Otsu");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** The names of the numbers: for the foreground, for the background. */
    List<String> settings() {
      return switch (this) {
        case FIXED -> List.of("high", "low");
        case POWER -> List.of("foregroundAlpha", "backgroundAlpha");
        case OTSU, TWO_THRESHOLD_OTSU -> List.of();
      };
    }
  }

  private final Kind kind;

  /** As many as the kind has settings. */
  private final double[] numbers;

  private BackgroundRule(Kind kind, double... numbers) {
    this.kind = kind;
    this.numbers = numbers;
  }

  /** The default of a training: {@link #fixed(double) fixed} at 0.35. */
  public static BackgroundRule standard() {
    return fixed(0.35);
  }

  /**
   * A constant background activation, as in SEAM and most of what follows it.
   *
   * @param threshold in [0, 1)
   * @throws IllegalArgumentException if it is not
   */
  public static BackgroundRule fixed(double threshold) {
    return fixed(threshold, threshold);
  }

  /**
   * Two constants, as IRN's 0.05 and 0.30 or ToCo's 0.25 and 0.7.
   *
   * @param low up to which a pixel is background, in [0, 1)
   * @param high above which a pixel is foreground, in [{@code low}, 1)
   * @throws IllegalArgumentException if they are not
   */
  public static BackgroundRule fixed(double low, double high) {
    if (!(0 <= low && low <= high && high < 1)) {
      throw new IllegalArgumentException(
          "the thresholds are "
              + low
              + " and "
              + high
              + ", but must be in [0, 1), the lower one first");
    }
    return new BackgroundRule(Kind.FIXED, high, low);
  }

  /**
   * The background of PSA, {@code (1 - max)^alpha}, where max is the greatest activation at the
   * pixel: Ahn and Kwak, <em>Learning Pixel-level Semantic Affinity with Image-level
   * Supervision</em>, CVPR 2018, Equation 2. Without a dense CRF it is as good as the constant t
   * with {@code t = (1 - t)^alpha}: 0.38 for 2, 0.28 for 4, 0.08 for 32.
   *
   * @param alpha greater than 0; the greater, the more foreground
   * @throws IllegalArgumentException if it is not, or not finite
   */
  public static BackgroundRule power(double alpha) {
    return power(alpha, alpha);
  }

  /**
   * The background of PSA with two exponents, as its 4 and 32 or SEAM's 4 and 24.
   *
   * @param foregroundAlpha decides what is foreground, greater than 0
   * @param backgroundAlpha decides what is background, at least {@code foregroundAlpha}
   * @throws IllegalArgumentException if they are not, or not finite
   */
  public static BackgroundRule power(double foregroundAlpha, double backgroundAlpha) {
    if (!(0 < foregroundAlpha
        && foregroundAlpha <= backgroundAlpha
        && backgroundAlpha < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "the exponents are "
              + foregroundAlpha
              + " and "
              + backgroundAlpha
              + ", but must be finite and greater than 0, the smaller one first");
    }
    return new BackgroundRule(Kind.POWER, foregroundAlpha, backgroundAlpha);
  }

  /**
   * For each image the threshold that separates its activations best: Otsu, <em>A Threshold
   * Selection Method from Gray-Level Histograms</em>, IEEE Transactions on Systems, Man, and
   * Cybernetics 9(1), 1979. The histogram has 256 bins of each pixel's greatest activation.
   */
  public static BackgroundRule otsu() {
    return new BackgroundRule(Kind.OTSU);
  }

  /**
   * For each image the two thresholds that separate three levels of activation best, Section IV of
   * Otsu 1979; pixels of the middle level are void.
   */
  public static BackgroundRule twoThresholdOtsu() {
    return new BackgroundRule(Kind.TWO_THRESHOLD_OTSU);
  }

  /**
   * Restores a rule from what {@link #describe} gave.
   *
   * @throws IllegalArgumentException naming what is missing, unknown or out of range
   */
  public static BackgroundRule of(Description description) {
    for (Kind kind : Kind.values()) {
      if (kind.label.equals(description.name())) {
        double[] numbers = kind.settings().stream().mapToDouble(description::number).toArray();
        return switch (kind) {
          case FIXED -> fixed(numbers[1], numbers[0]);
          case POWER -> power(numbers[0], numbers[1]);
          case OTSU -> otsu();
          case TWO_THRESHOLD_OTSU -> twoThresholdOtsu();
        };
      }
    }
    throw new IllegalArgumentException("there is no background rule named " + description.name());
  }

  /**
   * The background's activation at each pixel, to be compared with those of the classes.
   *
   * @param foreground {@code [height * width]}: a pixel is of the most active class if that is more
   *     active than this
   * @param background {@code [height * width]}: a pixel is background if no class is more active
   *     than this; the same array where the rule has one threshold
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Activations(float[] foreground, float[] background) {

    /** Whether pixels can be neither foreground nor background. */
    public boolean haveTwoThresholds() {
      return foreground != background;
    }
  }

  /**
   * Applies the rule to an image.
   *
   * @param greatest {@code [height * width]}, the greatest activation of any class at each pixel,
   *     in [0, 1]; not changed
   * @return new arrays
   */
  public Activations activations(float[] greatest) {
    return switch (kind) {
      case FIXED -> constants(greatest.length, numbers[0], numbers[1]);
      case POWER -> {
        float[] foreground = power(greatest, numbers[0]);
        yield new Activations(
            foreground, numbers[0] == numbers[1] ? foreground : power(greatest, numbers[1]));
      }
      case OTSU -> {
        double threshold = new Otsu(greatest).threshold();
        yield constants(greatest.length, threshold, threshold);
      }
      case TWO_THRESHOLD_OTSU -> {
        double[] thresholds = new Otsu(greatest).twoThresholds();
        yield constants(greatest.length, thresholds[1], thresholds[0]);
      }
    };
  }

  private static Activations constants(int length, double high, double low) {
    float[] foreground = new float[length];
    Arrays.fill(foreground, (float) high);
    if (high == low) {
      return new Activations(foreground, foreground);
    }
    float[] background = new float[length];
    Arrays.fill(background, (float) low);
    return new Activations(foreground, background);
  }

  private static float[] power(float[] greatest, double alpha) {
    float[] background = new float[greatest.length];
    for (int i = 0; i < background.length; i++) {
      background[i] = (float) Math.pow(1 - greatest[i], alpha);
    }
    return background;
  }

  /** The kind of rule and its numbers; {@link #of} reads it. */
  public Description describe() {
    Description description = Description.of(kind.label);
    for (int i = 0; i < numbers.length; i++) {
      description = description.with(kind.settings().get(i), numbers[i]);
    }
    return description;
  }

  /** Whether the other is the same rule with the same numbers. */
  @Override
  public boolean equals(Object other) {
    return other instanceof BackgroundRule rule && rule.describe().equals(describe());
  }

  @Override
  public int hashCode() {
    return describe().hashCode();
  }

  /** For people: the kind of rule and its numbers. */
  @Override
  public String toString() {
    return describe().toString();
  }
}
