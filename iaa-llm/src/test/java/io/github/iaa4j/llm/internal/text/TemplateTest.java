package io.github.iaa4j.llm.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TemplateTest {

  @Test
  void whatIsFilledInIsNotLookedAtAgain() {
    assertThat(
            Template.load("judge-request.txt")
                .fill(Map.of("objects", "{{prompt}} $1 \\", "prompt", "{a}")))
        .isEqualTo("Objects: {{prompt}} $1 \\\nText: {a}");
  }

  @Test
  void aPlaceWithoutAValueIsAnError() {
    assertThatThrownBy(() -> Template.load("judge-request.txt").fill(Map.of("objects", "cat")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("{{prompt}}");
  }
}
