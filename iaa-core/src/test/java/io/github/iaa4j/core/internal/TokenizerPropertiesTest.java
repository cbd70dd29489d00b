package io.github.iaa4j.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TokenizerPropertiesTest {

  private final @Nullable String before = System.getProperty("RUST_FLAVOR");

  @AfterEach
  void restore() {
    if (before == null) {
      System.clearProperty("RUST_FLAVOR");
    } else {
      System.setProperty("RUST_FLAVOR", before);
    }
  }

  @Test
  void theCpuBuildIsTheDefault() {
    System.clearProperty("RUST_FLAVOR");

    TokenizerProperties.setDefaults();

    assertThat(System.getProperty("RUST_FLAVOR")).isEqualTo("cpu");
  }

  @Test
  void whatTheProgramHasSetStays() {
    System.setProperty("RUST_FLAVOR", "cu128");

    TokenizerProperties.setDefaults();

    assertThat(System.getProperty("RUST_FLAVOR")).isEqualTo("cu128");
  }
}
