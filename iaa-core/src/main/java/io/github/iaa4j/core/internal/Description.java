package io.github.iaa4j.core.internal;

/** Names for what users bring along, which are the same in every process. */
public final class Description {

  private Description() {}

  /** The class's name; a lambda's differs from one process to the next, so it has none. */
  public static String ofClass(Class<?> type) {
    return type.isHidden() || type.isSynthetic() ? "a lambda" : type.getName();
  }
}
