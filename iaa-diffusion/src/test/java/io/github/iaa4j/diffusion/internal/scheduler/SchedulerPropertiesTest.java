package io.github.iaa4j.diffusion.internal.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.diffusion.internal.GaussianNoise;
import io.github.iaa4j.diffusion.internal.JsonConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What must hold for any number of steps, by the mathematics alone. */
class SchedulerPropertiesTest {

  private static final int SIZE = 32;
  private static final String BETAS =
      "\"beta_start\": 0.00085, \"beta_end\": 0.012, \"beta_schedule\": \"scaled_linear\"";

  @Property(tries = 50)
  void ddimWithTheTrueNoiseLandsOnTheNextNoiseLevel(
      @ForAll @IntRange(min = 1, max = 200) int steps, @ForAll long seed) throws IOException {
    JsonConfig config = config("\"clip_sample\": false");
    NoiseSchedule noise = NoiseSchedule.of(config);
    Scheduler scheduler = scheduler(config, DdimScheduler.NAME, steps);
    float[] image = gaussian(seed);
    float[] epsilon = gaussian(~seed);
    for (int step = 0; step < steps - 1; step++) {
      float[] latents = addNoise(noise, image, epsilon, scheduler.timestep(step));

      scheduler.step(step, epsilon, latents, new float[SIZE]);

      assertThat(latents)
          .containsExactly(
              addNoise(noise, image, epsilon, scheduler.timestep(step + 1)), within(1e-5f));
    }
  }

  @Property(tries = 50)
  void eulerWithTheTrueNoiseLandsOnTheNextNoiseLevel(
      @ForAll @IntRange(min = 1, max = 200) int steps, @ForAll boolean karras, @ForAll long seed)
      throws IOException {
    JsonConfig config = config("\"use_karras_sigmas\": " + karras);
    EulerDiscreteScheduler scheduler =
        (EulerDiscreteScheduler) scheduler(config, EulerDiscreteScheduler.NAME, steps);
    float[] image = gaussian(seed);
    float[] epsilon = gaussian(~seed);
    for (int step = 0; step < steps; step++) {
      float[] latents = new float[SIZE];
      float[] expected = new float[SIZE];
      for (int i = 0; i < SIZE; i++) {
        latents[i] = image[i] + scheduler.sigma(step) * epsilon[i];
        expected[i] = image[i] + scheduler.sigma(step + 1) * epsilon[i];
      }

      scheduler.step(step, epsilon, latents, new float[SIZE]);

      assertThat(latents).containsExactly(expected, within(1e-4f));
    }
  }

  @Property(tries = 50)
  void dpmSolverWithATrueModelEndsAtTheImage(
      @ForAll @IntRange(min = 1, max = 200) int steps, @ForAll long seed) throws IOException {
    JsonConfig config = config("\"prediction_type\": \"sample\"");
    Scheduler scheduler = scheduler(config, DpmSolverMultistepScheduler.NAME, steps);
    float[] image = gaussian(seed);
    float[] latents = gaussian(~seed);
    float[] denoised = new float[SIZE];
    for (int step = 0; step < steps; step++) {
      scheduler.step(step, image, latents, denoised);
    }

    assertThat(latents).containsExactly(image, within(1e-5f));
  }

  @Property(tries = 100)
  void sigmasAndTimestepsFall(
      @ForAll @IntRange(min = 2, max = 200) int steps,
      @ForAll @IntRange(min = 0, max = 2) int spacing,
      @ForAll boolean karras)
      throws IOException {
    String name = new String[] {"linspace", "leading", "trailing"}[spacing];
    JsonConfig config =
        config("\"timestep_spacing\": \"" + name + "\", \"use_karras_sigmas\": " + karras);
    EulerDiscreteScheduler euler =
        (EulerDiscreteScheduler) scheduler(config, EulerDiscreteScheduler.NAME, steps);
    DpmSolverMultistepScheduler dpm =
        (DpmSolverMultistepScheduler) scheduler(config, DpmSolverMultistepScheduler.NAME, steps);
    for (int step = 0; step < steps; step++) {
      assertThat(euler.sigma(step + 1)).isLessThan(euler.sigma(step));
      assertThat(dpm.sigma(step + 1)).isLessThan(dpm.sigma(step));
      if (step > 0) {
        assertThat(euler.timestep(step)).isLessThan(euler.timestep(step - 1));
      }
    }
  }

  @Property(tries = 100)
  void everyStepStandsWithinTheTrainingSchedule(
      @ForAll @IntRange(min = 1, max = 999) int steps,
      @ForAll @IntRange(min = 0, max = 2) int spacing)
      throws IOException {
    String name = new String[] {"linspace", "leading", "trailing"}[spacing];
    JsonConfig config = config("\"timestep_spacing\": \"" + name + "\"");
    for (String scheduler : SchedulerConfig.NAMES) {
      Scheduler made = scheduler(config, scheduler, steps);
      for (int step = 0; step < steps; step++) {
        assertThat(made.timestep(step)).isBetween(0f, 999f);
      }
    }
  }

  private static float[] addNoise(NoiseSchedule noise, float[] x0, float[] epsilon, float t) {
    double alphaCumprod = noise.alphaCumprod((int) t);
    float[] x = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      x[i] = (float) (Math.sqrt(alphaCumprod) * x0[i] + Math.sqrt(1 - alphaCumprod) * epsilon[i]);
    }
    return x;
  }

  private static float[] gaussian(long seed) {
    float[] values = new float[SIZE];
    new GaussianNoise(seed).fill(values);
    return values;
  }

  private static Scheduler scheduler(JsonConfig config, String name, int steps) {
    return new SchedulerConfig(config, Optional.of(name)).scheduler(steps);
  }

  private static JsonConfig config(String options) throws IOException {
    Path file = Files.createTempFile("scheduler_config", ".json");
    try {
      return JsonConfig.read(Files.writeString(file, "{" + BETAS + ", " + options + "}"));
    } finally {
      Files.delete(file);
    }
  }
}
