package io.github.iaa4j.llm.internal.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/**
 * How long a server asks its clients to wait: in {@code retry-after-ms} and {@code Retry-After},
 * and when it is busy also in fields of the body (Google's {@code retryDelay}, Hugging Face's
 * {@code estimated_time}), in words ("try again in 1m2.5s"), or by the time at which a limit is
 * reset ({@code x-ratelimit-reset-tokens}, as OpenAI, Groq, Azure and Anthropic each write it).
 */
final class RetryAfter {

  private static final Set<String> FIELDS =
      Set.of("retrydelay", "retry_delay", "retry_after", "retryafter", "estimated_time");
  private static final int MAX_DEPTH = 8;
  private static final int MAX_LENGTH = 20_000;
  private static final double EPOCH_MILLIS = 1e11;
  private static final double EPOCH_SECONDS = 1e9;

  private static final String AMOUNT =
      "\\d+(?:\\.\\d+)?\\s*(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?"
          + "|d|days?)(?![a-z])";

  private static final Pattern WORDS =
      Pattern.compile(
          "\\b(?:try(?:ing)? again|retry(?:ing)?|wait|resets?)\\b(?: your request)?\\s*"
              + "(?:in|after|for)?:?\\s*(?:about |around |~)?((?:"
              + AMOUNT
              + "(?:\\s*,\\s*|\\s+and\\s+|\\s*)){1,4})");

  private static final Pattern AMOUNTS =
      Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(ms|mill|s|m|h|d)[a-z]*");

  private static final Pattern QUOTED_RESET =
      Pattern.compile("(?i)\"x-ratelimit-reset\"\\s*:\\s*\"?(\\d{1,16})");

  private RetryAfter() {}

  /**
   * What a reply asks for, or null if it asks for nothing or cannot be read.
   *
   * @param clock how far a date lies ahead
   */
  static @Nullable Duration of(int status, Headers headers, String body, Clock clock) {
    Duration asked = inHeaders(headers.get("retry-after-ms"), headers.get("Retry-After"), clock);
    if (asked != null || (status != 429 && status != 503)) {
      return asked;
    }
    Duration inBody = inBody(body);
    return inBody != null ? inBody : untilReset(headers, body, clock);
  }

  /** What the two headers ask for, or null if they ask for nothing or cannot be read. */
  static @Nullable Duration inHeaders(
      @Nullable String retryAfterMs, @Nullable String retryAfter, Clock clock) {
    Duration millis = number(retryAfterMs, 1);
    if (millis != null) {
      return millis;
    }
    Duration seconds = number(retryAfter, 1000);
    if (seconds != null || retryAfter == null) {
      return seconds;
    }
    try {
      Instant until = DateTimeFormatter.RFC_1123_DATE_TIME.parse(retryAfter.strip(), Instant::from);
      return notNegative(Duration.between(clock.instant(), until));
    } catch (DateTimeException e) {
      return duration(retryAfter); // Such as 7s, which some gateways write.
    }
  }

  private static @Nullable Duration number(@Nullable String header, double millisPerUnit) {
    if (header == null) {
      return null;
    }
    try {
      double value = Double.parseDouble(header.strip()) * millisPerUnit;
      return value >= 0 && value < Long.MAX_VALUE ? Duration.ofMillis((long) value) : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** What the body of an error asks for, or null. */
  static @Nullable Duration inBody(String body) {
    String text = body.length() > MAX_LENGTH ? body.substring(0, MAX_LENGTH) : body;
    Duration field = null;
    try {
      field = field(JsonParser.parseString(text), 0);
    } catch (JsonParseException e) {
      // A web page, or plain text.
    }
    if (field != null) {
      return field;
    }
    Matcher words = WORDS.matcher(text.toLowerCase(Locale.ROOT));
    return words.find() ? duration(words.group(1)) : null;
  }

  private static @Nullable Duration field(JsonElement value, int depth) {
    if (depth > MAX_DEPTH) {
      return null;
    }
    if (value instanceof JsonArray array) {
      for (JsonElement item : array) {
        Duration found = field(item, depth + 1);
        if (found != null) {
          return found;
        }
      }
    } else if (value instanceof JsonObject object) {
      for (String key : object.keySet()) {
        JsonElement inner = object.get(key);
        Duration found =
            inner instanceof JsonPrimitive primitive
                ? FIELDS.contains(key.toLowerCase(Locale.ROOT))
                    ? duration(primitive.getAsString())
                    : null
                : field(inner, depth + 1);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  /**
   * The time until an exhausted limit is reset, or null if no header says so. A gateway may have
   * put the headers of the server behind it into the body.
   */
  static @Nullable Duration untilReset(Headers headers, String body, Clock clock) {
    Duration longest = null;
    Duration shortest = null;
    for (int i = 0; i < headers.size(); i++) {
      String name = headers.name(i).toLowerCase(Locale.ROOT);
      boolean isLimit = name.contains("ratelimit") || name.contains("rate-limit");
      if (isLimit && name.contains("reset")) {
        Duration wait = until(headers.value(i), clock);
        String left = headers.get(name.replace("reset", "remaining"));
        if (wait == null) {
          continue;
        }
        if (left != null && left.strip().equals("0")) {
          longest = longest == null || wait.compareTo(longest) > 0 ? wait : longest;
        }
        shortest = shortest == null || wait.compareTo(shortest) < 0 ? wait : shortest;
      }
    }
    if (longest != null || shortest != null) {
      return longest != null ? longest : shortest;
    }
    Matcher quoted = QUOTED_RESET.matcher(body);
    return quoted.find() ? until(quoted.group(1), clock) : null;
  }

  /** A date or a duration, in any of the formats of rate limit headers. */
  private static @Nullable Duration until(String value, Clock clock) {
    String text = value.strip();
    try {
      double number = Double.parseDouble(text);
      if (number >= EPOCH_SECONDS) {
        long millis = (long) (number >= EPOCH_MILLIS ? number : number * 1000);
        return notNegative(Duration.between(clock.instant(), Instant.ofEpochMilli(millis)));
      }
    } catch (NumberFormatException e) {
      // Not a number alone.
    }
    try {
      return notNegative(Duration.between(clock.instant(), Instant.parse(text)));
    } catch (DateTimeException e) {
      return duration(text.toLowerCase(Locale.ROOT));
    }
  }

  private static Duration notNegative(Duration wait) {
    return wait.isNegative() ? Duration.ZERO : wait;
  }

  /** Such as {@code 7}, {@code 7.66s}, {@code 350ms}, {@code 1m2.5s}, {@code 2 hours}; or null. */
  static @Nullable Duration duration(String text) {
    String amount = text.strip();
    if (amount.matches("\\d{1,9}(?:\\.\\d+)?")) {
      return millis(Double.parseDouble(amount) * 1000);
    }
    double millis = 0;
    boolean any = false;
    Matcher part = AMOUNTS.matcher(amount);
    while (part.find()) {
      any = true;
      double unit =
          switch (part.group(2)) {
            case "ms", "mill" -> 1;
            case "s" -> 1000;
            case "m" -> 60_000;
            case "h" -> 3_600_000;
            default -> 86_400_000;
          };
      millis += Double.parseDouble(part.group(1)) * unit;
    }
    return any ? millis(millis) : null;
  }

  private static @Nullable Duration millis(double millis) {
    return millis >= 0 && millis < 1e13 ? Duration.ofMillis((long) Math.ceil(millis)) : null;
  }
}
