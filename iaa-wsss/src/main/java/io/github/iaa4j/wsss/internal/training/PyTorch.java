package io.github.iaa4j.wsss.internal.training;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.Platform;
import ai.djl.util.Utils;
import io.github.iaa4j.core.error.ConfigurationException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads DJL's PyTorch engine.
 *
 * <p>DJL would download what is missing and report its use to its makers. It does neither while
 * {@code ai.djl.offline} is true, and it only does so while it loads; so the system property is set
 * for that moment, unless the user has set it, and then cleared again.
 *
 * <p>PyTorch sums in another order for each number of threads, so an operator gets one thread,
 * unless {@code ai.djl.pytorch.num_threads} is set. PyTorch keeps that number for the whole
 * process.
 */
public final class PyTorch {

  private static final Logger LOG = LoggerFactory.getLogger(PyTorch.class);

  private static final String NAME = "PyTorch";
  private static final String OFFLINE = "ai.djl.offline";
  private static final String THREADS = "ai.djl.pytorch.num_threads";

  private static final int USUAL_THREADS = 1;

  /** The platforms for which DJL publishes PyTorch, as classifiers. */
  private static final List<String> PLATFORMS =
      List.of("linux-x86_64", "linux-aarch64", "osx-aarch64", "win-x86_64");

  private static @Nullable Engine loaded;

  private PyTorch() {}

  /** Threads of one operator, on which the order of its sums depends. */
  static int threads() {
    return Integer.getInteger(THREADS, USUAL_THREADS);
  }

  /**
   * Loads the engine unless it is loaded.
   *
   * @throws ConfigurationException naming the artifact to add, if PyTorch's native libraries or
   *     DJL's engine are missing, or saying why they cannot be loaded
   */
  public static void load() {
    engine();
  }

  /**
   * The engine, loaded at the first call.
   *
   * @throws ConfigurationException as {@link #load()}
   */
  static synchronized Engine engine() {
    if (loaded == null) {
      Engine engine = loadOffline();
      if (System.getProperty(THREADS) == null) {
        LOG.info(
            "PyTorch computes each operator on one thread in this process; set -D{} to change that",
            THREADS);
        JniUtils.setNumThreads(1);
      }
      loaded = engine;
    }
    return loaded;
  }

  private static Engine loadOffline() {
    boolean isUnset = System.getProperty(OFFLINE) == null;
    if (isUnset) {
      System.setProperty(OFFLINE, "true");
    }
    try {
      return Engine.getEngine(NAME);
    } catch (EngineException e) {
      LOG.debug("DJL cannot load PyTorch", e);
      throw new ConfigurationException(
          isMissing()
              ? missing(System.getProperty("os.name"), System.getProperty("os.arch"))
              : unloadable(e));
    } catch (IllegalArgumentException e) { // DJL's way to say that it knows no such engine.
      throw new ConfigurationException(
          "training needs DJL's PyTorch engine, and it is not on the class path. Add"
              + " ai.djl.pytorch:pytorch-engine and ai.djl.pytorch:pytorch-jni in the versions that"
              + " iaa-wsss depends on.");
    } finally {
      if (isUnset) {
        System.clearProperty(OFFLINE);
      }
    }
  }

  /** Whether there was nothing to load. */
  private static boolean isMissing() {
    return Utils.getEnvOrSystemProperty("PYTORCH_LIBRARY_PATH") == null
        && (!PLATFORMS.contains(
                classifier(System.getProperty("os.name"), System.getProperty("os.arch")))
            || Platform.detectPlatform("pytorch").isPlaceholder());
  }

  /** What to add where no native library for this platform is on the class path. */
  static String missing(String osName, String osArch) {
    String classifier = classifier(osName, osArch);
    if (!PLATFORMS.contains(classifier)) {
      return "training needs PyTorch's native libraries, and DJL publishes them for "
          + String.join(", ", PLATFORMS)
          + ", not for "
          + classifier
          + ". Train on one of those platforms, or set PYTORCH_LIBRARY_PATH to a folder with libtorch;"
          + " a trained model runs here too.";
    }
    return "training needs PyTorch's native libraries, and none for "
        + classifier
        + " are on the class path. Add ai.djl.pytorch:pytorch-native-cpu:"
        + Platform.fromSystem("pytorch").getVersion()
        + ":"
        + classifier
        + " (groupId:artifactId:version:classifier). A trained model runs without it.";
  }

  /** DJL's classifier of a platform, such as {@code linux-x86_64}. */
  private static String classifier(String osName, String osArch) {
    String os = osName.toLowerCase(Locale.ROOT);
    return (os.startsWith("win") ? "win" : os.startsWith("mac") ? "osx" : os)
        + "-"
        + (osArch.equals("amd64") ? "x86_64" : osArch);
  }

  private static String unloadable(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return "PyTorch's native libraries cannot be loaded: "
        + cause
        + ". They are unpacked into "
        + Utils.getEngineCacheDir("pytorch")
        + ", which needs about 430 MB and must be writable (the environment variable DJL_CACHE_DIR"
        + " names another folder). On Linux they need glibc, on Windows the Visual C++"
        + " Redistributable. Nothing is downloaded, so ai.djl.pytorch:pytorch-native-cpu and"
        + " ai.djl.pytorch:pytorch-jni must both be on the class path, for the same PyTorch.";
  }
}
