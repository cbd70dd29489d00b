package io.github.iaa4j.diffusion.internal.scheduler;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The options of one scheduler in its config. Each getter refuses what it does not understand, with
 * an error that names the file, the key and what is allowed.
 */
final class SchedulerOptions {

  private final JsonConfig json;
  private final String name;

  /**
   * @param name the scheduler's class, for errors
   */
  SchedulerOptions(JsonConfig json, String name) {
    this.json = json;
    this.name = name;
  }

  /**
   * What the model was trained to predict.
   *
   * @param known what the scheduler supports
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
   * How the sigmas lie.
   *
   * @param hasLu whether the scheduler has {@code use_lu_lambdas}
   */
  SigmaSchedule sigmaSchedule(boolean hasLu) {
    SigmaSchedule found = SigmaSchedule.TIMESTEPS;
    for (SigmaSchedule schedule : SigmaSchedule.values()) {
      String key = schedule.key();
      if (key == null || (schedule == SigmaSchedule.LU && !hasLu)) {
        continue;
      }
      if (json.flag(key, false)) {
        if (found != SigmaSchedule.TIMESTEPS) {
          throw unexpected(key, "false, because " + found.key() + " is true too");
        }
        found = schedule;
      }
    }
    return found;
  }

  /**
   * The sigmas of a schedule, between those that the config states or else those given.
   *
   * @return falling
   */
  double[] sigmas(SigmaSchedule schedule, double max, double min, int count) {
    return schedule.sigmas(positive("sigma_max", max), positive("sigma_min", min), count);
  }

  /**
   * Whole timesteps of a run.
   *
   * @param count how many to space; timesteps of the request are used as they are
   */
  int[] wholeTimesteps(TimestepRequest request, Spacing spacing, int count, int trained) {
    double[] custom = request.timesteps();
    double[] spaced =
        custom != null
            ? custom
            : spacing.timesteps(count, trained, json.integer("steps_offset", 0));
    int[] timesteps = new int[request.steps()];
    for (int i = 0; i < timesteps.length; i++) {
      timesteps[i] = (int) Math.rint(spaced[i]);
      if (custom != null && timesteps[i] != custom[i]) {
        throw new ConfigurationException(
            name + " takes whole timesteps, found " + Arrays.toString(custom));
      }
      if (timesteps[i] < 0 || timesteps[i] >= trained) {
        throw outOfRange(timesteps[i], trained);
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

  /** The scheduler's class as diffusers names it. */
  String schedulerName() {
    return name;
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
  double fraction(String key, double otherwise) {
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

  /** Refuses a shift of noise levels that the config does not fix. */
  void refuseDynamicShifting() {
    if (json.flag("use_dynamic_shifting", false)) {
      throw unexpected(
          "use_dynamic_shifting", "false, because the shift would depend on the size of the image");
    }
  }

  /** Refuses any other value of a switch. */
  void require(String key, boolean value) {
    if (json.flag(key, value) != value) {
      throw unsupported(key, String.valueOf(value));
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
  ModelException outOfRange(double timestep, int trained) {
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
}
