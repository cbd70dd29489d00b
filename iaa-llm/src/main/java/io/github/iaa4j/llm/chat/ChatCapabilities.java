package io.github.iaa4j.llm.chat;

import io.github.iaa4j.llm.openai.OpenAiChatModel;

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
 * @param systemRole whether a turn may be of the system; if not, its text begins the next turn of
 *     the user
 */
public record ChatCapabilities(
    StructuredOutput structuredOutput,
    boolean maxCompletionTokens,
    boolean temperature,
    boolean seed,
    boolean streaming,
    boolean streamUsage,
    boolean systemRole) {

  /** How the shape of an answer is asked for, strictest first: the rungs of a ladder. */
  public enum StructuredOutput {
    /** {@code response_format} with the JSON Schema in strict mode. */
    JSON_SCHEMA,
    /** {@code response_format} of any JSON object; the schema stands in the system turn. */
    JSON_OBJECT,
    /** A call of the one function whose parameters are the schema. */
    TOOL_CALL,
    /** The schema stands in the system turn, and nothing holds the model to it. */
    PROMPT
  }

  private static final ChatCapabilities ALL =
      new ChatCapabilities(StructuredOutput.JSON_SCHEMA, false, true, true, true, true, true);

  /** Everything, with the bound called {@code max_tokens}: where learning starts. */
  public static ChatCapabilities all() {
    return ALL;
  }

  /** The same with another way to ask for JSON. */
  public ChatCapabilities structuredOutput(StructuredOutput strictest) {
    return new ChatCapabilities(
        strictest, maxCompletionTokens, temperature, seed, streaming, streamUsage, systemRole);
  }

  /** The same with the bound on the answer called {@code max_completion_tokens}. */
  public ChatCapabilities withMaxCompletionTokens() {
    return new ChatCapabilities(
        structuredOutput, true, temperature, seed, streaming, streamUsage, systemRole);
  }

  /** The same without a temperature. */
  public ChatCapabilities withoutTemperature() {
    return new ChatCapabilities(
        structuredOutput, maxCompletionTokens, false, seed, streaming, streamUsage, systemRole);
  }

  /** The same without a seed. */
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

  /** The same without answers piece by piece. */
  public ChatCapabilities withoutStreaming() {
    return new ChatCapabilities(
        structuredOutput, maxCompletionTokens, temperature, seed, false, false, systemRole);
  }

  /** The same without the tokens of answers piece by piece. */
  public ChatCapabilities withoutStreamUsage() {
    return new ChatCapabilities(
        structuredOutput, maxCompletionTokens, temperature, seed, streaming, false, systemRole);
  }

  /** The same without turns of the system. */
  public ChatCapabilities withoutSystemRole() {
    return new ChatCapabilities(
        structuredOutput, maxCompletionTokens, temperature, seed, streaming, streamUsage, false);
  }

  /** What is left of both: what two threads have learnt at once. */
  public ChatCapabilities both(ChatCapabilities other) {
    return new ChatCapabilities(
        structuredOutput.compareTo(other.structuredOutput) > 0
            ? structuredOutput
            : other.structuredOutput,
        maxCompletionTokens || other.maxCompletionTokens,
        temperature && other.temperature,
        seed && other.seed,
        streaming && other.streaming,
        streamUsage && other.streamUsage,
        systemRole && other.systemRole);
  }
}
