package io.github.iaa4j.llm.internal.http;

import static io.github.iaa4j.llm.openai.ChatServer.HELLO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.openai.ChatServer;
import io.github.iaa4j.llm.openai.Fault;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import okhttp3.Headers;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {

  private static final String KEY = "sk-top/secret+key=0001";
  private static final String HEADER = "tenant-password-0002";
  private static final String QUERY = "signature/0003?&x";
  private static final String SHORT = "hush";

  @RegisterExtension private final ChatServer server = new ChatServer();
  private final List<String> logged = Collections.synchronizedList(new ArrayList<>());
  private final Logger root = Logger.getLogger("");
  private final List<Logger> okHttp =
      List.of(
          Logger.getLogger("okhttp3"),
          Logger.getLogger(OkHttpClient.class.getName()),
          Logger.getLogger("okhttp3.internal.http2.Http2"),
          Logger.getLogger("okhttp3.internal.concurrent.TaskRunner"));
  private final Level usual = root.getLevel();
  private final Handler listening =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          logged.add(new SimpleFormatter().format(record));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void start() throws IOException {
    listening.setLevel(Level.ALL);
    root.addHandler(listening);
    root.setLevel(Level.ALL);
    okHttp.forEach(logger -> logger.setLevel(Level.ALL));
  }

  @AfterEach
  void stop() {
    root.removeHandler(listening);
    root.setLevel(usual);
    okHttp.forEach(logger -> logger.setLevel(null));
  }

  private OpenAiChatModel.Builder model() {
    return server
        .model()
        .baseUrl(server.url("/v1?code=" + SHORT).toString())
        .query("sig", QUERY)
        .header("x-tenant", HEADER)
        .apiKey(() -> KEY)
        .readTimeout(Duration.ofSeconds(20));
  }

  private static String everythingAbout(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    if (failure instanceof LlmException llm) {
      text.append(llm.rawText()).append(llm.requestId()).append(llm.headers().toString());
    }
    return text.toString();
  }

  private static void assertUntold(String text) {
    assertThat(text)
        .doesNotContain(KEY)
        .doesNotContain(HEADER)
        .doesNotContain(QUERY)
        .doesNotContain("signature")
        .doesNotContain("top/secret")
        .doesNotContainPattern("\\bhush\\b");
  }

  /** Everything that the client knows, as a server might quote it. */
  private static String quoted() {
    return KEY
        + " and "
        + HEADER
        + " and "
        + QUERY
        + " and signature%2F0003%3F%26x and sk-top\\/secret+key\\u003d0001 and "
        + SHORT;
  }

  private static MockResponse.Builder quoting(int status) {
    return new MockResponse.Builder()
        .code(status)
        .addHeader("x-request-id", "for-" + HEADER)
        .addHeader("x-echo", KEY + " " + HEADER + " " + QUERY)
        .addHeader("Location", "http://elsewhere/" + KEY + "?" + QUERY)
        .body("{\"error\": {\"message\": \"" + quoted() + "\"}}");
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 307, 400, 401, 403, 404, 422, 429, 500, 503})
  void noStatusMakesItTell(int status) {
    for (int i = 0; i < 3; i++) {
      server.enqueue(quoting(status).build());
    }
    OpenAiChatModel model = model().build();

    Throwable failure = catchThrowable(() -> model.complete(HELLO));

    assertThat(failure).isInstanceOf(LlmException.class);
    assertUntold(everythingAbout(failure));
    assertUntold(model.toString());
  }

  @Test
  void noStatusLineMakesItTell() {
    server.enqueue(new MockResponse.Builder().status("HTTP/9 " + KEY + " " + HEADER).build());

    Throwable failure = catchThrowable(() -> model().maxRetries(0).build().complete(HELLO));

    assertThat(failure).isInstanceOf(LlmException.class).hasCauseInstanceOf(IOException.class);
    assertUntold(everythingAbout(failure));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<html>%s</html>",
        "{\"%s\": 1}",
        "{\"choices\": [{\"message\": {\"content\": [[\"%s\"]]}}]}",
        "{\"choices\": [{\"message\": \"%s\"}]}",
        "{\"choices\": [{\"%s\": [[[",
      })
  void noBodyMakesItTell(String body) {
    server.enqueue(new MockResponse.Builder().body(body.replace("%s", quoted())).build());

    Throwable failure = catchThrowable(() -> model().build().complete(HELLO));

    assertThat(failure).isInstanceOf(LlmException.class);
    assertUntold(everythingAbout(failure));
  }

  @Test
  void noBrokenConnectionMakesItTell() {
    server.enqueue(
        new MockResponse.Builder().onResponseStart(new SocketEffect.CloseSocket()).build());

    assertUntold(
        everythingAbout(catchThrowable(() -> model().maxRetries(0).build().complete(HELLO))));
    assertUntold(
        everythingAbout(
            catchThrowable(
                () ->
                    model()
                        .baseUrl("http://nobody.invalid/v1")
                        .http(http -> http.dns(SecretsTest::unknown))
                        .build()
                        .complete(HELLO))));
  }

  private static List<InetAddress> unknown(String host) throws UnknownHostException {
    throw new UnknownHostException(host);
  }

  @Test
  void anAnswerTellsNeitherTheKeyNorAnyOtherLongSecret() {
    server.enqueue(Fault.text("The key is " + KEY + " for " + HEADER + ", hush.").build());

    assertThat(model().build().complete(HELLO).text())
        .isEqualTo("The key is [key] for [secret], hush.");
  }

  @Test
  void aStreamedAnswerTellsThemNeither() {
    server.enqueue(
        new MockResponse.Builder()
            .setHeader("Content-Type", "text/event-stream")
            .body(
                "data: {\"choices\": [{\"delta\": {\"content\": \"The key is sk-top/\"}}]}\n\n"
                    + "data: {\"choices\": [{\"delta\": {\"content\": \"secret+key=0001\"},"
                    + " \"finish_reason\": \"stop\"}]}\n\n")
            .build());

    assertThat(model().build().stream(HELLO, piece -> {}).text()).isEqualTo("The key is [key]");
  }

  @Test
  void aHeaderIsKeptWithoutWhatItTells() {
    assertThat(
            new Secrets("", List.of(HEADER))
                .redact(Headers.of("X-Echo", "a " + HEADER + " b", "Cookie", "c")))
        .isEqualTo(Map.of("x-echo", List.of("a [secret] b")));
  }

  @Test
  void noLogTellsAtAnyLevel() throws IOException {
    for (int i = 0; i < 3; i++) {
      server.enqueue(quoting(503).build());
    }
    server.enqueue(quoting(400).body("{\"error\": \"temperature " + KEY + "\"}").build());
    server.enqueue(
        new MockResponse.Builder().onResponseStart(new SocketEffect.CloseSocket()).build());
    server.enqueue(Fault.text("hello").build());
    OpenAiChatModel model = model().build();

    assertThat(catchThrowable(() -> model.complete(HELLO))).isInstanceOf(LlmException.class);
    assertThat(model.complete(HELLO).text()).isEqualTo("hello");
    model.close();

    assertThat(logged).isNotEmpty();
    // Other threads may still log.
    List.copyOf(logged).stream()
        // The server's own log, which is not ours to keep quiet.
        .filter(line -> !line.contains("mockwebserver3"))
        .forEach(SecretsTest::assertUntold);
    String log = Files.readString(Path.of("target", "test-log.txt"), StandardCharsets.ISO_8859_1);
    assertThat(log).contains("refuses a part of the request", "Trying again in");
    assertUntold(log);
  }

  @ParameterizedTest
  @CsvSource({
    "Bearer sk-abc123SECRET9, sk-abc123SECRET9",
    "Token sk-abc123SECRET9, sk-abc123SECRET9",
    "'session=abc123SECRET9; other=def456SECRET7', def456SECRET7",
    "'AWS4 Credential=AKIA12345/x, Signature=\"fe5f80f77d\"', fe5f80f77d",
    "Basic YW5uYTpodXNoLWh1c2g=, hush-hush"
  })
  void aPartOfAHeaderIsASecretToo(String header, String part) {
    Secrets secrets = new Secrets("", Secrets.parts(header));

    assertThat(secrets.redact("Incorrect API key provided: " + part + "."))
        .isEqualTo("Incorrect API key provided: [secret].");
  }
}
