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
 * A text with places to fill in, written <code>{{name}}</code>. Single braces mean nothing, so JSON
 * can stand in a template as it is, and what is filled in is not looked at again.
 */
public final class Template {

  private static final Pattern PLACE = Pattern.compile("\\{\\{(\\w+)}}");

  private final String text;

  private Template(String text) {
    this.text = text;
  }

  /** The template of that name from this package's {@code templates} folder. */
  public static Template load(String name) {
    return new Template(resource(name));
  }

  /** The lines of a list from the same folder. */
  public static List<String> lines(String name) {
    return resource(name).lines().filter(line -> !line.isBlank()).map(String::strip).toList();
  }

  /**
   * @throws IllegalArgumentException if a place has no value
   */
  public String fill(Map<String, String> values) {
    return PLACE
        .matcher(text)
        .replaceAll(
            place -> {
              String value = values.get(place.group(1));
              if (value == null) {
                throw new IllegalArgumentException("no value for {{" + place.group(1) + "}}");
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
