package io.github.iaa4j.diffusion.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.diffusion.Device;
import io.github.iaa4j.diffusion.Golden;
import io.github.iaa4j.diffusion.internal.scheduler.NoiseSource;
import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import io.github.iaa4j.diffusion.internal.scheduler.SchedulerConfig;
import io.github.iaa4j.diffusion.internal.scheduler.Trajectory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DenoiserTest {

  private static final int LATENTS = 4 * 8 * 8;
  private static final int TEXT = 24 * 32;

  private Unet unet;
  private Scheduler scheduler;
  private Denoiser denoiser;

  @BeforeEach
  void load() {
    unet =
        new Unet(
            Golden.path("tiny-sd"),
            4,
            new long[] {4, 8, 8},
            Map.of(Unet.TEXT, new long[] {24, 32}),
            Device.cpu());
    scheduler = scheduler("DDIMScheduler");
    denoiser = denoiser(Guidance.of(2));
  }

  @AfterEach
  void close() {
    denoiser.close();
    unet.close();
  }

  @Test
  void keepsNotANumberWithinItsOwnImage() {
    Canvas alone = canvas(1);
    denoiser.denoise(List.of(alone), 3, () -> false);

    Canvas broken = canvas(2);
    broken.latents()[17] = Float.NaN;
    Canvas sound = canvas(1);
    denoiser.denoise(List.of(broken, sound), 3, () -> false);

    assertThat(broken.isFinite()).isFalse();
    assertThat(broken.step()).isZero();
    assertThat(sound.isFinite()).isTrue();
    // Not to the last bit on every processor: that is why batches are tried first.
    assertThat(sound.latents()).containsExactly(alone.latents(), within(1e-4f));
  }

  @Test
  void stopsBeforeTheNextStepWhenCancelled() {
    Canvas canvas = canvas(1);

    boolean finished = denoiser.denoise(List.of(canvas), 3, () -> canvas.step() == 2);

    assertThat(finished).isFalse();
    assertThat(canvas.step()).isEqualTo(2);
  }

  @Test
  void goesOnWhereItStood() {
    Canvas inOneGo = canvas(1);
    denoiser.denoise(List.of(inOneGo), 3, () -> false);
    Canvas inTwo = canvas(1);

    denoiser.denoise(List.of(inTwo), 2, () -> false);
    denoiser.denoise(List.of(canvas(5)), 3, () -> false);
    denoiser.denoise(List.of(inTwo), 3, () -> false);

    assertThat(inTwo.latents()).containsExactly(inOneGo.latents());
  }

  @Test
  void looksAtTheNegativePromptInsideTheGuidanceIntervalOnly() {
    Canvas canvas = canvas(1);
    try (Denoiser limited = denoiser(new Guidance(2, 0, 0.34, 0.67))) {
      limited.denoise(List.of(canvas), 3, () -> false);
    }

    assertThat(canvas.unetRows()).as("steps 0 and 2 unguided, step 1 guided").isEqualTo(1 + 2 + 1);
  }

  @Test
  void anIntervalOverAllStepsChangesNothing() {
    Canvas always = canvas(1);
    denoiser.denoise(List.of(always), 3, () -> false);
    Canvas limited = canvas(1);
    try (Denoiser whole = denoiser(new Guidance(2, 0, 0, 1))) {
      whole.denoise(List.of(limited), 3, () -> false);
    }

    assertThat(limited.latents()).containsExactly(always.latents());
  }

  @Test
  void whatIsNotGuidedIsAsWithoutGuidance() {
    Canvas off = canvas(1);
    try (Denoiser unguided = denoiser(Guidance.of(1))) {
      unguided.denoise(List.of(off), 1, () -> false);
    }
    Canvas late = canvas(1);
    try (Denoiser limited = denoiser(new Guidance(2, 0, 0.5, 1))) {
      limited.denoise(List.of(late), 1, () -> false);
    }

    assertThat(late.latents()).containsExactly(off.latents());
  }

  @Test
  void drawsTheNoiseOfEachImageInABatchFromItsOwnSource() {
    Scheduler ancestral = scheduler("EulerAncestralDiscreteScheduler");
    try (Denoiser noisy = new Denoiser(unet, ancestral, Guidance.of(2), LATENTS)) {
      List<Canvas> together = new ArrayList<>();
      List<Canvas> alone = new ArrayList<>();
      for (long seed = 1; seed <= 2; seed++) {
        together.add(canvas(ancestral, 5, new GaussianNoise(seed)));
        alone.add(canvas(ancestral, 5, new GaussianNoise(seed)));
        noisy.denoise(List.of(alone.get(alone.size() - 1)), 3, () -> false);
      }

      noisy.denoise(together, 2, () -> false);
      noisy.denoise(together, 3, () -> false);

      for (int k = 0; k < 2; k++) {
        assertThat(together.get(k).latents())
            .containsExactly(alone.get(k).latents(), within(1e-3f));
      }
      // The same latents and texts: all that sets them apart is the noise of the steps.
      assertThat(together.get(0).latents()[0])
          .isNotCloseTo(together.get(1).latents()[0], within(1e-2f));
    }
  }

  @Test
  void asksOnceForEachStepOfTheScheduler() {
    Scheduler heun = scheduler("HeunDiscreteScheduler");
    try (Denoiser denoiser = new Denoiser(unet, heun, Guidance.of(2), LATENTS)) {
      Canvas canvas = canvas(heun, 1, new GaussianNoise(1));

      denoiser.denoise(List.of(canvas), heun.steps(), () -> false);

      assertThat(canvas.step()).isEqualTo(5);
      assertThat(canvas.unetRows()).isEqualTo(10);
    }
  }

  @Test
  void beginsWhereTheTrajectoryBegins() {
    Canvas late = canvas(1);
    Trajectory trajectory =
        new Trajectory(scheduler, late.latents(), new GaussianNoise(1), scheduler.begin(2));
    Canvas canvas = new Canvas(trajectory, late.conditioning, late.negativeConditioning);

    denoiser.denoise(List.of(canvas), 3, () -> false);

    assertThat(canvas.step()).isEqualTo(3);
    assertThat(canvas.unetRows()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"0, 1, 1", "0.2, 1, 3", "0, 0.5, 6", "0, 0.05, 1"})
  void findsAStepOfEachKind(double start, double stop, int steps) {
    assertThat(Denoiser.stepsOfEachKind(new Guidance(2, 0, start, stop), null, 10))
        .isEqualTo(steps);
  }

  private Denoiser denoiser(Guidance guidance) {
    return new Denoiser(unet, scheduler, guidance, LATENTS);
  }

  private static Scheduler scheduler(String name) {
    return new SchedulerConfig(
            JsonConfig.read(Golden.path("tiny-sd/scheduler/scheduler_config.json")),
            Optional.of(name))
        .scheduler(3);
  }

  private Canvas canvas(long seed) {
    return canvas(scheduler, seed, new GaussianNoise(seed));
  }

  private static Canvas canvas(Scheduler scheduler, long seed, NoiseSource steps) {
    float[] latents = new float[LATENTS];
    float[] text = new float[TEXT];
    float[] negativeText = new float[TEXT];
    GaussianNoise noise = new GaussianNoise(seed);
    noise.fill(latents);
    noise.fill(text);
    noise.fill(negativeText);
    return new Canvas(
        new Trajectory(scheduler, latents, steps, 0), asked(text), asked(negativeText));
  }

  private static Conditioning asked(float[] text) {
    return new Conditioning(text.length / 32, Map.of(Unet.TEXT, text));
  }
}
