package io.github.iaa4j.wsss.crf;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.settings.Description;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * A fully connected CRF over an image's pixels, and mean field inference in it: Algorithm 1 of
 * Krähenbühl and Koltun, <em>Efficient Inference in Fully Connected CRFs with Gaussian Edge
 * Potentials</em>, NIPS 2011, with Potts compatibility and kernels that are normalised
 * symmetrically. Filtering is done on the permutohedral lattice.
 *
 * <p>Immutable and safe for use by several threads. {@link #infer} works on the thread that calls;
 * the same input gives the same bytes, on any machine.
 */
public final class DenseCrf {

  private static final String NAME = "dense CRF";
  private static final String ITERATIONS = "iterations";
  private static final String TERM = "term";

  private final List<PairwiseTerm> terms;
  private final int iterations;

  private DenseCrf(Builder builder) {
    this.terms = List.copyOf(builder.terms);
    this.iterations = builder.iterations;
  }

  /** Builds a CRF of any number of pairwise terms. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Restores a CRF from what {@link #describe} gave.
   *
   * @throws IllegalArgumentException if that is another part's description, or a number in it is
   *     missing, malformed or outside its range
   */
  public static DenseCrf of(Description description) {
    if (!description.name().equals(NAME)) {
      throw new IllegalArgumentException(description.name() + " is not a " + NAME);
    }
    Builder builder = builder();
    for (int i = 1; description.part(TERM + i).isPresent(); i++) {
      builder.terms.add(PairwiseTerm.of(description.part(TERM + i).get()));
    }
    return builder.iterations((int) description.number(ITERATIONS)).build();
  }

  /**
   * Approximates the distribution of each pixel's label.
   *
   * <p>Needs memory for the marginals twice over, for 12 floats a pixel and term, and for the
   * lattices' vertices, of which there are the more the smaller the standard deviations are.
   *
   * @param image whose colours bilateral terms compare
   * @param unary of the image's size
   * @throws IllegalArgumentException if the sizes differ, or the image is too large for a term with
   *     a very small standard deviation
   */
  public Marginals infer(RgbImage image, Unary unary) {
    return infer(image, List.of(unary)).get(0);
  }

  /**
   * The same for several unary potentials of one image, whose lattices are built once.
   *
   * @param image whose colours bilateral terms compare
   * @param unaries each of the image's size
   * @return the marginals of each, in their order
   * @throws IllegalArgumentException as {@link #infer(RgbImage, Unary)}
   */
  public List<Marginals> infer(RgbImage image, List<Unary> unaries) {
    for (Unary unary : unaries) {
      if (unary.width() != image.width() || unary.height() != image.height()) {
        throw new IllegalArgumentException(
            "the image has "
                + image.width()
                + " x "
                + image.height()
                + " pixels, the unary potentials "
                + unary.width()
                + " x "
                + unary.height());
      }
    }
    List<PermutohedralLattice> kernels = new ArrayList<>();
    if (iterations > 0) {
      for (PairwiseTerm term : terms) {
        if (term.weight() > 0) {
          kernels.add(term.lattice(image));
        }
      }
    }
    List<Marginals> marginals = new ArrayList<>();
    for (Unary unary : unaries) {
      MeanField field = new MeanField(unary.probabilities(), kernels);
      for (int i = 0; i < iterations; i++) {
        field.update();
      }
      marginals.add(new Marginals(image.width(), image.height(), field.marginals()));
    }
    return marginals;
  }

  /** The iterations and each term with its standard deviations and weight; {@link #of} reads it. */
  public Description describe() {
    Description description = Description.of(NAME).with(ITERATIONS, iterations);
    for (int i = 0; i < terms.size(); i++) {
      description = description.with(TERM + (i + 1), terms.get(i).describe());
    }
    return description;
  }

  /** Whether the other has the same terms and iterations. */
  @Override
  public boolean equals(Object other) {
    return other instanceof DenseCrf crf && crf.iterations == iterations && crf.terms.equals(terms);
  }

  @Override
  public int hashCode() {
    return Objects.hash(iterations, terms);
  }

  /** For people: the terms and the number of iterations. */
  @Override
  public String toString() {
    return "DenseCrf" + terms + " x " + iterations;
  }

  /** Collects terms. Not safe for use by several threads. */
  public static final class Builder {

    private static final int DEFAULT_ITERATIONS = 10;

    private final List<PairwiseTerm> terms = new ArrayList<>();
    private int iterations = DEFAULT_ITERATIONS;

    private Builder() {}

    /**
     * Adds a term for smoothness: near pixels have the same label. pydensecrf's {@code
     * addPairwiseGaussian(sxy=sigmaXy, compat=weight)}.
     *
     * @param sigmaXy standard deviation of the positions in pixels, greater than 0
     * @param weight at least 0
     * @throws IllegalArgumentException if a value is outside its range or not finite
     */
    public Builder gaussian(double sigmaXy, double weight) {
      terms.add(new PairwiseTerm(sigmaXy, OptionalDouble.empty(), weight));
      return this;
    }

    /**
     * Adds a term for appearance: near pixels of similar colour have the same label. pydensecrf's
     * {@code addPairwiseBilateral(sxy=sigmaXy, srgb=sigmaRgb, compat=weight)}.
     *
     * @param sigmaXy standard deviation of the positions in pixels, greater than 0
     * @param sigmaRgb standard deviation of each channel, of values in [0, 255]; greater than 0
     * @param weight at least 0
     * @throws IllegalArgumentException if a value is outside its range or not finite
     */
    public Builder bilateral(double sigmaXy, double sigmaRgb, double weight) {
      terms.add(new PairwiseTerm(sigmaXy, OptionalDouble.of(sigmaRgb), weight));
      return this;
    }

    /**
     * How often the mean field is updated; defaults to 10. Without an update the marginals are the
     * unary's probabilities, normalised.
     *
     * @param count at least 0
     * @throws IllegalArgumentException if it is negative
     */
    public Builder iterations(int count) {
      if (count < 0) {
        throw new IllegalArgumentException("iterations is " + count + ", but must be at least 0");
      }
      this.iterations = count;
      return this;
    }

    /** A CRF with the terms so far. */
    public DenseCrf build() {
      return new DenseCrf(this);
    }
  }
}
