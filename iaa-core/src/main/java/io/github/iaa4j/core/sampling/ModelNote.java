package io.github.iaa4j.core.sampling;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Something that a model's folder does not state, or states in an unusual way, and what was
 * assumed. The model works; if its images look wrong, this shows what was guessed.
 *
 * @param file the file that does not state it
 * @param field the config key or tensor name, or null if it is the whole file
 * @param found what the file has, such as "missing"
 * @param taken what is used instead
 */
public record ModelNote(String file, @Nullable String field, String found, String taken) {

  /** A note about a file on this machine. */
  public ModelNote(Path file, @Nullable String field, String found, String taken) {
    this(file.toString(), field, found, taken);
  }

  /** The note in one line, for people. */
  @Override
  public String toString() {
    return file + (field == null ? "" : " (" + field + ")") + ": " + found + ". Taken: " + taken;
  }
}
