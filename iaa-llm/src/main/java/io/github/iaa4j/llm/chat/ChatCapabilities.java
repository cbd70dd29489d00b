package io.github.iaa4j.llm.chat;

/**
 * Which parts of a request an endpoint and its model accept. A client starts from what is declared,
 * learns from each refusal, and remembers. Immutable.
 *
 * @param structuredOutput the strictest way to ask for JSON
 * @param maxCompletionTokens whether the limit on the answer is called {@code
 *     max_completion_tokens}, as for OpenAI's reasoning models, rather than {@code max_tokens}
 * @param temperature whether a temperature may be sent
 * @param seed whether a seed may be sent
 * @param streaming whether the answer may be streamed
 * @param streamUsage whether {@code stream_options} may ask for the token counts of a streamed
 *     answer
 * @param systemRole whether a message may have the system role; if not, its text is put before the
 *     next message of the user
 */
public record ChatCapabilities(
    StructuredOutput structuredOutput,
    boolean maxCompletionTokens,
    boolean temperature,
    boolean seed,
    boolean streaming,
    boolean streamUsage,
    boolean systemRole) {

  /** How JSON is asked for, strictest first; a refused way is followed by the next one. */
  public enum StructuredOutput {
    /** {@code response_format} with the JSON Schema in strict mode. */
    JSON_SCHEMA,
    /** {@code response_format} of any JSON object; the schema is in the system message. */
    JSON_OBJECT,
    /** A call of a function whose parameters are the schema. */
    TOOL_CALL,
    /** The schema is in the system message, and nothing enforces it. */
    PROMPT
  }

  private static final ChatCapabilities ALL =
      new ChatCapabilities(StructuredOutput.JSON_SCHEMA, false, true, true, true, true, true);

  /** Everything, with the limit called {@code max_tokens}: where learning starts. */
  public static ChatCapabilities all() {
    return ALL;
  }

  /** A copy with another way to ask for JSON. */
  public ChatCapabilities withStructuredOutput(StructuredOutput strictest) {
    return new ChatCapabilities(
        strictest, maxCompletionTokens, temperature, seed, streaming, streamUsage, systemRole);
  }

  /** A copy with the limit on the answer called {@code max_completion_tokens}. */
  public ChatCapabilities withMaxCompletionTokens() {
    return new ChatCapabilities(
        structuredOutput, true, temperature, seed, streaming, streamUsage, systemRole);
  }

  /** A copy without a temperature. */
  public ChatCapabilities withoutTemperature() {
    return new ChatCapabilities(
        structuredOutput, maxCompletionTokens, false, seed, streaming, streamUsage, systemRole);
  }

  /** A copy without a seed. */
  public ChatCapabilities withoutSeed() {
    return new ChatCapabilities(
        structuredOutput,
        maxCompletionTokens,
        temperature,
        false,
        streaming,
        streamUsage,
        systemRole);
  }

  /** A copy without streaming. */
  public ChatCapabilities withoutStreaming() {
    return new ChatCapabilities(
        structuredOutput, maxCompletionTokens, temperature, seed, false, false, systemRole);
  }

  /** A copy without the token counts of streamed answers. */
  public ChatCapabilities withoutStreamUsage() {
    return new ChatCapabilities(
        structuredOutput, maxCompletionTokens, temperature, seed, streaming, false, systemRole);
  }

  /** A copy without the system role. */
  public ChatCapabilities withoutSystemRole() {
    return new ChatCapabilities(
        structuredOutput, maxCompletionTokens, temperature, seed, streaming, streamUsage, false);
  }
}
