package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.DatasetException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** A small text file with one entry a line. */
final class ListFile {

  private ListFile() {}

  /** The lines in order, without the space around them; blank ones stay, so that numbers fit. */
  static List<String> lines(Path file) {
    try {
      List<String> lines = Files.readAllLines(file);
      // Windows editors put a byte order mark at the start.
      return lines.stream().map(line -> line.replace("\uFEFF", "").strip()).toList();
    } catch (NoSuchFileException e) {
      throw new DatasetException(file, null, "there is no such file; check the path", e);
    } catch (CharacterCodingException e) {
      throw new DatasetException(file, null, "is not UTF-8 text; save it as such", e);
    } catch (IOException e) {
      throw new DatasetException(
          file, null, "cannot be read (" + e.getMessage() + "); check its rights", e);
    }
  }

  /** Whether a text can stand on a line of its own and be read back from it as it is. */
  static boolean fitsALine(String text) {
    return !text.isEmpty()
        && text.equals(text.strip())
        && text.chars().noneMatch(Character::isISOControl);
  }

  /** Text from a file, made fit for a message: no control characters, at most 80 characters. */
  static String quoted(String text) {
    String shown = text.length() <= 80 ? text : text.substring(0, 80) + "…";
    return '"' + shown.replaceAll("\\p{Cntrl}", "?") + '"';
  }
}
