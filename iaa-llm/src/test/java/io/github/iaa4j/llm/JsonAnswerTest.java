package io.github.iaa4j.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonAnswerTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"prompt\": \"a {red} cat\"}",
        "```json\n{\"prompt\": \"a {red} cat\"}\n```",
        "Sure! Here it is:\n{\"prompt\": \"a {red} cat\"} Anything else?",
        "<think>{\"prompt\": \"a dog\"} or rather</think>{\"prompt\": \"a {red} cat\"}",
        "{\"prompt\": \"a dog\"} or rather</think>{\"prompt\": \"a {red} cat\"}",
        "The form {like this} is {\"title\": \"x\"} so {\"prompt\": \"a {red} cat\", \"n\": {}}",
        "{\"answer\": {\"prompt\": \"a {red} cat\"}}"
      })
  void theObjectIsFoundInWhateverIsAroundIt(String answer) throws JsonAnswer.Unusable {
    assertThat(JsonAnswer.find(answer, "prompt").get("prompt").getAsString())
        .isEqualTo("a {red} cat");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "A cat on the grass.",
        "{\"prompt\": \"a cat on the",
        "{\"text\": \"a cat\"}",
        "<think>well, {\"prompt\": \"a cat\"} might",
        "   ",
        "{{{{{{{{"
      })
  void whatHoldsNoSuchObjectIsUnusable(String answer) {
    assertThatThrownBy(() -> JsonAnswer.find(answer, "prompt"))
        .isInstanceOf(JsonAnswer.Unusable.class);
  }

  @Test
  void aHundredThousandBracesTakeNoTime() {
    assertThatThrownBy(() -> JsonAnswer.find("{".repeat(100_000), "prompt"))
        .isInstanceOf(JsonAnswer.Unusable.class);
    assertThatThrownBy(
            () -> JsonAnswer.find("{\"a\":".repeat(50_000) + "}".repeat(50_000), "prompt"))
        .isInstanceOf(JsonAnswer.Unusable.class);
  }

  @Property
  void noAnswerMakesItFailInAnotherWay(@ForAll String answer) {
    try {
      assertThat(JsonAnswer.find("{" + answer, "prompt").has("prompt")).isTrue();
    } catch (JsonAnswer.Unusable e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }
}
