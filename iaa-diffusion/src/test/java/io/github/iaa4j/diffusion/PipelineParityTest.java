package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that start from images or stand at levels of their own, against diffusers. */
class PipelineParityTest {

  private static final RgbImage SOURCE = RgbImage.read(Golden.path("pipelines/source.png"));
  private static final LabelMask MASK = LabelMask.read(Golden.path("pipelines/mask.png"), 1);
  private static final int[] TIMESTEPS = {999, 850, 736, 645, 545, 455, 343, 233, 124, 24};

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DDIMScheduler",
        "PNDMScheduler",
        "EulerDiscreteScheduler",
        "HeunDiscreteScheduler",
        "DPMSolverMultistepScheduler",
        "DPMSolverSinglestepScheduler",
        "UniPCMultistepScheduler",
        "DEISMultistepScheduler",
        "TCDScheduler"
      })
  void paintsOverAnImage(String scheduler) {
    holds(
        "image-to-image-" + scheduler, tiny(scheduler).steps(20).imageToImage(job -> SOURCE, 0.6));
  }

  @ParameterizedTest
  @CsvSource({
    "DDIMScheduler, 0.6",
    "PNDMScheduler, 0.6",
    "EulerDiscreteScheduler, 0.6",
    "HeunDiscreteScheduler, 0.6",
    "DPMSolverMultistepScheduler, 0.6",
    "DPMSolverSinglestepScheduler, 0.6",
    "UniPCMultistepScheduler, 0.6",
    "DEISMultistepScheduler, 0.6",
    "TCDScheduler, 0.6",
    "DDIMScheduler, 1.0",
    "EulerDiscreteScheduler, 1.0"
  })
  void paintsInsideOfAMask(String scheduler, double strength) {
    holds(
        "inpaint-" + strength + "-" + scheduler,
        tiny(scheduler).steps(20).inpaint(job -> SOURCE, job -> MASK, strength));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DPMSolverMultistepScheduler",
        "EulerDiscreteScheduler",
        "HeunDiscreteScheduler",
        "TCDScheduler"
      })
  void standsAtTimestepsOfItsOwn(String scheduler) {
    holds("timesteps-" + scheduler, tiny(scheduler).timesteps(TIMESTEPS));
  }

  @Test
  void standsAtSigmasOfItsOwn() {
    holds(
        "sigmas-EulerDiscreteScheduler",
        tiny("EulerDiscreteScheduler")
            .sigmas(14.6, 6.4, 3.9, 2.7, 1.9, 1.4, 0.96, 0.65, 0.4, 0.15, 0.0));
  }

  @Test
  void paintsOverAnImageAtTimestepsOfItsOwn() {
    holds(
        "image-to-image-timesteps",
        tiny("DPMSolverMultistepScheduler").timesteps(TIMESTEPS).imageToImage(job -> SOURCE, 0.5));
  }

  private static StableDiffusion.Builder tiny(String scheduler) {
    return StableDiffusion.load(Golden.path("tiny-sd")).scheduler(scheduler).guidance(7.5).batch(1);
  }

  private static void holds(String name, StableDiffusion.Builder builder) {
    Sample sample;
    try (StableDiffusion model = builder.build()) {
      sample =
          model.sample(
              Npy.read(Golden.path("pipelines/noise.npy")),
              "a photo of a red bird on a green meadow",
              "blurry, low quality");
    }
    Npy latents = Npy.read(Golden.path("pipelines/" + name + "-latents.npy"));
    Npy image = Npy.read(Golden.path("pipelines/" + name + "-image.npy"));

    double apart = Golden.maxDifference(sample.latents(), latents);
    double psnr = Golden.psnr(sample.image(), image);
    System.out.printf(Locale.ROOT, "pipeline parity %s %.1e, %.0f dB%n", name, apart, psnr);
    assertThat(apart).isLessThanOrEqualTo(1e-4);
    assertThat(psnr).isGreaterThanOrEqualTo(50);
  }
}
