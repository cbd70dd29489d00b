package io.github.iaa4j.llm.chat;

/**
 * What a model has been used for since it was built. Immutable.
 *
 * @param requests HTTP requests sent, retries included
 * @param answers answers received, refusals and truncated ones included
 * @param promptTokens tokens read for those answers, as far as the server reports them
 * @param completionTokens tokens written for those answers, as far as the server reports them
 */
public record ChatUsage(long requests, long answers, long promptTokens, long completionTokens) {

  /** Tokens read and written together. */
  public long tokens() {
    return promptTokens + completionTokens;
  }
}
