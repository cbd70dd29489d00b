package io.github.iaa4j.llm.internal.http;

import static io.github.iaa4j.llm.openai.ChatServer.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatCapabilities;
import io.github.iaa4j.llm.chat.ChatCapabilities.StructuredOutput;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.JsonSchema;
import io.github.iaa4j.llm.openai.ChatServer;
import io.github.iaa4j.llm.openai.Fault;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import java.util.List;
import java.util.function.Function;
import mockwebserver3.MockResponse;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What servers refuse, in their words and without any. */
class ChatRefusalTest {

  private static final ChatRequest FULL =
      ChatRequest.builder()
          .message(ChatMessage.system("Be brief."))
          .message(ChatMessage.user("Say hello"))
          .schema(new JsonSchema("scene", "{\"type\": \"object\"}"))
          .seed(3)
          .build();

  @RegisterExtension private final ChatServer server = new ChatServer();

  private OpenAiChatModel.Builder model() {
    return server.model().maxRetries(0);
  }

  /** Refuses what the function finds fault with, with the status and body that it returns. */
  private void serve(Function<JsonObject, @Nullable MockResponse> fault) {
    server.serve(
        request -> {
          MockResponse refusal =
              fault.apply(JsonParser.parseString(request.getBody().utf8()).getAsJsonObject());
          return refusal == null ? Fault.text("{}").build() : refusal;
        });
  }

  private static MockResponse refusal(int status, String body) {
    return new MockResponse.Builder().code(status).body(body).build();
  }

  private static boolean hasSystem(JsonObject body) {
    for (var message : body.getAsJsonArray("messages")) {
      if (message.getAsJsonObject().get("role").getAsString().equals("system")) {
        return true;
      }
    }
    return false;
  }

  private static boolean has(JsonObject body, String feature) {
    return switch (feature) {
      case "system" -> hasSystem(body);
      case "schema" -> body.toString().contains("\"json_schema\"");
      case "max_tokens" -> body.has("max_tokens");
      default -> body.has(feature);
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "schema",
        "response_format",
        "seed",
        "system",
        "temperature",
        "max_tokens",
        "seed system",
        "response_format system temperature",
        "response_format seed system temperature max_tokens tools"
      })
  void whatIsRefusedWithoutAWordIsFoundOut(String features) {
    List<String> refused = List.of(features.split(" ", -1));
    serve(
        body ->
            refused.stream().anyMatch(feature -> has(body, feature))
                ? refusal(400, "Bad Request")
                : null);

    assertThat(model().build().complete(FULL).text()).isEqualTo("{}");
  }

  @ParameterizedTest
  @CsvSource({"seed, 422", "system, 400", "temperature, 400", "max_tokens, 422"})
  void aFeatureThatIsRefusedWithoutAWordCostsNoOther(String feature, int status) {
    serve(body -> has(body, feature) ? refusal(status, "{\"detail\": \"no\"}") : null);
    OpenAiChatModel model = model().build();

    model.complete(FULL);

    ChatCapabilities all = ChatCapabilities.all();
    assertThat(model.capabilities())
        .isEqualTo(
            switch (feature) {
              case "seed" -> all.withoutSeed();
              case "system" -> all.withoutSystemRole();
              case "temperature" -> all.withoutTemperature();
              default -> all.withMaxCompletionTokens();
            });
  }

  @Test
  void theFirstRefusalIsToldWhereThePlainestFormIsRefusedToo() {
    int[] count = {0};
    serve(body -> refusal(400, "{\"error\": \"refusal number " + ++count[0] + "\"}"));
    OpenAiChatModel model = model().build();

    LlmException failure = failure(model, FULL);

    assertThat(failure).hasMessageContaining("refusal number 1\"");
    assertThat(failure.permanent()).isTrue();
    assertThat(count[0]).isBetween(2, 16);
    assertThat(model.capabilities()).isEqualTo(ChatCapabilities.all());
  }

  @Test
  void onceAShapeWasAnsweredARefusalThatNamesNothingIsAFailure() {
    boolean[] well = {true};
    serve(body -> well[0] ? null : refusal(400, "no"));
    OpenAiChatModel model = model().build();
    model.complete(FULL);
    well[0] = false;

    LlmException failure = failure(model, FULL);

    assertThat(failure.status()).isEqualTo(400);
    assertThat(server.getRequestCount()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Mistral
        """
        {"object": "error", "message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"],
          "msg": "Extra inputs are not permitted", "input": {"response_format": {"type": "json_schema"},
          "messages": [{"role": "system"}], "temperature": 0.8, "max_tokens": 160}}]},
          "type": "invalid_request_error"}""",
        // The same with JSON in a text
        """
        {"object": "error", "message": "{\\"detail\\": [{\\"loc\\": [\\"body\\", \\"seed\\"], \\"msg\\":\
         \\"Extra inputs are not permitted\\", \\"input\\": \\"response_format temperature\\"}]}"}""",
        // Python prints what pydantic found
        """
        {"object": "error", "message": "[{'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'msg':\
         'Extra inputs are not permitted', 'input': {'response_format': 1, 'temperature': 2}}]"}""",
        // A server that lists what it does take
        """
        {"error": {"message": "Unsupported parameter: seed. Supported are: response_format, stream,\
         temperature, tools", "param": null}}""",
        // A parameter of its own field
        """
        {"error": {"message": "Not allowed together with temperature and response_format",\
         "param": "seed"}}""",
        // Google, in a list
        """
        [{"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "Invalid JSON payload received.\
         Unknown name \\"seed\\": Cannot find field."}}]""",
        // OpenRouter, which quotes the server behind it
        """
        {"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw":\
         "{\\"error\\": {\\"message\\": \\"seed is not supported\\"}}"}}}"""
      })
  void aRefusalCostsNoMoreThanItNames(String body) {
    serve(request -> request.has("seed") ? refusal(422, body) : null);
    OpenAiChatModel model = model().build();

    model.complete(FULL);

    assertThat(model.capabilities()).isEqualTo(ChatCapabilities.all().withoutSeed());
    assertThat(server.getRequestCount()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400|System role not supported",
        "400|Unsupported value: 'messages[0].role' does not support 'system' with this model.",
        "400|Developer instruction is not enabled for models/gemma",
        "500|Jinja exception: Conversation roles must alternate user/assistant/user/assistant",
        "424|Request failed during generation: Conversation roles must alternate",
        "400|Input should be 'user' or 'assistant', role was system"
      })
  void aModelWithoutASystemRoleGetsItsTextInTheFirstQuestion(int status, String words)
      throws Exception {
    serve(
        body ->
            hasSystem(body)
                ? refusal(status, "{\"error\": {\"message\": \"" + words + "\"}}")
                : null);
    OpenAiChatModel model = model().build();

    model.complete(FULL);

    assertThat(model.capabilities()).isEqualTo(ChatCapabilities.all().withoutSystemRole());
    server.takeBody();
    assertThat(server.takeBody().get("messages"))
        .isEqualTo(
            JsonParser.parseString(
                "[{\"role\": \"user\", \"content\": \"Be brief.\\n\\nSay hello\"}]"));
  }

  @Test
  void turnsOfOneRoleAreOneAndAlternationHolds() throws Exception {
    serve(body -> null);
    ChatRequest request =
        ChatRequest.builder()
            .message(ChatMessage.user("one"))
            .message(ChatMessage.user("two", List.of("data:image/png;base64,AA==")))
            .message(ChatMessage.assistant("three"))
            .message(ChatMessage.assistant("four"))
            .message(ChatMessage.user("five"))
            .schema(new JsonSchema("scene", "{\"type\": \"object\"}"))
            .build();

    model()
        .capabilities(
            ChatCapabilities.all()
                .withStructuredOutput(StructuredOutput.PROMPT)
                .withoutSystemRole())
        .build()
        .complete(request);

    JsonArray messages = server.takeBody().getAsJsonArray("messages");
    assertThat(messages)
        .extracting(message -> message.getAsJsonObject().get("role").getAsString())
        .containsExactly("user", "assistant", "user");
    JsonArray parts = messages.get(0).getAsJsonObject().getAsJsonArray("content");
    assertThat(parts.get(0).getAsJsonObject().get("type").getAsString()).isEqualTo("image_url");
    assertThat(parts.get(1).getAsJsonObject().get("text").getAsString())
        .startsWith("Answer with one JSON object")
        .endsWith("\n\none\n\ntwo");
    assertThat(messages.get(1).getAsJsonObject().get("content").getAsString())
        .isEqualTo("three\n\nfour");
  }

  @Test
  void whatTheServerFoundToBeNoJsonIsAnAnswer() {
    server.enqueue(
        refusal(
            400,
            """
            {"error": {"message": "Failed to generate JSON. See 'failed_generation'.",
              "code": "json_validate_failed", "failed_generation": "{\\"prompt\\": \\"a cat"}}"""));
    OpenAiChatModel model = model().build();

    assertThat(model.complete(FULL).text()).isEqualTo("{\"prompt\": \"a cat");
    assertThat(model.capabilities()).isEqualTo(ChatCapabilities.all());
  }

  @Test
  void aModelThatThinksGetsRoomForItsAnswerAndKeepsIt() throws Exception {
    serve(
        body ->
            body.get("max_tokens").getAsInt() < 1500
                ? new MockResponse.Builder()
                    .body(
                        """
                        {"choices": [{"message": {"content": ""}, "finish_reason": "length"}],
                         "usage": {"prompt_tokens": 10, "completion_tokens": 100}}""")
                    .build()
                : null);
    OpenAiChatModel model = model().build();

    ChatAnswer answer = model.complete(FULL);
    model.complete(FULL);

    assertThat(answer.text()).isEqualTo("{}");
    assertThat(answer.completionTokens()).as("what the empty ones cost too").isEqualTo(207);
    assertThat(List.of(server.takeBody(), server.takeBody(), server.takeBody(), server.takeBody()))
        .extracting(body -> body.get("max_tokens").getAsInt())
        .containsExactly(256, 256 + 1024, 256 + 4096, 256 + 4096);
  }

  @Test
  void thoughtsWithoutEndAreNoAnswerEither() {
    serve(
        body ->
            body.get("max_tokens").getAsInt() < 1000
                ? new MockResponse.Builder()
                    .body(
                        """
                        {"choices": [{"message": {"content": "<think>Let me see"},
                          "finish_reason": "length"}]}""")
                    .build()
                : null);

    assertThat(model().build().complete(FULL).text()).isEqualTo("{}");
  }

  @Test
  void roomHasABound() {
    serve(
        body ->
            new MockResponse.Builder()
                .body(
                    "{\"choices\": [{\"message\": {\"content\": null}, \"finish_reason\":"
                        + " \"length\"}]}")
                .build());

    assertThat(model().build().complete(FULL).truncated()).isTrue();
    assertThat(server.getRequestCount()).isEqualTo(4);
  }

  @Test
  void aContextThatHoldsNoMoreLeavesTheAnswerEmptyAndIsRemembered() {
    serve(
        body ->
            body.get("max_tokens").getAsInt() > 1000
                ? refusal(400, "{\"message\": \"maximum context length is 1024 tokens\"}")
                : new MockResponse.Builder()
                    .body(
                        "{\"choices\": [{\"message\": {\"content\": null}, \"finish_reason\":"
                            + " \"length\"}]}")
                    .build());
    OpenAiChatModel model = model().build();

    assertThat(model.complete(FULL).truncated()).isTrue();
    assertThat(model.complete(FULL).truncated()).isTrue();
    assertThat(server.getRequestCount()).isEqualTo(3);
  }

  @Test
  void aRequestThatTheMessageQuotesCostsNoMoreThanWhatItNames() {
    serve(
        body ->
            body.has("seed")
                ? refusal(422, message("Could not parse request " + body + ": unknown field seed"))
                : null);
    OpenAiChatModel model = model().build();

    model.complete(FULL);

    assertThat(model.capabilities()).isEqualTo(ChatCapabilities.all().withoutSeed());
    assertThat(server.getRequestCount()).isEqualTo(2);
  }

  @Test
  void faultsByFieldNameTheField() {
    serve(
        body ->
            body.has("seed")
                ? refusal(
                    422, "{\"errors\": {\"seed\": [\"is wrong\"]}, \"request\": " + body + "}")
                : null);
    OpenAiChatModel model = model().build();

    model.complete(FULL);

    assertThat(model.capabilities()).isEqualTo(ChatCapabilities.all().withoutSeed());
    assertThat(server.getRequestCount()).isEqualTo(2);
  }

  private static String message(String words) {
    JsonObject body = new JsonObject();
    body.addProperty("message", words);
    return body.toString();
  }

  @Test
  void aKeyInAHeaderOfItsOwnWasSent() {
    serve(body -> refusal(401, "{}"));

    LlmException failure =
        catchThrowableOfType(
            LlmException.class,
            () -> model().header("Authorization", "Bearer key-of-mine").build().complete(FULL));

    assertThat(failure).hasMessageContaining("The API key was not accepted");
  }

  @Test
  void aProxyThatRefusesIsNamed() {
    Headers squid = Headers.of("X-Squid-Error", "ERR_ACCESS_DENIED 0");

    LlmException failure =
        new ChatFailures("http://far/v1", "tiny", "http://proxy:3128")
            .status(
                new ChatExchange.Reply(403, squid, "denied", false, null, null),
                null,
                new Secrets("", List.of()),
                false,
                false,
                1)
            .builder()
            .build();

    assertThat(failure)
        .hasMessageContaining("The proxy http://proxy:3128 refuses")
        .hasMessageNotContaining("No API key");
  }
}
