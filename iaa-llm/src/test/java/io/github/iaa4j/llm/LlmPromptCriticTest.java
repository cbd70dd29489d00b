package io.github.iaa4j.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Fault;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.testing.FakeChatModel;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LlmPromptCriticTest {

  private static final PromptRequest CAT =
      new PromptRequest(new Slot(0, List.of("cat")), List.of("cat", "dog"), List.of(), 1);
  private static final String CLEAN = "A white cat plays on the grass";

  private static Critique judged(String text, String answer) {
    return trusted(FakeChatModel.answering(answer, answer))
        .review(CAT, new Prompt(text, ""))
        .critique();
  }

  private static String mark(Object mark) {
    return "{\"advice\": \"Make it vivid.\", \"score\": " + mark + "}";
  }

  private static FakeChatModel marking(Object... marks) {
    return FakeChatModel.answering(
        Stream.of(marks).map(LlmPromptCriticTest::mark).toArray(String[]::new));
  }

  private static PromptCritic examined(FakeChatModel chat) {
    return LlmPromptAgent.of(chat).critic();
  }

  private static PromptCritic trusted(FakeChatModel chat) {
    return LlmPromptAgent.of(chat).withModelWeight(0.5).critic();
  }

  @ParameterizedTest
  @CsvSource({"1.0, 1.0", "0.6, 0.8", "0, 0.5"})
  void aCleanPromptGetsTheMeanOfRulesAndModel(double mark, double score) {
    assertThat(judged(CLEAN, mark(mark)).score()).isCloseTo(score, within(1e-9));
  }

  @ParameterizedTest
  @CsvSource({
    "A dog plays on green grass, 0.3",
    "A cat and a dog play on green grass, 0.4",
    "A photo of a cat, 0.7"
  })
  void noMarkLiftsAFaultyPromptOverTheCapOfTheRules(String text, double cap) {
    assertThat(judged(text, mark(1)).score()).isEqualTo(cap);
  }

  @Test
  void theAdviceOfTheRulesComesFirst() {
    assertThat(judged("A cat and a dog play on green grass", mark(0.3)).advice())
        .isEqualTo("Leave out the dog. Make it vivid.");
  }

  @Test
  void theFaultsOfTheRulesAreData() {
    assertThat(judged("A cat and a dog play on green grass, no cat", mark(0.3)).faults())
        .containsExactly(
            new Fault(Fault.Kind.DENIED_CLASS, List.of("cat"), "Do not say that there is no cat."),
            new Fault(Fault.Kind.UNWANTED_CLASS, List.of("dog"), "Leave out the dog."),
            new Fault(Fault.Kind.OTHER, List.of(), "Make it vivid."));
  }

  @Test
  void theModelJudgesAtTemperatureZero() {
    FakeChatModel chat = FakeChatModel.answering(mark(0.7));

    trusted(chat).review(CAT, new Prompt(CLEAN, ""));

    assertThat(chat.requests().get(0).temperature()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"160, 200", "4000, 4000"})
  void theModelMayWriteAsMuchAsTheAgentAllows(int maxTokens, int asked) {
    FakeChatModel chat = FakeChatModel.answering(mark(0.7));

    LlmPromptAgent.builder(chat)
        .maxTokens(maxTokens)
        .build()
        .withModelWeight(0.5)
        .critic()
        .review(CAT, new Prompt(CLEAN, ""));

    assertThat(chat.requests().get(0).maxTokens()).isEqualTo(asked);
  }

  @Test
  void whoeverWaitsForAnExaminationCanBeInterrupted() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    LlmPromptAgent agent =
        LlmPromptAgent.builder(
                request -> {
                  asked.countDown();
                  try {
                    end.await();
                  } catch (InterruptedException e) {
                    throw new AssertionError(e);
                  }
                  return new ChatAnswer(mark(0.5), "stop", 0, 0);
                })
            .build();
    Runnable review = () -> agent.critic().review(CAT, new Prompt(CLEAN, ""));
    Thread examining = new Thread(review);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    AtomicBoolean flag = new AtomicBoolean();
    Thread waiting =
        new Thread(
            () -> {
              failure.set(catchThrowable(review::run));
              flag.set(Thread.currentThread().isInterrupted());
            });

    examining.start();
    asked.await();
    waiting.start();
    waiting.interrupt();
    waiting.join(20_000);
    end.countDown();
    examining.join();
    waiting.join();

    assertThat(failure.get()).isInstanceOf(CancelledException.class);
    assertThat(flag).isTrue();
  }

  @Test
  void aModelThatTellsGoodFromPoorJudgesWithFullWeight() {
    FakeChatModel chat = marking(0.9, 0.1, 0.8, 0.2, 0.7, 0, 0.9, 0.3, 0.4);

    assertThat(examined(chat).review(CAT, new Prompt(CLEAN, "")).critique().score())
        .isCloseTo(0.7, within(1e-9));
  }

  @Test
  void aModelThatLikesEverythingIsNotAskedAgain() {
    FakeChatModel chat = marking(0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9);
    PromptCritic critic = examined(chat);

    assertThat(critic.review(CAT, new Prompt(CLEAN, "")).critique()).isEqualTo(new Critique(1, ""));
    assertThat(critic.review(CAT, new Prompt("A dog on grass", "")).critique().score())
        .isEqualTo(0.3);
    assertThat(chat.requests()).hasSize(8);
  }

  @Test
  void anExaminationThatWasCutOffIsResumed() {
    LlmException late = LlmException.builder(LlmException.Kind.UNREACHABLE, "time is up").build();
    FakeChatModel chat =
        FakeChatModel.script()
            .answer(mark(0.9))
            .answer(mark(0.1))
            .answer(mark(0.9))
            .failure(late)
            .answer(mark(0.2))
            .answer(mark(0.8))
            .answer(mark(0))
            .answer(mark(0.7))
            .answer(mark(0.3))
            .answer(mark(0.4))
            .build();
    PromptCritic critic = examined(chat);

    assertThatThrownBy(() -> critic.review(CAT, new Prompt(CLEAN, ""))).isEqualTo(late);

    assertThat(critic.review(CAT, new Prompt(CLEAN, "")).critique().score())
        .isCloseTo(0.7, within(1e-9));
    chat.assertAllUsed();
  }

  @Test
  void anExaminationAnswerThatCannotBeReadCountsAgainstTheModel() {
    FakeChatModel chat = marking("high", "high", 0.9, 0.1, 0.9, 0.1, 0.9, 0.1, 0.6);

    assertThat(examined(chat).review(CAT, new Prompt(CLEAN, "")).critique().score())
        .isCloseTo(0.75 + 0.25 * 0.6, within(1e-9));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"high\"", "11", "-1", "null", "[]", "{}"})
  void anInvalidMarkIsUnusable(String mark) {
    assertThatThrownBy(() -> judged(CLEAN, mark(mark)))
        .isInstanceOf(LlmException.class)
        .hasMessageContaining("\"score\"");
  }
}
