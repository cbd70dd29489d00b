package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.llm.chat.ChatAnswer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/**
 * What must not be told: the key, and the values of headers and of the query. Some servers quote
 * them back, and JSON and addresses have several spellings of each character.
 */
public final class Secrets {

  /** Shorter values are words like any other: errors are freed of them as whole words. */
  private static final int LEAST_LONG = 8;

  /** Nobody writes so many characters by chance. */
  private static final int LEAST_UNLIKELY = 16;

  /** Shorter parts of a value are words like any other, such as the name of a scheme. */
  private static final int LEAST_PART = 4;

  private static final Pattern WORD = Pattern.compile("[^\\s,;]+");

  private static final Pattern LETTER_AND_DIGIT =
      Pattern.compile("(?=.*\\p{L})(?=.*\\p{N}).*", Pattern.DOTALL);

  private static final Set<String> SECRET_HEADERS =
      Set.of(
          "set-cookie",
          "set-cookie2",
          "cookie",
          "authorization",
          "proxy-authorization",
          "authentication-info",
          "proxy-authentication-info");

  private final @Nullable Pattern keyInAnswers;
  private final @Nullable Pattern keyInErrors;
  private final @Nullable Pattern inAnswers;
  private final @Nullable Pattern inErrors;

  /**
   * @param key the key, or empty
   * @param values of headers and of the query
   */
  Secrets(String key, Collection<String> values) {
    this.keyInErrors = key.isEmpty() ? null : Pattern.compile(spellings(key));
    this.keyInAnswers = key.length() < LEAST_LONG ? null : Pattern.compile(spellings(key));
    List<String> told =
        values.stream()
            .filter(value -> !value.isBlank())
            .distinct()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
    this.inErrors = anyOf(told.stream().map(Secrets::inErrors));
    this.inAnswers = anyOf(told.stream().filter(Secrets::isUnlikely).map(Secrets::spellings));
  }

  /**
   * A header's value and what in it a server may quote by itself: what follows a scheme ("Bearer"),
   * the values of cookies and parameters, and the password of Basic.
   */
  static List<String> parts(String value) {
    List<String> parts = new ArrayList<>(List.of(value));
    List<String> words = WORD.matcher(value).results().map(MatchResult::group).toList();
    for (int i = 0; i < words.size(); i++) {
      int equals = words.get(i).indexOf('=');
      boolean isPair = equals > 0 && !words.get(i).substring(equals).matches("=+");
      if (isPair) {
        parts.add(words.get(i).substring(equals + 1).replaceAll("^\"|\"$", ""));
      }
      if (i > 0 && !isPair) {
        parts.add(words.get(i));
      }
    }
    if (words.size() == 2) {
      parts.add(words.get(1));
      if (words.get(0).equalsIgnoreCase("Basic")) {
        parts.addAll(decoded(words.get(1)));
      }
    }
    return parts.stream()
        .filter(part -> part.equals(value) || part.length() >= LEAST_PART)
        .distinct()
        .toList();
  }

  private static List<String> decoded(String base64) {
    try {
      String login = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
      return List.of(login, login.substring(login.indexOf(':') + 1));
    } catch (IllegalArgumentException e) {
      return List.of();
    }
  }

  /** A pattern of a value; a short one counts only where it is a word. */
  private static String inErrors(String value) {
    String spellings = spellings(value);
    return value.length() >= LEAST_LONG
        ? spellings
        : "(?<![\\p{L}\\p{N}])" + spellings + "(?![\\p{L}\\p{N}])";
  }

  /** Whether a value in an answer is no chance: "background" in a header is a word of prompts. */
  private static boolean isUnlikely(String value) {
    return value.length() >= LEAST_UNLIKELY
        || (value.length() >= LEAST_LONG && LETTER_AND_DIGIT.matcher(value).matches());
  }

  private static @Nullable Pattern anyOf(Stream<String> patterns) {
    String any = patterns.collect(Collectors.joining("|"));
    return any.isEmpty() ? null : Pattern.compile(any);
  }

  /** An answer of the model without secrets that nobody writes by chance. */
  private String freeAnswer(String text) {
    return free(text, keyInAnswers, inAnswers);
  }

  /** The same for an answer that was read. */
  ChatAnswer free(ChatAnswer answer) {
    return new ChatAnswer(
        freeAnswer(answer.text()),
        freeAnswer(answer.finishReason()),
        answer.promptTokens(),
        answer.completionTokens(),
        freeAnswer(answer.refusal()));
  }

  /** A text for people without any secret. */
  String free(String text) {
    return free(text, keyInErrors, inErrors);
  }

  private static String free(String text, @Nullable Pattern key, @Nullable Pattern others) {
    String free = key == null ? text : key.matcher(text).replaceAll("[key]");
    return others == null ? free : others.matcher(free).replaceAll("[secret]");
  }

  /** The headers of an answer by name in lower case, but for those that hold secrets. */
  Map<String, List<String>> free(Headers headers) {
    Map<String, List<String>> free = new TreeMap<>();
    for (Map.Entry<String, List<String>> header : headers.toMultimap().entrySet()) {
      String name = free(header.getKey().toLowerCase(Locale.ROOT));
      if (!SECRET_HEADERS.contains(name)) {
        free.put(name, header.getValue().stream().map(this::free).toList());
      }
    }
    return free;
  }

  /** The failure itself where no message in it tells a secret, or what can be said of it. */
  Throwable free(Throwable failure) {
    return tells(failure, 0) ? stripped(failure) : failure;
  }

  private boolean tells(@Nullable Throwable failure, int depth) {
    if (failure == null) {
      return false;
    }
    String text = failure.toString();
    if (depth > 50 || !free(text).equals(text) || tells(failure.getCause(), depth + 1)) {
      return true;
    }
    for (Throwable suppressed : failure.getSuppressed()) {
      if (tells(suppressed, depth + 1)) {
        return true;
      }
    }
    return false;
  }

  private Throwable stripped(Throwable failure) {
    IOException stripped = new IOException(free(failure.toString()));
    stripped.setStackTrace(failure.getStackTrace());
    return stripped;
  }

  /** A pattern of a text in JSON and in addresses: each character has several spellings. */
  private static String spellings(String text) {
    StringBuilder pattern = new StringBuilder("(?:");
    text.codePoints()
        .forEach(
            c -> {
              String plain = Character.toString(c);
              pattern.append("(?:").append(Pattern.quote(plain));
              pattern.append('|');
              plain
                  .chars()
                  .forEach(
                      unit ->
                          pattern
                              .append("\\\\u(?i:")
                              .append(String.format(Locale.ROOT, "%04x", unit))
                              .append(')'));
              pattern.append('|');
              for (byte octet : plain.getBytes(StandardCharsets.UTF_8)) {
                pattern.append("%(?i:").append(String.format(Locale.ROOT, "%02x", octet & 0xff));
                pattern.append(')');
              }
              if (c == '/' || c == '"' || c == '\\') {
                pattern.append('|').append(Pattern.quote("\\" + plain));
              }
              pattern.append(')');
            });
    return pattern.append(')').toString();
  }
}
