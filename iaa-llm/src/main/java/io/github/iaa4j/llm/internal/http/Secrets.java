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
 * Redacts the key and the values of headers and of the query. Some servers quote them back, and in
 * JSON and addresses each character has several spellings.
 */
final class Secrets {

  /** Shorter values may be ordinary words: in errors they are redacted as whole words only. */
  private static final int MIN_LONG = 8;

  /** A value this long does not appear in an answer by chance. */
  private static final int MIN_UNLIKELY = 16;

  /** Shorter parts of a value are ordinary words, such as the name of a scheme. */
  private static final int MIN_PART = 4;

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
    this.keyInAnswers = key.length() < MIN_LONG ? null : Pattern.compile(spellings(key));
    List<String> longestFirst =
        values.stream()
            .filter(value -> !value.isBlank())
            .distinct()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
    this.inErrors = anyOf(longestFirst.stream().map(Secrets::inErrors));
    this.inAnswers =
        anyOf(longestFirst.stream().filter(Secrets::isUnlikely).map(Secrets::spellings));
  }

  /**
   * A header's value and the parts of it that a server may quote on their own: what follows a
   * scheme ("Bearer"), the values of cookies and parameters, and the password of Basic.
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
        .filter(part -> part.equals(value) || part.length() >= MIN_PART)
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

  /** A pattern of a value; a short one matches only as a whole word. */
  private static String inErrors(String value) {
    String spellings = spellings(value);
    return value.length() >= MIN_LONG
        ? spellings
        : "(?<![\\p{L}\\p{N}])" + spellings + "(?![\\p{L}\\p{N}])";
  }

  /** Whether a value is not in an answer by chance, as "background" in a header would be. */
  private static boolean isUnlikely(String value) {
    return value.length() >= MIN_UNLIKELY
        || (value.length() >= MIN_LONG && LETTER_AND_DIGIT.matcher(value).matches());
  }

  private static @Nullable Pattern anyOf(Stream<String> patterns) {
    String any = patterns.collect(Collectors.joining("|"));
    return any.isEmpty() ? null : Pattern.compile(any);
  }

  /** A text of the model without the secrets that are not there by chance. */
  private String redactAnswer(String text) {
    return redact(text, keyInAnswers, inAnswers);
  }

  /** An answer of the model without such secrets. */
  ChatAnswer redact(ChatAnswer answer) {
    return new ChatAnswer(
        redactAnswer(answer.text()),
        redactAnswer(answer.finishReason()),
        answer.promptTokens(),
        answer.completionTokens(),
        redactAnswer(answer.refusal()));
  }

  /** A text for people, without any secret. */
  String redact(String text) {
    return redact(text, keyInErrors, inErrors);
  }

  private static String redact(String text, @Nullable Pattern key, @Nullable Pattern others) {
    String redacted = key == null ? text : key.matcher(text).replaceAll("[key]");
    return others == null ? redacted : others.matcher(redacted).replaceAll("[secret]");
  }

  /** The headers of a reply by name in lower case, without those that hold secrets. */
  Map<String, List<String>> redact(Headers headers) {
    Map<String, List<String>> redacted = new TreeMap<>();
    for (Map.Entry<String, List<String>> header : headers.toMultimap().entrySet()) {
      String name = redact(header.getKey().toLowerCase(Locale.ROOT));
      if (!SECRET_HEADERS.contains(name)) {
        redacted.put(name, header.getValue().stream().map(this::redact).toList());
      }
    }
    return redacted;
  }

  /** The failure itself if no message in it reveals a secret, or a redacted copy. */
  Throwable redact(Throwable failure) {
    return reveals(failure, 0) ? redactedCopy(failure) : failure;
  }

  private boolean reveals(@Nullable Throwable failure, int depth) {
    if (failure == null) {
      return false;
    }
    String text = failure.toString();
    if (depth > 50 || !redact(text).equals(text) || reveals(failure.getCause(), depth + 1)) {
      return true;
    }
    for (Throwable suppressed : failure.getSuppressed()) {
      if (reveals(suppressed, depth + 1)) {
        return true;
      }
    }
    return false;
  }

  private Throwable redactedCopy(Throwable failure) {
    IOException redacted = new IOException(redact(failure.toString()));
    redacted.setStackTrace(failure.getStackTrace());
    return redacted;
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
