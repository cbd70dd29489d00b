package io.github.iaa4j.wsss.pseudomask;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.wsss.crf.DenseCrf;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How class activations are aligned with the edges of their image before they become a pseudo mask.
 * There are at most two parts: activations are propagated along the image's colours; then a dense
 * CRF decides between the classes and the background.
 *
 * <p>Immutable and safe for use by several threads. The same input gives the same bytes.
 */
public final class Refinement {

  /** The most steps or iterations of a propagation. */
  public static final int MAX_STEPS = 100;

  private static final int[] COLOUR_RINGS = {1, 2, 4, 8};
  private static final double COLOUR_WIDTH = 0.1;
  private static final int[] PIXEL_ADAPTIVE_RINGS = {1, 2, 4, 8, 12, 24};

  private static final String STEPS = "steps";
  private static final String CRF = "crf";

  private enum Propagation {
    NONE("none"),
    COLOUR_AFFINITY("colour affinity"),
    PIXEL_ADAPTIVE("PAMR");

    private final String label;

    Propagation(String label) {
      this.label = label;
    }
  }

  private final Propagation propagation;
  private final int steps;
  private final @Nullable DenseCrf crf;

  private Refinement(Propagation propagation, int steps, @Nullable DenseCrf crf) {
    if (steps < 0 || steps > MAX_STEPS) {
      throw new IllegalArgumentException(
          propagation.label + ": steps is " + steps + ", but must be from 0 to " + MAX_STEPS);
    }
    this.propagation = propagation;
    this.steps = steps;
    this.crf = crf;
  }

  /** Leaves activations as they are. */
  public static Refinement none() {
    return new Refinement(Propagation.NONE, 0, null);
  }

  /** The default for the small network: {@link #colourAffinity} with 20 steps. */
  public static Refinement forDrawings() {
    return colourAffinity(20);
  }

  /**
   * The default with a backbone: {@link #pixelAdaptive} with 10 iterations, as its paper has it.
   */
  public static Refinement forPhotographs() {
    return pixelAdaptive(10);
  }

  /**
   * Propagation with one kernel for the whole image: the eight neighbours at distances 1, 2, 4 and
   * 8, weighed by a Gaussian of the colour distance with a standard deviation of 0.1, channels in
   * [0, 1]. For drawings and other images with flat colours, whose local deviation, the kernel
   * width of {@link #pixelAdaptive}, is zero in most places.
   *
   * @param steps from 0 (none) to {@link #MAX_STEPS}
   * @throws IllegalArgumentException if it is not
   */
  public static Refinement colourAffinity(int steps) {
    return new Refinement(Propagation.COLOUR_AFFINITY, steps, null);
  }

  /**
   * Pixel-adaptive mask refinement (PAMR): Araslanov and Roth, <em>Single-Stage Semantic
   * Segmentation from Image Labels</em>, CVPR 2020, Section 3.3, as {@code models/mods/pamr.py} of
   * visinf/1-stage-wseg has it: the eight neighbours at distances 1, 2, 4, 8, 12 and 24, weighed by
   * the colour difference relative to the local standard deviation. The paper has 10 iterations.
   *
   * <p>Needs 192 bytes for each pixel at the size that activations are worked with.
   *
   * @param iterations from 0 (none) to {@link #MAX_STEPS}
   * @throws IllegalArgumentException if it is not
   */
  public static Refinement pixelAdaptive(int iterations) {
    return new Refinement(Propagation.PIXEL_ADAPTIVE, iterations, null);
  }

  /** A dense CRF alone, as {@code none().withDenseCrf(crf)}. */
  public static Refinement denseCrf(DenseCrf crf) {
    return none().withDenseCrf(crf);
  }

  /**
   * The same propagation, then a dense CRF, in place of an earlier one. Its labels are the
   * background and the classes that are present. Their probabilities are the activations, and what
   * the {@link BackgroundRule} gives; as in PSA's {@code crf_inference}, their sum need not be 1.
   * Where the rule has two thresholds, there is an inference for each, as in PSA and IRN.
   */
  public Refinement withDenseCrf(DenseCrf crf) {
    return new Refinement(propagation, steps, Objects.requireNonNull(crf, "crf"));
  }

  /**
   * Restores a refinement from what {@link #describe} gave.
   *
   * @throws IllegalArgumentException naming what is missing or unknown
   */
  public static Refinement of(Description description) {
    for (Propagation propagation : Propagation.values()) {
      if (propagation.label.equals(description.name())) {
        int steps = propagation == Propagation.NONE ? 0 : (int) description.number(STEPS);
        return new Refinement(
            propagation, steps, description.part(CRF).map(DenseCrf::of).orElse(null));
      }
    }
    throw new IllegalArgumentException("there is no refinement named " + description.name());
  }

  /**
   * The propagation alone.
   *
   * @param image at the size of the activations
   * @param activations {@code [classes][height * width]}, not changed
   * @return {@code [classes][height * width]}: new arrays, or the same ones where there is none
   * @throws io.github.iaa4j.core.error.ConfigurationException if the heap has no room for the
   *     affinities
   */
  public float[][] propagate(RgbImage image, float[][] activations) {
    if (steps == 0 || activations.length == 0) {
      return activations;
    }
    AffinityPropagation affinities =
        propagation == Propagation.PIXEL_ADAPTIVE
            ? AffinityPropagation.pixelAdaptive(image, PIXEL_ADAPTIVE_RINGS)
            : AffinityPropagation.ofColours(image, COLOUR_RINGS, COLOUR_WIDTH);
    float[][] propagated = new float[activations.length][];
    for (int k = 0; k < activations.length; k++) {
      propagated[k] = affinities.propagate(activations[k], steps);
    }
    return propagated;
  }

  /** The CRF at the end, if there is one. */
  public Optional<DenseCrf> crf() {
    return Optional.ofNullable(crf);
  }

  /** The propagation with its steps, and the CRF; {@link #of} reads it. */
  public Description describe() {
    Description description = Description.of(propagation.label);
    if (propagation != Propagation.NONE) {
      description = description.with(STEPS, steps);
    }
    return crf == null ? description : description.with(CRF, crf.describe());
  }

  /** Whether the other has the same parts with the same parameters. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Refinement refinement && refinement.describe().equals(describe());
  }

  @Override
  public int hashCode() {
    return describe().hashCode();
  }

  /** For people: the parts and their parameters. */
  @Override
  public String toString() {
    return describe().toString();
  }
}
