package io.github.iaa4j.llm;

/**
 * What a model answered.
 *
 * @param text the answer as it came, never blank-checked or trimmed
 * @param finishReason why the model stopped, in the words of the OpenAI interface: {@code stop},
 *     {@code length} where the token limit cut it off, {@code content_filter}; empty where the
 *     server does not say
 * @param promptTokens tokens read, or 0 where the server does not say
 * @param completionTokens tokens written, or 0 where the server does not say
 */
public record ChatAnswer(String text, String finishReason, int promptTokens, int completionTokens) {

  /** Tokens read and written together. */
  public int tokens() {
    return promptTokens + completionTokens;
  }

  /** Whether the token limit cut the answer off. */
  public boolean truncated() {
    return finishReason.equals("length");
  }
}
