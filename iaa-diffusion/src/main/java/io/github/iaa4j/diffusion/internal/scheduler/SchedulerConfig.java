package io.github.iaa4j.diffusion.internal.scheduler;

import com.google.gson.JsonPrimitive;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.sampling.ModelNote;
import io.github.iaa4j.diffusion.internal.model.Architecture;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import io.github.iaa4j.diffusion.internal.scheduler.SchedulerType.Trait;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code scheduler/scheduler_config.json}. Keys that are absent take the default of the scheduler's
 * class in diffusers; values that this library does not know are refused, never ignored.
 */
public final class SchedulerConfig {

  /** All schedulers, by their names in diffusers. */
  public static final List<String> NAMES = SchedulerType.classNames();

  /** What configs said before there was a {@code prediction_type}. */
  private static final String PREDICT_EPSILON = "predict_epsilon";

  /** Values that turn an option off, whatever it is. */
  private static final Set<String> OFF = Set.of("false", "\"none\"", "\"default\"", "\"\"", "[]");

  /**
   * Keys that the schedulers of the Stable Diffusion family know. A scheduler ignores those that
   * mean nothing to it, as in diffusers; where the scheduler of a model is swapped, it ignores
   * unknown ones too, because they belong to the scheduler that is not used.
   */
  static final Set<String> KNOWN =
      Set.of(
          "num_train_timesteps",
          "beta_start",
          "beta_end",
          "beta_schedule",
          "trained_betas",
          "prediction_type",
          PREDICT_EPSILON,
          "tensor_format", // Of the first versions: which library the arrays are of.
          "timestep_spacing",
          "steps_offset",
          "rescale_betas_zero_snr",
          "clip_sample",
          "clip_sample_range",
          "set_alpha_to_one",
          "skip_prk_steps",
          "thresholding",
          "dynamic_thresholding_ratio",
          "sample_max_value",
          "interpolation_type",
          "use_karras_sigmas",
          "use_exponential_sigmas",
          "use_beta_sigmas",
          "use_lu_lambdas",
          "use_flow_sigmas",
          "flow_shift",
          "sigma_min",
          "sigma_max",
          "timestep_type",
          "final_sigmas_type",
          "solver_order",
          "algorithm_type",
          "solver_type",
          "lower_order_final",
          "euler_at_final",
          "lambda_min_clipped",
          "variance_type",
          "use_dynamic_shifting",
          "time_shift_type",
          "eta",
          "predict_x0",
          "disable_corrector",
          "solver_p",
          "original_inference_steps",
          "timestep_scaling",
          "shift",
          "shift_terminal",
          "base_shift",
          "max_shift",
          "base_image_seq_len",
          "max_image_seq_len",
          "invert_sigmas",
          "stochastic_sampling",
          "sigma_data",
          "sigma_schedule",
          "rho");

  /** Of a run that is planned only to see whether a scheduler can read a file. */
  private static final int PROBE_STEPS = 10;

  private static final Logger log = LoggerFactory.getLogger(SchedulerConfig.class);

  private final JsonConfig json;
  private final SchedulerType type;
  private final SchedulerOptions options;
  private final List<ModelNote> notes = new ArrayList<>();

  /**
   * @param file as it was read
   * @param override a scheduler to use in place of the one that the file states, or empty
   * @throws ModelException if there is no such scheduler, or it samples models of another
   *     formulation than the file's, or the file is for this one and has a key that no scheduler
   *     knows
   */
  public SchedulerConfig(JsonConfig file, Optional<String> override) {
    json = withPredictionType(file);
    String name = override.orElseGet(() -> json.string("_class_name"));
    CompatibleSchedulers compatible = new CompatibleSchedulers(json);
    type =
        SchedulerType.of(name)
            .orElseThrow(
                () -> compatible.unknown(name, override.isPresent() ? null : "_class_name"));
    options = new SchedulerOptions(json, name);
    boolean isSwapped = !json.string("_class_name", name).equals(name);
    for (String key : new TreeSet<>(json.keys())) {
      if (!key.startsWith("_") && !KNOWN.contains(key) && json.has(key)) {
        if (OFF.contains(json.get(key).toString())) {
          notes.add(
              new ModelNote(
                  json.file(),
                  key,
                  json.get(key) + ", which no scheduler of this version knows",
                  "nothing, as the value turns it off"));
          continue;
        }
        if (isSwapped) {
          log.info("{}: {} means nothing to {}", json.file(), key, name);
          continue;
        }
        throw new ModelException(
            json.file(),
            key,
            "no scheduler of this version knows the key, and its value "
                + json.get(key)
                + " may change images. Remove it if it does not.",
            null);
      }
    }
    if (isSwapped
        && type.formulation() == Formulation.FLOW
        && !json.string("prediction_type", "epsilon").equals("flow_prediction")) {
      throw options.unexpected(
          "prediction_type", "flow_prediction, because " + name + " is for models of flows");
    }
    if (isSwapped && !compatible.contains(type)) {
      throw compatible.refuse(type);
    }
  }

  private SchedulerConfig(JsonConfig json, SchedulerType type) {
    this.json = json;
    this.type = type;
    options = new SchedulerOptions(json, type.className());
  }

  /** Whether a scheduler understands every option of a file that is another one's. */
  static boolean reads(JsonConfig json, SchedulerType type) {
    try {
      return new SchedulerConfig(json, type).scheduler(PROBE_STEPS).steps() > 0;
    } catch (ModelException e) {
      return false;
    }
  }

  /**
   * The scheduler of a pipeline. As {@code StableDiffusionPipeline} of diffusers does, whatever the
   * file and the scheduler's class state: {@code steps_offset} is 1, and samples are not clipped,
   * because latents are not bounded as pixels are. The pipelines of other families take the file as
   * it is.
   *
   * @param folder the model's
   * @param architecture the model's
   * @param override a scheduler to use in place of the one that the file states, or empty
   * @throws ModelException if there is no such scheduler, or it samples models of another
   *     formulation than the file's, or the file is for this one and has a key that no scheduler
   *     knows
   */
  public static SchedulerConfig ofPipeline(
      Path folder, Architecture architecture, Optional<String> override) {
    JsonConfig json = JsonConfig.read(folder.resolve("scheduler/scheduler_config.json"));
    if (architecture.family() != Architecture.Family.SD) {
      return new SchedulerConfig(json, override);
    }
    if (json.integer("steps_offset", 1) != 1) {
      log.info("{}: steps_offset 1 in place of {}", json.file(), json.get("steps_offset"));
    }
    if (json.flag("clip_sample", false)) {
      log.info("{}: clip_sample false in place of true", json.file());
    }
    return new SchedulerConfig(
        json.with("steps_offset", new JsonPrimitive(1))
            .with("clip_sample", new JsonPrimitive(false)),
        override);
  }

  private JsonConfig withPredictionType(JsonConfig file) {
    if (!file.has(PREDICT_EPSILON) || file.has("prediction_type")) {
      return file;
    }
    String type = file.flag(PREDICT_EPSILON, true) ? "epsilon" : "sample";
    notes.add(
        new ModelNote(
            file.file(),
            PREDICT_EPSILON,
            String.valueOf(file.get(PREDICT_EPSILON)),
            "prediction_type " + type));
    return file.with("prediction_type", new JsonPrimitive(type));
  }

  /** What the file says in an unusual way. */
  public List<ModelNote> notes() {
    return List.copyOf(notes);
  }

  /** The scheduler's class as diffusers names it. */
  public String name() {
    return type.className();
  }

  /**
   * The plan of a run.
   *
   * @param steps at least 1
   * @throws ModelException if the file states an option that the scheduler does not have, or too
   *     few timesteps for the steps
   */
  public Scheduler scheduler(int steps) {
    return scheduler(new TimestepRequest(steps, null, null));
  }

  /**
   * The plan of a run that stands at given timesteps or noise levels.
   *
   * @param timesteps strictly falling, one for each step; or null
   * @param sigmas strictly falling, one for each step, and where the scheduler takes it one more
   *     for the end; or null
   * @throws ConfigurationException if the scheduler's class in diffusers does not take them
   * @throws ModelException as for a number of steps
   */
  public Scheduler scheduler(double @Nullable [] timesteps, double @Nullable [] sigmas) {
    if (timesteps == null && sigmas == null) {
      throw new ConfigurationException("a run needs a number of steps, timesteps or sigmas");
    }
    if (timesteps != null && sigmas != null && !type.takes(Trait.CUSTOM_TIMESTEPS_WITH_SIGMAS)) {
      throw new ConfigurationException(name() + " takes either timesteps or sigmas, not both");
    }
    checkCustom("timesteps", timesteps, Trait.CUSTOM_TIMESTEPS);
    checkCustom("sigmas", sigmas, Trait.CUSTOM_SIGMAS);
    int steps = timesteps != null ? timesteps.length : sigmas != null ? sigmas.length : 0;
    if (sigmas != null && type.takes(Trait.CUSTOM_FINAL_SIGMA)) {
      steps--;
    }
    if (steps < 1 || (timesteps != null && sigmas != null && sigmas.length != steps)) {
      throw new ConfigurationException(
          name()
              + " needs one timestep and one sigma for each step, and at least one step"
              + (type.takes(Trait.CUSTOM_FINAL_SIGMA) ? "; one more sigma for the end" : ""));
    }
    return scheduler(new TimestepRequest(steps, timesteps, sigmas));
  }

  private void checkCustom(String kind, double @Nullable [] values, Trait trait) {
    if (values == null) {
      return;
    }
    if (!type.takes(trait)) {
      List<String> takers =
          new CompatibleSchedulers(json)
              .suggestions().stream()
                  .filter(other -> other.takes(trait))
                  .map(SchedulerType::className)
                  .sorted()
                  .toList();
      throw new ConfigurationException(
          name()
              + " takes no "
              + kind
              + " of its own, in diffusers neither. "
              + (takers.isEmpty()
                  ? "No scheduler for this model does: ask for a number of steps."
                  : "For this model these do: " + String.join(", ", takers)));
    }
    for (int i = 0; i < values.length; i++) {
      boolean falls = i == 0 || values[i] < values[i - 1];
      if (!(values[i] >= 0) || values[i] == Double.POSITIVE_INFINITY || !falls) {
        throw new ConfigurationException(
            kind + " " + Arrays.toString(values) + ": they must fall, and be finite and 0 or more");
      }
    }
    if (kind.equals("timesteps") && options.sigmaSchedule(false) != SigmaSchedule.TIMESTEPS) {
      throw new ConfigurationException(
          name()
              + " takes timesteps only where no schedule is set for the sigmas; "
              + json.file()
              + " has use_karras_sigmas, use_exponential_sigmas or use_beta_sigmas");
    }
  }

  private Scheduler scheduler(TimestepRequest request) {
    if (!type.takes(Trait.ZERO_SNR)) {
      options.require("rescale_betas_zero_snr", false);
    }
    Scheduler scheduler = type.create(options, () -> noise(request), request);
    if (scheduler instanceof TimestepScheduler between) {
      between.refuseNoSignal(options);
    }
    return scheduler;
  }

  private NoiseSchedule noise(TimestepRequest request) {
    NoiseSchedule noise = NoiseSchedule.of(json, type.betas());
    if (request.steps() > noise.timesteps()) {
      throw new ModelException(
          json.file(),
          "num_train_timesteps",
          request.steps()
              + " steps do not fit into "
              + noise.timesteps()
              + " timesteps. Ask for fewer.",
          null);
    }
    return noise;
  }
}
