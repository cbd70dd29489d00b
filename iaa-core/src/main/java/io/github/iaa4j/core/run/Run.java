package io.github.iaa4j.core.run;

import com.google.gson.JsonParseException;
import io.github.iaa4j.core.dataset.DatasetNotice;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.internal.AtomicFiles;
import io.github.iaa4j.core.internal.JsonLines;
import io.github.iaa4j.core.prompt.GeneratedPrompt;
import io.github.iaa4j.core.prompt.GenerationExperience;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.run.AttemptRecord.Outcome;
import io.github.iaa4j.core.sampling.ModelNote;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A run's folder, read. Every file in it is plain JSON or an image that people can open:
 *
 * <pre>
 * run.json         what the run was started with
 * notices.json     what was passed over or found to disagree in the real images' data set
 * model-notes.json what was guessed or replaced in the folder of the model that painted
 * prompts.jsonl    one line a slot
 * rewrites.jsonl   prompts that are being rewritten; gone once they all stand in prompts.jsonl
 * images/          accepted images, PNG
 * manifest.jsonl   one line an accepted image
 * attempts.jsonl   one line an attempt that was dropped, rejected or failed
 * rejected/        rejected images, where they are kept
 * dataset/         the accepted images as a VOC data set
 * </pre>
 */
public final class Run {

  private static final Pattern SIDE_ISSUES = Pattern.compile("^at step \\d+: | \\(\\d[.]\\d+\\)");

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

  /** The notices of the real images' data set. */
  public Path noticesFile() {
    return folder.resolve("notices.json");
  }

  /** The notes about the model that painted. */
  public Path modelNotesFile() {
    return folder.resolve("model-notes.json");
  }

  /** The prompts' file. */
  public Path promptsFile() {
    return folder.resolve("prompts.jsonl");
  }

  /** The journal of a rewriting that is not finished. */
  public Path rewritesFile() {
    return folder.resolve("rewrites.jsonl");
  }

  /** The manifest. */
  public Path manifestFile() {
    return folder.resolve("manifest.jsonl");
  }

  /** The journal of attempts without an accepted image. */
  public Path attemptsFile() {
    return folder.resolve("attempts.jsonl");
  }

  private Path generationFile() {
    return folder.resolve("painting.json");
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
   * What was passed over, left out or found to disagree in the data set of the real images, when
   * prompts were last written for it. Empty where nothing was, or the run is older than notices.
   *
   * @throws StorageException if the file is damaged
   */
  public List<DatasetNotice> datasetNotices() {
    return List.of(list(noticesFile(), DatasetNotice[].class, new DatasetNotice[0]));
  }

  /**
   * What was guessed or replaced when the model was loaded that painted last. Empty where nothing
   * was.
   *
   * @throws StorageException if the file is damaged
   */
  public List<ModelNote> modelNotes() {
    return List.of(list(modelNotesFile(), ModelNote[].class, new ModelNote[0]));
  }

  private static <T> T[] list(Path file, Class<T[]> type, T[] none) {
    if (!Files.isRegularFile(file)) {
      return none;
    }
    try {
      T[] all = JsonLines.GSON.fromJson(Files.readString(file), type);
      return all == null ? none : all;
    } catch (JsonParseException e) {
      throw new StorageException(file, "it is not the JSON that a run writes. Delete it.", e);
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  /**
   * What the run's images were painted with.
   *
   * @throws StorageException if nothing was painted yet, or the file is damaged
   */
  public GenerationSettings generationSettings() {
    Path file = generationFile();
    if (!Files.isRegularFile(file)) {
      throw new StorageException(file, "there is no such file. Paint the prompts first.", null);
    }
    try {
      GenerationSettings settings =
          JsonLines.GSON.fromJson(Files.readString(file), GenerationSettings.class);
      if (settings != null && settings.attempts() > 0) {
        return settings;
      }
      throw new StorageException(
          file, "it names no attempts. Delete it and paint again with the same settings.", null);
    } catch (JsonParseException e) {
      throw new StorageException(
          file, "it is not the JSON that painting begins with: " + e.getMessage(), e);
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
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

  /**
   * What the run teaches about its painter: each prompt that was painted, how many attempts it cost
   * and why they were not accepted. In the order of slots and rounds.
   *
   * @throws StorageException if a line is damaged; the message names it
   */
  public GenerationExperience experience() {
    int attemptsARound =
        Files.exists(generationFile()) ? generationSettings().attempts() : Integer.MAX_VALUE;
    List<Ended> all = new ArrayList<>();
    for (ManifestEntry entry : manifest()) {
      Prompt prompt = new Prompt(entry.prompt(), entry.negativePrompt());
      boolean accepted = !entry.lastResort();
      all.add(
          new Ended(
              entry.slot(),
              entry.attempt(),
              entry.attempt() / attemptsARound,
              entry.labels(),
              prompt,
              accepted,
              null,
              null,
              entry.functionEvaluations()));
    }
    for (AttemptRecord attempt : attempts()) {
      Prompt prompt = new Prompt(attempt.prompt(), attempt.negativePrompt());
      all.add(
          new Ended(
              attempt.slot(),
              attempt.attempt(),
              attempt.attempt() / attemptsARound,
              attempt.labels(),
              prompt,
              false,
              attempt.outcome(),
              attempt.reason(),
              attempt.functionEvaluations()));
    }
    all.sort(Comparator.comparingInt(Ended::slot).thenComparingInt(Ended::attempt));
    List<GeneratedPrompt> painted = new ArrayList<>();
    for (int from = 0, to; from < all.size(); from = to) {
      to = from + 1;
      while (to < all.size() && all.get(from).hasPromptOf(all.get(to))) {
        to++;
      }
      painted.add(painted(all.subList(from, to)));
    }
    return GenerationExperience.of(painted);
  }

  private static GeneratedPrompt painted(List<Ended> attempts) {
    Map<String, Integer> reasons = new TreeMap<>();
    for (Ended attempt : attempts) {
      boolean judged =
          attempt.outcome() == Outcome.REJECTED || attempt.outcome() == Outcome.DROPPED;
      if (judged && attempt.reason() != null) {
        // When a preview said it, and how sure it was, would tell equal reasons apart.
        String reason = SIDE_ISSUES.matcher(attempt.reason()).replaceAll("");
        reasons.merge(reason, 1, Integer::sum);
      }
    }
    Ended last = attempts.get(attempts.size() - 1);
    return new GeneratedPrompt(
        last.slot(),
        last.round(),
        last.labels(),
        last.prompt(),
        attempts.size(),
        attempts.stream().anyMatch(Ended::accepted),
        attempts.stream().mapToLong(Ended::functionEvaluations).sum(),
        reasons,
        count(attempts, Outcome.DUPLICATE),
        count(attempts, Outcome.FAILED));
  }

  private static int count(List<Ended> attempts, Outcome outcome) {
    return (int) attempts.stream().filter(attempt -> attempt.outcome() == outcome).count();
  }

  /** An attempt that is over; one whose image was kept has neither outcome nor reason. */
  private record Ended(
      int slot,
      int attempt,
      int round,
      List<String> labels,
      Prompt prompt,
      boolean accepted,
      @Nullable Outcome outcome,
      @Nullable String reason,
      int functionEvaluations) {

    boolean hasPromptOf(Ended other) {
      return slot == other.slot
          && round == other.round
          && labels.equals(other.labels)
          && prompt.equals(other.prompt);
    }
  }
}
