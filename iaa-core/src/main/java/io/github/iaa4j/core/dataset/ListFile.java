package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.DatasetException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Text files of a data set, most of them with one entry a line. */
final class ListFile {

  private ListFile() {}

  /** The lines in order, without the space around them; blank ones stay, so that numbers fit. */
  static List<String> lines(Path file) {
    return text(file).lines().map(String::strip).toList();
  }

  /**
   * The whole text, without the byte order mark that Windows editors put at its start.
   *
   * @throws DatasetException if there is no such file, or it is not UTF-8 text
   */
  static String text(Path file) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes))
              .toString();
      // Every other byte of Western text is 0 in UTF-16, which is valid UTF-8 all the same.
      if (4 * text.chars().filter(c -> c == 0).count() > text.length()) {
        throw notUtf8(file, null);
      }
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (NoSuchFileException e) {
      throw new DatasetException(file, null, "there is no such file; check the path", e);
    } catch (CharacterCodingException e) {
      throw notUtf8(file, e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** The failure of a text file that is in another encoding. */
  static DatasetException notUtf8(Path file, @Nullable Exception cause) {
    return new DatasetException(
        file,
        null,
        "is not UTF-8 text, but perhaps UTF-16, GBK or Windows-1252; save it as UTF-8, such as with"
            + " iconv -f GBK -t UTF-8",
        cause);
  }

  /** The failure of a file that is there and cannot be read. */
  static DatasetException unreadable(Path file, IOException cause) {
    return new DatasetException(
        file,
        null,
        Files.isDirectory(file)
            ? "is a folder, but a file is expected here"
            : "cannot be read (" + cause.getMessage() + "); check its rights",
        cause);
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
