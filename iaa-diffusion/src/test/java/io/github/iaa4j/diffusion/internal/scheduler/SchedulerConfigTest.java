package io.github.iaa4j.diffusion.internal.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulerConfigTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DDIMScheduler                   | trained_betas            | [0.1, 0.2]",
        "DDIMScheduler                   | beta_schedule            | \"sigmoid\"",
        "DDIMScheduler                   | prediction_type          | \"flow_prediction\"",
        "DDIMScheduler                   | timestep_spacing         | \"even\"",
        "DDIMScheduler                   | clip_sample              | \"yes\"",
        "DDIMScheduler                   | num_train_timesteps      | 10.5",
        "DDIMScheduler                   | beta_end                 | 1.5",
        "DDIMScheduler                   | steps_offset             | 900",
        "DDIMScheduler                   | eta                      | 1.5",
        "DDPMScheduler                   | variance_type            | \"learned_range\"",
        "DDPMScheduler                   | variance_type            | \"fixed_large_log\"",
        "PNDMScheduler                   | prediction_type          | \"sample\"",
        "PNDMScheduler                   | rescale_betas_zero_snr   | true",
        "LMSDiscreteScheduler            | rescale_betas_zero_snr   | true",
        "EulerDiscreteScheduler          | interpolation_type       | \"cubic\"",
        "EulerDiscreteScheduler          | timestep_type            | \"even\"",
        "EulerDiscreteScheduler          | final_sigmas_type        | \"one\"",
        "EulerDiscreteScheduler          | use_karras_sigmas        | \"yes\"",
        "EulerAncestralDiscreteScheduler | prediction_type          | \"sample\"",
        "HeunDiscreteScheduler           | rescale_betas_zero_snr   | true",
        "DPMSolverMultistepScheduler     | solver_order             | 4",
        "DPMSolverMultistepScheduler     | algorithm_type           | \"rk4\"",
        "DPMSolverMultistepScheduler     | solver_type              | \"simpson\"",
        "DPMSolverMultistepScheduler     | lambda_min_clipped       | 5.0",
        "DPMSolverMultistepScheduler     | variance_type            | \"learned_range\"",
        "DPMSolverMultistepScheduler     | prediction_type          | \"flow_prediction\"",
        "DPMSolverMultistepScheduler     | use_dynamic_shifting     | true",
        "DPMSolverMultistepScheduler     | a_new_option             | true",
        "DPMSolverSinglestepScheduler    | algorithm_type           | \"sde-dpmsolver\"",
        "DPMSolverSinglestepScheduler    | rescale_betas_zero_snr   | true",
        "UniPCMultistepScheduler         | solver_p                 | {\"_class_name\": \"DDIMScheduler\"}",
        "UniPCMultistepScheduler         | lower_order_final        | false",
        "UniPCMultistepScheduler         | disable_corrector        | \"none\"",
        "DEISMultistepScheduler          | algorithm_type           | \"sde-dpmsolver++\"",
        "DEISMultistepScheduler          | rescale_betas_zero_snr   | true",
        "LCMScheduler                    | original_inference_steps | 5",
        "LCMScheduler                    | timestep_scaling         | 0",
        "TCDScheduler                    | eta                      | -0.1",
        "FlowMatchEulerDiscreteScheduler | use_dynamic_shifting     | true",
        "FlowMatchEulerDiscreteScheduler | shift                    | 0",
        "FlowMatchEulerDiscreteScheduler | num_train_timesteps      | 5",
        "EDMEulerScheduler               | prediction_type          | \"sample\"",
        "EDMEulerScheduler               | sigma_data               | 0",
        "EDMEulerScheduler               | sigma_min                | 0",
        "EDMEulerScheduler               | sigma_max                | 0.001",
        "EDMEulerScheduler               | sigma_schedule           | \"beta\"",
        "EDMEulerScheduler               | rho                      | -7",
        "EDMEulerScheduler               | final_sigmas_type        | \"one\"",
        "EDMDPMSolverMultistepScheduler  | prediction_type          | \"sample\"",
        "EDMDPMSolverMultistepScheduler  | algorithm_type           | \"sde-dpmsolver\"",
        "EDMDPMSolverMultistepScheduler  | solver_type              | \"simpson\"",
        "EDMDPMSolverMultistepScheduler  | solver_order             | 4"
      })
  void refusesWhatItDoesNotUnderstand(String scheduler, String key, String value)
      throws IOException {
    String spacing = key.equals("timestep_spacing") ? "" : ", \"timestep_spacing\": \"leading\"";
    JsonConfig config =
        config("{\"_class_name\": \"%s\", \"%s\": %s%s}".formatted(scheduler, key, value, spacing));

    assertThatThrownBy(() -> new SchedulerConfig(config, Optional.empty()).scheduler(10))
        .isInstanceOfSatisfying(ModelException.class, e -> assertThat(e.field()).isEqualTo(key));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "EulerDiscreteScheduler       | `use_karras_sigmas`: true, `use_beta_sigmas`: true | use_beta_sigmas",
        "DPMSolverMultistepScheduler  | `use_karras_sigmas`: true, `use_lu_lambdas`: true | use_lu_lambdas",
        "DPMSolverMultistepScheduler  | `algorithm_type`: `dpmsolver` | final_sigmas_type",
        "DPMSolverMultistepScheduler  | `algorithm_type`: `sde-dpmsolver`, `final_sigmas_type`: `sigma_min`, `solver_order`: 3 | solver_order",
        "DPMSolverMultistepScheduler  | `use_flow_sigmas`: true, `use_karras_sigmas`: true | use_flow_sigmas",
        "DPMSolverSinglestepScheduler | `algorithm_type`: `dpmsolver`, `final_sigmas_type`: `sigma_min`, `thresholding`: true | thresholding",
        "UniPCMultistepScheduler      | `predict_x0`: false | final_sigmas_type",
        "UniPCMultistepScheduler      | `shift_terminal`: 0.1 | use_flow_sigmas",
        "DDIMScheduler                | `thresholding`: true, `dynamic_thresholding_ratio`: 1.5 | dynamic_thresholding_ratio",
        "DDIMScheduler                | `clip_sample`: true, `clip_sample_range`: -1 | clip_sample_range",
        "HeunDiscreteScheduler        | `use_exponential_sigmas`: true, `sigma_min`: -1 | sigma_min",
        "DDIMScheduler | `rescale_betas_zero_snr`: true, `timestep_spacing`: `trailing` |"
            + " prediction_type",
        "LCMScheduler | `rescale_betas_zero_snr`: true | prediction_type",
        "EDMDPMSolverMultistepScheduler | `algorithm_type`: `sde-dpmsolver++`, `solver_order`: 3 | solver_order",
        "EDMDPMSolverMultistepScheduler | `final_sigmas_type`: `sigma_min`, `solver_type`: `heun`, `lower_order_final`: false | final_sigmas_type"
      })
  void refusesWhatDoesNotGoTogether(String scheduler, String options, String key)
      throws IOException {
    JsonConfig config =
        config("{`_class_name`: `%s`, %s}".formatted(scheduler, options).replace('`', '"'));

    assertThatThrownBy(() -> new SchedulerConfig(config, Optional.empty()).scheduler(10))
        .isInstanceOfSatisfying(ModelException.class, e -> assertThat(e.field()).isEqualTo(key))
        .hasMessageContaining("scheduler_config.json");
  }

  @Test
  void swapsTheFlowSchedulerInForModelsOfFlowsOnly() throws IOException {
    Optional<String> flow = Optional.of("FlowMatchEulerDiscreteScheduler");
    JsonConfig noise = config("{\"_class_name\": \"PNDMScheduler\"}");
    JsonConfig velocity =
        config(
            "{\"_class_name\": \"UniPCMultistepScheduler\","
                + " \"prediction_type\": \"flow_prediction\"}");

    assertThatThrownBy(() -> new SchedulerConfig(noise, flow))
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("prediction_type"));
    assertThat(new SchedulerConfig(velocity, flow).scheduler(4).steps()).isEqualTo(4);
  }

  private static final String PLAYGROUND =
      "{`_class_name`: `EDMDPMSolverMultistepScheduler`, `sigma_data`: 0.5, `sigma_max`: 80.0,"
          + " `sigma_min`: 0.002, `rho`: 7.0, `solver_order`: 2, `algorithm_type`: `dpmsolver++`}";
  private static final String COSXL =
      "{`_class_name`: `EDMEulerScheduler`, `sigma_data`: 1.0, `sigma_schedule`: `exponential`,"
          + " `prediction_type`: `v_prediction`}";
  private static final String FLOW =
      "{`_class_name`: `FlowMatchEulerDiscreteScheduler`, `shift`: 3.0}";
  private static final String FLOW_SIGMAS =
      "{`_class_name`: `UniPCMultistepScheduler`, `use_flow_sigmas`: true,"
          + " `prediction_type`: `flow_prediction`}";
  private static final String FLOW_OF_NOISE =
      "{`_class_name`: `DPMSolverMultistepScheduler`, `use_flow_sigmas`: true}";
  private static final String CONTINUOUS =
      "{`_class_name`: `EulerDiscreteScheduler`, `timestep_type`: `continuous`,"
          + " `prediction_type`: `v_prediction`, `use_karras_sigmas`: true}";
  private static final String NOISE = "{`_class_name`: `PNDMScheduler`, `skip_prk_steps`: true}";
  private static final String ZERO_SNR =
      "{`_class_name`: `DDIMScheduler`, `prediction_type`: `v_prediction`,"
          + " `rescale_betas_zero_snr`: true, `timestep_spacing`: `trailing`}";
  private static final String SAMPLES =
      "{`_class_name`: `DDPMScheduler`, `prediction_type`: `sample`}";
  private static final String LCM =
      "{`_class_name`: `LCMScheduler`, `original_inference_steps`: 50}";
  private static final String NOT_HERE =
      "{`_class_name`: `KDPM2DiscreteScheduler`, `beta_start`: 0.00085, `beta_end`: 0.012,"
          + " `beta_schedule`: `scaled_linear`, `prediction_type`: `epsilon`}";
  private static final String FAR_OFF =
      "{`_class_name`: `FlowMatchHeunDiscreteScheduler`, `shift`: 3.0}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        PLAYGROUND + "| EDMEulerScheduler",
        COSXL + "| EDMDPMSolverMultistepScheduler",
        FLOW_SIGMAS + "| DPMSolverMultistepScheduler",
        NOISE + "| DDIMScheduler",
        ZERO_SNR + "| EulerDiscreteScheduler",
        LCM + "| DDIMScheduler",
        NOT_HERE + "| EulerDiscreteScheduler"
      })
  void swapsASchedulerForAnotherOfTheSameFormulation(String file, String name) throws IOException {
    Scheduler scheduler = new SchedulerConfig(quoted(file), Optional.of(name)).scheduler(6);

    assertThat(scheduler.name()).isEqualTo(name);
    assertThat(scheduler.steps()).isEqualTo(6);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        PLAYGROUND + "| DDIMScheduler                   | EDMEulerScheduler",
        PLAYGROUND + "| DPMSolverMultistepScheduler     | EDMEulerScheduler",
        COSXL + "| EulerDiscreteScheduler          | EDMDPMSolverMultistepScheduler",
        COSXL + "| LCMScheduler                    | EDMDPMSolverMultistepScheduler",
        FLOW + "| DDIMScheduler                   | Leave out",
        FLOW + "| UniPCMultistepScheduler         | Leave out",
        FLOW + "| EDMEulerScheduler               | Leave out",
        FLOW_SIGMAS + "| EulerDiscreteScheduler          | FlowMatchEulerDiscreteScheduler",
        CONTINUOUS + "| DDIMScheduler                   | Leave out",
        CONTINUOUS + "| EulerAncestralDiscreteScheduler | Leave out",
        NOISE + "| EDMEulerScheduler               | DDIMScheduler",
        FAR_OFF + "| DDIMScheduler                   | no scheduler is known to fit",
        FAR_OFF + "| EDMEulerScheduler               | no scheduler is known to fit",
        NOT_HERE + "| EDMEulerScheduler               | These fit: DDIMScheduler"
      })
  void refusesSchedulersOfAnotherFormulation(String file, String name, String remedy)
      throws IOException {
    JsonConfig config = quoted(file);

    assertThatThrownBy(() -> new SchedulerConfig(config, Optional.of(name)))
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("_class_name"))
        .hasMessageContaining(name)
        .hasMessageContaining("the images would be wrong")
        .hasMessageContaining(remedy);
  }

  /** Each that is proposed for a file samples its model; and none that would not is proposed. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        PLAYGROUND + "| EDMEulerScheduler EDMDPMSolverMultistepScheduler",
        COSXL + "| EDMEulerScheduler EDMDPMSolverMultistepScheduler",
        FLOW + "| FlowMatchEulerDiscreteScheduler",
        FLOW_SIGMAS
            + "| DPMSolverMultistepScheduler DPMSolverSinglestepScheduler UniPCMultistepScheduler"
            + " DEISMultistepScheduler FlowMatchEulerDiscreteScheduler",
        FLOW_OF_NOISE
            + "| DPMSolverMultistepScheduler DPMSolverSinglestepScheduler UniPCMultistepScheduler"
            + " DEISMultistepScheduler",
        CONTINUOUS + "| EulerDiscreteScheduler",
        ZERO_SNR
            + "| DDIMScheduler DDPMScheduler EulerDiscreteScheduler EulerAncestralDiscreteScheduler"
            + " DPMSolverMultistepScheduler UniPCMultistepScheduler",
        SAMPLES
            + "| DDIMScheduler DDPMScheduler LMSDiscreteScheduler EulerDiscreteScheduler"
            + " HeunDiscreteScheduler DPMSolverMultistepScheduler DPMSolverSinglestepScheduler"
            + " UniPCMultistepScheduler DEISMultistepScheduler",
        LCM + "| LCMScheduler"
      })
  void proposesOnlySchedulersThatFitTheModel(String file, String proposed) throws IOException {
    JsonConfig config = quoted(file);
    String[] names = proposed.split(" ", -1);

    assertThatThrownBy(() -> new SchedulerConfig(config, Optional.of("Euler")))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("no scheduler Euler")
        .hasMessageContaining("For this model there are " + String.join(", ", names) + ". ");
    for (String name : names) {
      assertThat(new SchedulerConfig(config, Optional.of(name)).scheduler(4).steps()).isPositive();
    }
  }

  @Test
  void proposesADropInForASchedulerThatIsNotHereOnlyIfTheModelIsOfBetas() throws IOException {
    JsonConfig ofBetas = quoted(NOT_HERE);
    JsonConfig other = quoted(FAR_OFF);

    assertThatThrownBy(() -> new SchedulerConfig(ofBetas, Optional.empty()))
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("_class_name"))
        .hasMessageContaining("no scheduler KDPM2DiscreteScheduler")
        .hasMessageContaining("--scheduler DDIMScheduler")
        .hasMessageNotContaining("EDM");
    assertThatThrownBy(() -> new SchedulerConfig(other, Optional.empty()))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("no scheduler FlowMatchHeunDiscreteScheduler")
        .hasMessageContaining("does not say which of them can sample this model")
        .hasMessageNotContaining("--scheduler");
  }

  @ParameterizedTest
  @CsvSource({"EDMEulerScheduler", "EDMDPMSolverMultistepScheduler"})
  void takesNeitherTimestepsNorSigmasWithEdm(String name) throws IOException {
    SchedulerConfig edm =
        new SchedulerConfig(quoted("{`_class_name`: `" + name + "`}"), Optional.empty());

    assertThatThrownBy(() -> edm.scheduler(new double[] {1, 0}, null))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(name + " takes no timesteps")
        .hasMessageContaining("ask for a number of steps");
    assertThatThrownBy(() -> edm.scheduler(null, new double[] {80, 1}))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(name + " takes no sigmas")
        .hasMessageContaining("ask for a number of steps");
  }

  @Test
  void saysThatRungeKuttaNeedsFourSteps() throws IOException {
    JsonConfig config = config("{\"_class_name\": \"PNDMScheduler\"}");
    SchedulerConfig pndm = new SchedulerConfig(config, Optional.empty());

    assertThatThrownBy(() -> pndm.scheduler(3))
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("skip_prk_steps"));
    assertThatThrownBy(() -> pndm.scheduler(10).begin(2))
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("skip_prk_steps"));
    assertThat(pndm.scheduler(10).begin(0)).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DDIMScheduler",
        "PNDMScheduler",
        "LMSDiscreteScheduler",
        "EulerAncestralDiscreteScheduler",
        "UniPCMultistepScheduler",
        "DEISMultistepScheduler"
      })
  void refusesTimestepsWhereDiffusersDoes(String name) throws IOException {
    SchedulerConfig config = new SchedulerConfig(config("{}"), Optional.of(name));

    assertThatThrownBy(() -> config.scheduler(new double[] {999, 500}, null))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(name + " takes no timesteps")
        .hasMessageContaining("EulerDiscreteScheduler")
        // It takes some, but it is for distilled models.
        .hasMessageNotContaining("LCMScheduler");
  }

  @Test
  void refusesSigmasWhereDiffusersDoes() throws IOException {
    SchedulerConfig heun = new SchedulerConfig(config("{}"), Optional.of("HeunDiscreteScheduler"));
    SchedulerConfig unipc =
        new SchedulerConfig(config("{}"), Optional.of("UniPCMultistepScheduler"));

    assertThatThrownBy(() -> heun.scheduler(null, new double[] {9, 1, 0}))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("HeunDiscreteScheduler takes no sigmas");
    assertThatThrownBy(() -> unipc.scheduler(null, new double[] {0.9, 0.5}))
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("use_flow_sigmas"));
  }

  @Test
  void refusesTimestepsAndSigmasThatNoRunCanTake() throws IOException {
    SchedulerConfig euler =
        new SchedulerConfig(config("{}"), Optional.of("EulerDiscreteScheduler"));
    SchedulerConfig lcm = new SchedulerConfig(config("{}"), Optional.of("LCMScheduler"));
    SchedulerConfig karras =
        new SchedulerConfig(
            config("{\"use_karras_sigmas\": true}"), Optional.of("EulerDiscreteScheduler"));

    for (double[] timesteps :
        new double[][] {{}, {500, 500}, {10, 20}, {-1}, {1000}, {Double.NaN}}) {
      assertThatThrownBy(() -> euler.scheduler(timesteps, null))
          .as("%s", Arrays.toString(timesteps))
          .isInstanceOfAny(ConfigurationException.class, ModelException.class);
    }
    assertThatThrownBy(() -> lcm.scheduler(new double[] {999, 500.5}, null))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("whole timesteps");
    assertThatThrownBy(() -> euler.scheduler(new double[] {9}, new double[] {9, 0}))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("not both");
    assertThatThrownBy(() -> karras.scheduler(new double[] {999, 500}, null))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("use_karras_sigmas");
    assertThatThrownBy(() -> euler.scheduler(null, null))
        .isInstanceOf(ConfigurationException.class);
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
        "UniPCMultistepScheduler | `disable_corrector`: [0], `solver_type`: `bh1`",
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
      // Flows and EDM have no betas.
      if (name.equals(file) || name.startsWith("FlowMatch") || name.startsWith("EDM")) {
        continue;
      }
      Scheduler scheduler = new SchedulerConfig(config, Optional.of(name)).scheduler(5);
      Scheduler expected = new SchedulerConfig(plain, Optional.of(name)).scheduler(5);

      assertThat(move(scheduler)).containsExactly(move(expected));
    }
  }

  @Test
  void refusesUnknownKeysOfItsOwnConfig() throws IOException {
    JsonConfig config = config("{\"_class_name\": \"DDIMScheduler\", \"a_new_option\": 50}");

    assertThatThrownBy(() -> new SchedulerConfig(config, Optional.of("DDIMScheduler")))
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("a_new_option"));
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

  /** Where a run ends whose model returns half of the latents. */
  private static float[] move(Scheduler scheduler) {
    float[] latents = {scheduler.initialScale(), -scheduler.initialScale() / 3};
    Trajectory job = new Trajectory(scheduler, latents, (draw, into) -> Arrays.fill(into, 1), 0);
    for (int step = 0; step < scheduler.steps(); step++) {
      float[] answer = {latents[0] / 2, latents[1] / 2};
      scheduler.step(step, answer, job);
    }
    return latents;
  }

  private JsonConfig quoted(String json) throws IOException {
    return config(json.replace('`', '"'));
  }

  private JsonConfig config(String json) throws IOException {
    return JsonConfig.read(Files.writeString(folder.resolve("scheduler_config.json"), json));
  }
}
