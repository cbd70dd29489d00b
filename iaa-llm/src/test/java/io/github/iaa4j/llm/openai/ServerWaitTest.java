package io.github.iaa4j.llm.openai;

import static io.github.iaa4j.llm.openai.ChatServer.HELLO;
import static io.github.iaa4j.llm.openai.ChatServer.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.ServerWait;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that load, limit, or have gone away. */
class ServerWaitTest {

  private static final String LOADING = "{\"error\": {\"message\": \"Loading model\"}}";

  @RegisterExtension private final ChatServer server = new ChatServer();
  private final SteppingClock clock = server.clock();
  private final List<ServerWait> reported = Collections.synchronizedList(new ArrayList<>());

  private OpenAiChatModel.Builder model() {
    return server.model().maxRetries(1).maxWait(Duration.ofMinutes(5)).onWait(reported::add);
  }

  private void enqueue(int times, int status, String body) {
    for (int i = 0; i < times; i++) {
      server.enqueue(status, body);
    }
  }

  private void answer() {
    server.enqueueAnswer("hello");
  }

  private OpenAiChatModel proven() {
    return server.proven(model());
  }

  @ParameterizedTest
  @CsvSource({
    "503, ''",
    "503, Loading model",
    "500, the model is still loading",
    "502, ''",
    "429, ''"
  })
  void aServerThatLoadsIsWaitedForFarBeyondTheRetries(int status, String words) {
    enqueue(20, status, words);
    answer();
    OpenAiChatModel model = model().build();

    assertThat(model.complete(HELLO).text()).isEqualTo("hello");
    assertThat(model.waited()).isBetween(Duration.ofSeconds(60), Duration.ofSeconds(200));
    assertThat(reported).hasSize(20);
    assertThat(reported.get(19).waited()).isPositive();
    assertThat(reported.get(19).maxWait()).isEqualTo(Duration.ofMinutes(5));
  }

  @Test
  void whenTheWaitIsOverTheFailureIsPermanent() {
    enqueue(60, 503, LOADING);

    LlmException failure = failure(model().build());

    assertThat(failure.permanent()).isTrue();
    assertThat(failure)
        .hasMessageContainingAll("Loading model", "waited for 300 s", "maxWait (--wait)");
    Duration slept = clock.waits().stream().reduce(Duration.ZERO, Duration::plus);
    assertThat(slept).isEqualTo(Duration.ofMinutes(5));
  }

  @Test
  void aServerThatAsksForLongerThanItIsWaitedForEndsTheRunAtOnce() {
    server.enqueue(
        new MockResponse.Builder().code(429).addHeader("Retry-After", "3600").body("{}").build());

    LlmException failure = failure(model().build());

    assertThat(failure.permanent()).isTrue();
    assertThat(failure.retryAfter()).isEqualTo(Duration.ofHours(1));
    assertThat(failure).hasMessageContaining("asks to wait 3600 s");
    assertThat(clock.waits()).isEmpty();
  }

  @Test
  void waitsThatTheServerNamesAreNoRetries() {
    enqueue(5, 429, "{\"error\": {\"message\": \"Please try again in 7.66s.\"}}");
    answer();

    assertThat(model().build().complete(HELLO).text()).isEqualTo("hello");
    assertThat(clock.waits()).containsOnly(Duration.ofMillis(7660)).hasSize(5);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404, 400})
  void whatNeverWillWorkEndsAtOnce(int status) {
    enqueue(1, status, "{\"error\": {\"message\": \"no\"}}");

    LlmException failure = failure(model().build());

    assertThat(failure.permanent()).isTrue();
    assertThat(clock.waits()).isEmpty();
    assertThat(reported).isEmpty();
  }

  @Test
  void aHostThatDoesNotExistEndsAtOnce() {
    LlmException failure =
        failure(model().maxRetries(0).baseUrl("http://models.invalid/v1").build());

    assertThat(failure.permanent()).isTrue();
    assertThat(failure).hasMessageContaining("no host of that name");
    assertThat(reported).isEmpty();
  }

  @Test
  void anAddressWhereNobodyListensHasABoundOfItsOwn() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    OpenAiChatModel model =
        model()
            .baseUrl("http://127.0.0.1:" + port + "/v1")
            .maxWait(Duration.ofMinutes(5), Duration.ofSeconds(15))
            .build();

    LlmException failure = failure(model);

    assertThat(failure.permanent()).isTrue();
    assertThat(failure).hasMessageContaining("start the server").hasMessageContaining("15 s");
    assertThat(clock.waits().stream().reduce(Duration.ZERO, Duration::plus))
        .isEqualTo(Duration.ofSeconds(15));
  }

  @Test
  void aServerThatNeverAnsweredButFailsIsNotGoneOnWithout() {
    enqueue(2, 500, "CUDA out of memory");

    LlmException failure = failure(model().build());

    assertThat(failure.permanent()).isTrue();
    assertThat(server.getRequestCount()).isEqualTo(2);
  }

  @Test
  void aServerThatHoldsTheFirstRequestIsNotLeftAtTheReadTimeout() {
    server.enqueue(Fault.text("hello").headersDelay(700, TimeUnit.MILLISECONDS).build());

    assertThat(
            model()
                .maxRetries(0)
                .readTimeout(Duration.ofMillis(200))
                .callTimeout(Duration.ofMillis(300))
                .build()
                .complete(HELLO)
                .text())
        .isEqualTo("hello");
  }

  @Test
  void afterAnAnswerTheTimeoutsHold() {
    OpenAiChatModel model = model().maxRetries(0).readTimeout(Duration.ofMillis(200)).build();
    answer();
    model.complete(HELLO);
    server.enqueue(Fault.text("hello").headersDelay(1, TimeUnit.MINUTES).build());

    assertThat(failure(model).permanent()).isFalse();
  }

  @Test
  void aGatewayThatHasGoneAwayIsWaitedForAndComesBack() {
    OpenAiChatModel model = proven();
    enqueue(10, 502, "<html>Bad Gateway</html>");
    answer();

    assertThat(model.complete(HELLO).text()).isEqualTo("hello");
    assertThat(model.waited()).isPositive();
    assertThat(reported).isNotEmpty();
  }

  @Test
  void aServerThatFailsThreeQuestionsInARowIsGone() {
    OpenAiChatModel model = proven();
    enqueue(200, 500, "{\"error\": {\"message\": \"the engine died\"}}");

    assertThat(failure(model).permanent()).as("the first").isFalse();
    assertThat(failure(model).permanent()).as("the second").isFalse();
    assertThat(failure(model).permanent()).as("the third, after the wait").isTrue();
    assertThat(model.waited()).isEqualTo(Duration.ofMinutes(5));
  }

  @Test
  void anAnswerBetweenTwoFailuresShowsThatItIsThere() {
    OpenAiChatModel model = proven();
    for (int i = 0; i < 4; i++) {
      enqueue(2, 500, "no");
      assertThat(failure(model).permanent()).isFalse();
      answer();
      model.complete(HELLO);
    }
    assertThat(reported).isEmpty();
  }

  @Test
  void aRequestThatIsRefusedSaysNothingOfTheServer() {
    OpenAiChatModel model = proven();
    enqueue(4, 413, "too long");

    for (int i = 0; i < 4; i++) {
      assertThat(failure(model).permanent()).isFalse();
    }
  }

  @Test
  void withoutAMaximumWaitNobodyWaits() {
    enqueue(2, 503, LOADING);
    OpenAiChatModel model = model().maxWait(Duration.ZERO).build();

    assertThat(failure(model).permanent()).isFalse();
    assertThat(model.waited()).isZero();
    assertThat(reported).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "404, '{\"error\": \"Model m is still loading\"}'",
    "425, '{\"error\": \"Model is warming up\"}'",
    "400, '{\"error\": {\"message\": \"Model is loading, please wait\"}}'",
    "200, '{\"error\": \"Model m is currently loading\", \"estimated_time\": 3.0}'",
    "200, '{\"object\": \"error\", \"message\": \"overloaded\", \"code\": 503}'",
    "200, '[{\"error\": {\"code\": 503, \"message\": \"overloaded\"}}]'",
    "200, '{\"error\": {\"error\": {\"message\": \"rate\", \"code\": 429}}}'",
    "200, '{\"error\": {\"message\": \"overloaded\", \"status\": \"UNAVAILABLE\"}}'",
    "200, '{\"error\": \"Rate limit reached, try again in 2s\"}'",
    "200, '{\"code\": 429, \"msg\": \"rate limited\", \"success\": false}'"
  })
  void aServerThatIsNotReadyIsWaitedForWhateverItsStatus(int status, String body) {
    enqueue(6, status, body);
    answer();
    OpenAiChatModel model = model().build();

    assertThat(model.complete(HELLO).text()).isEqualTo("hello");
    assertThat(reported).hasSize(6);
  }

  @Test
  void aModelThatCannotBeLoadedIsNotWaitedFor() {
    enqueue(1, 404, "{\"error\": \"failed to load: model m is not loaded on this server\"}");

    assertThat(failure(model().build()).permanent()).isTrue();
    assertThat(clock.waits()).isEmpty();
  }

  /** Answers every question but the one about an aeroplane. */
  private void servePoisoned(int status) {
    server.serve(
        request ->
            request.getBody().utf8().contains("aeroplane")
                ? new MockResponse.Builder().code(status).body("{}").build()
                : Fault.text("hello").build());
  }

  private static final ChatRequest POISON =
      ChatRequest.builder().message(ChatMessage.user("An aeroplane")).build();

  @ParameterizedTest
  @ValueSource(ints = {502, 404, 403})
  void aQuestionThatAloneFailsDoesNotEndTheRun(int status) {
    servePoisoned(status);
    OpenAiChatModel model = model().build();
    model.complete(HELLO);

    LlmException failure = failure(model, POISON);

    assertThat(failure.permanent()).isFalse();
    assertThat(model.complete(HELLO).text()).isEqualTo("hello");
  }

  @Test
  void aFirstQuestionThatAloneFailsDoesNotEndTheRunEither() {
    servePoisoned(502);
    OpenAiChatModel model = model().build();

    LlmException failure = failure(model, POISON);

    assertThat(failure.permanent()).isFalse();
  }

  @Test
  void aQuestionIsGivenUpSoonWhereOthersAreAnsweredMeanwhile() {
    servePoisoned(502);
    OpenAiChatModel[] models = new OpenAiChatModel[1];
    models[0] = model().onWait(wait -> models[0].complete(HELLO)).build();
    models[0].complete(HELLO);

    LlmException failure = failure(models[0], POISON);

    assertThat(failure.permanent()).isFalse();
    assertThat(failure).hasMessageContaining("Other requests were answered meanwhile");
    assertThat(clock.waits()).hasSizeLessThan(8);
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 403, 402, 410})
  void anAddressThatIsLostHalfWayEndsTheRunAtOnce(int status) {
    OpenAiChatModel model = proven();
    enqueue(2, status, "{\"error\": \"no route to model\"}");

    assertThat(failure(model).permanent()).isTrue();
  }

  @Test
  void manyFailuresOfOneKindInARowEndTheRun() {
    OpenAiChatModel model = server.model().maxRetries(0).build();
    answer();
    model.complete(HELLO);
    enqueue(8, 500, "{}");

    for (int i = 0; i < 7; i++) {
      assertThat(failure(model).permanent()).isFalse();
    }
    assertThat(failure(model).permanent()).isTrue();
  }

  @Test
  void anAnswerWithoutWordsProvesNothing() {
    server.enqueue(Fault.text("").build());
    enqueue(1, 400, "{\"error\": \"no\"}");
    OpenAiChatModel model = model().build();
    model.complete(HELLO);

    assertThat(failure(model).permanent()).isTrue();
  }
}
