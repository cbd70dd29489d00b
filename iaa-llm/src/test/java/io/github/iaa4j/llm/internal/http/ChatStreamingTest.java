package io.github.iaa4j.llm.internal.http;

import static io.github.iaa4j.llm.openai.ChatServer.HELLO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.gson.JsonObject;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatCapabilities;
import io.github.iaa4j.llm.chat.ChatUsage;
import io.github.iaa4j.llm.openai.ChatServer;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import io.github.iaa4j.llm.testing.FakeChatModel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatStreamingTest {

  private static final String HELLO_EVENTS =
      """
      : a comment

      data: {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}

      event: message
      data: {"choices": [{"index": 0, "delta": {"content": "hel"}}]}

      data: {"choices": [{"index": 0,
      data: "delta": {"content": "lo 🐈"}}]}

      data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}

      data: {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 3}}

      data: [DONE]

      """;

  @RegisterExtension private final ChatServer server = new ChatServer();
  private final List<String> pieces = new ArrayList<>();

  private OpenAiChatModel.Builder model() {
    return server.model();
  }

  private static MockResponse.Builder events(String events) {
    return new MockResponse.Builder()
        .setHeader("Content-Type", "text/event-stream; charset=utf-8")
        .chunkedBody(events, 7);
  }

  /** The first piece, and the rest in a minute. */
  private static MockResponse firstPieceOnly() {
    return new MockResponse.Builder()
        .setHeader("Content-Type", "text/event-stream")
        .body(HELLO_EVENTS)
        .throttleBody(HELLO_EVENTS.indexOf("hel\"") + 10, 1, TimeUnit.MINUTES)
        .build();
  }

  @Test
  void handsOnThePiecesAndReturnsTheWhole() throws Exception {
    server.enqueue(events(HELLO_EVENTS).build());

    ChatAnswer answer = model().build().stream(HELLO, pieces::add);

    assertThat(pieces).containsExactly("hel", "lo 🐈");
    assertThat(answer).isEqualTo(new ChatAnswer("hello 🐈", "stop", 5, 3));
    JsonObject body = server.takeBody();
    assertThat(body.get("stream").getAsBoolean()).isTrue();
    assertThat(body.getAsJsonObject("stream_options").get("include_usage").getAsBoolean()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r\n", "\r"})
  void readsEveryKindOfLineEnd(String end) {
    server.enqueue(events("\uFEFF" + HELLO_EVENTS.replace("\n", end)).build());

    assertThat(model().build().stream(HELLO, pieces::add).text()).isEqualTo("hello 🐈");
  }

  @Test
  void aModelOfAnotherKindHandsOnOnePiece() {
    ChatAnswer answer = FakeChatModel.answering("hello").stream(HELLO, pieces::add);

    assertThat(pieces).containsExactly(answer.text());
  }

  @Test
  void aServerThatAnswersInOnePieceIsReadToo() {
    server.enqueue(
        new MockResponse.Builder()
            .setHeader("Content-Type", "application/json")
            .body("{\"choices\": [{\"message\": {\"content\": \"hello\"}}]}")
            .build());

    assertThat(model().build().stream(HELLO, pieces::add).text()).isEqualTo("hello");
    assertThat(pieces).containsExactly("hello");
  }

  @Test
  void theArgumentsOfACallAreTheAnswer() {
    server.enqueue(
        events(
                """
                data: {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"name": "scene", "arguments": ""}}]}}]}

                data: {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": "{\\"a\\""}}]}}]}

                data: {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": ": 1}"}}]}, "finish_reason": "tool_calls"}]}

                """)
            .build());

    assertThat(model().build().stream(HELLO, pieces::add))
        .isEqualTo(new ChatAnswer("{\"a\": 1}", "tool_calls", 0, 0));
  }

  @Test
  void aRefusalInPiecesIsAValue() {
    server.enqueue(
        events(
                """
                data: {"choices": [{"delta": {"refusal": "I "}}]}

                data: {"choices": [{"delta": {"refusal": "cannot"}, "finish_reason": "stop"}]}

                """)
            .build());

    assertThat(model().build().stream(HELLO, pieces::add).refusal()).isEqualTo("I cannot");
    assertThat(pieces).isEmpty();
  }

  @Test
  void whatTheConsumerThrowsEndsTheCall() {
    server.enqueue(firstPieceOnly());
    IllegalStateException enough = new IllegalStateException("enough");

    assertThatThrownBy(
            () ->
                model().build().stream(
                    HELLO,
                    piece -> {
                      throw enough;
                    }))
        .isSameAs(enough);
    assertThat(server.getRequestCount()).isEqualTo(1);
  }

  @Test
  void aStreamThatBreaksOffIsTriedAgainWhereNobodySawItsPieces() {
    String begin = HELLO_EVENTS.substring(0, HELLO_EVENTS.indexOf("event: message"));
    server.enqueue(events(begin).build());
    server.enqueue(events(HELLO_EVENTS).build());

    OpenAiChatModel model = model().build();

    assertThat(model.stream(HELLO, pieces::add).text()).isEqualTo("hello 🐈");
    assertThat(pieces).containsExactly("hel", "lo 🐈");
    assertThat(server.getRequestCount()).isEqualTo(2);
    assertThat(model.usage()).isEqualTo(new ChatUsage(2, 1, 5, 3));
  }

  @Test
  void aStreamThatBreaksOffWithinAnEventIsTriedAgainToo() {
    server.enqueue(events(HELLO_EVENTS.substring(0, 40)).build());
    server.enqueue(events(HELLO_EVENTS).build());

    assertThat(model().build().stream(HELLO, pieces::add).text()).isEqualTo("hello 🐈");
  }

  @Test
  void anErrorAtTheEndOfAStreamIsToldWithoutAnEmptyLineToo() {
    server.enqueue(events("data: {\"error\": {\"message\": \"model x not found\"}}\n").build());

    LlmException failure =
        catchThrowableOfType(LlmException.class, () -> model().build().stream(HELLO, pieces::add));

    assertThat(failure.kind()).isEqualTo(LlmException.Kind.PROTOCOL);
    assertThat(failure).hasMessageContaining("model x not found");
    assertThat(server.getRequestCount()).isEqualTo(1);
  }

  @Test
  void aStreamThatBreaksOffIsNotTriedAgainWhereItsPiecesWereHandedOn() {
    server.enqueue(
        events("data: {\"choices\": [{\"delta\": {\"content\": \"hel\"}}]}\n\n").build());

    LlmException failure =
        catchThrowableOfType(LlmException.class, () -> model().build().stream(HELLO, pieces::add));

    assertThat(pieces).containsExactly("hel");
    assertThat(failure).hasMessageContaining("broke off after it had begun");
    assertThat(failure.permanent()).isFalse();
  }

  @Test
  void anErrorAmongTheEventsIsToldInItsWords() {
    server.enqueue(events("data: {\"error\": {\"message\": \"out of memory\"}}\n\n").build());

    LlmException failure =
        catchThrowableOfType(LlmException.class, () -> model().build().stream(HELLO, pieces::add));

    assertThat(failure.kind()).isEqualTo(LlmException.Kind.PROTOCOL);
    assertThat(failure).hasMessageContaining("out of memory");
  }

  @Test
  void aStreamWithoutEndIsReadNoFurtherThanTheBound() {
    server.enqueue(
        new MockResponse.Builder()
            .setHeader("Content-Type", "text/event-stream")
            .body("data: {\"choices\": [{\"delta\": {\"content\": \"hel\"}}]}\n\n".repeat(100_000))
            .build());

    LlmException failure =
        catchThrowableOfType(LlmException.class, () -> model().build().stream(HELLO, pieces::add));

    assertThat(failure).hasMessageContaining("longer than 4194304 bytes");
  }

  @Test
  void learnsThatTheServerCountsNoTokensOfAStreamAndThenThatItCannotStream() throws Exception {
    server.enqueue(
        new MockResponse.Builder()
            .code(400)
            .body("{\"error\": \"stream_options unknown\"}")
            .build());
    server.enqueue(
        new MockResponse.Builder().code(400).body("{\"error\": \"stream unsupported\"}").build());
    server.enqueue(
        new MockResponse.Builder()
            .body("{\"choices\": [{\"message\": {\"content\": \"hello\"}}]}")
            .build());
    OpenAiChatModel model = model().build();

    assertThat(model.stream(HELLO, pieces::add).text()).isEqualTo("hello");

    assertThat(server.takeBody().keySet()).contains("stream", "stream_options");
    assertThat(server.takeBody().keySet()).contains("stream").doesNotContain("stream_options");
    assertThat(server.takeBody().keySet()).doesNotContain("stream", "stream_options");
    assertThat(model.capabilities()).isEqualTo(ChatCapabilities.all().withoutStreaming());
  }

  @Test
  void aStreamThatIsResetIsAFailureThatMayPass() {
    server.enqueue(events(HELLO_EVENTS).onResponseBody(new SocketEffect.CloseSocket()).build());

    LlmException failure =
        catchThrowableOfType(
            LlmException.class, () -> model().maxRetries(0).build().stream(HELLO, pieces::add));

    assertThat(failure.kind()).isEqualTo(LlmException.Kind.UNREACHABLE);
    assertThat(failure.permanent()).isFalse();
  }
}
