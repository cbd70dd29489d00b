package io.github.iaa4j.diffusion.internal.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import io.github.iaa4j.diffusion.internal.pipeline.GaussianNoise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
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
    Scheduler scheduler = scheduler(config, SchedulerType.DDIM.className(), steps);
    float[] image = gaussian(seed);
    float[] epsilon = gaussian(~seed);
    for (int step = 0; step < steps - 1; step++) {
      float[] latents = addNoise(scheduler, image, epsilon, step);

      scheduler.step(step, epsilon, new Trajectory(scheduler, latents, new GaussianNoise(1), step));

      assertThat(latents)
          .containsExactly(addNoise(scheduler, image, epsilon, step + 1), within(1e-5f));
    }
  }

  @Property(tries = 50)
  void eulerWithTheTrueNoiseLandsOnTheNextNoiseLevel(
      @ForAll @IntRange(min = 1, max = 200) int steps, @ForAll boolean karras, @ForAll long seed)
      throws IOException {
    JsonConfig config = config("\"use_karras_sigmas\": " + karras);
    EulerDiscreteScheduler scheduler =
        (EulerDiscreteScheduler) scheduler(config, SchedulerType.EULER.className(), steps);
    float[] image = gaussian(seed);
    float[] epsilon = gaussian(~seed);
    for (int step = 0; step < steps; step++) {
      float[] latents = new float[SIZE];
      float[] expected = new float[SIZE];
      for (int i = 0; i < SIZE; i++) {
        latents[i] = image[i] + scheduler.sigma(step) * epsilon[i];
        expected[i] = image[i] + scheduler.sigma(step + 1) * epsilon[i];
      }

      scheduler.step(step, epsilon, new Trajectory(scheduler, latents, new GaussianNoise(1), step));

      assertThat(latents).containsExactly(expected, within(1e-4f));
    }
  }

  /** F that answers with the clean latents: D = x0 of EDM's equation 7, solved for F. */
  @Property(tries = 50)
  void edmWithATrueDenoiserLandsOnTheNextNoiseLevelAndEndsAtTheImage(
      @ForAll @IntRange(min = 1, max = 200) int steps,
      @ForAll("edm") String name,
      @ForAll boolean velocity,
      @ForAll("sigmaSchedules") String schedule,
      @ForAll long seed)
      throws IOException {
    double sigmaData = 0.7;
    JsonConfig config =
        config(
            "\"sigma_data\": 0.7, \"prediction_type\": \""
                + (velocity ? "v_prediction" : "epsilon")
                + "\", \"sigma_schedule\": \""
                + schedule
                + "\"");
    Scheduler scheduler = scheduler(config, name, steps);
    float[] image = gaussian(seed);
    float[] epsilon = gaussian(~seed);
    float[] latents = addNoise(scheduler, image, epsilon, 0);
    Trajectory job = job(scheduler, latents, 0);
    for (int step = 0; step < steps; step++) {
      double sigma = addNoise(scheduler, new float[] {0}, new float[] {1}, step)[0];
      double variance = sigma * sigma + sigmaData * sigmaData;
      double skip = sigmaData * sigmaData / variance;
      double out = sigma * sigmaData / Math.sqrt(variance) * (velocity ? -1 : 1);
      float[] answer = new float[SIZE];
      for (int i = 0; i < SIZE; i++) {
        answer[i] = (float) ((image[i] - skip * latents[i]) / out);
      }
      assertThat(scheduler.timestep(step)).isCloseTo((float) (Math.log(sigma) / 4), within(1e-5f));
      assertThat(scheduler.inputScale(step))
          .isCloseTo((float) (1 / Math.sqrt(variance)), within(1e-5f));

      scheduler.step(step, answer, job);

      assertThat(job.denoised()).containsExactly(image, within(1e-3f));
      float[] expected = step == steps - 1 ? image : addNoise(scheduler, image, epsilon, step + 1);
      assertThat(latents).containsExactly(expected, within(2e-3f));
    }
  }

  @Property(tries = 50)
  void dpmSolverWithATrueModelEndsAtTheImage(
      @ForAll @IntRange(min = 1, max = 200) int steps, @ForAll long seed) throws IOException {
    JsonConfig config = config("\"prediction_type\": \"sample\"");
    Scheduler scheduler = scheduler(config, SchedulerType.DPM_SOLVER_MULTISTEP.className(), steps);
    float[] image = gaussian(seed);
    float[] latents = gaussian(~seed);
    Trajectory job = job(scheduler, latents, 0);
    for (int step = 0; step < steps; step++) {
      scheduler.step(step, image, job);
    }

    assertThat(latents).containsExactly(image, within(1e-5f));
  }

  @Property(tries = 100)
  void noiseLevelsAndTimestepsFall(
      @ForAll @IntRange(min = 2, max = 200) int steps,
      @ForAll("spacings") String spacing,
      @ForAll("spreads") String spread)
      throws IOException {
    JsonConfig config =
        config("\"skip_prk_steps\": true, \"timestep_spacing\": \"" + spacing + "\"" + spread);
    for (String name : SchedulerConfig.NAMES) {
      if (name.equals(SchedulerType.LCM.className())
          || name.equals(SchedulerType.TCD.className())) {
        continue;
      }
      Scheduler scheduler = scheduler(config, name, steps);
      // The share of noise in latents, which addNoise shows for each kind of them.
      double before = 2;
      for (int step = 0; step < scheduler.steps(); step++) {
        double level = noiseShare(scheduler, step);
        boolean isAskedTwice =
            step > 0
                && (scheduler instanceof HeunDiscreteScheduler
                    || scheduler instanceof PndmScheduler);
        assertThat(level).isLessThanOrEqualTo(before);
        assertThat(isAskedTwice || level < before).isTrue();
        if (step > 0) {
          assertThat(scheduler.timestep(step)).isLessThanOrEqualTo(scheduler.timestep(step - 1));
        }
        before = level;
      }
    }
  }

  @Property(tries = 50)
  void everyStepStandsWithinTheTrainingSchedule(
      @ForAll @IntRange(min = 1, max = 999) int steps, @ForAll("spacings") String spacing)
      throws IOException {
    JsonConfig config =
        config(
            "\"timestep_spacing\": \""
                + spacing
                + "\", \"skip_prk_steps\": true, \"original_inference_steps\": 1000");
    for (String name : SchedulerConfig.NAMES) {
      // EDM tells logarithms.
      if (name.startsWith("EDM")) {
        continue;
      }
      Scheduler made = scheduler(config, name, steps);
      float last = name.equals(SchedulerType.FLOW_MATCH_EULER.className()) ? 1000 : 999;
      for (int step = 0; step < made.steps(); step++) {
        assertThat(made.timestep(step)).isBetween(0f, last);
      }
    }
  }

  /** A job that waits while others take their steps, at every step. */
  @Property(tries = 20)
  void parkedJobsGoOnWhereTheyStood(
      @ForAll @IntRange(min = 4, max = 30) int steps,
      @ForAll("solvers") String options,
      @ForAll long seed)
      throws IOException {
    JsonConfig config = config(options);
    for (String name : SchedulerConfig.NAMES) {
      Scheduler scheduler = scheduler(config, name, steps);
      Trajectory inOneGo = job(scheduler, gaussian(seed), seed);
      for (int step = 0; step < scheduler.steps(); step++) {
        scheduler.step(step, answer(inOneGo), inOneGo);
      }

      Trajectory parked = job(scheduler, gaussian(seed), seed);
      Trajectory other = job(scheduler, gaussian(seed + 1), seed + 1);
      for (int step = 0; step < scheduler.steps(); step++) {
        scheduler.step(step, answer(other), other);
        scheduler.step(step, answer(parked), parked);
      }

      assertThat(parked.latents()).isEqualTo(inOneGo.latents());
      assertThat(parked.denoised()).isEqualTo(inOneGo.denoised());
    }
  }

  @Provide
  Arbitrary<String> spacings() {
    return Arbitraries.of("linspace", "leading", "trailing");
  }

  @Provide
  Arbitrary<String> spreads() {
    return Arbitraries.of(
        "",
        ", \"use_karras_sigmas\": true",
        ", \"use_exponential_sigmas\": true",
        ", \"use_beta_sigmas\": true");
  }

  @Provide
  Arbitrary<String> edm() {
    return Arbitraries.of(
        SchedulerType.EDM_EULER.className(), SchedulerType.EDM_DPM_SOLVER_MULTISTEP.className());
  }

  @Provide
  Arbitrary<String> sigmaSchedules() {
    return Arbitraries.of("karras", "exponential");
  }

  @Provide
  Arbitrary<String> solvers() {
    return Arbitraries.of(
        "\"clip_sample\": false",
        "\"prediction_type\": \"v_prediction\", \"thresholding\": true",
        "\"solver_order\": 3, \"eta\": 0.5, \"stochastic_sampling\": true",
        "\"solver_order\": 3, \"skip_prk_steps\": true, \"solver_type\": \"heun\"");
  }

  private static float[] answer(Trajectory job) {
    float[] answer = job.latents().clone();
    for (int i = 0; i < SIZE; i++) {
      answer[i] /= 2;
    }
    return answer;
  }

  private static double noiseShare(Scheduler scheduler, int step) {
    float[] noise = addNoise(scheduler, new float[] {0}, new float[] {1}, step);
    float[] clean = addNoise(scheduler, new float[] {1}, new float[] {0}, step);
    return noise[0] / (noise[0] + (double) clean[0]);
  }

  private static float[] addNoise(Scheduler scheduler, float[] x0, float[] epsilon, int step) {
    float[] x = new float[x0.length];
    scheduler.addNoise(x0, epsilon, step, x);
    return x;
  }

  private static float[] gaussian(long seed) {
    float[] values = new float[SIZE];
    new GaussianNoise(seed).fill(values);
    return values;
  }

  private static Trajectory job(Scheduler scheduler, float[] latents, long seed) {
    return new Trajectory(scheduler, latents, new GaussianNoise(seed), 0);
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
