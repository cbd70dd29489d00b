package io.github.iaa4j.wsss.internal;

import ai.djl.engine.Engine;

/** The one way to DJL's engine. */
final class DeepLearning {

  private static final String THREADS = "ai.djl.pytorch.num_threads";

  static {
    // DJL reports its use to its makers unless told not to before it loads.
    if (System.getProperty("OPT_OUT_TRACKING") == null) {
      System.setProperty("OPT_OUT_TRACKING", "true");
    }
    // PyTorch adds up in another order for each number of threads, so the number is not left to
    // the machine. The trainer has threads of its own.
    if (System.getProperty(THREADS) == null) {
      System.setProperty(THREADS, "1");
    }
  }

  private DeepLearning() {}

  /** PyTorch on DJL, loaded at the first call. */
  static Engine engine() {
    return Engine.getEngine("PyTorch");
  }
}
