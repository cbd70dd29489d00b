package io.github.iaa4j.wsss.internal;

import ai.djl.engine.Engine;

/** The one way to DJL's engine. */
final class DeepLearning {

  static {
    // DJL reports its use to its makers unless told not to before it loads.
    if (System.getProperty("OPT_OUT_TRACKING") == null) {
      System.setProperty("OPT_OUT_TRACKING", "true");
    }
  }

  private DeepLearning() {}

  /** PyTorch on DJL, loaded at the first call. */
  static Engine engine() {
    return Engine.getEngine("PyTorch");
  }
}
