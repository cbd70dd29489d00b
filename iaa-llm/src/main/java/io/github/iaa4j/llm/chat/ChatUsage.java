package io.github.iaa4j.llm.chat;

/**
 * What a model was used for since it was built.
 *
 * @param requests HTTP requests sent, further tries counted
 * @param answers answers that came, refusals and cut off ones counted
 * @param promptTokens tokens read for them, as far as the server says
 * @param completionTokens tokens written for them, as far as the server says
 */
public record ChatUsage(long requests, long answers, long promptTokens, long completionTokens) {

  public static final ChatUsage NONE = new ChatUsage(0, 0, 0, 0);

  /** Tokens read and written together. */
  public long tokens() {
    return promptTokens + completionTokens;
  }

  public ChatUsage request() {
    return new ChatUsage(requests + 1, answers, promptTokens, completionTokens);
  }

  public ChatUsage answer(ChatAnswer answer) {
    return new ChatUsage(
        requests,
        answers + 1,
        promptTokens + answer.promptTokens(),
        completionTokens + answer.completionTokens());
  }
}
