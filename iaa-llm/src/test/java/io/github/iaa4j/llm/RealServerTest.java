package io.github.iaa4j.llm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Writes 30 prompts with a model that really runs, prints them round by round, and counts. Skipped
 * unless {@code -Diaa.llm=http://127.0.0.1:8080/v1} names its server; {@code -Diaa.llm.model} names
 * the model.
 */
@EnabledIfSystemProperty(named = "iaa.llm", matches = "http.*")
class RealServerTest {

  @Test
  void refinedPromptsNameTheirLabelsAndNothingElse() {
    try (OpenAiChatModel chat =
        OpenAiChatModel.builder()
            .baseUrl(System.getProperty("iaa.llm"))
            .model(System.getProperty("iaa.llm.model", "smollm2"))
            .build()) {
      List<PromptSurvey.Story> stories = new PromptSurvey(chat).run(30, 0.8, 4);

      stories.forEach(System.out::println);
      System.out.println(PromptSurvey.summary(stories));

      assertThat(stories)
          .noneMatch(
              story ->
                  story.finalFaults().stream()
                      .anyMatch(
                          fault -> fault.startsWith("LABEL") || fault.startsWith("UNWANTED")));
    }
  }
}
