package io.github.iaa4j.diffusion.internal.scheduler;

import com.google.gson.JsonPrimitive;
import io.github.iaa4j.core.ModelException;
import io.github.iaa4j.diffusion.internal.JsonConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code scheduler/scheduler_config.json}. Keys that are absent take the default of the scheduler's
 * class in diffusers; values that this library does not know are refused, never ignored.
 */
public final class SchedulerConfig {

  /** The schedulers that there are, as diffusers names them. */
  public static final List<String> NAMES =
      List.of(DdimScheduler.NAME, EulerDiscreteScheduler.NAME, DpmSolverMultistepScheduler.NAME);

  /**
   * Keys that the schedulers of the Stable Diffusion family know. One that means nothing to a
   * scheduler is left aside, as diffusers does; so are others where a model's scheduler is swapped,
   * because they belong to the scheduler that is not used.
   */
  private static final Set<String> KNOWN =
      Set.of(
          "num_train_timesteps",
          "beta_start",
          "beta_end",
          "beta_schedule",
          "trained_betas",
          "prediction_type",
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
          "time_shift_type");

  private static final Logger log = LoggerFactory.getLogger(SchedulerConfig.class);

  private final JsonConfig json;
  private final String name;

  /**
   * @param json the file
   * @param override a scheduler to use in place of the one that the file states, or empty
   * @throws ModelException if there is no such scheduler, or the file is for this one and has a key
   *     that no scheduler knows
   */
  public SchedulerConfig(JsonConfig json, Optional<String> override) {
    this.json = json;
    name = override.orElseGet(() -> json.string("_class_name"));
    if (!NAMES.contains(name)) {
      throw new ModelException(
          json.file(),
          override.isPresent() ? null : "_class_name",
          "there is no scheduler "
              + name
              + ". There are "
              + String.join(", ", NAMES)
              + ". Choose one with .scheduler(\""
              + DdimScheduler.NAME
              + "\") in Java or --scheduler "
              + DdimScheduler.NAME
              + " on the command line; it takes its betas from this file.",
          null);
    }
    boolean isSwapped = !json.string("_class_name", name).equals(name);
    for (String key : new TreeSet<>(json.keys())) {
      if (!key.startsWith("_") && !KNOWN.contains(key) && json.has(key) && !isFalse(key)) {
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
    refuse("trained_betas");
    only("rescale_betas_zero_snr", false);
  }

  /**
   * The scheduler of a pipeline. As {@code StableDiffusionPipeline} of diffusers does, whatever the
   * file and the scheduler's class state: {@code steps_offset} is 1, and samples are not clipped,
   * because latents are not bounded as pixels are.
   *
   * @param folder the model's
   * @param override a scheduler to use in place of the one that the file states, or empty
   * @throws ModelException if there is no such scheduler, or the file is for this one and has a key
   *     that no scheduler knows
   */
  public static SchedulerConfig ofPipeline(Path folder, Optional<String> override) {
    JsonConfig json = JsonConfig.read(folder.resolve("scheduler/scheduler_config.json"));
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

  /** The scheduler's class as diffusers names it. */
  public String name() {
    return name;
  }

  /**
   * The plan of a run.
   *
   * @param steps at least 1
   * @throws ModelException if the file states an option that the scheduler does not have, or too
   *     few timesteps for the steps
   */
  public Scheduler scheduler(int steps) {
    NoiseSchedule noise = NoiseSchedule.of(json);
    if (steps > noise.timesteps()) {
      throw new ModelException(
          json.file(),
          "num_train_timesteps",
          steps + " steps do not fit into " + noise.timesteps() + " timesteps. Ask for fewer.",
          null);
    }
    return switch (name) {
      case DdimScheduler.NAME -> new DdimScheduler(this, noise, steps);
      case EulerDiscreteScheduler.NAME -> new EulerDiscreteScheduler(this, noise, steps);
      default -> new DpmSolverMultistepScheduler(this, noise, steps);
    };
  }

  Prediction prediction() {
    String type = json.string("prediction_type", "epsilon");
    return switch (type) {
      case "epsilon", "v_prediction", "sample" -> Prediction.valueOf(type.toUpperCase(Locale.ROOT));
      default -> throw json.unexpected("prediction_type", "epsilon, v_prediction or sample", null);
    };
  }

  Spacing spacing(Spacing otherwise) {
    return switch (json.string("timestep_spacing", otherwise.name().toLowerCase(Locale.ROOT))) {
      case "linspace" -> Spacing.LINSPACE;
      case "leading" -> Spacing.LEADING;
      case "trailing" -> Spacing.TRAILING;
      default -> throw json.unexpected("timestep_spacing", "linspace, leading or trailing", null);
    };
  }

  /** Whether the last sigma is 0, rather than the least of training. */
  boolean finalSigmaIsZero() {
    return switch (json.string("final_sigmas_type", "zero")) {
      case "zero" -> true;
      case "sigma_min" -> false;
      default -> throw json.unexpected("final_sigmas_type", "zero or sigma_min", null);
    };
  }

  int integer(String key, int otherwise) {
    return json.integer(key, otherwise);
  }

  double number(String key, double otherwise) {
    return json.number(key, otherwise);
  }

  boolean flag(String key, boolean otherwise) {
    return json.flag(key, otherwise);
  }

  /** Refuses any other value of a switch. */
  void only(String key, boolean value) {
    if (json.flag(key, value) != value) {
      throw unsupported(key, String.valueOf(value));
    }
  }

  /**
   * Refuses any other value of a choice.
   *
   * @param meant what diffusers takes for the value, coming from other schedulers' configs
   */
  void only(String key, String value, String... meant) {
    String found = json.string(key, value);
    if (!found.equals(value) && !List.of(meant).contains(found)) {
      throw unsupported(key, value);
    }
  }

  /** Refuses any value at all. */
  void refuse(String key) {
    if (json.has(key)) {
      throw unsupported(key, "null");
    }
  }

  /** An error that names what a key may be with this scheduler. */
  ModelException unsupported(String key, String allowed) {
    return json.unexpected(key, allowed + " (all that " + name + " has here)", null);
  }

  /** An error for steps that do not fit into the training schedule. */
  ModelException outside(double timestep, int trained) {
    return new ModelException(
        json.file(),
        "steps_offset",
        "a step would stand at timestep "
            + timestep
            + ", outside 0 to "
            + (trained - 1)
            + ". Ask for fewer steps, or for another timestep_spacing.",
        null);
  }

  String string(String key, String otherwise) {
    return json.string(key, otherwise);
  }

  private boolean isFalse(String key) {
    return json.get(key).isJsonPrimitive()
        && json.get(key).getAsJsonPrimitive().isBoolean()
        && !json.get(key).getAsBoolean();
  }
}
