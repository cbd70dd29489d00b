package io.github.iaa4j.llm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.llm.internal.guards.Finding;
import io.github.iaa4j.llm.internal.guards.PromptGuards;
import io.github.iaa4j.llm.internal.scene.Scenes;
import io.github.iaa4j.llm.testing.RecordedChatModel;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Sends what SmolLM2-135M-Instruct really answered through the whole agent. Where prompts, options
 * or the agent's way to ask change, it must be asked again: {@code
 * tools/llm-server/refresh-recordings.sh}.
 */
class RecordedRunTest {

  private static final String REFRESH =
      "The agent no longer asks what was recorded. If that is meant, record it again with"
          + " tools/llm-server/refresh-recordings.sh and look at the prompts in the difference. ";

  private static List<RecordedRun.Story> replayed() {
    try (RecordedChatModel replay = RecordedChatModel.replay(RecordedRun.FILE)) {
      List<RecordedRun.Story> stories = RecordedRun.run(replay);
      if (replay.unused() > 0) {
        throw new AssertionError(REFRESH + replay.unused() + " answers were not asked for.");
      }
      return stories;
    } catch (StorageException e) {
      throw new AssertionError(REFRESH + e.getMessage(), e);
    }
  }

  @Test
  void everyPromptOfARealModelPassesTheRules() {
    PromptGuards guards = new PromptGuards(ClassWords.builtIn(), 45, null, Scenes.EXAMPLE);

    assertThat(replayed())
        .hasSize(24)
        .allSatisfy(
            story -> {
              String text = story.refined().prompt().text();
              assertThat(guards.isUsable(story.request(), text)).as(text).isTrue();
              assertThat(guards.inspect(story.request(), text))
                  .as(text)
                  .noneMatch(finding -> finding.rule() == Finding.Rule.TOO_LONG);
            });
  }

  @Test
  void theSameAnswersGiveTheSamePrompts() {
    assertThat(replayed()).isEqualTo(replayed());
  }

  @Test
  void noTwoPromptsAreTheSame() {
    assertThat(replayed()).extracting(story -> story.refined().prompt()).doesNotHaveDuplicates();
  }
}
