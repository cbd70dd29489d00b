package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.llm.chat.ChatCapabilities;
import io.github.iaa4j.llm.chat.ChatCapabilities.StructuredOutput;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.JsonSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What may be left out of a request, or asked for in another way, if a server refuses it. */
enum RequestFeature {
  /** How the shape of the answer is asked for: one {@link StructuredOutput}. */
  SHAPE(
      "\\b(?:response[ _]?(?:format|schema)|json[ _](?:schema|object|mode)"
          + "|structured[ _]outputs?|guided[ _]json|grammar|additionalproperties)\\b"),
  STREAM_USAGE("\\b(?:stream_options|include_usage)\\b"),
  STREAM("\\bstream(?:ing)?\\b"),
  SEED("\\bseed\\b"),
  SYSTEM_ROLE(
      "\\bsystem[ _-]?(?:role|message|prompt|instruction)|\\brole[^.\\n]{0,24}\\bsystem\\b"
          + "|['\"`]system['\"`]|\\bmust alternate\\b|\\bdeveloper instruction"
          + "|\\bmessages\\W{1,2}\\d+\\W{1,2}role\\b|\\bonly user and assistant\\b"),
  TEMPERATURE("\\btemperature\\b"),
  /** The name of the limit on the answer. */
  TOKEN_LIMIT("\\bmax_completion_tokens\\b");

  private static final Pattern TOOL = Pattern.compile("\\b(?:tools?|tool_choice|functions?)\\b");

  /** If only the old name is mentioned, it may be the number that is wrong. */
  private static final Pattern OLD_TOKEN_LIMIT = Pattern.compile("\\bmax_tokens\\b");

  private static final Pattern UNKNOWN =
      Pattern.compile(
          "\\b(?:unsupported|not supported|unknown|unrecognized|unexpected|extra (?:inputs|fields)"
              + "|extra_forbidden|not permitted|not allowed)");

  /** A temporary failure does not use such words. */
  private static final Pattern LASTING =
      Pattern.compile("\\b(?:not support|unsupported|requires?|not implemented|support|alternate)");

  private final Pattern name;

  RequestFeature(String name) {
    this.name = Pattern.compile(name);
  }

  /** Whether a request that is sent with these capabilities has this feature. */
  private boolean isIn(ChatRequest request, ChatCapabilities can, boolean streamed) {
    return switch (this) {
      case SHAPE -> request.schema() != null && can.structuredOutput() != StructuredOutput.PROMPT;
      case STREAM_USAGE -> streamed && can.streamUsage();
      case STREAM -> streamed && can.streaming();
      case SEED -> request.seed() != null && can.seed();
      case SYSTEM_ROLE -> can.systemRole() && ChatBody.hasSystemMessage(request, can);
      case TEMPERATURE -> can.temperature();
      case TOKEN_LIMIT -> !can.maxCompletionTokens();
    };
  }

  /** What decides which features are in a request, whatever its text. */
  static String kind(ChatRequest request) {
    JsonSchema schema = request.schema();
    return (schema == null ? "" : schema.name())
        + (request.seed() == null ? "" : " seed")
        + (ChatBody.hasSystemMessage(request, ChatCapabilities.all()) ? " system" : "");
  }

  /** The capabilities without this feature, or with the next way to ask for it. */
  private ChatCapabilities without(ChatCapabilities can) {
    return switch (this) {
      case SHAPE ->
          can.withStructuredOutput(
              switch (can.structuredOutput()) {
                case JSON_SCHEMA -> StructuredOutput.JSON_OBJECT;
                case JSON_OBJECT -> StructuredOutput.TOOL_CALL;
                case TOOL_CALL, PROMPT -> StructuredOutput.PROMPT;
              });
      case STREAM_USAGE -> can.withoutStreamUsage();
      case STREAM -> can.withoutStreaming();
      case SEED -> can.withoutSeed();
      case SYSTEM_ROLE -> can.withoutSystemRole();
      case TEMPERATURE -> can.withoutTemperature();
      case TOKEN_LIMIT -> can.withMaxCompletionTokens();
    };
  }

  /**
   * The capabilities without the feature that a refusal names; null if it does not name one.
   *
   * @param request what was asked with these capabilities
   * @param streamed whether the answer was to be streamed
   */
  static @Nullable ChatCapabilities named(
      int status,
      ErrorDetails details,
      ChatRequest request,
      ChatCapabilities can,
      boolean streamed) {
    boolean isRequestFault = status == 400 || status == 422;
    boolean isServerFault = status == 404 || status == 424 || status == 500 || status == 501;
    if (!isRequestFault && !(isServerFault && LASTING.matcher(details.all()).find())) {
      return null;
    }
    List<String> texts = new ArrayList<>(details.fields());
    texts.addAll(details.messages());
    for (String text : texts) {
      RequestFeature first = null;
      int firstAt = Integer.MAX_VALUE;
      for (RequestFeature feature : values()) {
        // Servers list what they accept after what they do not.
        int at = feature.isIn(request, can, streamed) ? feature.indexIn(text, can, details) : -1;
        if (at >= 0 && at < firstAt) {
          first = feature;
          firstAt = at;
        }
      }
      if (first != null) {
        return first.without(can);
      }
    }
    return null;
  }

  private int indexIn(String text, ChatCapabilities can, ErrorDetails details) {
    Pattern sought =
        this == SHAPE && can.structuredOutput() == StructuredOutput.TOOL_CALL ? TOOL : name;
    Matcher found = sought.matcher(text);
    if (this != TOKEN_LIMIT) {
      return found.find() ? found.start() : -1;
    }
    Matcher old = OLD_TOKEN_LIMIT.matcher(text);
    boolean isNamed = found.find();
    if (old.find() && (isNamed || UNKNOWN.matcher(details.all()).find())) {
      return isNamed ? Math.min(old.start(), found.start()) : old.start();
    }
    return isNamed ? found.start() : -1;
  }

  /**
   * What to try after a refusal that names nothing: first without each feature alone, so that no
   * more is given up than necessary, and then without one more each time, down to the plainest
   * form. Empty for a request that is plain already.
   */
  static List<ChatCapabilities> guesses(
      ChatRequest request, ChatCapabilities can, boolean streamed) {
    if (!SHAPE.isIn(request, can, streamed)
        && !SEED.isIn(request, can, streamed)
        && !SYSTEM_ROLE.isIn(request, can, streamed)) {
      return List.of();
    }
    List<ChatCapabilities> guesses = new ArrayList<>();
    ChatCapabilities plain = can;
    while (SHAPE.isIn(request, plain, streamed)) {
      plain = SHAPE.without(plain);
      guesses.add(plain);
    }
    List<RequestFeature> others =
        List.of(SEED, SYSTEM_ROLE, TEMPERATURE, STREAM_USAGE, STREAM, TOKEN_LIMIT);
    for (RequestFeature feature : others) {
      if (feature.isIn(request, can, streamed)) {
        guesses.add(feature.without(can));
      }
    }
    for (RequestFeature feature : others) {
      if (feature.isIn(request, plain, streamed)) {
        plain = feature.without(plain);
        guesses.add(plain);
      }
    }
    return guesses.stream().distinct().toList();
  }
}
