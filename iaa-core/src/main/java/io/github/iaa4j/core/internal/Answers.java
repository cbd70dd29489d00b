package io.github.iaa4j.core.internal;

import io.github.iaa4j.core.error.ConfigurationException;
import org.jspecify.annotations.Nullable;

/** Checks what parts that a user plugs in return: their code is not compiled with null checks. */
public final class Answers {

  private Answers() {}

  /**
   * Requires an answer.
   *
   * @param part who answered
   * @param method its method
   * @return the answer
   * @throws ConfigurationException if it is null; names the part's class and the method
   */
  public static <T> T require(@Nullable T answer, Object part, String method) {
    if (answer == null) {
      throw new ConfigurationException(
          part.getClass().getName()
              + "."
              + method
              + "() returned null, which it must not. Fix that method.");
    }
    return answer;
  }
}
