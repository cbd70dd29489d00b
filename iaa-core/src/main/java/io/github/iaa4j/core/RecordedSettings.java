package io.github.iaa4j.core;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.run.GenerationSettings;
import io.github.iaa4j.core.run.PromptSettings;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.run.RunSettings;
import io.github.iaa4j.core.settings.Description;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings that a run was started with: written when a stage starts, and held against what is
 * asked for when it is resumed. Parts that cannot be distinguished from others are warned about
 * once.
 */
final class RecordedSettings {

  private static final Logger LOG = LoggerFactory.getLogger(RecordedSettings.class);

  private static final String OVERRIDE =
      "Override describe() in its class and name every setting that decides a result.";

  private static final String DESCRIBE_LAMBDAS =
      OVERRIDE
          + " If it was built with a lambda, pass JobFunction.of(description, lambda) instead.";

  /**
   * What a run is made of, as far as it was given again.
   *
   * @param seed the run seed; null where none was given
   * @param dataset the data set's name; empty where none was given
   * @param classNames of the data set, in order: labels, masks and scores follow it
   */
  record Origin(@Nullable Long seed, String dataset, List<String> classNames) {

    /** The settings of a run, with what was given in the place of what it was started with. */
    RunSettings over(RunSettings started, PromptSettings prompts) {
      return new RunSettings(
          started.format(),
          seed == null ? started.seed() : seed,
          dataset.isEmpty() ? started.dataset() : dataset,
          classNames,
          started.balance(),
          prompts,
          started.unplanned(),
          started.plan());
    }
  }

  private final RunFolder folder;
  private final Origin origin;
  private final AugmentationListener listener;
  private final Set<String> warned = new HashSet<>();

  RecordedSettings(RunFolder folder, Origin origin, AugmentationListener listener) {
    this.folder = folder;
    this.origin = origin;
    this.listener = listener;
  }

  /**
   * Starts a run, or resumes it.
   *
   * @return the settings on disk
   * @throws ConfigurationException if it was started with other settings
   */
  RunSettings start(RunSettings asked) {
    warn(asked.prompts());
    if (!folder.isStarted()) {
      folder.writeSettings(asked);
      return asked;
    }
    return requireStartedWith(asked);
  }

  /**
   * Resumes a run whose balance is not given again.
   *
   * @throws ConfigurationException if it was started with another seed, data set or classes, or its
   *     prompts were written with other settings
   */
  RunSettings resume(PromptSettings asked) {
    warn(asked);
    return requireStartedWith(origin.over(folder.run().settings(), asked));
  }

  /**
   * Holds what was given again against what the run was started with.
   *
   * @throws ConfigurationException if it was started with another seed, data set or classes
   */
  void requireOrigin() {
    RunSettings settings = folder.run().settings();
    requireStartedWith(origin.over(settings, settings.prompts()));
  }

  /** Returns the settings on disk. */
  private RunSettings requireStartedWith(RunSettings asked) {
    Run run = folder.run();
    RunSettings settings = run.settings();
    require(
        run.settingsFile(),
        "this run was started with ",
        settings.differences(asked),
        "Ask for the same");
    return settings;
  }

  /**
   * Starts to rewrite prompts, or resumes it. An agent or a critic that wrote the first prompts too
   * is not examined again.
   *
   * @return the settings on disk
   * @throws ConfigurationException if prompts of the run were rewritten with other settings
   */
  PromptSettings rewrite(PromptSettings asked) {
    warn(asked);
    Run run = folder.run();
    Optional<PromptSettings> before = run.rewritingSettings();
    if (before.isPresent()) {
      require(
          run.rewritingFile(),
          "prompts of this run were rewritten with ",
          before.get().differences(asked),
          "Rewrite with the same");
      return before.get();
    }
    PromptSettings first = run.settings().prompts();
    PromptSettings settings =
        new PromptSettings(
            asked.agent(),
            asked.critic(),
            asked.refinement(),
            asked.learnt(),
            asked.agent().equals(first.agent()) ? first.agentModelWeight() : null,
            asked.critic().equals(first.critic()) ? first.criticModelWeight() : null);
    folder.writeRewritingSettings(settings);
    return settings;
  }

  /**
   * Starts to generate images, or resumes it.
   *
   * @param isEmpty whether the run holds nothing that was generated, so that the settings may
   *     change
   * @throws ConfigurationException if the run was started with another seed, data set or classes,
   *     or images of it were generated with other settings
   * @throws StorageException if there are images, and the file that says how they were generated is
   *     missing
   */
  void generate(GenerationSettings asked, boolean isEmpty) {
    warn("filter", asked.filter(), OVERRIDE);
    warn("sampler", asked.sampler(), DESCRIBE_LAMBDAS);
    requireOrigin();
    Run run = folder.run();
    if (isEmpty) {
      folder.writeGenerationSettings(asked);
    } else if (!Files.exists(run.generationFile())) {
      throw new StorageException(
          run.generationFile(),
          "it is missing, so nobody can tell how the images of this run were generated. Bring it"
              + " back, or delete manifest.jsonl and attempts.jsonl to generate all of them again.",
          null);
    } else {
      require(
          run.generationFile(),
          "images of this run were generated with ",
          run.generationSettings().differences(asked),
          "Generate with the same settings");
    }
  }

  private static void require(Path file, String what, List<String> differences, String remedy) {
    if (!differences.isEmpty()) {
      throw new ConfigurationException(
          file
              + ": "
              + what
              + String.join("; ", differences)
              + ". "
              + remedy
              + ", or use another folder.");
    }
  }

  private void warn(PromptSettings settings) {
    warn("prompt agent", settings.agent(), OVERRIDE);
    warn("prompt critic", settings.critic(), OVERRIDE);
    warn("refinement", settings.refinement(), OVERRIDE);
  }

  private void warn(String part, Description description, String remedy) {
    if (!description.isComplete() && warned.add(part)) {
      String message =
          "the "
              + part
              + ", "
              + description.name()
              + undescribedParts(description)
              + ", does not say how it is set, so a resumed run cannot tell it from another one. "
              + remedy;
      LOG.warn("{}: {}", folder.path(), message);
      listener.onEvent(new AugmentationEvent.PartUndescribed(part, description, message));
    }
  }

  /** In brackets; of a long description, this is what its reader can do something about. */
  private static String undescribedParts(Description description) {
    List<String> parts =
        description.undescribed().stream()
            .filter(setting -> !setting.isEmpty())
            .map(setting -> setting + " " + description.settings().get(setting))
            .toList();
    return parts.isEmpty() ? "" : " (" + String.join(", ", parts) + ")";
  }
}
