package io.github.iaa4j.core.internal;

/**
 * The system properties that decide what DJL's tokenizers do when their native library is loaded.
 * Whoever uses them says in public Javadoc that they are set, because they hold for the whole
 * process.
 */
public final class TokenizerProperties {

  private TokenizerProperties() {}

  /**
   * Sets {@code OPT_OUT_TRACKING} to {@code true} and {@code RUST_FLAVOR} to {@code cpu}, each
   * unless a system property or an environment variable has that name. To be called before the
   * first tokenizer is made.
   *
   * <p>Without the first, loading the library may send usage data from Amazon machines. Without the
   * second, it downloads a CUDA build of itself where it finds a GPU; the CPU build is in its jar.
   */
  public static void setDefaults() {
    setUnlessSet("OPT_OUT_TRACKING", "true");
    setUnlessSet("RUST_FLAVOR", "cpu");
  }

  private static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null && System.getenv(property) == null) {
      System.setProperty(property, value);
    }
  }
}
