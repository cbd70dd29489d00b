package io.github.iaa4j.core.internal;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.ConfigurationException;
import org.junit.jupiter.api.Test;

class JavaHeapTest {

  @Test
  void whatExceedsThreeQuartersOfTheHeapIsRefusedWithSizeAndRemedy() {
    double threeQuarters = 0.75 * Runtime.getRuntime().maxMemory();
    JavaHeap.require(threeQuarters, "all maps", "use fewer");

    assertThatThrownBy(() -> JavaHeap.require(1e15, "all maps", "use fewer"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("all maps need 1000000.0 GB, but the Java heap has at most ")
        .hasMessageEndingWith(" GB; use fewer");
    assertThatThrownBy(() -> JavaHeap.require(threeQuarters + 1e6, "all maps", "use fewer"))
        .isInstanceOf(ConfigurationException.class);
  }
}
