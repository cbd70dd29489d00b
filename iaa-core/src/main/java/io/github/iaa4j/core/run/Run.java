package io.github.iaa4j.core.run;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.dataset.DatasetNotice;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.internal.AtomicFiles;
import io.github.iaa4j.core.internal.FolderLock;
import io.github.iaa4j.core.internal.JsonFiles;
import io.github.iaa4j.core.internal.JsonLines;
import io.github.iaa4j.core.prompt.GenerationExperience;
import io.github.iaa4j.core.sampling.ModelNote;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A run's folder: the names of its files, and what is in them. The agent writes them, except for
 * the classifier, the comparison and the report, which are written by way of this class. Every file
 * is plain JSON or an image that people can open:
 *
 * <pre>
 * run.json         what the run was started with
 * notices.json     what was skipped or found to disagree in the real images' data set
 * model-notes.json what was guessed or replaced in the folder of the model that generated
 * prompts.jsonl    one line per slot
 * rewrites.jsonl   prompts that are being rewritten; deleted once all are in prompts.jsonl
 * rewriting.json   what rewrote prompts between two generation rounds
 * generation.json  what generated and filtered
 * images/          accepted images, PNG or JPEG
 * manifest.jsonl   one line per accepted image
 * attempts.jsonl   one line per attempt that was dropped, rejected or failed
 * rejected/        rejected images, where they are kept
 * dataset/         the accepted images as a VOC data set
 * classifier/      the filter's own classifier, where the command trained one
 * comparison.json  segmentation before and after, where it was measured
 * report.html      the report
 * .lock            held by whoever works on the run; empty
 * </pre>
 *
 * <p>Immutable and safe for use by many threads; each method reads its files on every call. Only
 * {@link #locked} keeps others from writing meanwhile.
 */
public final class Run {

  private final Path folder;

  private Run(Path folder) {
    this.folder = folder;
  }

  /**
   * Opens a run.
   *
   * @throws StorageException if the folder holds no run, or one in a different format
   */
  public static Run open(Path folder) {
    Run run = new Run(folder);
    if (!Files.isRegularFile(run.settingsFile())) {
      throw new StorageException(
          run.settingsFile(),
          "there is no such file, so this is not a run's folder. Write the prompts first.",
          null);
    }
    run.settings();
    return run;
  }

  /** The file that marks a folder as a run. */
  public static Path settingsFile(Path folder) {
    return folder.resolve("run.json");
  }

  /** The folder. */
  public Path folder() {
    return folder;
  }

  /** The run's settings file. */
  public Path settingsFile() {
    return settingsFile(folder);
  }

  /** The notices of the real images' data set. */
  public Path noticesFile() {
    return folder.resolve("notices.json");
  }

  /** The notes about the model that generated. */
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

  /** What rewrote prompts. */
  public Path rewritingFile() {
    return folder.resolve("rewriting.json");
  }

  /** What generated and filtered. */
  public Path generationFile() {
    return folder.resolve("generation.json");
  }

  /** The manifest. */
  public Path manifestFile() {
    return folder.resolve("manifest.jsonl");
  }

  /** The journal of attempts without an accepted image. */
  public Path attemptsFile() {
    return folder.resolve("attempts.jsonl");
  }

  /** The folder of the accepted images. */
  public Path images() {
    return folder.resolve("images");
  }

  /** The folder of the rejected images, where they are kept. */
  public Path rejected() {
    return folder.resolve("rejected");
  }

  /** The folder of the accepted images as a VOC data set, with the split {@code train}. */
  public Path dataset() {
    return folder.resolve("dataset");
  }

  /** The folder in which the next {@link #dataset()} is written, before it takes its place. */
  public Path nextDataset() {
    return folder.resolve("dataset.next");
  }

  /** The folder of the filter's own classifier, which {@code iaa generate} trains. */
  public Path classifier() {
    return folder.resolve("classifier");
  }

  /** The comparison of segmentation before and after. */
  public Path comparisonFile() {
    return folder.resolve("comparison.json");
  }

  /** The report. */
  public Path reportFile() {
    return folder.resolve("report.html");
  }

  /** An accepted image. */
  public Path image(ManifestEntry entry) {
    return folder.resolve(entry.file());
  }

  /** A rejected image, where it was kept. */
  public Optional<Path> image(AttemptRecord attempt) {
    return Optional.ofNullable(attempt.file()).map(folder::resolve);
  }

  /**
   * Works in the folder while no other process and no other thread does, as the agent's operations
   * do: for what the agent does not write, such as {@link #classifier()}.
   *
   * @param work returns its result; must not call an agent of this run, which locks the folder too
   * @throws StorageException if another process or thread is working on the run
   */
  @SuppressWarnings("try") // Nothing is asked of the lock but to be held.
  public <R> R locked(Supplier<R> work) {
    try (FolderLock lock = FolderLock.acquire(folder)) {
      return work.get();
    }
  }

  /**
   * How well segmentation worked without and with the run's images; empty where it was not
   * measured.
   *
   * @throws StorageException if the file is damaged
   */
  public Optional<Comparison> comparison() {
    Path file = comparisonFile();
    return Files.exists(file)
        ? Optional.of(JsonFiles.read(file, Comparison.class))
        : Optional.empty();
  }

  /**
   * Writes the comparison, in place of an earlier one.
   *
   * @throws StorageException if another process or thread is working on the run, or the file cannot
   *     be written; an earlier one is then still intact
   */
  public void writeComparison(Comparison comparison) {
    locked(
        () -> {
          JsonFiles.write(comparisonFile(), comparison);
          return comparison;
        });
  }

  /**
   * Writes the report, in place of an earlier one. Does not lock the folder: nothing reads the
   * report, and people want to see it while the run is in progress.
   *
   * @param html the whole page
   * @return the file
   * @throws StorageException if it cannot be written; an earlier one is then still intact
   */
  public Path writeReport(String html) {
    Path file = reportFile();
    AtomicFiles.write(file, html.getBytes(StandardCharsets.UTF_8));
    return file;
  }

  /**
   * What the run was started with.
   *
   * @throws StorageException if the file is damaged or in another format
   */
  public RunSettings settings() {
    Path file = settingsFile();
    JsonObject json = object(file);
    JsonElement format = json.get("format");
    if (format == null
        || !format.isJsonPrimitive()
        || !RunSettings.FORMAT.equals(format.getAsString())) {
      throw new StorageException(
          file,
          "its format is "
              + (format == null ? "not stated" : format)
              + ", and this version reads "
              + RunSettings.FORMAT
              + " alone. Finish the run with the version that wrote it, or start a new one in"
              + " another folder.",
          null);
    }
    return parse(file, json, RunSettings.class);
  }

  /**
   * What was skipped, left out or found to disagree in the data set of the real images, when
   * prompts were last written for it. Empty if nothing was.
   *
   * @throws StorageException if the file is damaged
   */
  public List<DatasetNotice> datasetNotices() {
    return JsonFiles.readList(noticesFile(), DatasetNotice[].class);
  }

  /**
   * What was guessed or replaced when the model that generated last was loaded. Empty if nothing
   * was.
   *
   * @throws StorageException if the file is damaged
   */
  public List<ModelNote> modelNotes() {
    return JsonFiles.readList(modelNotesFile(), ModelNote[].class);
  }

  /**
   * What generated and filtered the run's images.
   *
   * @throws StorageException if no image was generated yet, or the file is damaged
   */
  public GenerationSettings generationSettings() {
    Path file = generationFile();
    if (!Files.isRegularFile(file)) {
      throw new StorageException(
          file, "there is no such file. Generate images for the prompts first.", null);
    }
    return parse(file, object(file), GenerationSettings.class);
  }

  /**
   * What rewrote prompts between two generation rounds; empty where none were rewritten.
   *
   * @throws StorageException if the file is damaged
   */
  public Optional<PromptSettings> rewritingSettings() {
    Path file = rewritingFile();
    return Files.isRegularFile(file)
        ? Optional.of(parse(file, object(file), PromptSettings.class))
        : Optional.empty();
  }

  private static JsonObject object(Path file) {
    try {
      return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    } catch (JsonParseException | IllegalStateException e) {
      throw malformed(file, e);
    }
  }

  private static <T> T parse(Path file, JsonObject json, Class<T> type) {
    try {
      return JsonLines.GSON.fromJson(json, type);
    } catch (RuntimeException e) {
      // Gson passes on what a record's constructor throws, in a bare RuntimeException.
      throw malformed(file, e.getCause() instanceof RuntimeException cause ? cause : e);
    }
  }

  private static StorageException malformed(Path file, Exception e) {
    return new StorageException(
        file,
        "it is not the JSON object that a run writes there ("
            + e.getMessage()
            + "). Restore it from a copy, or start a new run in another folder.",
        e);
  }

  /**
   * The prompts, in the order of the file.
   *
   * @throws StorageException if a line is damaged or lacks what generating needs, or a slot has
   *     two; the message names the line or the slot
   */
  public List<PromptRecord> prompts() {
    List<PromptRecord> prompts = JsonLines.read(promptsFile(), new PromptLines());
    Set<Integer> slots = new HashSet<>();
    for (PromptRecord prompt : prompts) {
      if (!slots.add(prompt.slot())) {
        throw new StorageException(
            promptsFile(),
            "slot " + prompt.slot() + " occurs twice. Delete one of its lines.",
            null);
      }
    }
    return prompts;
  }

  /**
   * The prompts of a rewriting that is not finished; empty where there is none.
   *
   * @throws StorageException if a line is damaged or lacks what generating needs; the message names
   *     it
   */
  public List<PromptRecord> rewrites() {
    return JsonLines.read(rewritesFile(), new PromptLines());
  }

  /**
   * The accepted images, by slot once the generation is complete. Each slot has one at most, also
   * where the generation is under way or was killed: lines of images that were revoked or replaced
   * since are left out.
   *
   * @throws StorageException if a line of a journal is damaged; the message names it
   */
  public List<ManifestEntry> manifest() {
    return journals().manifest();
  }

  /**
   * The other attempts, by slot and attempt once the generation is complete. Each is there once, as
   * it ended; one whose rejected image is kept as a fallback is in the manifest alone.
   *
   * @throws StorageException if a line of a journal is damaged; the message names it
   */
  public List<AttemptRecord> attempts() {
    return journals().attempts();
  }

  /**
   * The {@link #manifest} and the other {@link #attempts} of one moment, for which the files are
   * read once.
   *
   * @throws StorageException if a line of a journal is damaged; the message names it
   */
  public Journals journals() {
    return Journals.read(manifestFile(), attemptsFile());
  }

  /**
   * What the run teaches about the model that generated: each prompt, how many attempts it cost and
   * why they were not accepted. In the order of slots and rounds.
   *
   * @throws StorageException if a line is damaged; the message names it
   */
  public GenerationExperience experience() {
    int attemptsInRound =
        Files.exists(generationFile()) ? generationSettings().attempts() : Integer.MAX_VALUE;
    Journals journals = journals();
    return EndedAttempt.experience(journals.manifest(), journals.attempts(), attemptsInRound);
  }
}
