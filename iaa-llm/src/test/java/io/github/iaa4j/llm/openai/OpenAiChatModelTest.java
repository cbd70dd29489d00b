package io.github.iaa4j.llm.openai;

import static io.github.iaa4j.llm.openai.ChatServer.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.JsonSchema;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiChatModelTest extends OpenAiServer {

  @Test
  void answersWithTextReasonAndTokens() {
    server.enqueue(answer("hello"));

    assertThat(model().build().complete(HELLO)).isEqualTo(new ChatAnswer("hello", "stop", 12, 7));
  }

  @Test
  void sendsTheConversationAndTheKey() throws Exception {
    server.enqueue(answer("hello"));

    model()
        .build()
        .complete(
            HELLO.toBuilder()
                .message(ChatMessage.assistant("hm"))
                .temperature(0.5)
                .maxTokens(9)
                .seed(3)
                .build());

    RecordedRequest request = server.takeRequest();
    assertThat(request.getTarget()).isEqualTo("/v1/chat/completions");
    assertThat(request.getHeaders().get("Authorization")).isEqualTo("Bearer " + KEY);
    assertThat(JsonParser.parseString(request.getBody().utf8()))
        .isEqualTo(
            JsonParser.parseString(
                """
                {"model": "tiny", "max_tokens": 9, "temperature": 0.5, "seed": 3,
                 "messages": [{"role": "user", "content": "Say \\"hello\\" {now}"},
                              {"role": "assistant", "content": "hm"}]}\
                """));
  }

  @Test
  void asksForAJsonSchemaInStrictMode() throws Exception {
    server.enqueue(answer("{}"));

    model()
        .build()
        .complete(
            HELLO.toBuilder().schema(new JsonSchema("scene", "{\"type\": \"object\"}")).build());

    JsonObject body =
        JsonParser.parseString(server.takeRequest().getBody().utf8()).getAsJsonObject();
    assertThat(body.get("response_format"))
        .isEqualTo(
            JsonParser.parseString(
                """
                {"type": "json_schema",
                 "json_schema": {"name": "scene", "strict": true, "schema": {"type": "object"}}}\
                """));
  }

  @Test
  void sendsNoAuthorizationWithoutAKey() throws Exception {
    server.enqueue(answer("hello"));

    OpenAiChatModel.builder()
        .baseUrl(server.url("/v1/").toString())
        .model("tiny")
        .build()
        .complete(HELLO);

    RecordedRequest request = server.takeRequest();
    assertThat(request.getHeaders().get("Authorization")).isNull();
    assertThat(request.getTarget()).isEqualTo("/v1/chat/completions");
  }

  @Test
  void asManyAskAtOnceAsThereAreCallers() throws Exception {
    int callers = 12;
    CountDownLatch allAsked = new CountDownLatch(callers);
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) throws InterruptedException {
            allAsked.countDown();
            return allAsked.await(20, TimeUnit.SECONDS) ? answer("hello") : status(400);
          }
        });
    OpenAiChatModel model = model().build();

    List<CompletableFuture<ChatAnswer>> answers = new ArrayList<>();
    for (int i = 0; i < callers; i++) {
      CompletableFuture<ChatAnswer> answer = new CompletableFuture<>();
      answers.add(answer);
      new Thread(() -> answer.completeAsync(() -> model.complete(HELLO), Runnable::run)).start();
    }

    for (CompletableFuture<ChatAnswer> answer : answers) {
      assertThat(answer.get().text()).isEqualTo("hello");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<html>Welcome to nginx</html>",
        "[]",
        "{}",
        "",
        "{\"choices\": []}",
        "{\"choices\": [{}]}",
        "{\"choices\": [3]}",
        "{\"choices\": [{\"message\": {\"content\": [\"hi\"]}}]}",
        "{\"choices\": [{\"message\": {\"content\": \"hi\"}, \"finish_reason\": {}}]}",
        "{\"error\": {\"message\": \"model not found\"}}"
      })
  void anAnswerThatIsNoChatCompletionIsNoAnswerOfAModel(String body) {
    server.enqueue(new MockResponse.Builder().body(body).build());

    LlmException failure = failure(model().build());

    assertThat(failure.kind()).isEqualTo(LlmException.Kind.PROTOCOL);
    assertThat(failure).hasMessageStartingWith(server.url("/v1/chat/completions").toString());
    assertThat(failure.rawText()).isEqualTo(body);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "1", "token", "ollama"})
  void aKeyThatIsAWordLeavesAnswersWhole(String key) {
    String text = "A red box in the background, 1 token ollama";
    server.enqueue(Fault.text(text).build());

    assertThat(model().apiKey(() -> key).header("x-title", "background").build().complete(HELLO))
        .satisfies(answer -> assertThat(answer.text()).isEqualTo(text))
        .satisfies(answer -> assertThat(answer.truncated()).isFalse());
  }

  @Test
  void aRefusalOfTheModelIsAValue() {
    server.enqueue(
        new MockResponse.Builder()
            .body("{\"choices\": [{\"message\": {\"content\": null, \"refusal\": \"I cannot\"}}]}")
            .build());

    ChatAnswer answer = model().build().complete(HELLO);

    assertThat(answer).isEqualTo(new ChatAnswer("", "", 0, 0, "I cannot"));
    assertThat(answer.refused()).isTrue();
  }

  @Test
  void anAnswerThatTheTokenLimitCutOffIsAValue() {
    server.enqueue(finished("length"));

    ChatAnswer answer = model().build().complete(HELLO);

    assertThat(answer.truncated()).isTrue();
    assertThat(answer.text()).isEqualTo("hal");
  }

  @Test
  void aFilterThatStoppedTheAnswerIsAValue() {
    server.enqueue(finished("content_filter"));

    assertThat(model().build().complete(HELLO).refused()).isTrue();
  }

  private static MockResponse finished(String reason) {
    return new MockResponse.Builder()
        .body(
            "{\"choices\": [{\"message\": {\"content\": \"hal\"}, \"finish_reason\": \""
                + reason
                + "\"}]}")
        .build();
  }

  @Test
  void aFilterThatRefusesTheQuestionWithStatus400IsAValue() {
    server.enqueue(
        new MockResponse.Builder()
            .code(400)
            .body(
                "{\"error\": {\"code\": \"content_filter\", \"message\": \"our policy forbids it\"}}")
            .build());

    ChatAnswer answer = model().build().complete(HELLO);

    assertThat(answer.refused()).isTrue();
    assertThat(answer.finishReason()).isEqualTo("content_filter");
    assertThat(answer.refusal()).isEqualTo("our policy forbids it");
  }

  @Test
  void joinsTheTextsOfAnAnswerInParts() {
    server.enqueue(
        new MockResponse.Builder()
            .body(
                """
                {"choices": [{"message": {"content": [
                  {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
                  {"type": "text", "text": "hel"}, {"type": "text", "text": "lo"}]}}]}\
                """)
            .build());

    assertThat(model().build().complete(HELLO).text()).isEqualTo("hello");
  }

  private static MockResponse refusal(String message, String parameter) {
    JsonObject error = new JsonObject();
    error.addProperty("message", message);
    error.addProperty("type", "invalid_request_error");
    error.addProperty("param", parameter);
    JsonObject body = new JsonObject();
    body.add("error", error);
    return new MockResponse.Builder().code(400).body(body.toString()).build();
  }

  @Test
  void speaksToReasoningModelsAsTheyAskForAndRemembersIt() throws Exception {
    server.enqueue(
        refusal(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use"
                + " 'max_completion_tokens' instead.",
            "max_tokens"));
    server.enqueue(
        refusal("Unsupported value: only the default (1) value is supported.", "temperature"));
    server.enqueue(answer("one"));
    server.enqueue(answer("two"));
    OpenAiChatModel model = model().maxRetries(0).build();

    assertThat(model.complete(HELLO).text()).isEqualTo("one");
    assertThat(model.complete(HELLO).text()).isEqualTo("two");

    assertThat(server.takeBody().keySet()).contains("max_tokens", "temperature");
    assertThat(server.takeBody().keySet())
        .contains("max_completion_tokens", "temperature")
        .doesNotContain("max_tokens");
    for (int i = 0; i < 2; i++) {
      JsonObject adapted = server.takeBody();
      assertThat(adapted.get("max_completion_tokens").getAsInt()).isEqualTo(256);
      assertThat(adapted.keySet()).doesNotContain("max_tokens", "temperature");
    }
    assertThat(clock.waits()).isEmpty();
  }

  @Test
  void climbsDownTheLadderWhereTheServerKnowsNoSchema() throws Exception {
    server.enqueue(refusal("This response_format type is unavailable now", "response_format"));
    server.enqueue(refusal("'response_format.type' must be 'text'", "response_format"));
    server.enqueue(refusal("this model does not support tools", "tools"));
    server.enqueue(answer("{}"));

    model()
        .build()
        .complete(
            HELLO.toBuilder().schema(new JsonSchema("scene", "{\"type\": \"object\"}")).build());

    assertThat(server.takeBody().getAsJsonObject("response_format").get("type").getAsString())
        .isEqualTo("json_schema");
    JsonObject anyJson = server.takeBody();
    assertThat(anyJson.get("response_format"))
        .isEqualTo(JsonParser.parseString("{\"type\": \"json_object\"}"));
    assertThat(anyJson.get("messages").toString()).contains("JSON Schema: ");
    JsonObject call = server.takeBody();
    assertThat(call.has("response_format")).isFalse();
    assertThat(call.get("tools"))
        .isEqualTo(
            JsonParser.parseString(
                """
                [{"type": "function",
                  "function": {"name": "scene", "parameters": {"type": "object"}}}]\
                """));
    assertThat(call.get("tool_choice"))
        .isEqualTo(
            JsonParser.parseString(
                "{\"type\": \"function\", \"function\": {\"name\": \"scene\"}}"));
    JsonObject words = server.takeBody();
    assertThat(words.keySet()).doesNotContain("response_format", "tools", "tool_choice");
    assertThat(words.getAsJsonArray("messages").get(0))
        .isEqualTo(
            JsonParser.parseString(
                """
                {"role": "system", "content": "Answer with one JSON object and nothing else. Its \
                JSON Schema: {\\"type\\":\\"object\\"}"}\
                """));
  }

  @Test
  void leavesOutASeedThatTheServerForbids() throws Exception {
    server.enqueue(
        new MockResponse.Builder()
            .code(422)
            .body("{\"detail\": [{\"type\": \"extra_forbidden\", \"loc\": [\"body\", \"seed\"]}]}")
            .build());
    server.enqueue(answer("hello"));

    model().build().complete(HELLO.toBuilder().seed(3).build());

    assertThat(server.takeBody().has("seed")).isTrue();
    assertThat(server.takeBody().has("seed")).isFalse();
  }

  @Test
  void givesUpOnAServerThatRefusesEveryWayToAsk() {
    for (int i = 0; i < 3; i++) {
      server.enqueue(refusal("max_completion_tokens and temperature are both wrong", "?"));
    }

    assertThat(failure(model().build()).status()).isEqualTo(400);
    assertThat(server.getRequestCount()).isEqualTo(3);
  }

  @Test
  void readsAnAnswerWithoutUsageOrReason() {
    server.enqueue(
        new MockResponse.Builder()
            .body("{\"choices\": [{\"message\": {\"content\": \"hi\"}}]}")
            .build());

    assertThat(model().build().complete(HELLO)).isEqualTo(new ChatAnswer("hi", "", 0, 0));
  }

  @Test
  void namesEveryFaultOfItsOptionsAtOnce() {
    assertThatThrownBy(
            () ->
                OpenAiChatModel.builder()
                    .baseUrl("ftp://host")
                    .model(" ")
                    .connectTimeout(Duration.ofSeconds(-1))
                    .readTimeout(Duration.ZERO)
                    .callTimeout(Duration.ofDays(2))
                    .deadline(Duration.ofSeconds(Long.MAX_VALUE))
                    .maxRetries(-1)
                    .maxConcurrent(0)
                    .tokensPerMinute(0)
                    .maxWait(Duration.ofSeconds(1), Duration.ofSeconds(2))
                    .build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll(
            "baseUrl (--llm) is not an http or https address",
            "model (--llm-model) is missing",
            "connectTimeout must be from 1 ms to 1 day, not PT-1S",
            "readTimeout (--timeout) must be",
            "callTimeout (--timeout) must be",
            "deadline must be",
            "maxRetries (--retries) must be from 0 to 10, not -1",
            "maxConcurrent (--parallel) must be at least 1, not 0",
            "tokensPerMinute (--tokens-per-minute) must be at least 1, not 0",
            "maxWait (--wait) to connect must be from 0 to PT1S, not PT2S");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t"})
  void aBlankBaseUrlIsMissing(String baseUrl) {
    assertThatThrownBy(() -> OpenAiChatModel.builder().baseUrl(baseUrl).model("m").build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("baseUrl (--llm) is missing; give it such as");
  }

  @Test
  @SuppressWarnings("NullAway") // What a program that is not checked for nulls may do.
  void anOptionThatIsNullIsNamedAtOnce() {
    OpenAiChatModel.Builder builder = OpenAiChatModel.builder();

    assertThatThrownBy(() -> builder.baseUrl(null)).hasMessage("baseUrl");
    assertThatThrownBy(() -> builder.header("x", null)).hasMessage("value");
    assertThatThrownBy(() -> builder.readTimeout(null)).hasMessage("timeout");
    assertThatThrownBy(() -> builder.maxWait(null)).hasMessage("maxWait");
    assertThatThrownBy(() -> model().build().complete(null)).hasMessage("request");
  }

  @Test
  void refusesAPasswordInTheAddressWithoutTellingIt() {
    assertThatThrownBy(
            () -> OpenAiChatModel.builder().baseUrl("http://me:hush@host/v1").model("m").build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("password")
        .hasMessageNotContaining("hush");
  }

  @Test
  void namesTheEnvironmentVariableThatIsNotSet() {
    OpenAiChatModel model = model().apiKeyFromEnvironment("IAA_TEST_NO_SUCH_KEY").build();

    assertThatThrownBy(() -> model.complete(HELLO))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("IAA_TEST_NO_SUCH_KEY");
  }
}
