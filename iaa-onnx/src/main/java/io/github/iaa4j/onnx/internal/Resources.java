package io.github.iaa4j.onnx.internal;

import java.util.List;

/** Closes several parts, each once. */
public final class Resources {

  private Resources() {}

  /** Closes every part, whatever the others throw. */
  public static void close(List<? extends AutoCloseable> parts) {
    RuntimeException failure = null;
    for (AutoCloseable part : parts) {
      try {
        part.close();
      } catch (RuntimeException e) {
        failure = failure == null ? e : failure;
      } catch (Exception e) {
        throw new AssertionError("native resources throw unchecked exceptions alone", e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Closes every part; what that throws is kept with the failure. */
  public static void closeAfter(Throwable failure, List<? extends AutoCloseable> parts) {
    for (AutoCloseable part : parts) {
      try {
        part.close();
      } catch (Exception e) {
        failure.addSuppressed(e);
      }
    }
  }
}
