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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings that a run was started with: written when a stage starts, and held against what is
 * asked for when it is resumed. Parts that cannot be told from others are warned about once.
 */
final class RecordedSettings {

  private static final Logger LOG = LoggerFactory.getLogger(RecordedSettings.class);

  private static final String OVERRIDE =
      "Override describe() in its class and name every setting that decides a result.";

  private static final String DESCRIBE_LAMBDAS =
      OVERRIDE
          + " If it was built with a lambda, pass JobFunction.of(description, lambda) instead.";

  private final RunFolder folder;
  private final AugmentationListener listener;
  private final Set<String> warned = new HashSet<>();

  RecordedSettings(RunFolder folder, AugmentationListener listener) {
    this.folder = folder;
    this.listener = listener;
  }

  /**
   * Starts a run, or resumes it.
   *
   * @throws ConfigurationException if it was started with other settings
   */
  void start(RunSettings asked) {
    warn(asked.prompts());
    if (folder.isStarted()) {
      Run run = folder.run();
      require(
          run.settingsFile(),
          "this run was started with ",
          run.settings().differences(asked),
          "Ask for the same");
    } else {
      folder.writeSettings(asked);
    }
  }

  /**
   * Resumes a run whose balance is not given again.
   *
   * @throws ConfigurationException if its prompts were written with other settings
   */
  RunSettings resume(PromptSettings asked, List<String> classNames) {
    warn(asked);
    Run run = folder.run();
    RunSettings settings = run.settings();
    requireClasses(run, classNames);
    require(
        run.settingsFile(),
        "this run was started with ",
        settings.prompts().differences(asked),
        "Ask for the same");
    return settings;
  }

  /**
   * Starts to rewrite prompts, or resumes it.
   *
   * @throws ConfigurationException if prompts of the run were rewritten with other settings
   */
  void rewrite(PromptSettings asked) {
    warn(asked);
    Run run = folder.run();
    Optional<PromptSettings> before = run.rewritingSettings();
    before.ifPresent(
        settings ->
            require(
                run.rewritingFile(),
                "prompts of this run were rewritten with ",
                settings.differences(asked),
                "Rewrite with the same"));
    if (before.isEmpty()) {
      folder.writeRewritingSettings(asked);
    }
  }

  /**
   * Starts to generate images, or resumes it.
   *
   * @param isEmpty whether the run holds nothing that was generated, so that the settings may
   *     change
   * @param classNames of the data set, which are those that the run was started with
   * @throws ConfigurationException if the classes are others, or images of the run were generated
   *     with other settings
   * @throws StorageException if there are images, and the file that says how they were generated is
   *     missing
   */
  void generate(GenerationSettings asked, List<String> classNames, boolean isEmpty) {
    warn("filter", asked.filter(), OVERRIDE);
    warn("sampler", asked.sampler(), DESCRIBE_LAMBDAS);
    Run run = folder.run();
    requireClasses(run, classNames);
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

  /** Labels, masks and scores follow the order of the classes. */
  private static void requireClasses(Run run, List<String> classNames) {
    List<String> started = run.settings().classNames();
    require(
        run.settingsFile(),
        "this run was started with ",
        started.equals(classNames)
            ? List.of()
            : List.of("classes " + started + ", not " + classNames),
        "Use the same data set");
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
              + description
              + ", does not say how it is set, so a resumed run cannot tell it from another one. "
              + remedy;
      LOG.warn("{}: {}", folder.path(), message);
      listener.onEvent(new AugmentationEvent.PartUndescribed(part, description, message));
    }
  }
}
