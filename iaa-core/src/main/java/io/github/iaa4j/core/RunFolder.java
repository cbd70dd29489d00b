package io.github.iaa4j.core;

import io.github.iaa4j.core.dataset.DatasetNotice;
import io.github.iaa4j.core.dataset.ImageEncoding;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.internal.AtomicFiles;
import io.github.iaa4j.core.internal.FolderLock;
import io.github.iaa4j.core.internal.Folders;
import io.github.iaa4j.core.internal.JsonFiles;
import io.github.iaa4j.core.internal.JsonLines;
import io.github.iaa4j.core.internal.Sha256;
import io.github.iaa4j.core.run.AttemptRecord;
import io.github.iaa4j.core.run.GenerationSettings;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.ManifestEntry.StoredImage;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.PromptSettings;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.run.RunSettings;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.ModelNote;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes what the agent produces into a run's folder. {@link Run} names the files and reads them;
 * this locks the folder, writes every file whole or a line at a time, and deletes what no journal
 * names.
 */
final class RunFolder {

  /** Images as {@link #fileName} names them, and what a kill left of one. */
  private static final Pattern IMAGE = Pattern.compile("[.]?\\d{6,}-\\d+[.](png|jpg)([.]tmp)?");

  private final Path path;

  /** Used by one thread at a time: whoever works on the run. */
  private @Nullable Run opened;

  RunFolder(Path path) {
    this.path = path;
  }

  Path path() {
    return path;
  }

  /** Whether the folder holds a run. */
  boolean isStarted() {
    return Files.isRegularFile(Run.settingsFile(path));
  }

  /**
   * The run, to read.
   *
   * @throws StorageException if there is none, or one in another format
   */
  Run run() {
    if (opened == null) {
      opened = Run.open(path);
    }
    return opened;
  }

  /**
   * Locks the folder against other processes and other threads, and makes it if need be.
   *
   * @return closed to unlock
   * @throws StorageException if it is locked
   */
  FolderLock lock() {
    return FolderLock.acquire(path);
  }

  void writeSettings(RunSettings settings) {
    JsonFiles.write(Run.settingsFile(path), settings);
  }

  /** Writes the run's settings with other ones for its prompts. */
  void writePromptSettings(PromptSettings prompts) {
    writeSettings(run().settings().withPrompts(prompts));
  }

  void writeGenerationSettings(GenerationSettings settings) {
    JsonFiles.write(run().generationFile(), settings);
  }

  void writeRewritingSettings(PromptSettings settings) {
    JsonFiles.write(run().rewritingFile(), settings);
  }

  void writeNotices(List<DatasetNotice> notices) {
    writeUnlessNeverAny(run().noticesFile(), notices);
  }

  void writeModelNotes(List<ModelNote> notes) {
    writeUnlessNeverAny(run().modelNotesFile(), notes);
  }

  /** A file exists where there is, or was, something to report. */
  private static void writeUnlessNeverAny(Path file, List<?> notes) {
    if (!notes.isEmpty() || Files.exists(file)) {
      JsonFiles.write(file, notes);
    }
  }

  JsonLines<PromptRecord> appendPrompts() {
    return JsonLines.append(run().promptsFile(), PromptRecord.class);
  }

  void replacePrompts(List<PromptRecord> prompts) {
    JsonLines.rewrite(run().promptsFile(), prompts);
  }

  JsonLines<PromptRecord> appendRewrites() {
    return JsonLines.append(run().rewritesFile(), PromptRecord.class);
  }

  void deleteRewrites() {
    Path file = run().rewritesFile();
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  JsonLines<ManifestEntry> appendManifest() {
    return JsonLines.append(run().manifestFile(), ManifestEntry.class);
  }

  JsonLines<AttemptRecord> appendAttempts() {
    return JsonLines.append(run().attemptsFile(), AttemptRecord.class);
  }

  void replaceManifest(List<ManifestEntry> manifest) {
    JsonLines.rewrite(run().manifestFile(), manifest);
  }

  void replaceAttempts(List<AttemptRecord> attempts) {
    JsonLines.rewrite(run().attemptsFile(), attempts);
  }

  /** Stores an accepted image. */
  StoredImage writeImage(GenerationJob job, ImageEncoding encoding, byte[] bytes) {
    return writeImage(fileName(job, encoding), bytes);
  }

  private StoredImage writeImage(String name, byte[] bytes) {
    return new StoredImage(write(run().images(), name, bytes), Sha256.hex(bytes));
  }

  /**
   * Stores a rejected image.
   *
   * @return its path in the folder
   */
  String writeRejected(GenerationJob job, ImageEncoding encoding, byte[] bytes) {
    return write(run().rejected(), fileName(job, encoding), bytes);
  }

  /** Writes a file, and returns its path in the run's folder. */
  private static String write(Path folder, String name, byte[] bytes) {
    AtomicFiles.write(folder.resolve(name), bytes);
    return folder.getFileName() + "/" + name;
  }

  private static String fileName(GenerationJob job, ImageEncoding encoding) {
    return String.format(
        Locale.ROOT, "%06d-%d.%s", job.slot(), job.attempt(), encoding.extension());
  }

  /** Copies a rejected image to the accepted ones. */
  StoredImage acceptRejected(Path rejected) {
    return writeImage(rejected.getFileName().toString(), read(rejected));
  }

  /**
   * Copies an accepted image to the rejected ones.
   *
   * @return its path in the folder
   */
  String rejectAccepted(Path image) {
    return write(run().rejected(), image.getFileName().toString(), read(image));
  }

  /**
   * The bytes of an accepted image.
   *
   * @throws StorageException if they are not those that the manifest names
   */
  byte[] readImage(ManifestEntry entry) {
    Path file = run().image(entry);
    byte[] bytes = read(file);
    if (!Sha256.hex(bytes).equals(entry.sha256())) {
      throw new StorageException(
          file,
          "its checksum is not the one in manifest.jsonl, so it was changed or damaged. Delete it"
              + " and run again: it will be generated again.",
          null);
    }
    return bytes;
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  /**
   * Deletes the images that no journal names: of duplicates, of edited prompts, of a kill before
   * its line.
   *
   * @param named paths in the folder
   */
  void deleteImagesExcept(Collection<String> named) {
    Set<String> kept = new HashSet<>(named);
    for (Path images : List.of(run().images(), run().rejected())) {
      if (!Files.isDirectory(images)) {
        continue;
      }
      try (Stream<Path> files = Files.list(images)) {
        for (Path file : files.toList()) {
          String image = file.getFileName().toString();
          if (IMAGE.matcher(image).matches()
              && !kept.contains(images.getFileName() + "/" + image)) {
            Files.delete(file);
          }
        }
      } catch (IOException e) {
        throw AtomicFiles.failure(images, e);
      }
    }
  }

  /** An empty folder beside the augmented data set, for the next one. */
  Path nextDataset() {
    Path next = run().nextDataset();
    try {
      Folders.delete(next);
    } catch (IOException e) {
      throw AtomicFiles.failure(next, e);
    }
    return next;
  }

  /** Puts the next augmented data set in the place of the last one. */
  void replaceDataset(Path next) {
    Path dataset = run().dataset();
    try {
      Folders.replace(dataset, next);
    } catch (IOException e) {
      throw AtomicFiles.failure(dataset, e);
    }
  }
}
