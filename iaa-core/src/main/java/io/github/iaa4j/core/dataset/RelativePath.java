package io.github.iaa4j.core.dataset;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.regex.Pattern;

/** Names of files that a data set's own files give, and that must not lead out of its folder. */
final class RelativePath {

  /** Begins a path of Windows. */
  private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:");

  private RelativePath() {}

  /** Whether a name with {@code /} between its parts stays inside any folder it is put under. */
  static boolean staysInside(String name) {
    if (name.isEmpty()
        || name.chars().anyMatch(c -> c < ' ' || c == '\\')
        || DRIVE.matcher(name).lookingAt()) {
      return false;
    }
    for (String part : name.split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        return false;
      }
    }
    try {
      return !Path.of(name).isAbsolute();
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** The name without its extension. */
  static String withoutExtension(String name) {
    int dot = name.lastIndexOf('.');
    return dot > name.lastIndexOf('/') + 1 ? name.substring(0, dot) : name;
  }

  /** macOS takes letters and their accents apart in names; one class must not become two. */
  static String composed(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFC);
  }
}
