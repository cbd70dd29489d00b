package io.github.iaa4j.core.internal;

import io.github.iaa4j.core.error.ConfigurationException;
import org.jspecify.annotations.Nullable;

/** Checks what parts that a user plugs in return: their code is not compiled with null checks. */
public final class Answers {

  private Answers() {}

  /**
   * Requires an answer.
   *
   * @param <T> its type
   * @param part who answered
   * @param method its method, without brackets
   * @return the answer
   * @throws ConfigurationException if it is null; names the part's class and the method
   */
  public static <T> T require(@Nullable T answer, Object part, String method) {
    return require(answer, part, method, "Fix that method.");
  }

  /**
   * Requires an answer.
   *
   * @param <T> its type
   * @param part who answered
   * @param method its method, without brackets
   * @param remedy what to do, a sentence
   * @return the answer
   * @throws ConfigurationException if it is null; names the part's class and the method
   */
  public static <T> T require(@Nullable T answer, Object part, String method, String remedy) {
    if (answer == null) {
      throw new ConfigurationException(
          part.getClass().getName()
              + "."
              + method
              + "() returned null, which it must not. "
              + remedy);
    }
    return answer;
  }
}
