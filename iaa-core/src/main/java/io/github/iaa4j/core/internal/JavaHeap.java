package io.github.iaa4j.core.internal;

import io.github.iaa4j.core.error.ConfigurationException;
import java.util.Locale;

/** Refuses what the Java heap has no room for, before an allocation fails somewhere else. */
public final class JavaHeap {

  /** Of the heap that one thing may take: the rest of the program lives there too. */
  private static final double SHARE = 0.75;

  private JavaHeap() {}

  /**
   * Requires room.
   *
   * @param bytes that are needed
   * @param what needs them, a noun in the plural
   * @param remedy what to do, a phrase
   * @throws ConfigurationException if that is more than three quarters of the largest heap
   */
  public static void require(double bytes, String what, String remedy) {
    long heap = Runtime.getRuntime().maxMemory();
    if (bytes > heap * SHARE) {
      throw new ConfigurationException(
          String.format(
              Locale.ROOT,
              "%s need %.1f GB, but the Java heap has at most %.1f GB; %s",
              what,
              bytes / 1e9,
              heap / 1e9,
              remedy));
    }
  }
}
