package io.github.iaa4j.llm.internal.http;

import static io.github.iaa4j.llm.openai.ChatServer.HELLO;
import static io.github.iaa4j.llm.openai.ChatServer.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatCapabilities;
import io.github.iaa4j.llm.chat.ChatCapabilities.StructuredOutput;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.JsonSchema;
import io.github.iaa4j.llm.openai.ChatServer;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import io.github.iaa4j.llm.openai.SteppingClock;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses, headers and what an endpoint takes. */
class ChatEndpointTest {

  private static final ChatRequest SHAPED =
      HELLO.toBuilder().schema(new JsonSchema("scene", "{\"type\": \"object\"}")).build();

  @RegisterExtension private final ChatServer server = new ChatServer();
  private final SteppingClock clock = server.clock();

  private OpenAiChatModel.Builder model() {
    return server.model();
  }

  private static MockResponse answer(String text) {
    JsonObject message = new JsonObject();
    message.addProperty("content", text);
    return new MockResponse.Builder()
        .body("{\"choices\": [{\"message\": " + message + "}]}")
        .build();
  }

  private static MockResponse error(int status, String words) {
    JsonObject error = new JsonObject();
    error.addProperty("message", words);
    JsonObject body = new JsonObject();
    body.add("error", error);
    return new MockResponse.Builder().code(status).body(body.toString()).build();
  }

  @Test
  void asksAzureAsItWantsToBeAsked() throws Exception {
    server.enqueue(answer("hello"));

    OpenAiChatModel.builder()
        .baseUrl(server.url("/").toString())
        .path("openai/deployments/my-gpt/chat/completions")
        .query("api-version", "2024-10-21")
        .apiKey(() -> "azure-secret-key")
        .apiKeyHeader("api-key")
        .header("x-team", "vision")
        .model("my-gpt")
        .build()
        .complete(HELLO);

    RecordedRequest request = server.takeRequest();
    assertThat(request.getTarget())
        .isEqualTo("/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21");
    assertThat(request.getHeaders().get("api-key")).isEqualTo("azure-secret-key");
    assertThat(request.getHeaders().get("Authorization")).isNull();
    assertThat(request.getHeaders().get("x-team")).isEqualTo("vision");
  }

  @Test
  void aCopyDiffersInWhatWasChangedAlone() throws Exception {
    server.enqueue(answer("hello"));
    OpenAiChatModel first = model().header("x-team", "vision").query("a", "b").build();

    first.toBuilder().model("other").header("x-more", "1").build().complete(HELLO);
    server.enqueue(answer("hello"));
    first.complete(HELLO);

    RecordedRequest changed = server.takeRequest();
    assertThat(changed.getTarget()).isEqualTo("/v1/chat/completions?a=b");
    assertThat(changed.getHeaders().get("x-team")).isEqualTo("vision");
    assertThat(changed.getHeaders().get("x-more")).isEqualTo("1");
    assertThat(changed.getBody().utf8()).contains("\"other\"");
    RecordedRequest unchanged = server.takeRequest();
    assertThat(unchanged.getHeaders().get("x-more")).isNull();
    assertThat(unchanged.getBody().utf8()).contains("\"tiny\"");
  }

  @Test
  void goesThroughTheProxyThatOkHttpIsGiven() throws Exception {
    server.enqueue(answer("hello"));
    Proxy proxy =
        new Proxy(
            Proxy.Type.HTTP, new InetSocketAddress(server.url("/").host(), server.url("/").port()));

    model()
        .baseUrl("http://models.invalid/v1")
        .http(http -> http.proxy(proxy))
        .build()
        .complete(HELLO);

    assertThat(server.takeRequest().getHeaders().get("Host")).isEqualTo("models.invalid");
  }

  /** OkHttp writes the dates of a certificate in the digits of the default locale. */
  private static HeldCertificate certificate(String host) {
    Locale usual = Locale.getDefault();
    Locale.setDefault(Locale.ROOT);
    try {
      return new HeldCertificate.Builder().addSubjectAlternativeName(host).build();
    } finally {
      Locale.setDefault(usual);
    }
  }

  @Test
  void talksTlsWithTheCertificatesThatOkHttpIsGiven() throws Exception {
    HeldCertificate certificate = certificate("localhost");
    HandshakeCertificates ofServer =
        new HandshakeCertificates.Builder().heldCertificate(certificate).build();
    HandshakeCertificates ofClient =
        new HandshakeCertificates.Builder()
            .addTrustedCertificate(certificate.certificate())
            .build();
    try (MockWebServer secure = ChatServer.create()) {
      secure.useHttps(ofServer.sslSocketFactory());
      secure.start();
      secure.enqueue(answer("hello"));
      String url = "https://localhost:" + secure.getPort() + "/v1";

      try (OpenAiChatModel strange = model().baseUrl(url).build()) {
        LlmException failure = failure(strange);
        assertThat(failure)
            .hasMessageContainingAll("no TLS connection", "certif", "caFile (--ca-file)");
        assertThat(failure.permanent()).isTrue();
        assertThat(clock.waits()).as("a certificate stays unknown").isEmpty();
      }
      try (OpenAiChatModel known =
          model()
              .baseUrl(url)
              .http(
                  http ->
                      http.sslSocketFactory(ofClient.sslSocketFactory(), ofClient.trustManager()))
              .build()) {
        assertThat(known.complete(HELLO).text()).isEqualTo("hello");
      }
    }
  }

  @Test
  void trustsTheCertificatesOfAFile(@TempDir Path folder) throws Exception {
    HeldCertificate certificate = certificate("localhost");
    Path pem = Files.writeString(folder.resolve("ca.pem"), certificate.certificatePem());
    try (MockWebServer secure = ChatServer.create()) {
      secure.useHttps(
          new HandshakeCertificates.Builder()
              .heldCertificate(certificate)
              .build()
              .sslSocketFactory());
      secure.start();
      secure.enqueue(answer("hello"));

      try (OpenAiChatModel model =
          model().baseUrl("https://localhost:" + secure.getPort() + "/v1").caFile(pem).build()) {
        assertThat(model.complete(HELLO).text()).isEqualTo("hello");
      }
    }
  }

  @Test
  void namesTheFileOfCertificatesThatHoldsNone(@TempDir Path folder) throws Exception {
    Path none = Files.writeString(folder.resolve("none.pem"), "hello");

    assertThatThrownBy(() -> model().caFile(none).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("caFile (--ca-file)", "none.pem");
    assertThatThrownBy(() -> model().caFile(folder.resolve("lacking.pem")).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("caFile (--ca-file)", "lacking.pem", "cannot be read");
  }

  @Test
  void namesTheHeadersThatNoRequestCanCarryWithoutTheirValues() {
    assertThatThrownBy(() -> model().header("x team", "a").header("x-key", "se\ncret").build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("x team", "x-key", "line breaks")
        .hasMessageNotContaining("cret");
    assertThatThrownBy(() -> model().apiKey(() -> "k").header("authorization", "Basic abc").build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("given twice");
  }

  @Test
  void tellsTheStatusTheHeadersTheBodyAndTheRequest() {
    server.enqueue(
        error(400, "bad request")
            .newBuilder()
            .addHeader("X-Request-Id", "req-17")
            .addHeader("X-RateLimit-Remaining-Tokens", "12")
            .addHeader("Set-Cookie", "session=s3cr3t")
            .build());

    LlmException failure = failure(model().build());

    assertThat(failure.status()).isEqualTo(400);
    assertThat(failure.requestId()).isEqualTo("req-17");
    assertThat(failure).hasMessageContaining("(request req-17)");
    assertThat(failure.headers())
        .containsEntry("x-ratelimit-remaining-tokens", List.of("12"))
        .doesNotContainKey("set-cookie");
    assertThat(failure.rawText()).isEqualTo("{\"error\":{\"message\":\"bad request\"}}");
  }

  @ParameterizedTest
  @CsvSource({"401, true", "403, true", "404, true", "400, true", "429, false", "503, false"})
  void aFirstAnswerThatBlamesAddressOrKeyIsPermanent(int status, boolean permanent) {
    server.enqueue(error(status, "no"));

    assertThat(failure(model().maxRetries(0).build()).permanent()).isEqualTo(permanent);
  }

  @ParameterizedTest
  @CsvSource({"401, true", "403, false", "404, false", "400, false", "402, true"})
  void afterAnAnswerOnlyAKeyOrMoneyEndsIt(int status, boolean permanent) {
    server.enqueue(answer("hello"));
    server.enqueue(error(status, "no"));
    OpenAiChatModel model = model().maxRetries(0).build();
    model.complete(HELLO);

    assertThat(failure(model).permanent()).isEqualTo(permanent);
  }

  @Test
  void aQuotaThatIsUsedUpIsNotTriedAgain() {
    server.enqueue(
        new MockResponse.Builder()
            .code(429)
            .body("{\"error\": {\"code\": \"insufficient_quota\", \"message\": \"pay\"}}")
            .build());

    LlmException failure = failure(model().build());

    assertThat(failure).hasMessageContaining("The quota is used up; see the account");
    assertThat(failure.permanent()).isTrue();
    assertThat(server.getRequestCount()).isEqualTo(1);
  }

  @Test
  void theServerMayForbidASecondTry() {
    server.enqueue(error(500, "no").newBuilder().addHeader("x-should-retry", "false").build());

    assertThat(failure(model().build()).status()).isEqualTo(500);
    assertThat(server.getRequestCount()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 503})
  void okHttpTriesNothingAgainByItself(int status) {
    server.enqueue(error(status, "no").newBuilder().addHeader("Retry-After", "0").build());

    assertThat(failure(model().maxRetries(0).build()).status()).isEqualTo(status);
    assertThat(server.getRequestCount()).isEqualTo(1);
  }

  @Test
  void theArgumentsOfACallAreTheAnswer() {
    server.enqueue(
        new MockResponse.Builder()
            .body(
                """
                {"choices": [{"finish_reason": "tool_calls", "message": {"content": null,
                  "tool_calls": [{"id": "1", "type": "function",
                    "function": {"name": "scene", "arguments": "{\\"a\\": 1}"}}]}}]}\
                """)
            .build());
    OpenAiChatModel model =
        model()
            .capabilities(ChatCapabilities.all().withStructuredOutput(StructuredOutput.TOOL_CALL))
            .build();

    assertThat(model.complete(SHAPED).text()).isEqualTo("{\"a\": 1}");
  }

  @Test
  void startsFromWhatIsDeclared() throws Exception {
    server.enqueue(answer("{}"));

    model()
        .capabilities(
            ChatCapabilities.all()
                .withStructuredOutput(StructuredOutput.JSON_OBJECT)
                .withMaxCompletionTokens()
                .withoutTemperature()
                .withoutSeed())
        .build()
        .complete(SHAPED.toBuilder().seed(3).build());

    JsonObject body = server.takeBody();
    assertThat(body.getAsJsonObject("response_format").get("type").getAsString())
        .isEqualTo("json_object");
    assertThat(body.keySet())
        .contains("max_completion_tokens")
        .doesNotContain("max_tokens", "temperature", "seed");
  }

  @Test
  void remembersTheRungThatHeld() throws Exception {
    server.enqueue(error(500, "tools param requires --jinja flag"));
    server.enqueue(answer("{}"));
    server.enqueue(answer("{}"));
    OpenAiChatModel model =
        model()
            .capabilities(ChatCapabilities.all().withStructuredOutput(StructuredOutput.TOOL_CALL))
            .build();

    model.complete(SHAPED);
    model.complete(SHAPED);

    assertThat(model.capabilities().structuredOutput()).isEqualTo(StructuredOutput.PROMPT);
    assertThat(server.takeBody().has("tools")).isTrue();
    assertThat(server.takeBody().has("tools")).isFalse();
    assertThat(server.takeBody().has("tools")).isFalse();
    assertThat(clock.waits()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "JSON mode is not supported",
        "Structured outputs are not supported by this model",
        "Unknown response format",
        "json_schema is not available"
      })
  void aRefusalIsUnderstoodInAnySpelling(String words) {
    server.enqueue(error(400, words));
    server.enqueue(answer("{}"));
    OpenAiChatModel model = model().build();

    model.complete(SHAPED);

    assertThat(model.capabilities().structuredOutput()).isEqualTo(StructuredOutput.JSON_OBJECT);
  }

  @Test
  void aFailureOfTheMomentTeachesNothing() {
    server.enqueue(error(500, "worker died while it held response_format"));
    server.enqueue(answer("{}"));
    OpenAiChatModel model = model().build();

    model.complete(SHAPED);

    assertThat(model.capabilities()).isEqualTo(ChatCapabilities.all());
  }

  @Test
  void theShapeJoinsTheSystemMessageThatIsThere() throws Exception {
    server.enqueue(answer("{}"));

    model()
        .capabilities(ChatCapabilities.all().withStructuredOutput(StructuredOutput.PROMPT))
        .build()
        .complete(
            ChatRequest.builder()
                .message(ChatMessage.system("Be brief."))
                .message(ChatMessage.user("Say hello"))
                .schema(new JsonSchema("scene", "{\"type\": \"object\"}"))
                .build());

    JsonObject body = server.takeBody();
    assertThat(body.getAsJsonArray("messages")).hasSize(2);
    assertThat(
            body.getAsJsonArray("messages").get(0).getAsJsonObject().get("content").getAsString())
        .isEqualTo(
            "Be brief.\n\nAnswer with one JSON object and nothing else. Its JSON Schema: "
                + "{\"type\":\"object\"}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a {} b {0} {{name}} ${x}",
        "100 %s %d %n %",
        "she said \"no\" and 'yes' \\ / \b",
        "one\ntwo\r\nthree\tfour",
        "🐈‍⬛ Ünïcödé \u2028 <script>&amp;=",
      })
  void wordsArriveByteForByte(String text) throws Exception {
    server.enqueue(answer(text));

    ChatAnswer answer =
        model().build().complete(ChatRequest.builder().message(ChatMessage.user(text)).build());

    assertThat(answer.text()).isEqualTo(text);
    assertThat(
            server
                .takeBody()
                .getAsJsonArray("messages")
                .get(0)
                .getAsJsonObject()
                .get("content")
                .getAsString())
        .isEqualTo(text);
  }
}
