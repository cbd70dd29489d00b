package io.github.iaa4j.diffusion.internal.scheduler;

import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import java.util.List;

/**
 * How much signal is left at each timestep of training: alpha-bar of Ho et al., arXiv 2006.11239,
 * equation 4.
 *
 * <p>Every intermediate is rounded to float32 where diffusers rounds it: {@code 1 - alphaBar} at
 * the first timesteps is so small that the rounding shows in the sigmas.
 */
final class NoiseSchedule {

  /** The betas that a scheduler's class has where a config states none. */
  record Betas(double start, double end, String schedule) {

    static final Betas DDPM = new Betas(0.0001, 0.02, "linear");
    static final Betas STABLE_DIFFUSION = new Betas(0.00085, 0.012, "scaled_linear");
    static final Betas HEUN = new Betas(0.00085, 0.012, "linear");
  }

  private final float[] alphasCumprod;
  private final float[] sigmas;

  private NoiseSchedule(float[] alphasCumprod) {
    this.alphasCumprod = alphasCumprod;
    sigmas = new float[alphasCumprod.length];
    for (int t = 0; t < sigmas.length; t++) {
      sigmas[t] = (float) Math.sqrt((1f - alphasCumprod[t]) / alphasCumprod[t]);
    }
  }

  /**
   * The schedule of a config.
   *
   * @param defaults betas of the scheduler's class, for keys that are absent
   */
  static NoiseSchedule of(JsonConfig config, Betas defaults) {
    float[] alphasCumprod = cumulate(betas(config, defaults));
    if (config.flag("rescale_betas_zero_snr", false)) {
      alphasCumprod = cumulate(rescaleToZeroSnr(alphasCumprod));
    }
    return new NoiseSchedule(alphasCumprod);
  }

  /**
   * The same schedule for solvers that divide by the last alpha-bar: where it is zero, it is so
   * small a number here that its sigma is still finite.
   */
  NoiseSchedule withFiniteSigmas() {
    float[] changed = alphasCumprod.clone();
    int last = changed.length - 1;
    changed[last] = changed[last] == 0 ? 0x1p-24f : changed[last];
    return new NoiseSchedule(changed);
  }

  private static float[] betas(JsonConfig config, Betas defaults) {
    int timesteps = config.integer("num_train_timesteps", 1000);
    if (timesteps < 2) {
      throw config.unexpected("num_train_timesteps", "at least 2 timesteps", null);
    }
    if (config.has("trained_betas")) {
      return trainedBetas(config, timesteps);
    }
    double start = config.number("beta_start", defaults.start());
    double end = config.number("beta_end", defaults.end());
    if (!(start > 0 && start < 1)) {
      throw config.unexpected("beta_start", "a number between 0 and 1", null);
    }
    if (!(end > 0 && end < 1)) {
      throw config.unexpected("beta_end", "a number between 0 and 1", null);
    }
    return switch (config.string("beta_schedule", defaults.schedule())) {
      case "linear" -> linspace((float) start, (float) end, timesteps);
      case "scaled_linear" -> {
        // Rombach et al., arXiv 2112.10752: linear in the square root.
        float[] roots = linspace((float) Math.sqrt(start), (float) Math.sqrt(end), timesteps);
        for (int t = 0; t < timesteps; t++) {
          roots[t] *= roots[t];
        }
        yield roots;
      }
      case "squaredcos_cap_v2" -> squaredCosine(timesteps);
      default ->
          throw config.unexpected(
              "beta_schedule", "linear, scaled_linear or squaredcos_cap_v2", null);
    };
  }

  private static float[] trainedBetas(JsonConfig config, int timesteps) {
    List<Double> stated = config.numbers("trained_betas");
    float[] betas = new float[timesteps];
    for (int t = 0; t < timesteps; t++) {
      double beta = stated.size() == timesteps ? stated.get(t) : Double.NaN;
      if (!(beta > 0 && beta < 1)) {
        throw config.unexpected(
            "trained_betas",
            timesteps + " numbers between 0 and 1, one for each of num_train_timesteps",
            null);
      }
      betas[t] = (float) beta;
    }
    return betas;
  }

  private static float[] cumulate(float[] betas) {
    float[] products = new float[betas.length];
    double product = 1;
    for (int t = 0; t < betas.length; t++) {
      product *= 1f - betas[t];
      products[t] = (float) product;
    }
    return products;
  }

  /**
   * Moves and stretches the square roots of alpha-bar, so that the last timestep is noise alone:
   * Lin et al., arXiv 2305.08891, algorithm 1.
   *
   * @return the betas that belong to it
   */
  private static float[] rescaleToZeroSnr(float[] alphasCumprod) {
    int count = alphasCumprod.length;
    float first = (float) Math.sqrt(alphasCumprod[0]);
    float last = (float) Math.sqrt(alphasCumprod[count - 1]);
    float stretch = first / (first - last);
    float[] betas = new float[count];
    float before = 1;
    for (int t = 0; t < count; t++) {
      float root = ((float) Math.sqrt(alphasCumprod[t]) - last) * stretch;
      float alphaCumprod = root * root;
      betas[t] = 1 - alphaCumprod / before;
      before = alphaCumprod;
    }
    return betas;
  }

  /** Timesteps of training. */
  int timesteps() {
    return sigmas.length;
  }

  /** Alpha-bar at a timestep: the share of the variance that is signal. */
  float alphaCumprod(int timestep) {
    return alphasCumprod[timestep];
  }

  /** The noise's standard deviation over the signal's: sqrt((1 - alphaBar) / alphaBar). */
  float sigma(int timestep) {
    return sigmas[timestep];
  }

  /** The sigma between two timesteps, interpolated. */
  double sigmaAt(double timestep) {
    int low = (int) Math.min(Math.floor(timestep), timesteps() - 1);
    int high = Math.min(low + 1, timesteps() - 1);
    return sigmas[low] + ((double) sigmas[high] - sigmas[low]) * (timestep - low);
  }

  /** The timestep at which the log of sigma has a value, interpolated; within the schedule. */
  double timestepOf(double sigma) {
    double log = StrictMath.log(Math.max(sigma, 1e-10));
    int low = 0;
    while (low < timesteps() - 2 && log >= logSigma(low + 1)) {
      low++;
    }
    double below = logSigma(low);
    double above = logSigma(low + 1);
    double weight = Math.min(Math.max((below - log) / (below - above), 0), 1);
    return (1 - weight) * low + weight * (low + 1);
  }

  private float logSigma(int timestep) {
    return (float) StrictMath.log(sigmas[timestep]);
  }

  /**
   * How many timesteps at the noisy end have less than a log signal-to-noise ratio.
   *
   * @param lambda half the log of alphaBar / (1 - alphaBar)
   */
  int countBelow(double lambda) {
    int count = 0;
    while (count < timesteps() && -logSigma(timesteps() - 1 - count) < lambda) {
      count++;
    }
    return count;
  }

  /** Counts up from the start in the first half and down from the end in the second, as torch. */
  static float[] linspace(float start, float end, int count) {
    float step = (end - start) / (count - 1);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i < count / 2 ? start + step * i : end - step * (count - 1 - i);
    }
    return values;
  }

  /** Nichol, Dhariwal, arXiv 2102.09672, equation 17. */
  private static float[] squaredCosine(int count) {
    float[] betas = new float[count];
    for (int i = 0; i < count; i++) {
      double next = alphaBar((i + 1) / (double) count);
      betas[i] = (float) Math.min(1 - next / alphaBar(i / (double) count), 0.999);
    }
    return betas;
  }

  private static double alphaBar(double time) {
    double cosine = StrictMath.cos((time + 0.008) / 1.008 * Math.PI / 2);
    return cosine * cosine;
  }
}
