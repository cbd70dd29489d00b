package io.github.iaa4j.llm.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FakeChatModelTest {

  private static final ChatRequest QUESTION =
      ChatRequest.builder().message(ChatMessage.user("Why?")).build();

  @Test
  void answersInOrderAndRemembersTheQuestions() {
    FakeChatModel chat = FakeChatModel.answering("one", "two");

    assertThat(chat.complete(QUESTION).text()).isEqualTo("one");
    assertThat(chat.complete(QUESTION).text()).isEqualTo("two");
    assertThat(chat.requests()).containsExactly(QUESTION, QUESTION);
  }

  @Test
  void saysWhichQuestionFoundNoAnswer() {
    assertThatThrownBy(() -> FakeChatModel.answering().complete(QUESTION))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Why?");
  }

  @Test
  void saysWhenAnswersAreLeftOver() {
    FakeChatModel chat = FakeChatModel.answering("one", "two");
    chat.complete(QUESTION);

    assertThatThrownBy(chat::assertAllUsed)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("contains 2 answers, and only 1 ");
    chat.complete(QUESTION);
    assertThatCode(chat::assertAllUsed).doesNotThrowAnyException();
  }

  @Test
  void answersByAFunctionOfTheRequest() {
    FakeChatModel chat =
        FakeChatModel.responding(
            request -> new ChatAnswer(request.messages().get(0).text() + "!", "stop", 1, 2));

    assertThat(chat.complete(QUESTION)).isEqualTo(new ChatAnswer("Why?!", "stop", 1, 2));
    assertThat(chat.complete(QUESTION).text()).isEqualTo("Why?!");
  }

  @Test
  void failsWhereTheScriptSaysSo() {
    LlmException busy = LlmException.builder(LlmException.Kind.STATUS, "busy").status(503).build();
    FakeChatModel chat = FakeChatModel.script().failure(busy).answer("one").name("toy").build();

    assertThatThrownBy(() -> chat.complete(QUESTION)).isSameAs(busy);
    assertThat(chat.complete(QUESTION).text()).isEqualTo("one");
    assertThat(chat.name()).isEqualTo("toy");
  }

  @Test
  void spendsItsLatenciesWithTheGivenSleeper() {
    List<Duration> waits = new ArrayList<>();
    FakeChatModel chat =
        FakeChatModel.script()
            .answer("at once")
            .taking(Duration.ofSeconds(3))
            .answer("later")
            .sleeper(waits::add)
            .build();

    chat.complete(QUESTION);
    assertThat(waits).isEmpty();
    chat.complete(QUESTION);
    assertThat(waits).containsExactly(Duration.ofSeconds(3));
  }

  @Test
  void anInterruptEndsACallThatSleeps() {
    FakeChatModel chat = FakeChatModel.script().taking(Duration.ofHours(1)).answer("never").build();

    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> chat.complete(QUESTION)).isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void aThreadThatIsInterruptedAlreadyGetsNoAnswer() {
    FakeChatModel chat = FakeChatModel.answering("never");

    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> chat.complete(QUESTION)).isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  @SuppressWarnings("NullAway") // What a test may do by mistake.
  void aFunctionThatReturnsNullIsAnError() {
    FakeChatModel chat = FakeChatModel.responding(request -> null);

    assertThatThrownBy(() -> chat.complete(QUESTION))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("the function of a FakeChatModel returned null");
  }
}
