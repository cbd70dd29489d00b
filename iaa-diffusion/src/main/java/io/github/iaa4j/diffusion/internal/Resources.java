package io.github.iaa4j.diffusion.internal;

import java.util.List;

/** Closes what was made before something failed. */
public final class Resources {

  private Resources() {}

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
