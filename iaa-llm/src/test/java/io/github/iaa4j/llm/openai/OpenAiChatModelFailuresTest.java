package io.github.iaa4j.llm.openai;

import static io.github.iaa4j.llm.openai.ChatServer.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.llm.LlmPromptAgent;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Failures, retries, time limits, and the key, which no failure shows. */
class OpenAiChatModelFailuresTest extends OpenAiServer {

  private static String everythingAbout(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    return text + (failure instanceof LlmException llm ? llm.rawText() : "");
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 409, 429, 500, 502, 503})
  void triesAgainAfterAStatusThatPasses(int code) {
    server.enqueue(status(code));
    server.enqueue(answer("hello"));

    assertThat(model().build().complete(HELLO).text()).isEqualTo("hello");
    assertThat(server.getRequestCount()).isEqualTo(2);
  }

  @Test
  void triesAgainAfterABrokenConnection() {
    server.enqueue(
        new MockResponse.Builder().onResponseStart(new SocketEffect.CloseSocket()).build());
    server.enqueue(answer("hello"));

    assertThat(model().build().complete(HELLO).text()).isEqualTo("hello");
  }

  @Test
  void waitsTwiceAsLongEachTimeAndGivesUpAfterTheRetries() {
    for (int i = 0; i < 3; i++) {
      server.enqueue(status(500));
    }

    LlmException failure = failure(model().build());

    assertThat(failure.kind()).isEqualTo(LlmException.Kind.STATUS);
    assertThat(failure.status()).isEqualTo(500);
    assertThat(failure).hasMessageContaining("attempt 3");
    assertThat(clock.waits()).containsExactly(Duration.ofMillis(500), Duration.ofMillis(1000));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "429|Retry-After|7|PT7S",
        "503|Retry-After|Sun, 22 Nov 2026 12:00:09 GMT|PT9S",
        "429|retry-after-ms|1250|PT1.25S"
      })
  void waitsAsLongAsTheServerAsks(int code, String header, String value, Duration wait) {
    server.enqueue(status(code, header, value));
    server.enqueue(answer("hello"));

    model().build().complete(HELLO);

    assertThat(clock.waits()).containsExactly(wait);
  }

  @Test
  void leavesAWaitOfMoreThanAMinuteToTheCaller() {
    server.enqueue(status(429, "Retry-After", "3600"));

    LlmException failure = failure(model().build());

    assertThat(failure.retryAfter()).isEqualTo(Duration.ofHours(1));
    assertThat(clock.waits()).isEmpty();
    assertThat(server.getRequestCount()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403, 404, 422})
  void doesNotRepeatARequestThatIsWrong(int code) {
    server.enqueue(status(code));

    assertThat(failure(model().build()).status()).isEqualTo(code);
    assertThat(server.getRequestCount()).isEqualTo(1);
  }

  @Test
  void neverTellsTheKeyEvenWhereTheServerQuotesIt() {
    server.enqueue(
        new MockResponse.Builder()
            .code(401)
            .body("{\"error\": {\"message\": \"Incorrect API key: " + KEY + "\"}}")
            .build());

    OpenAiChatModel model = model().build();
    LlmException failure = failure(model);

    assertThat(failure).hasMessageContaining("The API key was not accepted");
    assertThat(failure.rawText()).contains("Incorrect API key: [key]");
    assertThat(everythingAbout(failure)).doesNotContain(KEY);
    assertThat(model.toString()).doesNotContain(KEY);
  }

  @Test
  void neverTellsAKeyThatNoHeaderCanCarry() {
    OpenAiChatModel model = model().apiKey(() -> "sk-secret\nline").build();

    assertThatThrownBy(() -> model.complete(HELLO))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("line breaks")
        .satisfies(e -> assertThat(everythingAbout(e)).doesNotContain("sk-secret"));
  }

  @Test
  void followsNoRedirectSoThatTheKeyStaysWithItsHost() throws IOException {
    try (MockWebServer elsewhere = ChatServer.create()) {
      elsewhere.start();
      server.enqueue(
          new MockResponse.Builder()
              .code(307)
              .addHeader("Location", elsewhere.url("/v1/chat/completions").toString())
              .build());

      LlmException failure = failure(model().build());

      assertThat(failure).hasMessageContaining("redirects to " + elsewhere.url("/v1/"));
      assertThat(elsewhere.getRequestCount()).isZero();
    }
  }

  @Test
  void namesTheAddressThatNobodyListensAt() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }

    LlmException failure =
        failure(model().baseUrl("http://127.0.0.1:" + port + "/v1").maxRetries(0).build());

    assertThat(failure.kind()).isEqualTo(LlmException.Kind.UNREACHABLE);
    assertThat(failure)
        .hasMessageContaining("http://127.0.0.1:" + port + "/v1")
        .hasMessageContaining("start the server");
  }

  @Test
  void saysThatTheReadTimeoutWasTheOneThatPassed() {
    server.enqueue(new MockResponse.Builder().onResponseStart(SocketEffect.Stall.INSTANCE).build());

    LlmException failure =
        failure(model().maxRetries(0).readTimeout(Duration.ofMillis(100)).build());

    assertThat(failure.kind()).isEqualTo(LlmException.Kind.UNREACHABLE);
    assertThat(failure).hasMessageContaining("read timeout of 100 ms");
  }

  @Test
  void saysThatTheCallTimeoutWasTheOneThatPassed() {
    server.enqueue(new MockResponse.Builder().body("x").headersDelay(1, TimeUnit.MINUTES).build());

    LlmException failure =
        failure(model().maxRetries(0).callTimeout(Duration.ofMillis(100)).build());

    assertThat(failure).hasMessageContaining("call timeout of 100 ms");
  }

  @Test
  void readsNoMoreThanTheBound() {
    server.enqueue(new MockResponse.Builder().body("x".repeat(5 << 20)).build());

    LlmException failure = failure(model().build());

    assertThat(failure.kind()).isEqualTo(LlmException.Kind.PROTOCOL);
    assertThat(failure).hasMessageContaining("longer than 4194304 bytes; check that the base URL");
    assertThat(failure.rawText()).hasSize(4 << 20);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"error\": {\"message\": \"model \\\"tiny\\\" not found\"}}",
        "{\"error\": \"model \\\"tiny\\\" not found\"}",
        "{\"error\": {\"message\": \"model \\\"tiny\\\" not found\"}, \"choices\": null}"
      })
  void tellsTheErrorThatCameWithStatus200(String body) {
    server.enqueue(new MockResponse.Builder().body(body).build());

    assertThat(failure(model().build()))
        .hasMessageContaining("an error with HTTP 200: model \"tiny\" not found. Check the model");
  }

  @Test
  void neverTellsTheKeyHoweverTheErrorSpellsIt() {
    String key = "sk/a+b==";
    for (String spelling : List.of(key, "sk\\/a+b==", "sk/a+b\\u003d\\u003d", "\\u0073k/a+b==")) {
      server.enqueue(
          new MockResponse.Builder().body("{\"error\": \"bad key " + spelling + "\"}").build());

      assertThat(failure(model().apiKey(() -> key).build()).getMessage()).contains("bad key [key]");
    }
  }

  @Test
  void aServerThatIsNoModelsEndsTheRefinement() {
    for (int i = 0; i < 2; i++) {
      server.enqueue(new MockResponse.Builder().body("<html>Welcome</html>").build());
    }
    LlmPromptAgent agent = LlmPromptAgent.of(model().build());
    PromptRequest cat =
        new PromptRequest(new Slot(0, List.of("cat")), List.of("cat", "dog"), List.of(), 1);

    assertThatThrownBy(() -> SelfRefinement.until(0.8).atMost(4).refine(cat, agent, agent.critic()))
        .isInstanceOf(LlmException.class)
        .hasMessageContaining("check that the base URL leads to");
    assertThatThrownBy(() -> agent.critic().review(cat, new Prompt("A cat on a wall", "")))
        .isInstanceOf(LlmException.class)
        .hasMessageContaining("check that the base URL leads to");
  }
}
