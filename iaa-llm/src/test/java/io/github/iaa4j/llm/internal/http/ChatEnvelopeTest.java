package io.github.iaa4j.llm.internal.http;

import static io.github.iaa4j.llm.openai.ChatServer.HELLO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.openai.ChatServer;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import java.util.ArrayList;
import java.util.List;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where servers put an answer or an error, besides where it belongs. */
class ChatEnvelopeTest {

  @RegisterExtension private final ChatServer server = new ChatServer();
  private final List<String> pieces = new ArrayList<>();

  private OpenAiChatModel.Builder model() {
    return server.model();
  }

  private void enqueue(String body) {
    server.enqueue(new MockResponse.Builder().body(body).build());
  }

  private void events(String events) {
    server.enqueue(
        new MockResponse.Builder()
            .setHeader("Content-Type", "text/event-stream")
            .body(events)
            .build());
  }

  private LlmException failure() {
    return catchThrowableOfType(
        LlmException.class, () -> model().maxRetries(0).build().complete(HELLO));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"content\": \"\", \"reasoning_content\": \"hello\"}",
        "{\"content\": null, \"reasoning_content\": \"hello\", \"tool_calls\": []}",
        "{\"content\": \"  \", \"reasoning\": \"hello\"}",
        "{\"content\": [], \"reasoning\": \"hello\"}",
        "{\"reasoning\": \"hello\"}",
        "{\"content\": \"hello\", \"reasoning\": \"hm\", \"reasoning_content\": \"hm\"}"
      })
  void thoughtsStandForAnAnswerThatIsEmpty(String message) {
    enqueue("{\"choices\": [{\"finish_reason\": \"stop\", \"message\": " + message + "}]}");

    assertThat(model().build().complete(HELLO).text()).isEqualTo("hello");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"error\": {\"message\": \"busy\", \"code\": 429}}",
        "{\"error\": {\"message\": \"busy\", \"code\": \"429\"}}",
        "{\"error\": {\"message\": \"busy\", \"code\": \"rate_limit_exceeded\"}}",
        "{\"choices\": [], \"error\": {\"message\": \"busy\", \"code\": 429}}",
        "{\"choices\": [{\"finish_reason\": \"error\", \"error\": {\"code\": 429}}]}"
      })
  void anErrorInsideOf200HasTheStatusThatItNames(String body) {
    enqueue(body);
    enqueue("{\"choices\": [{\"message\": {\"content\": \"hello\"}}]}");

    assertThat(model().build().complete(HELLO).text()).as("429 passes").isEqualTo("hello");

    enqueue(body);
    assertThat(failure().status()).isEqualTo(429);
  }

  @Test
  void aKeyThatIsRefusedInsideOf200EndsARun() {
    enqueue("{\"error\": {\"message\": \"No auth credentials found\", \"code\": 401}}");

    LlmException failure = failure();

    assertThat(failure.status()).isEqualTo(401);
    assertThat(failure.permanent()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"m is temporarily rate-limited upstream\"|m is temporarily rate-limited upstream",
        "\"{\\\"error\\\": {\\\"message\\\": \\\"at most 1 image\\\"}}\"|at most 1 image",
        "{\"error\": \"the GPU is gone\"}|the GPU is gone"
      })
  void theWordsOfTheServerBehindAGatewayAreTold(String raw, String words) {
    enqueue(
        "{\"error\": {\"message\": \"Provider returned error\", \"code\": 502, \"metadata\":"
            + " {\"raw\": "
            + raw
            + "}}}");

    assertThat(failure()).hasMessageContaining("Provider returned error: " + words);
  }

  @Test
  void anAnswerThatTheGatewayLostHalfWayIsNone() {
    enqueue("{\"choices\": [{\"message\": {\"content\": \"hel\"}, \"finish_reason\": \"error\"}]}");
    enqueue("{\"choices\": [{\"message\": {\"content\": \"hello\"}}]}");

    assertThat(model().build().complete(HELLO).text()).isEqualTo("hello");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data: {}\n\n",
        "event: ping\ndata: {\"type\": \"ping\"}\n\n",
        ": OPENROUTER PROCESSING\n\n",
        "data:{\"choices\":[],\"prompt_filter_results\":[{\"prompt_index\":0}]}\n\n",
        "data: {\"id\": \"1\", \"usage\": {\"prompt_tokens\": 3}}\n\n"
      })
  void eventsWithoutChoicesArePassedOver(String event) {
    String hello = "data: {\"choices\": [{\"delta\": {\"content\": \"hello\"}}]}\n\n";
    events(event + hello + event + "data: [DONE]\n\n");

    assertThat(model().build().stream(HELLO, pieces::add).text()).isEqualTo("hello");
    assertThat(pieces).containsExactly("hello");
  }

  @Test
  void anErrorAmongTheEventsHasItsStatusAndItsWords() {
    events(
        """
        data: {"choices": [{"delta": {"content": "hel"}}]}

        data: {"error": {"message": "Provider returned error", "code": 502}}

        """);

    LlmException failure =
        catchThrowableOfType(LlmException.class, () -> model().build().stream(HELLO, pieces::add));

    assertThat(failure.status()).isEqualTo(502);
    assertThat(failure)
        .hasMessageContaining("It said: {\"error\": {\"message\":\"Provider returned error\"");
  }

  @Test
  void aStreamOfNothingButOtherEventsIsNoAnswer() {
    events("data: {}\n\ndata: [DONE]\n\n");

    LlmException failure =
        catchThrowableOfType(LlmException.class, () -> model().build().stream(HELLO, pieces::add));

    assertThat(failure).hasMessageContaining("contains no event with choices");
  }

  @Test
  void thoughtsInPiecesStandForAnAnswerThatIsEmptyToo() {
    events(
        """
        data: {"choices": [{"delta": {"role": "assistant", "content": null, "reasoning": "hel"}}]}

        data: {"choices": [{"delta": {"reasoning": "lo"}}]}

        data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}

        data: [DONE]

        """);

    assertThat(model().build().stream(HELLO, pieces::add).text()).isEqualTo("hello");
    assertThat(pieces).containsExactly("hello");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"content\": {\"text\": \"hello\"}}",
        "{\"content\": [{\"type\": \"output_text\", \"text\": \"hello\"}]}",
        "{\"content\": null, \"thinking\": \"hello\"}",
        "{\"content\": null, \"reasoning_details\": [{\"text\": \"hel\"}, {\"text\": \"lo\"}]}"
      })
  void theTextMayStandInOtherPlaces(String message) {
    enqueue("{\"choices\": [{\"message\": " + message + ", \"finish_reason\": \"stop\"}]}");

    assertThat(model().build().complete(HELLO).text()).isEqualTo("hello");
  }

  @ParameterizedTest
  @ValueSource(strings = {"max_tokens", "MAX_TOKENS", "length"})
  void theLimitHasSeveralNames(String reason) {
    enqueue(
        "{\"choices\": [{\"message\": {\"content\": \"hel\"}, \"finish_reason\": \""
            + reason
            + "\"}]}");

    assertThat(model().build().complete(HELLO).truncated()).isTrue();
  }

  @Test
  void eventsAreReadWhateverTypeTheyAreSaidToHave() {
    server.enqueue(
        new MockResponse.Builder()
            .setHeader("Content-Type", "application/json")
            .body(
                "data: {\"choices\": [{\"delta\": {\"content\": \"hello\"},"
                    + " \"finish_reason\": \"stop\"}]}\n\ndata: [DONE]\n\n")
            .build());

    assertThat(model().build().complete(HELLO).text()).isEqualTo("hello");
  }

  @Test
  void anErrorBesideAHollowChoiceIsAnError() {
    enqueue(
        "{\"choices\": [{\"message\": {\"content\": \"\"}, \"finish_reason\": null}],"
            + " \"error\": {\"code\": 502, \"message\": \"Upstream failed\"}}");
    enqueue("{\"choices\": [{\"message\": {\"content\": \"hello\"}}]}");

    assertThat(model().build().complete(HELLO).text()).isEqualTo("hello");
  }
}
