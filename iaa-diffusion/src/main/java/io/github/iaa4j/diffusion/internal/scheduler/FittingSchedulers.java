package io.github.iaa4j.diffusion.internal.scheduler;

import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import io.github.iaa4j.diffusion.internal.scheduler.SchedulerType.Trait;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which schedulers can sample the model of a {@code scheduler_config.json}: those that may take the
 * place of the one it names, and those that a message may propose.
 */
final class FittingSchedulers {

  private final JsonConfig json;
  private final Optional<Formulation> formulation;

  FittingSchedulers(JsonConfig json) {
    this.json = json;
    formulation = Formulation.of(json);
  }

  /** Whether a scheduler samples models of this formulation. */
  boolean include(SchedulerType type) {
    if (formulation.isEmpty()) {
      // Of a class that is not known here. Who names another one has to know that betas are enough.
      return type.formulation() == Formulation.BETAS && statesBetas();
    }
    return switch (formulation.get()) {
      case CONTINUOUS -> type == SchedulerType.EULER;
      case FLOW ->
          type == SchedulerType.FLOW_MATCH_EULER
              ? answersVelocities()
              : type.takes(Trait.FLOW_SIGMAS) && json.flag("use_flow_sigmas", false);
      case BETAS, EDM -> type.formulation() == formulation.get();
    };
  }

  /** The velocities of a flow, which are all that its own scheduler knows. */
  private boolean answersVelocities() {
    return json.string("_class_name", "").equals(FlowMatchEulerDiscreteScheduler.NAME)
        || json.string("prediction_type", "epsilon").equals("flow_prediction");
  }

  private boolean statesBetas() {
    return json.has("beta_schedule") || json.has("beta_start") || json.has("trained_betas");
  }

  /**
   * Those to propose: they read every option of the file, and the model was not distilled for
   * another one. None where the file does not say how the model was trained.
   */
  List<SchedulerType> proposals() {
    if (formulation.isEmpty()) {
      return List.of();
    }
    Optional<SchedulerType> own = SchedulerType.of(json.string("_class_name", ""));
    boolean isDistilled = own.isPresent() && own.get().takes(Trait.FOR_DISTILLED);
    return Arrays.stream(SchedulerType.values())
        .filter(type -> isDistilled ? type == own.get() : !type.takes(Trait.FOR_DISTILLED))
        .filter(type -> include(type) && SchedulerConfig.reads(json, type))
        .toList();
  }

  /** An error for a scheduler that does not fit, where the file names another one. */
  ModelException refuse(SchedulerType type) {
    String own = json.string("_class_name");
    String reason =
        formulation
            .map(
                it ->
                    "that of " + own + " was trained " + it.how() + ": the images would be wrong.")
            .orElse(
                "this version does not know "
                    + own
                    + (statesBetas() ? "" : ", whose file states no betas")
                    + ": the images would be wrong, and no scheduler is known to fit.");
    String leaveOut =
        SchedulerType.of(own).isEmpty()
            ? ""
            : " Leave out .scheduler(...) in Java or --scheduler on the command line to take the"
                + " model's own.";
    List<String> others =
        proposals().stream()
            .map(SchedulerType::className)
            .filter(name -> !name.equals(own))
            .toList();
    return new ModelException(
        json.file(),
        "_class_name",
        type.className()
            + " is for models trained "
            + type.formulation().how()
            + ", and "
            + reason
            + leaveOut
            + (others.isEmpty() ? "" : " These fit: " + String.join(", ", others) + "."),
        null);
  }

  /**
   * An error for a scheduler that there is not.
   *
   * @param field that names it, or null where it is not the file that does
   */
  ModelException unknown(String name, @Nullable String field) {
    List<String> names = proposals().stream().map(SchedulerType::className).toList();
    String remedy =
        names.isEmpty()
            ? "There are "
                + String.join(", ", SchedulerConfig.NAMES)
                + ". The file does not say which of them can sample this model, if any."
            : "For this model there are "
                + String.join(", ", names)
                + ". Choose one with .scheduler(\""
                + names.get(0)
                + "\") in Java or --scheduler "
                + names.get(0)
                + " on the command line; it takes its options from this file.";
    return new ModelException(
        json.file(), field, "there is no scheduler " + name + ". " + remedy, null);
  }
}
