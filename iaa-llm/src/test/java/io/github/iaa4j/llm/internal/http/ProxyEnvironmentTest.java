package io.github.iaa4j.llm.internal.http;

import static io.github.iaa4j.llm.openai.ChatServer.HELLO;
import static io.github.iaa4j.llm.openai.ChatServer.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.openai.ChatServer;
import io.github.iaa4j.llm.openai.Fault;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyEnvironmentTest {

  @RegisterExtension private final ChatServer proxy = new ChatServer();

  private static String proxyOf(String url, Map<String, String> environment) {
    return new ProxyEnvironment(environment).describe(HttpUrl.get(url));
  }

  private static OpenAiChatModel.Builder model(String url, Map<String, String> environment) {
    return ChatServer.modelBehindProxy(environment).baseUrl(url).maxRetries(0);
  }

  @Test
  void asksThroughTheProxyWithItsPassword() throws Exception {
    proxy.enqueue(Fault.text("hello").build());

    model(
            "http://models.invalid/v1",
            Map.of("HTTP_PROXY", "http://me:hush%21@" + proxy.hostAndPort()))
        .build()
        .complete(HELLO);

    RecordedRequest request = proxy.takeRequest();
    assertThat(request.getHeaders().get("Host")).isEqualTo("models.invalid");
    assertThat(request.getHeaders().get("Proxy-Authorization")).isEqualTo("Basic bWU6aHVzaCE=");
  }

  @Test
  void asksForATunnelWithItsPassword() throws Exception {
    proxy.enqueue(new MockResponse.Builder().code(502).build());
    OpenAiChatModel model =
        model("https://models.invalid/v1", Map.of("https_proxy", "me:hush!@" + proxy.hostAndPort()))
            .build();

    LlmException failure = failure(model);

    RecordedRequest request = proxy.takeRequest();
    assertThat(request.getMethod()).isEqualTo("CONNECT");
    assertThat(request.getHeaders().get("Proxy-Authorization")).isEqualTo("Basic bWU6aHVzaCE=");
    assertThat(failure).hasMessageContaining("through the proxy " + proxy.hostAndPort());
    assertThat(failure.permanent()).isTrue();
  }

  @Test
  void neverTellsThePasswordEvenWhereTheProxyQuotesIt() {
    proxy.enqueue(
        new MockResponse.Builder().code(407).body("Basic bWU6aHVzaCE= me hush! is wrong").build());
    OpenAiChatModel model =
        model("http://models.invalid/v1", Map.of("http_proxy", "me:hush!@" + proxy.hostAndPort()))
            .build();

    LlmException failure = failure(model);

    StringWriter all = new StringWriter();
    failure.printStackTrace(new PrintWriter(all));
    assertThat(failure).hasMessageContainingAll("HTTP 407", "The proxy " + proxy.hostAndPort());
    assertThat(all + failure.rawText() + model).doesNotContain("hush", "bWU6aHVzaCE=");
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://me:hush@proxy:1", "ftp://me:hush@proxy:1", "http://:0:hush"})
  void namesTheVariableThatIsNoProxyWithoutItsValue(String value) {
    assertThatThrownBy(() -> model("http://a/v1", Map.of("http_proxy", value)).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("http_proxy")
        .hasMessageNotContaining("hush");
  }

  @ParameterizedTest
  @CsvSource({
    "http://a.example/v1, lower:1",
    "https://a.example/v1, secure:2",
  })
  void lowerCaseComesBeforeUpperCaseAndEachSchemeHasItsOwn(String url, String expected) {
    assertThat(
            proxyOf(
                url,
                Map.of(
                    "http_proxy", "lower:1",
                    "HTTP_PROXY", "upper:1",
                    "HTTPS_PROXY", "http://secure:2",
                    "ALL_PROXY", "other:3")))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"http_proxy, p:1080", "ALL_PROXY, p:1080"})
  void theDefaultPortIsCurls(String variable, String expected) {
    assertThat(proxyOf("http://a.example/v1", Map.of(variable, "p"))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*|http://a.example/v1",
        "example|http://a.example/v1",
        ".example|http://a.example/v1",
        "*.example|http://a.example/v1",
        "b.example, a.example|http://a.example/v1",
        "A.EXAMPLE|http://a.example/v1",
        "a.example:8080|http://a.example:8080/v1",
        "10.1.2.3|http://10.1.2.3/v1",
        "10.0.0.0/8|http://10.1.2.3/v1",
        "fd00::/8|http://[fd00::1]/v1",
        "[fd00::1]|http://[fd00::1]/v1",
        "''|http://localhost:8080/v1",
        "''|http://127.0.0.1:8080/v1",
        "''|http://[::1]:8080/v1"
      })
  void isNotAskedForHostsThatAreExcepted(String except, String url) {
    assertThat(proxyOf(url, Map.of("all_proxy", "p:1", "no_proxy", except))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ample|http://a.example/v1",
        "b.a.example|http://a.example/v1",
        "a.example:8080|http://a.example/v1",
        "10.0.0.0/16|http://10.1.2.3/v1",
        "10.1.2|http://10.1.2.3/v1",
        "''|http://a.example/v1"
      })
  void isAskedForAllOthers(String except, String url) {
    assertThat(proxyOf(url, Map.of("all_proxy", "p:1", "NO_PROXY", except))).isEqualTo("p:1");
  }
}
