package io.github.iaa4j.llm.chat;

import java.time.Duration;

/** Lets time pass, so that a test need not. Implementations are safe for use by many threads. */
@FunctionalInterface
public interface Sleeper {

  /**
   * Returns after a while.
   *
   * @param duration not negative
   * @throws InterruptedException if the thread is interrupted meanwhile
   */
  void sleep(Duration duration) throws InterruptedException;
}
