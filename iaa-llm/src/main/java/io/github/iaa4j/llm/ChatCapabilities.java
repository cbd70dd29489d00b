package io.github.iaa4j.llm;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What an endpoint and its model take. {@link OpenAiChatModel} starts from what is declared, learns
 * from each refusal, and remembers.
 *
 * @param structuredOutput the strictest way to ask for JSON
 * @param maxCompletionTokens whether the bound on the answer is called {@code
 *     max_completion_tokens}, as for OpenAI's reasoning models, and not {@code max_tokens}
 * @param temperature whether a temperature may be sent
 * @param seed whether a seed may be sent
 * @param streaming whether the answer may come piece by piece
 * @param streamUsage whether {@code stream_options} may ask for the tokens of such an answer
 */
public record ChatCapabilities(
    StructuredOutput structuredOutput,
    boolean maxCompletionTokens,
    boolean temperature,
    boolean seed,
    boolean streaming,
    boolean streamUsage) {

  /** How the shape of an answer is asked for, strictest first: the rungs of a ladder. */
  public enum StructuredOutput {
    /** {@code response_format} with the JSON Schema in strict mode. */
    JSON_SCHEMA,
    /** {@code response_format} of any JSON object; the schema stands in the system message. */
    JSON_OBJECT,
    /** A call of the one function whose parameters are the schema. */
    TOOL_CALL,
    /** The schema stands in the system message, and nothing holds the model to it. */
    PROMPT
  }

  private static final Pattern FORMAT =
      Pattern.compile(
          "\\b(?:response[ _]?format|json[ _](?:schema|object|mode)|structured[ _]outputs?)\\b");
  private static final Pattern TOOL = Pattern.compile("\\b(?:tools?|tool_choice|functions?)\\b");
  private static final Pattern TEMPERATURE = Pattern.compile("\\btemperature\\b");
  private static final Pattern SEED = Pattern.compile("\\bseed\\b");
  private static final Pattern STREAM_OPTIONS =
      Pattern.compile("\\b(?:stream_options|include_usage)\\b");
  private static final Pattern STREAM = Pattern.compile("\\bstream(?:ing)?\\b");

  /** A failure of the moment says nothing of this kind. */
  private static final Pattern LASTING =
      Pattern.compile("\\b(?:not support|unsupported|requires?|not implemented|support)");

  private static final ChatCapabilities ALL =
      new ChatCapabilities(StructuredOutput.JSON_SCHEMA, false, true, true, true, true);

  /** Everything, with the bound called {@code max_tokens}: where learning starts. */
  public static ChatCapabilities all() {
    return ALL;
  }

  /** The same with another way to ask for JSON. */
  public ChatCapabilities structuredOutput(StructuredOutput strictest) {
    return new ChatCapabilities(
        strictest, maxCompletionTokens, temperature, seed, streaming, streamUsage);
  }

  /** The same with the bound on the answer called {@code max_completion_tokens}. */
  public ChatCapabilities withMaxCompletionTokens() {
    return new ChatCapabilities(structuredOutput, true, temperature, seed, streaming, streamUsage);
  }

  /** The same without a temperature. */
  public ChatCapabilities withoutTemperature() {
    return new ChatCapabilities(
        structuredOutput, maxCompletionTokens, false, seed, streaming, streamUsage);
  }

  /** The same without a seed. */
  public ChatCapabilities withoutSeed() {
    return new ChatCapabilities(
        structuredOutput, maxCompletionTokens, temperature, false, streaming, streamUsage);
  }

  /** The same without answers piece by piece. */
  public ChatCapabilities withoutStreaming() {
    return new ChatCapabilities(
        structuredOutput, maxCompletionTokens, temperature, seed, false, false);
  }

  /** The same without the tokens of answers piece by piece. */
  public ChatCapabilities withoutStreamUsage() {
    return new ChatCapabilities(
        structuredOutput, maxCompletionTokens, temperature, seed, streaming, false);
  }

  /** What is left of both: what two threads have learnt at once. */
  ChatCapabilities both(ChatCapabilities other) {
    return new ChatCapabilities(
        structuredOutput.compareTo(other.structuredOutput) > 0
            ? structuredOutput
            : other.structuredOutput,
        maxCompletionTokens || other.maxCompletionTokens,
        temperature && other.temperature,
        seed && other.seed,
        streaming && other.streaming,
        streamUsage && other.streamUsage);
  }

  /**
   * What is left after a refusal, or this where the refusal is of something else.
   *
   * @param said what the server said
   * @param request what was asked with these capabilities
   * @param streamed whether it was asked for piece by piece
   */
  ChatCapabilities after(int status, String said, ChatRequest request, boolean streamed) {
    String complaint = said.toLowerCase(Locale.ROOT);
    boolean ofTheRequest = status == 400 || status == 422;
    boolean ofTheServer = status == 404 || status == 500 || status == 501;
    if (!ofTheRequest && !(ofTheServer && LASTING.matcher(complaint).find())) {
      return this;
    }
    if (!maxCompletionTokens && complaint.contains("max_completion_tokens")) {
      return withMaxCompletionTokens();
    }
    if (request.schema() != null) {
      boolean format = FORMAT.matcher(complaint).find();
      switch (structuredOutput) {
        case JSON_SCHEMA -> {
          if (format) {
            return structuredOutput(StructuredOutput.JSON_OBJECT);
          }
        }
        case JSON_OBJECT -> {
          if (format) {
            return structuredOutput(StructuredOutput.TOOL_CALL);
          }
        }
        case TOOL_CALL -> {
          if (TOOL.matcher(complaint).find()) {
            return structuredOutput(StructuredOutput.PROMPT);
          }
        }
        case PROMPT -> {}
      }
    }
    if (streamed && streamUsage && STREAM_OPTIONS.matcher(complaint).find()) {
      return withoutStreamUsage();
    }
    if (streamed && streaming && STREAM.matcher(complaint).find()) {
      return withoutStreaming();
    }
    if (temperature && TEMPERATURE.matcher(complaint).find()) {
      return withoutTemperature();
    }
    if (request.seed() != null && seed && SEED.matcher(complaint).find()) {
      return withoutSeed();
    }
    return this;
  }
}
