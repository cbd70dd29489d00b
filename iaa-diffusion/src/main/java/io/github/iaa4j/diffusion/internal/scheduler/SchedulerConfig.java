package io.github.iaa4j.diffusion.internal.scheduler;

import com.google.gson.JsonPrimitive;
import io.github.iaa4j.core.ConfigurationException;
import io.github.iaa4j.core.ModelException;
import io.github.iaa4j.diffusion.internal.JsonConfig;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code scheduler/scheduler_config.json}. Keys that are absent take the default of the scheduler's
 * class in diffusers; values that this library does not know are refused, never ignored.
 */
public final class SchedulerConfig {

  /** The schedulers that there are, as diffusers names them. */
  public static final List<String> NAMES =
      List.of(
          DdimScheduler.NAME,
          DdpmScheduler.NAME,
          PndmScheduler.NAME,
          LmsDiscreteScheduler.NAME,
          EulerDiscreteScheduler.NAME,
          EulerAncestralDiscreteScheduler.NAME,
          HeunDiscreteScheduler.NAME,
          DpmSolverMultistepScheduler.NAME,
          DpmSolverSinglestepScheduler.NAME,
          UniPcMultistepScheduler.NAME,
          DeisMultistepScheduler.NAME,
          LcmScheduler.NAME,
          TcdScheduler.NAME,
          FlowMatchEulerDiscreteScheduler.NAME);

  private static final Set<String> TAKE_TIMESTEPS =
      Set.of(
          DdpmScheduler.NAME,
          EulerDiscreteScheduler.NAME,
          HeunDiscreteScheduler.NAME,
          DpmSolverMultistepScheduler.NAME,
          DpmSolverSinglestepScheduler.NAME,
          LcmScheduler.NAME,
          TcdScheduler.NAME,
          FlowMatchEulerDiscreteScheduler.NAME);

  private static final Set<String> TAKE_SIGMAS =
      Set.of(
          EulerDiscreteScheduler.NAME,
          UniPcMultistepScheduler.NAME,
          FlowMatchEulerDiscreteScheduler.NAME);

  private static final Set<String> TAKE_ZERO_SNR =
      Set.of(
          DdimScheduler.NAME,
          DdpmScheduler.NAME,
          EulerDiscreteScheduler.NAME,
          EulerAncestralDiscreteScheduler.NAME,
          DpmSolverMultistepScheduler.NAME,
          UniPcMultistepScheduler.NAME,
          LcmScheduler.NAME,
          TcdScheduler.NAME);

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
          "stochastic_sampling");

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
    if (!TAKE_ZERO_SNR.contains(name)) {
      only("rescale_betas_zero_snr", false);
    }
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
    return scheduler(new Request(steps, null, null));
  }

  /**
   * The plan of a run that stands at given timesteps or noise levels.
   *
   * @param timesteps strictly falling, one for each step; or null
   * @param sigmas strictly falling, one for each step, and for {@code EulerDiscreteScheduler} one
   *     more for the end; or null
   * @throws ConfigurationException if the scheduler's class in diffusers does not take them
   * @throws ModelException as for a number of steps
   */
  public Scheduler scheduler(double @Nullable [] timesteps, double @Nullable [] sigmas) {
    boolean isFlow = name.equals(FlowMatchEulerDiscreteScheduler.NAME);
    if (timesteps == null && sigmas == null) {
      throw new ConfigurationException("a run needs a number of steps, timesteps or sigmas");
    }
    if (timesteps != null && sigmas != null && !isFlow) {
      throw new ConfigurationException(name + " takes either timesteps or sigmas, not both");
    }
    checkCustom("timesteps", timesteps, TAKE_TIMESTEPS);
    checkCustom("sigmas", sigmas, TAKE_SIGMAS);
    int steps = timesteps != null ? timesteps.length : sigmas != null ? sigmas.length : 0;
    if (sigmas != null && name.equals(EulerDiscreteScheduler.NAME)) {
      steps--;
    }
    if (steps < 1 || (timesteps != null && sigmas != null && sigmas.length != steps)) {
      throw new ConfigurationException(
          "a run needs one timestep and one sigma for each step, and at least one step; "
              + EulerDiscreteScheduler.NAME
              + " one more sigma for the end");
    }
    return scheduler(new Request(steps, timesteps, sigmas));
  }

  private void checkCustom(String kind, double @Nullable [] values, Set<String> takers) {
    if (values == null) {
      return;
    }
    if (!takers.contains(name)) {
      throw new ConfigurationException(
          name
              + " takes no "
              + kind
              + " of its own, in diffusers neither. These do: "
              + String.join(", ", new TreeSet<>(takers)));
    }
    for (int i = 0; i < values.length; i++) {
      boolean falls = i == 0 || values[i] < values[i - 1];
      if (!(values[i] >= 0) || values[i] == Double.POSITIVE_INFINITY || !falls) {
        throw new ConfigurationException(
            kind + " " + Arrays.toString(values) + ": they must fall, and be finite and 0 or more");
      }
    }
    if (kind.equals("timesteps") && spread(false) != Spread.TIMESTEPS) {
      throw new ConfigurationException(
          name
              + " takes timesteps only where nothing else spreads the noise levels; "
              + json.file()
              + " has use_karras_sigmas, use_exponential_sigmas or use_beta_sigmas");
    }
  }

  private Scheduler scheduler(Request request) {
    if (name.equals(FlowMatchEulerDiscreteScheduler.NAME)) {
      return new FlowMatchEulerDiscreteScheduler(this, request);
    }
    NoiseSchedule noise = NoiseSchedule.of(json, betas());
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
    NoiseSchedule finite = noise.withFiniteSigmas();
    return switch (name) {
      case DdimScheduler.NAME -> new DdimScheduler(this, noise, request);
      case DdpmScheduler.NAME -> new DdpmScheduler(this, noise, request);
      case PndmScheduler.NAME -> new PndmScheduler(this, noise, request);
      case LcmScheduler.NAME -> new LcmScheduler(this, noise, request);
      case TcdScheduler.NAME -> new TcdScheduler(this, noise, request);
      case LmsDiscreteScheduler.NAME -> new LmsDiscreteScheduler(this, finite, request);
      case EulerDiscreteScheduler.NAME -> new EulerDiscreteScheduler(this, finite, request);
      case EulerAncestralDiscreteScheduler.NAME ->
          new EulerAncestralDiscreteScheduler(this, finite, request);
      case HeunDiscreteScheduler.NAME -> new HeunDiscreteScheduler(this, finite, request);
      case DpmSolverMultistepScheduler.NAME ->
          new DpmSolverMultistepScheduler(this, finite, request);
      case DpmSolverSinglestepScheduler.NAME ->
          new DpmSolverSinglestepScheduler(this, finite, request);
      case UniPcMultistepScheduler.NAME -> new UniPcMultistepScheduler(this, finite, request);
      default -> new DeisMultistepScheduler(this, finite, request);
    };
  }

  /** The betas of the scheduler's class in diffusers. */
  private NoiseSchedule.Betas betas() {
    return switch (name) {
      case HeunDiscreteScheduler.NAME -> new NoiseSchedule.Betas(0.00085, 0.012, "linear");
      case LcmScheduler.NAME, TcdScheduler.NAME ->
          new NoiseSchedule.Betas(0.00085, 0.012, "scaled_linear");
      default -> new NoiseSchedule.Betas(0.0001, 0.02, "linear");
    };
  }

  /**
   * What the model was trained to answer.
   *
   * @param known what the scheduler can do with
   */
  Prediction prediction(Prediction... known) {
    String type = json.string("prediction_type", "epsilon");
    for (Prediction prediction : known) {
      if (prediction.name().toLowerCase(Locale.ROOT).equals(type)) {
        return prediction;
      }
    }
    throw unexpected(
        "prediction_type",
        Stream.of(known)
            .map(prediction -> prediction.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", ", "one of ", "")));
  }

  Spacing spacing(Spacing otherwise) {
    return switch (json.string("timestep_spacing", otherwise.name().toLowerCase(Locale.ROOT))) {
      case "linspace" -> Spacing.LINSPACE;
      case "leading" -> Spacing.LEADING;
      case "trailing" -> Spacing.TRAILING;
      default -> throw unexpected("timestep_spacing", "linspace, leading or trailing");
    };
  }

  /**
   * How the noise levels are spread.
   *
   * @param lu whether the scheduler has {@code use_lu_lambdas}
   */
  Spread spread(boolean lu) {
    Spread spread = Spread.TIMESTEPS;
    for (Spread one : Spread.values()) {
      String key =
          switch (one) {
            case TIMESTEPS -> "";
            case KARRAS -> "use_karras_sigmas";
            case LU -> "use_lu_lambdas";
            case EXPONENTIAL -> "use_exponential_sigmas";
            case BETA -> "use_beta_sigmas";
          };
      if (!key.isEmpty() && (one != Spread.LU || lu) && json.flag(key, false)) {
        if (spread != Spread.TIMESTEPS) {
          throw unexpected(key, "false, because noise levels can be spread in one way only");
        }
        spread = one;
      }
    }
    return spread;
  }

  /** Spread noise levels, between those that the file states or else those given. */
  double[] spread(Spread spread, double max, double min, int count) {
    return spread.sigmas(positive("sigma_max", max), positive("sigma_min", min), count);
  }

  /**
   * Whole timesteps of a run.
   *
   * @param count how many to spread; those asked for are used as they are
   */
  int[] wholeTimesteps(Request request, Spacing spacing, int count, int trained) {
    double[] custom = request.timesteps();
    double[] spread =
        custom != null
            ? custom
            : spacing.timesteps(count, trained, json.integer("steps_offset", 0));
    int[] timesteps = new int[request.steps()];
    for (int i = 0; i < timesteps.length; i++) {
      timesteps[i] = (int) Math.rint(spread[i]);
      if (custom != null && timesteps[i] != custom[i]) {
        throw new ConfigurationException(
            name + " takes whole timesteps, found " + Arrays.toString(custom));
      }
      if (timesteps[i] < 0 || timesteps[i] >= trained) {
        throw outside(timesteps[i], trained);
      }
    }
    return timesteps;
  }

  /** Whether the last sigma is 0, rather than the least of training. */
  boolean finalSigmaIsZero() {
    return switch (json.string("final_sigmas_type", "zero")) {
      case "zero" -> true;
      case "sigma_min" -> false;
      default -> throw unexpected("final_sigmas_type", "zero or sigma_min");
    };
  }

  boolean has(String key) {
    return json.has(key);
  }

  /** A number above 0. */
  double positive(String key, double otherwise) {
    double value = json.number(key, otherwise);
    if (json.has(key) && !(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw unexpected(key, "a number above 0");
    }
    return value;
  }

  /** A number from 0 to 1. */
  double share(String key, double otherwise) {
    double value = json.number(key, otherwise);
    if (!(value >= 0 && value <= 1)) {
      throw unexpected(key, "a number from 0 to 1");
    }
    return value;
  }

  List<Integer> integers(String key) {
    return json.has(key) ? json.integers(key) : List.of();
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

  /**
   * A choice among words.
   *
   * @param allowed the first is taken where the key is absent
   */
  String oneOf(String key, String... allowed) {
    String found = json.string(key, allowed[0]);
    if (!List.of(allowed).contains(found)) {
      throw unexpected(key, "one of " + String.join(", ", allowed) + " with " + name);
    }
    return found;
  }

  /** An order of a solver, 1 to 3. */
  int solverOrder() {
    int order = json.integer("solver_order", 2);
    if (order < 1 || order > 3) {
      throw unexpected("solver_order", "1, 2 or 3");
    }
    return order;
  }

  /** An error that says what was expected under a key, which may be absent. */
  ModelException unexpected(String key, String expected) {
    return new ModelException(
        json.file(),
        key,
        "expected "
            + expected
            + ", found "
            + (json.has(key) ? json.get(key) : "nothing, which means its default")
            + ".",
        null);
  }

  /** An error that names what a key may be with this scheduler. */
  ModelException unsupported(String key, String allowed) {
    return unexpected(key, allowed + " (all that " + name + " has here)");
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
