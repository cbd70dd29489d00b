package io.github.iaa4j.core.internal;

import io.github.iaa4j.core.error.ConfigurationException;
import org.jspecify.annotations.Nullable;

/** What parts that users plug in answer. */
public final class Answers {

  private Answers() {}

  /**
   * An answer that may not be null.
   *
   * @param <T> its type
   * @param part who answers
   * @param method that returned it, without brackets
   * @param remedy a sentence
   * @throws ConfigurationException that names class and method if it is null
   */
  public static <T> T notNull(@Nullable T answer, Object part, String method, String remedy) {
    if (answer == null) {
      throw new ConfigurationException(
          part.getClass().getName() + "." + method + "() returned null. " + remedy);
    }
    return answer;
  }
}
