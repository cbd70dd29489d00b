package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that start from images or stand at levels of their own, against diffusers. */
class PipelineParityTest {

  private static final RgbImage SOURCE = RgbImage.read(Golden.path("pipelines/source.png"));
  private static final LabelMask MASK = LabelMask.read(Golden.path("pipelines/mask.png"), 1);
  private static final RgbImage EDGES = RgbImage.read(Golden.path("pipelines/edges.png"));
  private static final int[] TIMESTEPS = {999, 850, 736, 645, 545, 455, 343, 233, 124, 24};

  @TempDir static Path inpainting;
  @TempDir static Path controlled;
  @TempDir static Path xl;

  @BeforeAll
  static void copy() throws IOException {
    Golden.copy("tiny-sd", inpainting);
    Golden.copy("tiny-sd-inpaint", inpainting);
    Golden.copy("tiny-sd", controlled);
    Golden.copy("tiny-sd-control", controlled);
    Golden.xl(xl);
    Golden.copy("tiny-sdxl-control", xl);
  }

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
  void generatesOverAnImage(String scheduler) {
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
  void generatesInsideOfAMask(String scheduler, double strength) {
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
  void generatesOverAnImageAtTimestepsOfItsOwn() {
    holds(
        "image-to-image-timesteps",
        tiny("DPMSolverMultistepScheduler").timesteps(TIMESTEPS).imageToImage(job -> SOURCE, 0.5));
  }

  /** Steps 47 and 48 of 50 stand at timestep 1, at two levels of noise. */
  @Test
  void beginsAtTheFirstOfTwoEqualTimesteps(@TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd", folder);
    Path file = folder.resolve("scheduler/scheduler_config.json");
    Files.writeString(
        file, Files.readString(file).replaceFirst("\\{", "{\"use_karras_sigmas\": true,"));

    holds(
        "image-to-image-equal-timesteps",
        load(folder, "DPMSolverMultistepScheduler").steps(50).imageToImage(job -> SOURCE, 0.06));
    holds(
        "inpaint-equal-timesteps",
        load(folder, "DPMSolverMultistepScheduler")
            .steps(50)
            .inpaint(job -> SOURCE, job -> MASK, 0.06));
  }

  @ParameterizedTest
  @CsvSource({
    "DDIMScheduler, 0.6",
    "DDIMScheduler, 1.0",
    "EulerDiscreteScheduler, 0.6",
    "EulerDiscreteScheduler, 1.0",
    "DPMSolverMultistepScheduler, 0.6",
    "DPMSolverMultistepScheduler, 1.0"
  })
  void generatesInsideOfAMaskWithNineChannels(String scheduler, double strength) {
    holds(
        "inpaint-9-" + strength + "-" + scheduler,
        load(inpainting, scheduler).steps(20).inpaint(job -> SOURCE, job -> MASK, strength));
  }

  @ParameterizedTest
  @ValueSource(strings = {"DDIMScheduler", "HeunDiscreteScheduler", "DPMSolverMultistepScheduler"})
  void isSteeredByAControlNet(String scheduler) {
    holds(
        "control-one-" + scheduler, load(controlled, scheduler).controlNet(first().withScale(0.8)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"DDIMScheduler", "HeunDiscreteScheduler", "DPMSolverMultistepScheduler"})
  void isSteeredByAControlNetAtSomeSteps(String scheduler) {
    holds(
        "control-one-part-" + scheduler,
        load(controlled, scheduler).controlNet(first().withScale(0.8).withSteps(0.1, 0.7)));
  }

  @Test
  void isSteeredByTwoControlNets() {
    holds(
        "control-two-DPMSolverMultistepScheduler",
        load(controlled, "DPMSolverMultistepScheduler")
            .controlNet(first().withScale(0.8))
            .controlNet(second().withScale(0.5).withSteps(0.2, 0.6)));
  }

  @Test
  void guessesWhatAControlNetSees() {
    holds(
        "control-guess-DDIMScheduler",
        load(controlled, "DDIMScheduler").controlNet(first().withScale(0.8)).guessMode());
  }

  @Test
  void guessesWhatTwoControlNetsSee() {
    holds(
        "control-guess-two-DPMSolverMultistepScheduler",
        load(controlled, "DPMSolverMultistepScheduler")
            .controlNet(first().withScale(0.8))
            .controlNet(second().withScale(0.5))
            .guessMode());
  }

  @Test
  void guessesWithoutGuidance() {
    holds(
        "control-guess-unguided-DDIMScheduler",
        load(controlled, "DDIMScheduler")
            .controlNet(first().withScale(0.8))
            .guessMode()
            .guidance(1));
  }

  @Test
  void isSteeredWhileGeneratingOverAnImage() {
    holds(
        "control-over-image-DPMSolverMultistepScheduler",
        load(controlled, "DPMSolverMultistepScheduler")
            .imageToImage(job -> SOURCE, 0.6)
            .controlNet(first().withScale(0.8).withSteps(0, 0.7)));
  }

  @Test
  void isSteeredInsideOfAMask() {
    holds(
        "control-in-mask-DPMSolverMultistepScheduler",
        load(controlled, "DPMSolverMultistepScheduler")
            .inpaint(job -> SOURCE, job -> MASK, 0.6)
            .controlNet(first().withScale(0.8)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"EulerDiscreteScheduler", "DPMSolverMultistepScheduler"})
  void generatesOverAnImageWithXl(String scheduler, @TempDir Path folder) throws IOException {
    holds(
        "xl-image-to-image-" + scheduler,
        xl(Golden.xl(folder), scheduler).imageToImage(job -> SOURCE, 0.6));
  }

  @ParameterizedTest
  @CsvSource({
    "EulerDiscreteScheduler, 0.6",
    "EulerDiscreteScheduler, 1.0",
    "DPMSolverMultistepScheduler, 0.6",
    "DPMSolverMultistepScheduler, 1.0"
  })
  void generatesInsideOfAMaskWithXl(String scheduler, double strength, @TempDir Path folder)
      throws IOException {
    holds(
        "xl-inpaint-" + strength + "-" + scheduler,
        xl(Golden.xl(folder), scheduler).inpaint(job -> SOURCE, job -> MASK, strength));
  }

  @ParameterizedTest
  @ValueSource(strings = {"EulerDiscreteScheduler", "DPMSolverMultistepScheduler"})
  void steersXlAtSomeSteps(String scheduler) {
    holds(
        "xl-control-" + scheduler,
        xl(xl, scheduler).controlNet(ofXl().withScale(0.8).withSteps(0.1, 0.7)));
  }

  @Test
  void guessesWhatAControlNetOfXlSees() {
    holds(
        "xl-control-guess-EulerDiscreteScheduler",
        xl(xl, "EulerDiscreteScheduler").controlNet(ofXl().withScale(0.8)).guessMode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"EDMEulerScheduler", "EDMDPMSolverMultistepScheduler"})
  void generatesOverAnImageWithEdm(String scheduler, @TempDir Path folder) throws IOException {
    holds(
        "edm-image-to-image-" + scheduler,
        edm(Golden.playground(folder), scheduler).imageToImage(job -> SOURCE, 0.6));
  }

  @ParameterizedTest
  @CsvSource({
    "EDMEulerScheduler, 0.6",
    "EDMEulerScheduler, 1.0",
    "EDMDPMSolverMultistepScheduler, 0.6",
    "EDMDPMSolverMultistepScheduler, 1.0"
  })
  void generatesInsideOfAMaskWithEdm(String scheduler, double strength, @TempDir Path folder)
      throws IOException {
    Golden.playground(folder);
    // Diffusers encodes without the mean and deviation that it decodes with.
    Golden.copy("tiny-sdxl/vae_encoder", folder.resolve("vae_encoder"));
    Golden.copy("tiny-sdxl/vae_decoder", folder.resolve("vae_decoder"));

    holds(
        "edm-inpaint-" + strength + "-" + scheduler,
        edm(folder, scheduler).inpaint(job -> SOURCE, job -> MASK, strength));
  }

  private static StableDiffusionBuilder edm(Path folder, String scheduler) {
    return load(folder, scheduler).steps(10).guidance(3);
  }

  private static StableDiffusionBuilder xl(Path folder, String scheduler) {
    return load(folder, scheduler).steps(10).guidance(5);
  }

  private static ControlNet ofXl() {
    return ControlNet.of(xl.resolve("controlnet"), job -> EDGES);
  }

  private static ControlNet first() {
    return ControlNet.of(controlled.resolve("controlnet"), job -> EDGES);
  }

  private static ControlNet second() {
    return ControlNet.of(controlled.resolve("controlnet-2"), job -> SOURCE);
  }

  private static StableDiffusionBuilder load(Path folder, String scheduler) {
    return StableDiffusion.builder(folder).scheduler(scheduler).guidance(7.5).batch(1);
  }

  private static StableDiffusionBuilder tiny(String scheduler) {
    return load(Golden.path("tiny-sd"), scheduler);
  }

  private static void holds(String name, StableDiffusionBuilder builder) {
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
