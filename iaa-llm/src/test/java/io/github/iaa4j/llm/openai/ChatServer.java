package io.github.iaa4j.llm.openai;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.function.Function;
import javax.net.ServerSocketFactory;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A server that is up for the length of a test, and models that talk to it: without a key, on a
 * clock that only their own waits advance, and without jitter.
 */
public final class ChatServer implements BeforeEachCallback, AfterEachCallback {

  /** The plainest request. */
  public static final ChatRequest HELLO =
      ChatRequest.builder().message(ChatMessage.user("Say hello")).build();

  private final MockWebServer server = create();
  private final SteppingClock clock = new SteppingClock();

  /**
   * A server that answers at once. MockWebServer writes head and body apart, and by Nagle's
   * algorithm the body would wait for the client's late acknowledgement of the head: 40 ms an
   * answer.
   */
  public static MockWebServer create() {
    MockWebServer server = new MockWebServer();
    server.setServerSocketFactory(new NoDelaySockets());
    return server;
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    server.start();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    server.close();
  }

  /** A builder of a model of this server. */
  public OpenAiChatModel.Builder model() {
    return OpenAiChatModel.builder()
        .baseUrl(url("/v1").toString())
        .model("tiny")
        .clock(clock)
        .sleeper(clock)
        .jitter(() -> 0);
  }

  /** A builder of a model that takes its proxies from these variables. */
  public static OpenAiChatModel.Builder modelBehindProxy(Map<String, String> environment) {
    return OpenAiChatModel.builder().model("tiny").proxyFrom(environment);
  }

  /** A model that has had an answer, so that the endpoint is known to be one. */
  public OpenAiChatModel proven(OpenAiChatModel.Builder builder) {
    server.enqueue(Fault.text("hello").build());
    OpenAiChatModel model = builder.build();
    model.complete(HELLO);
    return model;
  }

  /** How the plainest request fails. */
  public static LlmException failure(OpenAiChatModel model) {
    return failure(model, HELLO);
  }

  /** How a request fails. */
  public static LlmException failure(OpenAiChatModel model, ChatRequest request) {
    return catchThrowableOfType(LlmException.class, () -> model.complete(request));
  }

  /** The clock of the models. */
  public SteppingClock clock() {
    return clock;
  }

  public HttpUrl url(String path) {
    return server.url(path);
  }

  public String hostAndPort() {
    return server.getHostName() + ":" + server.getPort();
  }

  public void enqueue(MockResponse response) {
    server.enqueue(response);
  }

  /** The next reply has a status of 2xx and this body. */
  public void enqueue(String body) {
    enqueue(200, body);
  }

  /** The next reply. */
  public void enqueue(int status, String body) {
    server.enqueue(new MockResponse.Builder().code(status).body(body).build());
  }

  /** The next reply is a complete answer of the model. */
  public void enqueueAnswer(String text) {
    server.enqueue(Fault.text(text).build());
  }

  /** All replies follow from the request. */
  public void serve(Function<RecordedRequest, MockResponse> reply) {
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            return reply.apply(request);
          }
        });
  }

  public void setDispatcher(Dispatcher dispatcher) {
    server.setDispatcher(dispatcher);
  }

  public RecordedRequest takeRequest() throws InterruptedException {
    return server.takeRequest();
  }

  /** The body of the next request that arrived. */
  public JsonObject takeBody() throws InterruptedException {
    return JsonParser.parseString(server.takeRequest().getBody().utf8()).getAsJsonObject();
  }

  public int getRequestCount() {
    return server.getRequestCount();
  }

  private static final class NoDelaySockets extends ServerSocketFactory {

    @Override
    public ServerSocket createServerSocket() throws IOException {
      return new ServerSocket() {
        @Override
        public Socket accept() throws IOException {
          Socket socket = super.accept();
          socket.setTcpNoDelay(true);
          return socket;
        }
      };
    }

    @Override
    public ServerSocket createServerSocket(int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog) {
      throw new UnsupportedOperationException();
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog, InetAddress address) {
      throw new UnsupportedOperationException();
    }
  }
}
