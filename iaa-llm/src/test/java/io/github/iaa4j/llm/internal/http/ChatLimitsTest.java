package io.github.iaa4j.llm.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.ChatUsage;
import io.github.iaa4j.llm.openai.ChatServer;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import io.github.iaa4j.llm.openai.SteppingClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ChatLimitsTest {

  /** About 600 tokens: 16 characters, and an answer of up to 596 tokens. */
  private static final ChatRequest LONG =
      ChatRequest.builder().message(ChatMessage.user("a long story, ok")).maxTokens(596).build();

  private static final MockResponse NINETEEN_TOKENS =
      new MockResponse.Builder()
          .body(
              """
              {"choices": [{"message": {"content": "Once"}}],
               "usage": {"prompt_tokens": 12, "completion_tokens": 7}}\
              """)
          .build();

  @RegisterExtension private final ChatServer server = new ChatServer();
  private final SteppingClock clock = server.clock();

  private OpenAiChatModel.Builder model() {
    return server.model();
  }

  private static MockResponse busy(int seconds) {
    return new MockResponse.Builder()
        .code(503)
        .addHeader("Retry-After", Integer.toString(seconds))
        .build();
  }

  private static LlmException failure(OpenAiChatModel model) {
    return ChatServer.failure(model, LONG);
  }

  @Test
  void theDeadlineBoundsAllTriesAndWaitsTogether() {
    for (int i = 0; i < 3; i++) {
      server.enqueue(busy(4));
    }

    LlmException failure = failure(model().maxRetries(10).deadline(Duration.ofSeconds(10)).build());

    assertThat(clock.waits()).containsExactly(Duration.ofSeconds(4), Duration.ofSeconds(4));
    assertThat(server.getRequestCount()).isEqualTo(3);
    assertThat(failure.status()).isEqualTo(503);
    assertThat(failure.permanent()).isFalse();
    assertThat(failure)
        .hasMessageContaining("A wait of 4 s does not fit into the deadline of 10 s.");
  }

  @Test
  void theLastTryIsCutOffAtTheDeadline() {
    server.enqueue(new MockResponse.Builder().body("x").headersDelay(1, TimeUnit.MINUTES).build());

    LlmException failure = failure(model().maxRetries(0).deadline(Duration.ofMillis(100)).build());

    assertThat(failure).hasMessageContaining("not done within the last 100 ms of the deadline");
  }

  @Test
  void theTokensOfAMinuteAreSetAsideBeforeAndCountedAfterwards() {
    for (int i = 0; i < 3; i++) {
      server.enqueue(NINETEEN_TOKENS);
    }
    OpenAiChatModel model = model().tokensPerMinute(600).build();

    model.complete(LONG);
    model.complete(LONG);
    model.complete(LONG);

    // 600 tokens are wanted and 581 are left; 19 take 1.9 s to come.
    assertThat(clock.waits()).containsExactly(Duration.ofMillis(1900), Duration.ofMillis(1900));
    assertThat(model.usage()).isEqualTo(new ChatUsage(3, 3, 36, 21));
  }

  @Test
  void aFailedTryGivesItsTokensBack() {
    server.enqueue(busy(0));
    server.enqueue(NINETEEN_TOKENS);

    model().tokensPerMinute(600).build().complete(LONG);

    assertThat(clock.waits()).containsExactly(Duration.ZERO);
  }

  @Test
  void aTurnThatComesAfterTheDeadlineIsNotWaitedFor() {
    LlmException failure =
        failure(model().tokensPerMinute(10).deadline(Duration.ofSeconds(5)).build());

    assertThat(failure).hasMessageContaining("tokensPerMinute");
    assertThat(failure.permanent()).isFalse();
    assertThat(clock.waits()).isEmpty();
    assertThat(server.getRequestCount()).isZero();
  }

  @Test
  void noMoreAreUnderWayAtOnceThanAllowed() throws Exception {
    int callers = 12;
    int allowed = 3;
    AtomicInteger underWay = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CyclicBarrier together = new CyclicBarrier(allowed);
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) throws InterruptedException {
            most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
            try {
              together.await(20, TimeUnit.SECONDS);
            } catch (Exception e) {
              return new MockResponse.Builder().code(400).build();
            } finally {
              underWay.decrementAndGet();
            }
            return NINETEEN_TOKENS;
          }
        });
    OpenAiChatModel model = model().maxConcurrent(allowed).build();

    List<CompletableFuture<ChatAnswer>> answers = new ArrayList<>();
    for (int i = 0; i < callers; i++) {
      CompletableFuture<ChatAnswer> answer = new CompletableFuture<>();
      answers.add(answer);
      new Thread(() -> answer.completeAsync(() -> model.complete(LONG), Runnable::run)).start();
    }
    for (CompletableFuture<ChatAnswer> answer : answers) {
      assertThat(answer.get(60, TimeUnit.SECONDS).text()).isEqualTo("Once");
    }

    assertThat(most.get()).isEqualTo(allowed);
  }
}
