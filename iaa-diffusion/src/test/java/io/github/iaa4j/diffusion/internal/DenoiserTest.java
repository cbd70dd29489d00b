package io.github.iaa4j.diffusion.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.diffusion.Device;
import io.github.iaa4j.diffusion.Golden;
import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import io.github.iaa4j.diffusion.internal.scheduler.SchedulerConfig;
import io.github.iaa4j.diffusion.internal.scheduler.Trajectory;
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
    denoiser = new Denoiser(unet, scheduler, 2, LATENTS);
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

  private Canvas canvas(long seed) {
    float[] latents = new float[LATENTS];
    float[] text = new float[TEXT];
    float[] negativeText = new float[TEXT];
    GaussianNoise noise = new GaussianNoise(seed);
    noise.fill(latents);
    noise.fill(text);
    noise.fill(negativeText);
    return new Canvas(new Trajectory(scheduler, latents, noise, 0), text, negativeText);
  }
}
