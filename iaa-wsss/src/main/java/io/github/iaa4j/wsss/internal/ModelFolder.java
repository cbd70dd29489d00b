package io.github.iaa4j.wsss.internal;

import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.internal.AtomicFiles;
import io.github.iaa4j.core.internal.Sha256;
import io.github.iaa4j.onnx.internal.Remedies;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The three files of a model. A training also has its checkpoint there until it is done, and a
 * lock.
 *
 * @param classifier the bytes of {@code classifier.onnx}
 * @param segmenter the bytes of {@code segmenter.onnx}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ModelFolder(ModelCard card, byte[] classifier, byte[] segmenter) {

  /** The classifier's file name. */
  public static final String CLASSIFIER = "classifier.onnx";

  /** The segmenter's file name. */
  public static final String SEGMENTER = "segmenter.onnx";

  /** The file of a training that is not done; it is deleted when the model is complete. */
  public static final String CHECKPOINT = "checkpoint";

  /** What a message about a network asks its reader to do. */
  public static final Remedies REMEDIES = Remedies.always("Train the model again.");

  /** The file name of the model's description. */
  public static final String CARD = "model.json";

  /**
   * Creates the folder of a model, so that a training does not find out at its end that it cannot
   * be written.
   *
   * @throws StorageException if it cannot
   */
  public static void create(Path folder) {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new StorageException(
          folder,
          "this is a file, but the folder of the model is to be there. Name another folder, or move"
              + " the file away.",
          null);
    }
    try {
      Files.createDirectories(folder);
      if (!Files.isWritable(folder)) {
        throw new AccessDeniedException(folder.toString());
      }
    } catch (IOException e) {
      throw AtomicFiles.failure(folder, e);
    }
  }

  /**
   * Writes a model. The description appears last and states the others' checksums, so that a folder
   * whose writing was interrupted is detected. A full disk leaves an earlier model as it was.
   *
   * @throws StorageException if a file cannot be written
   */
  public static void write(Path folder, byte[] classifier, byte[] segmenter, ModelCard card) {
    Map<Path, byte[]> files = new LinkedHashMap<>();
    files.put(folder.resolve(CLASSIFIER), classifier);
    files.put(folder.resolve(SEGMENTER), segmenter);
    files.put(folder.resolve(CARD), card.toJson().getBytes(StandardCharsets.UTF_8));
    AtomicFiles.writeTogether(files);
  }

  /** Whether the description, which is written last, is there. */
  public static boolean isPresent(Path folder) {
    return Files.isRegularFile(folder.resolve(CARD));
  }

  /**
   * Reads a model.
   *
   * @throws ModelException if a file is missing, or is not the one that was written with the others
   */
  public static ModelFolder read(Path folder) {
    Path cardFile = folder.resolve(CARD);
    ModelCard card = ModelCard.parse(cardFile, new String(bytes(cardFile), StandardCharsets.UTF_8));
    byte[] classifier = bytes(folder.resolve(CLASSIFIER));
    byte[] segmenter = bytes(folder.resolve(SEGMENTER));
    verify(folder.resolve(CLASSIFIER), classifier, card.classifierSha256());
    verify(folder.resolve(SEGMENTER), segmenter, card.segmenterSha256());
    return new ModelFolder(card, classifier, segmenter);
  }

  private static void verify(Path file, byte[] bytes, String expected) {
    String found = Sha256.hex(bytes);
    if (!found.equals(expected)) {
      throw new ModelException(
          file,
          null,
          "has the SHA-256 "
              + found
              + ", but "
              + CARD
              + " says "
              + expected
              + ". The file is damaged or from another training; train the model again.",
          null);
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new ModelException(
          file,
          null,
          "is missing. A model folder has "
              + CLASSIFIER
              + ", "
              + SEGMENTER
              + " and "
              + CARD
              + "; train the model again, or name the right folder.",
          e);
    } catch (IOException e) {
      throw new ModelException(file, null, "cannot be read: " + e.getMessage(), e);
    }
  }
}
