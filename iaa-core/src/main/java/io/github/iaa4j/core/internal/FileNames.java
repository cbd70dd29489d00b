package io.github.iaa4j.core.internal;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Which names this JVM can give to files. Under a locale without UTF-8, such as the one of a bare
 * container, a name such as {@code 猫} can neither be opened nor written.
 */
public final class FileNames {

  private static final Charset ENCODING = encoding();

  /** What takes the place of bytes that are no text. */
  private static final char REPLACEMENT = '\uFFFD';

  private static final String REMEDY =
      "; set a UTF-8 locale, such as LC_ALL=C.UTF-8, and start it again";

  private FileNames() {}

  private static Charset encoding() {
    String name = System.getProperty("sun.jnu.encoding", "UTF-8");
    return Charset.isSupported(name) ? Charset.forName(name) : StandardCharsets.UTF_8;
  }

  /**
   * What keeps a text from being a file's name, and the remedy.
   *
   * @param name a name, or a part of one
   * @return one sentence without a full stop, or null where nothing does
   */
  public static @Nullable String fault(String name) {
    if (name.indexOf(REPLACEMENT) >= 0) {
      return "the name \""
          + name
          + "\" is not text in the encoding of this process's locale, "
          + ENCODING
          + REMEDY
          + ", or rename the file";
    }
    return ENCODING.newEncoder().canEncode(name)
        ? null
        : "the name \""
            + name
            + "\" cannot name a file in this process, whose locale has the encoding "
            + ENCODING
            + REMEDY;
  }
}
