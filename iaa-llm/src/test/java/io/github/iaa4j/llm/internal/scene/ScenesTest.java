package io.github.iaa4j.llm.internal.scene;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.GeneratedPrompt;
import io.github.iaa4j.core.prompt.GenerationExperience;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.PromptRequest.Occurrence;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.llm.internal.text.Template;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScenesTest {

  private static final List<String> PLACES = Template.lines("places.txt");

  private static int countFailed(GenerationExperience experience, List<String> failed) {
    Scenes scenes = new Scenes(ClassWords.builtIn());
    int count = 0;
    for (int seed = 0; seed < 80; seed++) {
      Occurrence occurrence = new Occurrence(0, seed);
      PromptRequest request =
          new PromptRequest(
              new Slot(0, List.of("cat")),
              List.of("cat", "dog"),
              List.of(),
              seed,
              occurrence,
              experience);
      count += failed.contains(scenes.sample(request, occurrence).setting()) ? 1 : 0;
    }
    return count;
  }

  @Test
  void placesWithoutAcceptedImagesAreSampledLess() {
    List<String> failed = PLACES.subList(0, PLACES.size() / 2);
    List<GeneratedPrompt> generated = new ArrayList<>();
    for (String place : PLACES) {
      boolean accepted = !failed.contains(place);
      generated.add(
          new GeneratedPrompt(
              generated.size(),
              0,
              List.of("cat"),
              new Prompt("a cat " + place, ""),
              4,
              accepted,
              80,
              accepted ? Map.of() : Map.of(List.of(Reason.missing("cat")), 4),
              0,
              0));
    }

    int before = countFailed(GenerationExperience.none(), failed);
    int after = countFailed(GenerationExperience.of(generated), failed);

    assertThat(before).isBetween(20, 60);
    assertThat(after).isLessThan(before / 2);
  }
}
