package io.github.iaa4j.llm.chat;

import java.util.Objects;

/**
 * What a model answered. A refusal and the veto of a content filter are answers too: they are
 * returned, not thrown. Immutable.
 *
 * @param text the answer exactly as received, neither checked nor trimmed; if the model was made to
 *     call a function, the function's arguments, which are JSON
 * @param finishReason why the model stopped, in the terms of the OpenAI API: {@code stop}, {@code
 *     length} if the token limit cut it off, {@code tool_calls}, {@code content_filter}; empty if
 *     the server does not say
 * @param promptTokens tokens read, or 0 if the server does not say
 * @param completionTokens tokens written, or 0 if the server does not say
 * @param refusal what the model, or the server's filter, said when it refused; empty if it did not
 */
public record ChatAnswer(
    String text, String finishReason, int promptTokens, int completionTokens, String refusal) {

  /**
   * @throws NullPointerException if a text is null
   * @throws IllegalArgumentException if a count is negative
   */
  public ChatAnswer {
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(finishReason, "finishReason");
    Objects.requireNonNull(refusal, "refusal");
    if (promptTokens < 0 || completionTokens < 0) {
      throw new IllegalArgumentException(
          "token counts must not be negative: " + promptTokens + ", " + completionTokens);
    }
  }

  /** An answer that is not a refusal. */
  public ChatAnswer(String text, String finishReason, int promptTokens, int completionTokens) {
    this(text, finishReason, promptTokens, completionTokens, "");
  }

  /** Tokens read and written together. */
  public int tokens() {
    return promptTokens + completionTokens;
  }

  /** Whether the token limit cut the answer off. */
  public boolean truncated() {
    return finishReason.equals("length");
  }

  /**
   * Whether the model or a filter refused to answer. Asking the same again rarely helps; rephrasing
   * may.
   */
  public boolean refused() {
    return !refusal.isEmpty() || finishReason.equals("content_filter");
  }
}
