package io.github.iaa4j.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.AugmentationEvent;
import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.PromptSettings;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.testing.FakeChatModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run is resumed with the weight that the examination gave its language model at the start. */
class ExaminedRunTest {

  private static final int SLOTS = 8;

  /** Of each pair of the examination, how the better prompt begins. */
  private static final List<String> BETTER =
      List.of("A photo of a brown dog", "A tall person", "A green sofa", "A white horse");

  @TempDir private Path folder;

  /**
   * A model that writes what it is asked for, gives every scene of the run the score 0.9, and does
   * well or badly in the examination.
   */
  private static FakeChatModel model(boolean judgesWell) {
    return FakeChatModel.responding(
        request -> {
          String question = question(request);
          if (Objects.requireNonNull(request.schema()).name().equals("photo")) {
            String place =
                question.substring(question.indexOf("Place: ") + 7).lines().toList().get(0);
            return answer("{\"prompt\": \"A grey cat in the foreground, " + place + "\"}");
          }
          boolean isLiked =
              question.contains("grey cat")
                  || (judgesWell && BETTER.stream().anyMatch(question::contains));
          return answer("{\"advice\": \"\", \"score\": " + (isLiked ? 0.9 : 0.1) + "}");
        });
  }

  private static String question(ChatRequest request) {
    return request.messages().get(request.messages().size() - 1).text();
  }

  private static ChatAnswer answer(String text) {
    return new ChatAnswer(text, "stop", 20, 10);
  }

  private static long examinations(FakeChatModel chat) {
    return chat.requests().stream()
        .filter(request -> question(request).contains("An empty beach in the morning"))
        .count();
  }

  private static ImageAugmentationAgent.Builder agent(LlmPromptAgent writer, Path run) {
    return ImageAugmentationAgent.builder()
        .dataset(
            LabeledDataset.of(
                List.of("cat"),
                List.of(
                    LabeledImage.of(
                        "a",
                        List.of("cat"),
                        () -> {
                          throw new AssertionError("the prompt stage reads no image");
                        }))))
        .promptAgent(writer)
        .refinement(SelfRefinement.until(0.8))
        .balance(Balance.add(SLOTS))
        .output(run);
  }

  /** Writes prompts until some are there, and is then as good as killed. */
  private static void killed(LlmPromptAgent writer, Path run, int prompts) {
    AtomicInteger written = new AtomicInteger();
    ImageAugmentationAgent[] stage = new ImageAugmentationAgent[1];
    stage[0] =
        agent(writer, run)
            .listener(
                event -> {
                  if (event instanceof AugmentationEvent.PromptWritten
                      && written.incrementAndGet() == prompts) {
                    stage[0].close();
                  }
                })
            .build();
    assertThatThrownBy(stage[0]::writePrompts).isInstanceOf(CancelledException.class);
  }

  @Test
  void aResumedRunEndsTheSameWithAModelThatNowFailsTheExamination() throws IOException {
    Path whole = folder.resolve("whole");
    Path resumed = folder.resolve("resumed");
    FakeChatModel failing = model(false);

    List<PromptRecord> prompts =
        agent(LlmPromptAgent.of(model(true)), whole).build().writePrompts();
    killed(LlmPromptAgent.of(model(true)), resumed, 3);
    agent(LlmPromptAgent.of(failing), resumed).build().writePrompts();

    assertThat(prompts).extracting(PromptRecord::score).containsOnly(0.95);
    for (String file : List.of("run.json", "prompts.jsonl")) {
      assertThat(resumed.resolve(file)).hasSameTextualContentAs(whole.resolve(file));
    }
    assertThat(examinations(failing)).isZero();
  }

  @Test
  void aResumedRunEndsTheSameWithAModelThatNowPassesTheExamination() throws IOException {
    Path whole = folder.resolve("whole");
    Path resumed = folder.resolve("resumed");

    List<PromptRecord> prompts =
        agent(LlmPromptAgent.of(model(false)), whole).build().writePrompts();
    killed(LlmPromptAgent.of(model(false)), resumed, 3);
    agent(LlmPromptAgent.of(model(true)), resumed).build().writePrompts();

    assertThat(prompts).extracting(PromptRecord::score).containsOnly(1.0);
    assertThat(resumed.resolve("prompts.jsonl"))
        .hasSameTextualContentAs(whole.resolve("prompts.jsonl"));
  }

  @Test
  void theWeightsOfAgentAndCriticAreRecordedEachOnItsOwn() {
    LlmPromptAgent writer = LlmPromptAgent.of(model(false));
    LlmPromptAgent judge =
        LlmPromptAgent.builder(model(true))
            .embedder(text -> new float[] {text.hashCode(), 1})
            .build();

    agent(writer, folder).promptCritic(judge.critic()).build().writePrompts();

    PromptSettings recorded = Run.open(folder).settings().prompts();
    assertThat(recorded.agentModelWeight()).isZero();
    assertThat(recorded.criticModelWeight()).isEqualTo(0.5);
  }

  @Test
  void aKillDuringTheExaminationRecordsNothing() throws IOException {
    FakeChatModel chat =
        FakeChatModel.responding(
            request -> {
              if (question(request).contains("An empty beach in the morning")) {
                Thread.currentThread().interrupt();
                throw new CancelledException("stopped", null);
              }
              return model(true).complete(request);
            });
    ImageAugmentationAgent stage =
        agent(LlmPromptAgent.of(chat), folder).promptsInFlight(1).build();

    assertThatThrownBy(stage::writePrompts).isInstanceOf(CancelledException.class);

    assertThat(Run.open(folder).settings().prompts().criticModelWeight()).isNull();
    assertThat(agent(LlmPromptAgent.of(model(false)), folder).build().writePrompts())
        .extracting(PromptRecord::score)
        .containsOnly(1.0);
  }

  @Test
  void aRecordedWeightThatIsOutOfRangeIsRefusedWithItsField() throws IOException {
    agent(LlmPromptAgent.of(model(true)), folder).build().writePrompts();
    Path file = folder.resolve("run.json");
    Files.writeString(
        file,
        Files.readString(file).replace("\"criticModelWeight\": 0.5", "\"criticModelWeight\": 5"));

    assertThatThrownBy(() -> agent(LlmPromptAgent.of(model(true)), folder).build().writePrompts())
        .hasMessageContaining("run.json")
        .hasMessageContaining("criticModelWeight is in [0, 1], not 5.0");
  }

  @Test
  void aKillBetweenTheWeightAndTheFirstPromptLosesNothing() throws IOException {
    Path whole = folder.resolve("whole");
    Path resumed = folder.resolve("resumed");
    agent(LlmPromptAgent.of(model(true)), whole).build().writePrompts();
    killed(LlmPromptAgent.of(model(true)), resumed, 1);
    assertThat(Run.open(resumed).settings().prompts().criticModelWeight()).isEqualTo(0.5);
    Files.writeString(resumed.resolve("prompts.jsonl"), "");

    agent(LlmPromptAgent.of(model(true)), resumed).build().writePrompts();

    assertThat(resumed.resolve("prompts.jsonl"))
        .hasSameTextualContentAs(whole.resolve("prompts.jsonl"));
  }

  @Test
  void theTokensOfTheExaminationBelongToNoPrompt() {
    assertThat(agent(LlmPromptAgent.of(model(true)), folder).build().writePrompts())
        .extracting(PromptRecord::tokens)
        .as("one answer of the writer and one of the judge")
        .containsOnly(60);
  }

  @Test
  void aRunIsResumedWithTheWeightThatWasSet() {
    killed(LlmPromptAgent.of(model(true)).withModelWeight(0.5), folder, 3);

    for (LlmPromptAgent other :
        List.of(
            LlmPromptAgent.of(model(true)).withModelWeight(0.4), LlmPromptAgent.of(model(true)))) {
      assertThatThrownBy(() -> agent(other, folder).build().writePrompts())
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("agent modelWeight 0.5, not ")
          .hasMessageContaining("critic modelWeight 0.5, not ");
    }
    assertThat(
            agent(LlmPromptAgent.of(model(true)).withModelWeight(0.5), folder)
                .build()
                .writePrompts())
        .hasSize(SLOTS);
  }
}
