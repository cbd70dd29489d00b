package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * What the model was trained to predict. Conversions are for latents {@code x = alpha * x0 + sigma
 * * epsilon}, with {@code alpha^2 + sigma^2 = 1} unless stated otherwise.
 */
enum Prediction {
  /** The noise. Ho et al., arXiv 2006.11239. */
  EPSILON {
    @Override
    float x0(float x, float output, float alpha, float sigma) {
      return (x - sigma * output) / alpha;
    }

    @Override
    float epsilon(float x, float output, float alpha, float sigma) {
      return output;
    }
  },

  /** The velocity {@code alpha * epsilon - sigma * x0}. Salimans, Ho, arXiv 2202.00512. */
  V_PREDICTION {
    @Override
    float x0(float x, float output, float alpha, float sigma) {
      return alpha * x - sigma * output;
    }

    @Override
    float epsilon(float x, float output, float alpha, float sigma) {
      return alpha * output + sigma * x;
    }
  },

  /** The velocity {@code epsilon - x0} of a flow, where alpha + sigma = 1. */
  FLOW_PREDICTION {
    @Override
    float x0(float x, float output, float alpha, float sigma) {
      return x - sigma * output;
    }

    @Override
    float epsilon(float x, float output, float alpha, float sigma) {
      return x + alpha * output;
    }
  },

  /** The clean latents. */
  SAMPLE {
    @Override
    float x0(float x, float output, float alpha, float sigma) {
      return output;
    }

    @Override
    float epsilon(float x, float output, float alpha, float sigma) {
      return (x - alpha * output) / sigma;
    }
  };

  abstract float x0(float x, float output, float alpha, float sigma);

  abstract float epsilon(float x, float output, float alpha, float sigma);
}
