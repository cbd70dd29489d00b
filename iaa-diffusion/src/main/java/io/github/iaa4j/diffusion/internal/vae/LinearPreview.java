package io.github.iaa4j.diffusion.internal.vae;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.internal.model.NotFinite;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A linear map from the channels of a latent to the mean colour of its pixels, fitted by least
 * squares to the images of the decoder of a model. Safe for use by several threads.
 */
public final class LinearPreview {

  private static final Logger log = LoggerFactory.getLogger(LinearPreview.class);

  /** Relative to the mean square of the latents: keeps channels that are always 0 solvable. */
  private static final double RIDGE = 1e-9;

  private final int width;
  private final int height;
  private final int scale;
  private final int channels;
  private final double[][] weights;
  private final double explained;

  /**
   * @param latents {@code [C, h, w]} each, as the scheduler leaves them, to fit to
   * @param decoder stays the caller's
   * @param vae the decoder's; stays the caller's
   * @param width of the images, in pixels
   * @param height of the images, in pixels
   * @throws ModelException if the decoder produces NaN
   */
  public LinearPreview(
      List<float[]> latents, ImageDecoder decoder, Vae vae, int width, int height) {
    this.width = width;
    this.height = height;
    scale = vae.scale();
    channels = vae.latentChannels();
    Fit fit = new Fit(channels + 1);
    double[] inputs = new double[channels + 1];
    double[] colour = new double[3];
    for (float[] one : latents) {
      float[] pixels = decoder.decode(one);
      if (!decoder.isFinite()) {
        Path graph = vae.graph().file();
        throw new ModelException(
            graph,
            null,
            "no linear map can be fitted to the images that the model generated without a prompt: "
                + NotFinite.PIXELS.problem(graph)
                + " Or take previews FULL.",
            null);
      }
      for (int place = 0; place < plane(); place++) {
        inputs(one, place, inputs);
        for (int c = 0; c < 3; c++) {
          colour[c] = mean(pixels, c, place);
        }
        fit.add(inputs, colour);
      }
    }
    weights = fit.solve();
    explained = fit.explained(weights);
    log.info(
        "A linear map explains {} % of the variance of colours in {} generated images",
        Math.round(100 * explained), latents.size());
  }

  /** The normal equations of a least squares fit of three colours. */
  private static final class Fit {

    private final int size;
    private final double[][] squares;
    private final double[][] products;
    private final double[] sums = new double[3];
    private final double[] colourSquares = new double[3];
    private long count;

    Fit(int size) {
      this.size = size;
      squares = new double[size][size];
      products = new double[3][size];
    }

    void add(double[] inputs, double[] colour) {
      count++;
      for (int i = 0; i < size; i++) {
        for (int j = 0; j < size; j++) {
          squares[i][j] += inputs[i] * inputs[j];
        }
        for (int c = 0; c < 3; c++) {
          products[c][i] += colour[c] * inputs[i];
        }
      }
      for (int c = 0; c < 3; c++) {
        sums[c] += colour[c];
        colourSquares[c] += colour[c] * colour[c];
      }
    }

    /** {@code [3, size]}, by the Cholesky decomposition. */
    double[][] solve() {
      double trace = 0;
      for (int i = 0; i < size; i++) {
        trace += squares[i][i];
      }
      double[][] lower = new double[size][size];
      for (int i = 0; i < size; i++) {
        for (int j = 0; j <= i; j++) {
          double rest = squares[i][j] + (i == j ? RIDGE * trace / size : 0);
          for (int k = 0; k < j; k++) {
            rest -= lower[i][k] * lower[j][k];
          }
          lower[i][j] = i == j ? Math.sqrt(rest) : rest / lower[j][j];
        }
      }
      double[][] solution = new double[3][size];
      for (int c = 0; c < 3; c++) {
        double[] x = solution[c];
        for (int i = 0; i < size; i++) {
          x[i] = products[c][i];
          for (int k = 0; k < i; k++) {
            x[i] -= lower[i][k] * x[k];
          }
          x[i] /= lower[i][i];
        }
        for (int i = size - 1; i >= 0; i--) {
          for (int k = i + 1; k < size; k++) {
            x[i] -= lower[k][i] * x[k];
          }
          x[i] /= lower[i][i];
        }
      }
      return solution;
    }

    /** Coefficient of determination over all three colours, each about its own mean. */
    double explained(double[][] solution) {
      double missed = 0;
      double variance = 0;
      for (int c = 0; c < 3; c++) {
        double square = colourSquares[c];
        for (int i = 0; i < size; i++) {
          square -= 2 * solution[c][i] * products[c][i];
          for (int j = 0; j < size; j++) {
            square += solution[c][i] * solution[c][j] * squares[i][j];
          }
        }
        missed += square;
        variance += colourSquares[c] - sums[c] * sums[c] / count;
      }
      return variance > 0 ? 1 - missed / variance : 1;
    }
  }

  private int plane() {
    return (width / scale) * (height / scale);
  }

  /** The channels of the latent at a place, and 1. */
  private void inputs(float[] latents, int place, double[] into) {
    for (int c = 0; c < channels; c++) {
      into[c] = latents[c * plane() + place];
    }
    into[channels] = 1;
  }

  /** The mean of a colour over the pixels of the latent at a place. */
  private double mean(float[] pixels, int colour, int place) {
    int top = place / (width / scale) * scale;
    int left = place % (width / scale) * scale;
    double sum = 0;
    for (int y = top; y < top + scale; y++) {
      for (int x = left; x < left + scale; x++) {
        sum += pixels[(colour * height + y) * width + x];
      }
    }
    return sum / (scale * scale);
  }

  /** {@code [3, C + 1]}: for red, green and blue the weight of each channel, and what is added. */
  double[][] weights() {
    return weights;
  }

  /** The share of the variance of colours that the map explains in what it was fitted to. */
  double explained() {
    return explained;
  }

  /**
   * The image of latents, blurred.
   *
   * @param latents {@code [C, h, w]}, as the scheduler leaves them
   * @return of the size of generated images
   */
  public RgbImage image(float[] latents) {
    byte[] rgb = new byte[3 * plane()];
    double[] inputs = new double[channels + 1];
    for (int place = 0; place < plane(); place++) {
      inputs(latents, place, inputs);
      for (int c = 0; c < 3; c++) {
        double value = 0;
        for (int i = 0; i <= channels; i++) {
          value += weights[c][i] * inputs[i];
        }
        rgb[3 * place + c] = (byte) Math.rint(Math.min(Math.max(value, 0), 1) * 255);
      }
    }
    return new RgbImage(width / scale, height / scale, rgb).scaledTo(width, height);
  }
}
