package io.github.iaa4j.core.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.internal.JsonLines;
import java.util.List;
import org.junit.jupiter.api.Test;

class FaultTest {

  private static final Fault MISSING =
      new Fault(Fault.Kind.MISSING_CLASS, List.of("cat"), "Name the cat.");

  @Test
  void aRoundComesBackFromItsJsonAsItWas() {
    RefinedPrompt.Round round =
        new RefinedPrompt.Round(
            "a dog", "", 0.3, List.of(MISSING), "The rules judged.", null, PromptSource.AGENT);

    String json = JsonLines.GSON.toJson(round);

    assertThat(json)
        .contains("{\"kind\":\"MISSING_CLASS\",\"terms\":[\"cat\"],\"advice\":\"Name the cat.\"}");
    assertThat(JsonLines.GSON.fromJson(json, RefinedPrompt.Round.class)).isEqualTo(round);
  }

  @Test
  void whatAHandWrittenRoundLeavesOutIsEmpty() {
    RefinedPrompt.Round round =
        JsonLines.GSON.fromJson(
            "{\"text\": \"a dog\", \"negativePrompt\": \"\", \"score\": 0.5, \"faults\": [{}]}",
            RefinedPrompt.Round.class);

    assertThat(round.faults()).containsExactly(new Fault(Fault.Kind.OTHER, List.of(), ""));
    assertThat(round.critique()).isEmpty();
    assertThat(round.source()).isEqualTo(PromptSource.UNKNOWN);
  }

  @Test
  void adviceIsThatOfAllFaultsInTheirOrder() {
    Critique critique =
        new Critique(
            0.3,
            List.of(
                MISSING,
                new Fault(Fault.Kind.STYLE, ""),
                new Fault(Fault.Kind.OTHER, "Make it vivid.")));

    assertThat(critique.advice()).isEqualTo("Name the cat. Make it vivid.");
    assertThat(critique.has(Fault.Kind.STYLE)).isTrue();
    assertThat(critique.has(Fault.Kind.NO_PLACE)).isFalse();
  }
}
