package io.github.iaa4j.llm.internal.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text with placeholders, written <code>{{name}}</code>. Single braces mean nothing, so a
 * template may contain JSON as it is, and values are not searched for placeholders.
 */
public final class Template {

  private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{(\\w+)}}");

  private final String text;

  private Template(String text) {
    this.text = text;
  }

  /** The template of that name in the {@code templates} folder. */
  public static Template load(String name) {
    return new Template(resource(name));
  }

  /** The lines of a list in the same folder. */
  public static List<String> lines(String name) {
    return resource(name).lines().filter(line -> !line.isBlank()).map(String::strip).toList();
  }

  /**
   * Replaces the placeholders.
   *
   * @throws IllegalArgumentException if a placeholder has no value
   */
  public String fill(Map<String, String> values) {
    return PLACEHOLDER
        .matcher(text)
        .replaceAll(
            match -> {
              String value = values.get(match.group(1));
              if (value == null) {
                throw new IllegalArgumentException("no value for {{" + match.group(1) + "}}");
              }
              return Matcher.quoteReplacement(value);
            });
  }

  private static String resource(String name) {
    try (InputStream in =
        Template.class.getResourceAsStream("/io/github/iaa4j/llm/templates/" + name)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks templates/" + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
