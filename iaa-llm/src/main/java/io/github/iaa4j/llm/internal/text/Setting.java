package io.github.iaa4j.llm.internal.text;

/**
 * An option that a message may ask its reader to change, under both of its names: that of the
 * builder, and that of the {@code iaa} command.
 */
public enum Setting {
  BASE_URL("baseUrl", "--llm"),
  MODEL("model", "--llm-model"),
  API_KEY("apiKey", "the environment variable IAA_API_KEY"),
  MAX_TOKENS("maxTokens", "--max-tokens"),
  READ_TIMEOUT("readTimeout", "--timeout"),
  CALL_TIMEOUT("callTimeout", "--timeout"),
  MAX_RETRIES("maxRetries", "--retries"),
  MAX_CONCURRENT("maxConcurrent", "--parallel"),
  TOKENS_PER_MINUTE("tokensPerMinute", "--tokens-per-minute"),
  MAX_WAIT("maxWait", "--wait"),
  HEADER("header", "--header"),
  CA_FILE("caFile", "--ca-file");

  private final String method;
  private final String option;

  Setting(String method, String option) {
    this.method = method;
    this.option = option;
  }

  /** Both names, for a sentence. */
  @Override
  public String toString() {
    return method + " (" + option + ")";
  }
}
