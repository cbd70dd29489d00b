package io.github.iaa4j.diffusion.internal.scheduler;

import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import io.github.iaa4j.diffusion.internal.scheduler.SchedulerType.Trait;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The schedulers that can sample the model of a {@code scheduler_config.json}: those that may
 * replace the one that it names, and those that a message suggests.
 */
final class CompatibleSchedulers {

  private final JsonConfig json;
  private final Optional<Formulation> formulation;

  CompatibleSchedulers(JsonConfig json) {
    this.json = json;
    formulation = Formulation.of(json);
  }

  /** Whether a scheduler samples models of this formulation. */
  boolean contains(SchedulerType type) {
    if (formulation.isEmpty()) {
      // The class is unknown. Whoever names another one has to know that betas are enough.
      return type.formulation() == Formulation.BETAS && statesBetas();
    }
    return switch (formulation.get()) {
      case CONTINUOUS -> type.takes(Trait.CONTINUOUS_TIMESTEPS);
      case FLOW ->
          type.formulation() == Formulation.FLOW
              ? predictsVelocities()
              : type.takes(Trait.FLOW_SIGMAS) && json.flag("use_flow_sigmas", false);
      case BETAS, EDM -> type.formulation() == formulation.get();
    };
  }

  /**
   * Whether the model predicts the velocities of a flow, the only ones that its own scheduler
   * takes.
   */
  private boolean predictsVelocities() {
    return own().filter(type -> type.formulation() == Formulation.FLOW).isPresent()
        || json.string("prediction_type", "epsilon").equals("flow_prediction");
  }

  /** The scheduler that the file names, if it is implemented. */
  private Optional<SchedulerType> own() {
    return SchedulerType.of(json.string("_class_name", ""));
  }

  private boolean statesBetas() {
    return json.has("beta_schedule") || json.has("beta_start") || json.has("trained_betas");
  }

  /**
   * Those to suggest: they read every option of the file, and the model was not distilled for
   * another one. None where the file does not say how the model was trained.
   */
  List<SchedulerType> suggestions() {
    if (formulation.isEmpty()) {
      return List.of();
    }
    Optional<SchedulerType> own = own();
    boolean isDistilled = own.isPresent() && own.get().takes(Trait.DISTILLED_MODELS);
    return Arrays.stream(SchedulerType.values())
        .filter(type -> isDistilled ? type == own.get() : !type.takes(Trait.DISTILLED_MODELS))
        .filter(type -> contains(type) && SchedulerConfig.reads(json, type))
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
        suggestions().stream()
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
   * An error for a scheduler that does not exist.
   *
   * @param field the key that names it, or null where the user does
   */
  ModelException unknown(String name, @Nullable String field) {
    List<String> names = suggestions().stream().map(SchedulerType::className).toList();
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
