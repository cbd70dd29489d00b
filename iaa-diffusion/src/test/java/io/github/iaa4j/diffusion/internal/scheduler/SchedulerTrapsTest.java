package io.github.iaa4j.diffusion.internal.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import io.github.iaa4j.diffusion.internal.pipeline.GaussianNoise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Mistakes that are easy to make in a scheduler, each seen in one before. */
class SchedulerTrapsTest {

  private static final int SIZE = 16;
  private static final String SD =
      "`beta_start`: 0.00085, `beta_end`: 0.012, `beta_schedule`: `scaled_linear`,"
          + " `clip_sample`: false";

  @TempDir Path folder;

  /** PNDM mixes answers before it knows what they are; the others must not tell them apart. */
  static Stream<String> solversOfNoise() {
    return SchedulerConfig.NAMES.stream()
        .filter(name -> !name.equals(SchedulerType.PNDM.className()))
        .filter(name -> !name.equals(SchedulerType.FLOW_MATCH_EULER.className()))
        // Preconditioned answers are no noise.
        .filter(name -> !name.startsWith("EDM"));
  }

  @ParameterizedTest
  @MethodSource("solversOfNoise")
  void takesAVelocityForWhatItIs(String name) throws IOException {
    Scheduler ofNoise = scheduler(name, 10, "`prediction_type`: `epsilon`");
    Scheduler ofVelocity = scheduler(name, 10, "`prediction_type`: `v_prediction`");
    float[] image = gaussian(1);
    Trajectory expected = start(ofNoise, 3);
    Trajectory actual = start(ofVelocity, 3);

    for (int step = 0; step < ofNoise.steps(); step++) {
      float[] velocity = velocity(ofVelocity, step, actual.latents(), image);
      ofNoise.step(step, noise(ofNoise, step, expected.latents(), image), expected);
      ofVelocity.step(step, velocity, actual);

      assertThat(actual.latents()).containsExactly(expected.latents(), within(2e-3f));
    }
  }

  @ParameterizedTest
  @CsvSource({"linspace, 999, 888", "leading, 901, 801", "trailing, 999, 899"})
  void spacesTimestepsAsTheConfigSays(String spacing, float first, float second)
      throws IOException {
    String options = "`timestep_spacing`: `" + spacing + "`, `steps_offset`: 1";
    for (String name :
        List.of(
            SchedulerType.DDIM.className(),
            SchedulerType.DDPM.className(),
            SchedulerType.LMS.className(),
            SchedulerType.EULER.className(),
            SchedulerType.EULER_ANCESTRAL.className())) {
      Scheduler scheduler = scheduler(name, 10, options);
      assertThat(scheduler.timestep(0)).as(name).isEqualTo(first);
      assertThat(scheduler.timestep(1)).as(name).isEqualTo(second);
    }
  }

  @Test
  void standsAtEachOfTwoNoiseLevelsWithTheSameTimestep() throws IOException {
    Scheduler scheduler =
        scheduler(SchedulerType.DPM_SOLVER_MULTISTEP.className(), 100, "`use_karras_sigmas`: true");
    int twice = 0;
    for (int step = 1; step < scheduler.steps(); step++) {
      if (scheduler.timestep(step) == scheduler.timestep(step - 1)) {
        twice++;
        assertThat(addNoise(scheduler, gaussian(1), gaussian(2), step))
            .isNotEqualTo(addNoise(scheduler, gaussian(1), gaussian(2), step - 1));
      }
    }
    assertThat(twice).isPositive();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "LMSDiscreteScheduler",
        "DPMSolverMultistepScheduler",
        "DPMSolverSinglestepScheduler",
        "UniPCMultistepScheduler",
        "DEISMultistepScheduler"
      })
  void usesNoHistoryFromBeforeItsFirstStep(String name) throws IOException {
    Scheduler scheduler = scheduler(name, 20, "`solver_order`: 3");
    int begin = scheduler.begin(7);
    float[] image = gaussian(1);
    float[] noise = gaussian(2);
    Trajectory job =
        new Trajectory(
            scheduler, addNoise(scheduler, image, noise, begin), new GaussianNoise(0), begin);

    scheduler.step(begin, noise, job);

    // One step of first order with the true noise lands exactly on the next level.
    assertThat(job.latents())
        .containsExactly(addNoise(scheduler, image, noise, begin + 1), within(1e-5f));
  }

  @Test
  void beginsAtTheFirstAnswerOfAStepOfHeun() throws IOException {
    Scheduler scheduler = scheduler(SchedulerType.HEUN.className(), 10, "`steps_offset`: 0");

    assertThat(scheduler.steps()).isEqualTo(19);
    assertThat(scheduler.begin(3)).isEqualTo(6);
    assertThat(scheduler.timestep(6)).isEqualTo(scheduler.timestep(5));
    assertThat(scheduler.timestep(7)).isLessThan(scheduler.timestep(6));
  }

  @Test
  void goesBackFromSigmasToTimestepsInTheLogarithm() throws IOException {
    NoiseSchedule noise =
        NoiseSchedule.of(config(SD), new NoiseSchedule.Betas(0.0001, 0.02, "linear"));

    double between = Math.sqrt((double) noise.sigma(700) * noise.sigma(701));

    assertThat(noise.timestepOf(between)).isCloseTo(700.5, within(1e-3));
    assertThat(noise.timestepOf(1e9)).isEqualTo(999);
    assertThat(noise.timestepOf(0)).isZero();
  }

  @Test
  void picksTheDistilledTimestepsByRoundingIndicesDown() throws IOException {
    Scheduler scheduler =
        scheduler(SchedulerType.LCM.className(), 7, "`original_inference_steps`: 50");

    float[] timesteps = new float[7];
    for (int step = 0; step < 7; step++) {
      timesteps[step] = scheduler.timestep(step);
    }

    assertThat(timesteps).containsExactly(999, 859, 719, 579, 439, 299, 159);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "EulerAncestralDiscreteScheduler | `steps_offset`: 0",
        "DDPMScheduler                   | `variance_type`: `fixed_small`",
        "DDIMScheduler                   | `eta`: 1",
        "LCMScheduler                    | `steps_offset`: 0",
        "TCDScheduler                    | `eta`: 0.3",
        "DPMSolverMultistepScheduler     | `algorithm_type`: `sde-dpmsolver++`",
        "DPMSolverSinglestepScheduler    | `algorithm_type`: `sde-dpmsolver++`",
        "FlowMatchEulerDiscreteScheduler | `stochastic_sampling`: true",
        "EDMDPMSolverMultistepScheduler  | `algorithm_type`: `sde-dpmsolver++`"
      })
  void drawsNoiseForEachStepAndJob(String name, String options) throws IOException {
    Scheduler scheduler = scheduler(name, 5, options);
    Trajectory one = start(scheduler, 3);
    Trajectory other = new Trajectory(scheduler, one.latents().clone(), new GaussianNoise(4), 0);
    Trajectory again = start(scheduler, 3);
    List<Integer> drawn = new ArrayList<>();
    Trajectory asked =
        new Trajectory(
            scheduler,
            one.latents().clone(),
            (step, into) -> {
              drawn.add(step);
              new GaussianNoise(3).fill(step, into);
            },
            0);

    for (Trajectory job : List.of(one, other, again, asked)) {
      scheduler.step(0, new float[SIZE], job);
    }
    scheduler.step(1, new float[SIZE], asked);

    assertThat(other.latents()).isNotEqualTo(one.latents());
    assertThat(again.latents()).isEqualTo(one.latents());
    assertThat(drawn).containsExactly(0, 1);
  }

  private Trajectory start(Scheduler scheduler, long seed) {
    float[] latents = gaussian(seed);
    for (int i = 0; i < SIZE; i++) {
      latents[i] *= scheduler.initialScale();
    }
    return new Trajectory(scheduler, latents, new GaussianNoise(seed), 0);
  }

  /** The noise that is in latents if their clean part is a given one. */
  private static float[] noise(Scheduler scheduler, int step, float[] latents, float[] image) {
    float alpha = addNoise(scheduler, new float[] {1}, new float[] {0}, step)[0];
    float sigma = addNoise(scheduler, new float[] {0}, new float[] {1}, step)[0];
    float[] noise = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      noise[i] = (latents[i] - alpha * image[i]) / sigma;
    }
    return noise;
  }

  private static float[] velocity(Scheduler scheduler, int step, float[] latents, float[] image) {
    float alpha = addNoise(scheduler, new float[] {1}, new float[] {0}, step)[0];
    float sigma = addNoise(scheduler, new float[] {0}, new float[] {1}, step)[0];
    double size = Math.hypot(alpha, sigma);
    float[] velocity = noise(scheduler, step, latents, image);
    for (int i = 0; i < SIZE; i++) {
      velocity[i] = (float) ((alpha * velocity[i] - sigma * image[i]) / size);
    }
    return velocity;
  }

  private static float[] addNoise(Scheduler scheduler, float[] clean, float[] noise, int step) {
    float[] into = new float[clean.length];
    scheduler.addNoise(clean, noise, step, into);
    return into;
  }

  private static float[] gaussian(long seed) {
    float[] values = new float[SIZE];
    new GaussianNoise(seed).fill(values);
    return values;
  }

  private Scheduler scheduler(String name, int steps, String options) throws IOException {
    return new SchedulerConfig(config(SD + ", " + options), Optional.of(name)).scheduler(steps);
  }

  private JsonConfig config(String options) throws IOException {
    Path file = folder.resolve("scheduler_config.json");
    return JsonConfig.read(Files.writeString(file, ("{" + options + "}").replace('`', '"')));
  }
}
