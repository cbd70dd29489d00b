package io.github.iaa4j.llm.chat;

/**
 * What a model answered. A refusal and a filter's veto are answers too: they end in a value, not in
 * an exception.
 *
 * @param text the answer as it came, never blank-checked or trimmed; where the model was made to
 *     call a function, the function's arguments, which are JSON
 * @param finishReason why the model stopped, in the words of the OpenAI interface: {@code stop},
 *     {@code length} where the token limit cut it off, {@code tool_calls}, {@code content_filter};
 *     empty where the server does not say
 * @param promptTokens tokens read, or 0 where the server does not say
 * @param completionTokens tokens written, or 0 where the server does not say
 * @param refusal what the model, or the server's filter, says in refusing; empty where it does not
 */
public record ChatAnswer(
    String text, String finishReason, int promptTokens, int completionTokens, String refusal) {

  /** One without a refusal. */
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
   * Whether the model or a filter would not answer. Asking the same again helps little; other words
   * may.
   */
  public boolean refused() {
    return !refusal.isEmpty() || finishReason.equals("content_filter");
  }

  /** The same with what another one cost added. */
  public ChatAnswer costing(ChatAnswer other) {
    return new ChatAnswer(
        text,
        finishReason,
        promptTokens + other.promptTokens,
        completionTokens + other.completionTokens,
        refusal);
  }
}
