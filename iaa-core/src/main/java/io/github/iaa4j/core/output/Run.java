package io.github.iaa4j.core.output;

import com.google.gson.JsonParseException;
import io.github.iaa4j.core.StorageException;
import io.github.iaa4j.core.internal.AtomicFiles;
import io.github.iaa4j.core.internal.JsonLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A run's folder, read. Every file in it is plain JSON or an image that people can open:
 *
 * <pre>
 * run.json         what the run was started with
 * prompts.jsonl    one line a slot
 * images/          accepted images, PNG
 * manifest.jsonl   one line an accepted image
 * attempts.jsonl   one line an attempt that was dropped, rejected or failed
 * rejected/        rejected images, where they are kept
 * dataset/         the accepted images as a VOC data set
 * </pre>
 */
public final class Run {

  private final Path folder;

  private Run(Path folder) {
    this.folder = folder;
  }

  /**
   * Opens a run.
   *
   * @throws StorageException if the folder holds no run
   */
  public static Run open(Path folder) {
    Run run = new Run(folder);
    if (!Files.isRegularFile(run.settingsFile())) {
      throw new StorageException(
          run.settingsFile(),
          "there is no such file, so this is no run's folder. Write the prompts first.",
          null);
    }
    return run;
  }

  /** The folder. */
  public Path folder() {
    return folder;
  }

  /** The run's settings file. */
  public Path settingsFile() {
    return folder.resolve("run.json");
  }

  /** The prompts' file. */
  public Path promptsFile() {
    return folder.resolve("prompts.jsonl");
  }

  /** The manifest. */
  public Path manifestFile() {
    return folder.resolve("manifest.jsonl");
  }

  /** The journal of attempts without an accepted image. */
  public Path attemptsFile() {
    return folder.resolve("attempts.jsonl");
  }

  /** The folder of the accepted images as a VOC data set, with the split {@code train}. */
  public Path dataset() {
    return folder.resolve("dataset");
  }

  /**
   * What the run was started with.
   *
   * @throws StorageException if the file is damaged or of another version
   */
  public RunSettings settings() {
    try {
      RunSettings settings =
          JsonLines.GSON.fromJson(Files.readString(settingsFile()), RunSettings.class);
      if (settings == null || !RunSettings.FORMAT.equals(settings.format())) {
        throw new StorageException(
            settingsFile(),
            "its format is not " + RunSettings.FORMAT + ". Use the version that wrote it.",
            null);
      }
      return settings;
    } catch (JsonParseException e) {
      throw new StorageException(
          settingsFile(), "it is not the JSON that a run starts with: " + e.getMessage(), e);
    } catch (IOException e) {
      throw AtomicFiles.failure(settingsFile(), e);
    }
  }

  /**
   * The prompts, in the order of the file.
   *
   * @throws StorageException if a line is damaged or lacks what painting needs; the message names
   *     the line or the slot
   */
  public List<PromptRecord> prompts() {
    List<PromptRecord> prompts = JsonLines.read(promptsFile(), PromptRecord.class);
    Set<Integer> slots = new HashSet<>();
    for (PromptRecord prompt : prompts) {
      if (prompt.slot() < 0) {
        throw prompt(prompt, "has a negative number");
      }
      if (Objects.isNull(prompt.labels())
          || prompt.labels().isEmpty()
          || prompt.labels().stream().anyMatch(Objects::isNull)) {
        throw prompt(prompt, "has no labels, or an empty one among them");
      }
      if (Objects.isNull(prompt.text()) || prompt.text().isBlank()) {
        throw prompt(prompt, "has no text");
      }
      if (!slots.add(prompt.slot())) {
        throw prompt(prompt, "is there twice");
      }
    }
    return prompts;
  }

  private StorageException prompt(PromptRecord record, String problem) {
    return new StorageException(
        promptsFile(), "slot " + record.slot() + " " + problem + ". Mend that line.", null);
  }

  /**
   * The accepted images, by slot once the painting is complete.
   *
   * @throws StorageException if a line is damaged; the message names it
   */
  public List<ManifestEntry> manifest() {
    return JsonLines.read(manifestFile(), ManifestEntry.class);
  }

  /**
   * The other attempts, by slot and attempt once the painting is complete.
   *
   * @throws StorageException if a line is damaged; the message names it
   */
  public List<AttemptRecord> attempts() {
    return JsonLines.read(attemptsFile(), AttemptRecord.class);
  }
}
