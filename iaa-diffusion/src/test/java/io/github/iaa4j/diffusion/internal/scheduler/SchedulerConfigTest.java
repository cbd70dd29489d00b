package io.github.iaa4j.diffusion.internal.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.ModelException;
import io.github.iaa4j.diffusion.internal.JsonConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulerConfigTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DDIMScheduler               | thresholding           | true",
        "DDIMScheduler               | rescale_betas_zero_snr | true",
        "DDIMScheduler               | trained_betas          | [0.1, 0.2]",
        "DDIMScheduler               | beta_schedule          | \"sigmoid\"",
        "DDIMScheduler               | prediction_type        | \"flow\"",
        "DDIMScheduler               | timestep_spacing       | \"even\"",
        "DDIMScheduler               | clip_sample            | \"yes\"",
        "DDIMScheduler               | num_train_timesteps    | 10.5",
        "DDIMScheduler               | beta_end               | 1.5",
        "DDIMScheduler               | steps_offset           | 900",
        "EulerDiscreteScheduler      | interpolation_type     | \"log_linear\"",
        "EulerDiscreteScheduler      | use_beta_sigmas        | true",
        "EulerDiscreteScheduler      | timestep_type          | \"continuous\"",
        "EulerDiscreteScheduler      | final_sigmas_type      | \"one\"",
        "EulerDiscreteScheduler      | sigma_max              | 80",
        "DPMSolverMultistepScheduler | solver_order           | 3",
        "DPMSolverMultistepScheduler | algorithm_type         | \"sde-dpmsolver++\"",
        "DPMSolverMultistepScheduler | solver_type            | \"heun\"",
        "DPMSolverMultistepScheduler | lambda_min_clipped     | -5.1",
        "DPMSolverMultistepScheduler | use_lu_lambdas         | true",
        "DPMSolverMultistepScheduler | variance_type          | \"learned_range\"",
        "DPMSolverMultistepScheduler | a_new_option           | true"
      })
  void refusesWhatItDoesNotUnderstand(String scheduler, String key, String value)
      throws IOException {
    String spacing = key.equals("timestep_spacing") ? "" : ", \"timestep_spacing\": \"leading\"";
    JsonConfig config =
        config("{\"_class_name\": \"%s\", \"%s\": %s%s}".formatted(scheduler, key, value, spacing));

    assertThatThrownBy(() -> new SchedulerConfig(config, Optional.empty()).scheduler(10))
        .isInstanceOfSatisfying(ModelException.class, e -> assertThat(e.field()).isEqualTo(key));
  }

  @Test
  void leavesAsideWhatOnlyOtherSchedulersKnow() throws IOException {
    JsonConfig config =
        config(
            "{\"_class_name\": \"PNDMScheduler\", \"skip_prk_steps\": true,"
                + " \"set_alpha_to_one\": false, \"trained_betas\": null}");

    Scheduler scheduler =
        new SchedulerConfig(config, Optional.of("EulerDiscreteScheduler")).scheduler(5);

    assertThat(scheduler.name()).isEqualTo("EulerDiscreteScheduler");
    assertThat(scheduler.steps()).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "UniPCMultistepScheduler | `disable_corrector`: [], `predict_x0`: true, `solver_p`: null, `solver_type`: `bh2`",
        "UniPCMultistepScheduler | `disable_corrector`: [0], `solver_type`: `bh1`, `shift_terminal`: 0.1",
        "LCMScheduler            | `original_inference_steps`: 50, `timestep_scaling`: 10.0",
        "DEISMultistepScheduler  | `algorithm_type`: `deis`, `solver_type`: `logrho`",
        "DDPMScheduler           | `variance_type`: `fixed_small`",
        "DDPMScheduler           | `variance_type`: `fixed_large`",
        "PNDMScheduler           | `skip_prk_steps`: true"
      })
  void takesTheBetasOfOtherSchedulers(String file, String options) throws IOException {
    String betas = "`beta_start`: 0.00085, `beta_end`: 0.012, `beta_schedule`: `scaled_linear`";
    JsonConfig config =
        config("{`_class_name`: `%s`, %s, %s}".formatted(file, betas, options).replace('`', '"'));
    JsonConfig plain = config("{%s}".formatted(betas).replace('`', '"'));

    for (String name : SchedulerConfig.NAMES) {
      Scheduler scheduler = new SchedulerConfig(config, Optional.of(name)).scheduler(5);
      Scheduler expected = new SchedulerConfig(plain, Optional.of(name)).scheduler(5);

      assertThat(move(scheduler)).containsExactly(move(expected));
    }
  }

  @Test
  void refusesUnknownKeysOfItsOwnConfig() throws IOException {
    JsonConfig config =
        config("{\"_class_name\": \"DDIMScheduler\", \"original_inference_steps\": 50}");

    assertThatThrownBy(() -> new SchedulerConfig(config, Optional.of("DDIMScheduler")))
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("original_inference_steps"));
  }

  @Test
  void refusesASchedulerThatThereIsNot() throws IOException {
    JsonConfig config = config("{\"_class_name\": \"DDIMScheduler\"}");

    assertThatThrownBy(() -> new SchedulerConfig(config, Optional.of("Euler")))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("no scheduler Euler")
        .hasMessageContaining("EulerDiscreteScheduler");
  }

  @Test
  void refusesMoreStepsThanTimesteps() throws IOException {
    JsonConfig config = config("{\"_class_name\": \"DDIMScheduler\"}");

    assertThatThrownBy(() -> new SchedulerConfig(config, Optional.empty()).scheduler(1001))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("1001 steps");
  }

  /** Where a run ends whose model answers the latents themselves, halved. */
  private static float[] move(Scheduler scheduler) {
    float[] latents = {scheduler.initialScale(), -scheduler.initialScale() / 3};
    float[] denoised = new float[2];
    for (int step = 0; step < scheduler.steps(); step++) {
      float[] answer = {latents[0] / 2, latents[1] / 2};
      scheduler.step(step, answer, latents, denoised);
    }
    return latents;
  }

  private JsonConfig config(String json) throws IOException {
    return JsonConfig.read(Files.writeString(folder.resolve("scheduler_config.json"), json));
  }
}
