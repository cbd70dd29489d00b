package io.github.iaa4j.llm.openai;

import static io.github.iaa4j.llm.openai.ChatServer.HELLO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.iaa4j.core.error.CancelledException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls that are ended by an interrupt of their thread, or by a close from another one. */
class CancellingTest {

  @RegisterExtension private final ChatServer server = new ChatServer();

  private final CountDownLatch reached = new CountDownLatch(1);

  /** What a call waits for when it is cancelled. */
  private enum Wait {
    HEADERS,
    BODY,
    NEXT_PIECE,
    NEXT_ATTEMPT,
    UNAVAILABLE_SERVER,
    OTHER_CALL,
    TOKEN_LIMIT
  }

  /** How a call ended, and whether the interrupt flag of its thread was set then. */
  private record End(@Nullable Throwable failure, boolean flag) {}

  private MockResponse response(Wait wait) {
    MockResponse.Builder response = new MockResponse.Builder();
    return switch (wait) {
      case HEADERS -> response.onResponseStart(SocketEffect.Stall.INSTANCE).build();
      case BODY, OTHER_CALL -> response.body("{}").bodyDelay(1, TimeUnit.MINUTES).build();
      case NEXT_PIECE -> {
        String piece = "data: {\"choices\": [{\"delta\": {\"content\": \"hel\"}}]}\n\n";
        yield response
            .setHeader("Content-Type", "text/event-stream")
            .body(piece + ": " + "-".repeat(5_000))
            .throttleBody(1_000, 1, TimeUnit.MINUTES)
            .build();
      }
      case NEXT_ATTEMPT, UNAVAILABLE_SERVER ->
          response.code(503).addHeader("Retry-After", "60").build();
      case TOKEN_LIMIT -> Fault.text("hello").build();
    };
  }

  /** A model on a clock that runs. */
  private OpenAiChatModel model(Wait wait) {
    OpenAiChatModel.Builder builder =
        OpenAiChatModel.builder()
            .baseUrl(server.url("/v1").toString())
            .model("tiny")
            .clock(Clock.systemUTC());
    return switch (wait) {
      case UNAVAILABLE_SERVER ->
          builder.maxWait(Duration.ofHours(1)).onWait(waited -> reached.countDown()).build();
      case OTHER_CALL -> builder.maxConcurrent(1).build();
      case TOKEN_LIMIT -> builder.tokensPerMinute(100).build();
      default -> builder.build();
    };
  }

  /** Has a call wait, cancels it, and tells how it ended. */
  private End cancel(Wait wait, OpenAiChatModel model, Cancelling cancelling) throws Exception {
    server.enqueue(response(wait));
    if (wait == Wait.TOKEN_LIMIT) {
      model.complete(HELLO.toBuilder().maxTokens(1).build());
    } else if (wait == Wait.OTHER_CALL) {
      start(() -> model.complete(HELLO));
      server.takeRequest();
    }
    End[] end = new End[1];
    Thread asking =
        start(
            () -> {
              Throwable failure =
                  catchThrowable(() -> model.stream(HELLO, piece -> reached.countDown()));
              end[0] = new End(failure, Thread.currentThread().isInterrupted());
            });
    switch (wait) {
      case HEADERS, BODY, NEXT_ATTEMPT -> server.takeRequest();
      case NEXT_PIECE, UNAVAILABLE_SERVER ->
          assertThat(reached.await(20, TimeUnit.SECONDS)).isTrue();
      case OTHER_CALL, TOKEN_LIMIT -> {
        while (asking.isAlive() && asking.getState() != Thread.State.TIMED_WAITING) {
          Thread.onSpinWait();
        }
      }
    }
    cancelling.cancel(asking);
    asking.join(20_000);
    assertThat(asking.isAlive()).isFalse();
    return end[0];
  }

  private static Thread start(Runnable task) {
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler((failed, e) -> {}); // The other call is cancelled as well.
    thread.start();
    return thread;
  }

  /** What ends the call of a thread. */
  @FunctionalInterface
  private interface Cancelling {
    void cancel(Thread asking);
  }

  @ParameterizedTest
  @EnumSource
  void anInterruptEndsACallAndLeavesTheFlagSet(Wait wait) throws Exception {
    try (OpenAiChatModel model = model(wait)) {
      End end = cancel(wait, model, Thread::interrupt);

      assertThat(end.failure())
          .isInstanceOf(CancelledException.class)
          .hasMessageContaining("the chat was cancelled, because the thread was interrupted")
          .hasCauseInstanceOf(InterruptedException.class);
      assertThat(end.flag()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCloseFromAnotherThreadEndsACallAndSetsNoFlag(Wait wait) throws Exception {
    OpenAiChatModel model = model(wait);

    End end = cancel(wait, model, asking -> model.close());

    assertThat(end.failure())
        .isInstanceOf(CancelledException.class)
        .hasMessageContaining("the chat was cancelled, because the client was closed");
    assertThat(end.flag()).isFalse();
    assertThat(server.getRequestCount()).as("nothing is retried").isLessThanOrEqualTo(1);
  }

  @Test
  void aThreadThatIsInterruptedAlreadyDoesNotWait() {
    server.enqueue(response(Wait.HEADERS));
    try (OpenAiChatModel model = model(Wait.HEADERS)) {
      Thread.currentThread().interrupt();

      assertThatThrownBy(() -> model.complete(HELLO)).isInstanceOf(CancelledException.class);

      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void aCallAfterTheCloseIsAnError() {
    OpenAiChatModel model = model(Wait.BODY);
    model.close();
    model.close();

    assertThatThrownBy(() -> model.complete(HELLO))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is closed");
    assertThatThrownBy(() -> model.stream(HELLO, piece -> {}))
        .isInstanceOf(IllegalStateException.class);
    assertThat(server.getRequestCount()).isZero();
  }
}
