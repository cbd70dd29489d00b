package io.github.iaa4j.llm.internal.text;

/**
 * What a message may ask its reader to change, under the names that both kinds of readers know it
 * by: who builds a model in a program, and who calls the {@code iaa} command.
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
  PATIENCE("patience", "--wait"),
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
