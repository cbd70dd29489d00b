package io.github.iaa4j.diffusion.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.diffusion.Device;
import io.github.iaa4j.diffusion.Golden;
import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import io.github.iaa4j.diffusion.internal.scheduler.SchedulerConfig;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

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
            Golden.path("tiny-sd"), 4, new long[] {4, 8, 8}, new long[] {24, 32}, Device.cpu());
    scheduler =
        new SchedulerConfig(
                JsonConfig.read(Golden.path("tiny-sd/scheduler/scheduler_config.json")),
                Optional.of("DDIMScheduler"))
            .scheduler(3);
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
    broken.latents[17] = Float.NaN;
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

  private Denoiser denoiser(Guidance guidance) {
    return new Denoiser(unet, scheduler, guidance, LATENTS);
  }

  private static Canvas canvas(long seed) {
    float[] latents = new float[LATENTS];
    float[] text = new float[TEXT];
    float[] negativeText = new float[TEXT];
    GaussianNoise noise = new GaussianNoise(seed);
    noise.fill(latents);
    noise.fill(text);
    noise.fill(negativeText);
    return new Canvas(latents, text, negativeText);
  }
}
