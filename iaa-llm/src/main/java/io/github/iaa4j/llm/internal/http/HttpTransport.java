package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.core.internal.DaemonThreads;
import io.github.iaa4j.llm.internal.http.ChatExchange.Reply;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.X509TrustManager;
import okhttp3.Dispatcher;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/** Sends requests to one address and reads the replies. Thread-safe. */
final class HttpTransport implements AutoCloseable {

  private static final Duration REPORT_INTERVAL = Duration.ofSeconds(8);

  private final ChatOptions options;
  private final HttpUrl url;
  private final ExecutorService executor;
  private final OkHttpClient client;

  /**
   * @param trust which certificates are trusted, or null for Java's own
   */
  HttpTransport(ChatOptions options, @Nullable X509TrustManager trust) {
    this.options = options;
    this.url = options.address().url();
    this.executor = Executors.newCachedThreadPool(DaemonThreads.named("iaa-llm"));
    // How many requests are in flight at once is up to the callers, who wait.
    Dispatcher dispatcher = new Dispatcher(executor);
    dispatcher.setMaxRequests(Integer.MAX_VALUE);
    dispatcher.setMaxRequestsPerHost(Integer.MAX_VALUE);
    OkHttpClient.Builder http = new OkHttpClient.Builder();
    if (trust != null) {
      http.sslSocketFactory(TrustedCertificates.context(trust).getSocketFactory(), trust);
    }
    ProxyEnvironment proxies = options.network().proxies();
    if (proxies != null) {
      proxies.setUp(http);
    }
    options.network().configure().accept(http);
    ChatOptions.Timeouts timeouts = options.timeouts();
    this.client =
        http.dispatcher(dispatcher)
            .connectTimeout(timeouts.connect())
            .readTimeout(timeouts.read())
            .writeTimeout(timeouts.read())
            .followRedirects(false)
            .retryOnConnectionFailure(false)
            .addNetworkInterceptor(ChatExchange::connected)
            .build();
  }

  /**
   * Sends a request and waits for its reply.
   *
   * @param streamed whether the reply is to be streamed; its pieces go to the call
   * @param tick called on this thread now and then while nothing arrives
   */
  Reply send(
      ChatCall call,
      String body,
      boolean streamed,
      ConnectionFailures.Timeouts timeouts,
      Runnable tick)
      throws NoReplyException, InterruptedException {
    ChatOptions.Authentication authentication = options.authentication();
    Request.Builder http = new Request.Builder().url(url);
    http.header("Accept", streamed ? "text/event-stream, application/json" : "application/json");
    authentication.headers().forEach(http::header);
    if (!call.key().isEmpty()) {
      String own = authentication.apiKeyHeader();
      http.header(
          own == null ? "Authorization" : own, own == null ? "Bearer " + call.key() : call.key());
    }
    ChatExchange exchange = new ChatExchange();
    try {
      return exchange.run(
          client.newBuilder().callTimeout(timeouts.call()).readTimeout(timeouts.read()).build(),
          http,
          body,
          REPORT_INTERVAL,
          tick,
          call::piece);
    } catch (IOException e) {
      throw new NoReplyException(e, exchange.connected(), timeouts);
    }
  }

  /** Cancels what is in flight, and closes all connections. */
  @Override
  public void close() {
    client.dispatcher().cancelAll();
    executor.shutdown();
    client.connectionPool().evictAll();
  }
}
