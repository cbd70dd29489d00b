package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * The noise levels of Karras et al., <em>Elucidating the Design Space of Diffusion-Based Generative
 * Models</em>, arXiv 2206.00364, equation 5, with rho = 7.
 */
final class Karras {

  private static final double RHO = 7;

  private Karras() {}

  static double[] sigmas(double max, double min, int count) {
    double maxRoot = StrictMath.pow(max, 1 / RHO);
    double minRoot = StrictMath.pow(min, 1 / RHO);
    double[] sigmas = new double[count];
    for (int i = 0; i < count; i++) {
      double ramp = count == 1 ? 0 : i / (double) (count - 1);
      sigmas[i] = StrictMath.pow(maxRoot + ramp * (minRoot - maxRoot), RHO);
    }
    return sigmas;
  }
}
