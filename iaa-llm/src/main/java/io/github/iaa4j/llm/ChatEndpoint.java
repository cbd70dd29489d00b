package io.github.iaa4j.llm;

import io.github.iaa4j.core.ConfigurationException;
import io.github.iaa4j.core.LlmException;
import io.github.iaa4j.llm.ChatExchange.Reply;
import io.github.iaa4j.llm.ChatFailures.Failure;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import okhttp3.Dispatcher;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An endpoint and a model behind it: asks questions of it, keeps within the limits, and remembers
 * what it takes. Thread-safe.
 */
final class ChatEndpoint implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ChatEndpoint.class);

  private static final Duration SHORTEST = Duration.ofMillis(1);

  private final OpenAiChatModel.Builder options;
  private final HttpUrl url;
  private final String name;
  private final String model;
  private final List<String> secretValues;
  private final OkHttpClient client;
  private final Retries retries;
  private final OpenAiChatModel.Sleeper sleeper;
  private final ChatFailures failures;
  private final @Nullable TokenBudget budget;
  private final Semaphore turns;
  private final ExecutorService executor;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Object counting = new Object();
  private volatile ChatCapabilities capabilities;
  private volatile ChatUsage usage = ChatUsage.NONE;
  private volatile boolean proven;

  /**
   * @param options never changed again
   */
  ChatEndpoint(OpenAiChatModel.Builder options, HttpUrl url, String model) {
    this.options = options;
    this.url = url;
    this.name = url.newBuilder().query(null).build().toString();
    this.model = model;
    this.secretValues = secretValues(options, url);
    this.retries = new Retries(options.clock, options.jitter);
    OpenAiChatModel.Sleeper given = options.sleeper;
    this.sleeper = given != null ? given : this::sleepUnlessClosed;
    this.failures = new ChatFailures(name, model);
    this.capabilities = options.capabilities;
    int perMinute = options.tokensPerMinute;
    this.budget = perMinute == 0 ? null : new TokenBudget(perMinute, options.clock);
    this.turns = new Semaphore(options.maxConcurrent, true);
    this.executor =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "iaa-llm");
              thread.setDaemon(true);
              return thread;
            });
    // How many ask at once is up to the callers, who wait.
    Dispatcher dispatcher = new Dispatcher(executor);
    dispatcher.setMaxRequests(Integer.MAX_VALUE);
    dispatcher.setMaxRequestsPerHost(Integer.MAX_VALUE);
    OkHttpClient.Builder http = new OkHttpClient.Builder();
    options.http.accept(http);
    this.client =
        http.dispatcher(dispatcher)
            .connectTimeout(options.connectTimeout)
            .readTimeout(options.readTimeout)
            .writeTimeout(options.readTimeout)
            .followRedirects(false)
            .retryOnConnectionFailure(false)
            .addNetworkInterceptor(ChatExchange::connected)
            .build();
  }

  private static List<String> secretValues(OpenAiChatModel.Builder options, HttpUrl url) {
    List<String> values = new ArrayList<>(options.headers.values());
    for (int i = 0; i < url.querySize(); i++) {
      String value = url.queryParameterValue(i);
      if (value != null) {
        values.add(value);
      }
    }
    return values;
  }

  String model() {
    return model;
  }

  ChatCapabilities capabilities() {
    return capabilities;
  }

  ChatUsage usage() {
    return usage;
  }

  /**
   * Asks, and waits for the whole answer.
   *
   * @param pieces gets the pieces of the answer on this thread; null where nobody wants them
   */
  ChatAnswer ask(ChatRequest request, @Nullable Consumer<String> pieces) {
    return new Question(request, pieces).ask();
  }

  /** A question, from its first try to its answer. */
  private final class Question {

    private final ChatRequest request;
    private final boolean inPieces;
    private final @Nullable Consumer<String> pieces;
    private final String key;
    private final Secrets secrets;
    private final Instant end;
    private ChatCapabilities can = capabilities;
    private int attempt = 1;
    private boolean begun;

    /**
     * @param pieces gets the pieces, none of which may come twice; or null
     */
    Question(ChatRequest request, @Nullable Consumer<String> pieces) {
      if (isClosed()) {
        throw new IllegalStateException(ChatEndpoint.this + " is closed");
      }
      this.request = request;
      this.inPieces = pieces != null || options.firstTokenTimeout != null;
      this.pieces = pieces;
      this.key = key();
      this.secrets = new Secrets(key, secretValues);
      this.end = options.clock.instant().plus(options.deadline);
    }

    ChatAnswer ask() {
      try {
        while (true) {
          Outcome outcome = attempt();
          if (outcome.answer != null) {
            if (pieces != null && !begun && !outcome.answer.text().isEmpty()) {
              pieces.accept(outcome.answer.text());
            }
            return outcome.answer;
          }
          if (outcome.failure != null) {
            waitAfter(outcome.failure);
            attempt++;
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw failures.ended("the thread was interrupted", e);
      }
    }

    private Outcome attempt() throws InterruptedException {
      boolean streamed = inPieces && can.streaming();
      long reserved = ChatBody.tokens(request);
      awaitTokens(reserved);
      long used = 0;
      ChatExchange exchange = new ChatExchange(options.maxResponseBytes);
      ChatFailures.Bounds bounds = null;
      try {
        awaitTurn();
        Reply reply;
        try {
          bounds = bounds(streamed);
          reply = send(exchange, bounds, streamed);
        } finally {
          turns.release();
        }
        Outcome outcome = outcome(reply, streamed);
        if (outcome.answer != null) {
          used = outcome.answer.tokens() == 0 ? reserved : outcome.answer.tokens();
        }
        return outcome;
      } catch (IOException e) {
        if (isClosed() || bounds == null) {
          throw failures.ended("the client was closed", secrets.free(e));
        }
        return new Outcome(
            null, failures.unreachable(e, exchange.connected(), bounds, secrets, proven, attempt));
      } finally {
        if (budget != null) {
          budget.settle(reserved, used);
        }
      }
    }

    private Reply send(ChatExchange exchange, ChatFailures.Bounds bounds, boolean streamed)
        throws IOException, InterruptedException {
      Request.Builder http = new Request.Builder().url(url);
      http.header("Accept", streamed ? "text/event-stream, application/json" : "application/json");
      options.headers.forEach(http::header);
      if (!key.isEmpty()) {
        String own = options.apiKeyHeader;
        http.header(own == null ? "Authorization" : own, own == null ? "Bearer " + key : key);
      }
      synchronized (counting) {
        usage = usage.request();
      }
      return exchange.run(
          client.newBuilder().callTimeout(bounds.call()).build(),
          http,
          ChatBody.of(model, request, can, streamed),
          bounds.first(),
          piece -> {
            if (pieces != null) {
              begun = true;
              pieces.accept(piece);
            }
          });
    }

    private Outcome outcome(Reply reply, boolean streamed) {
      if (!reply.successful()) {
        return refused(reply, streamed);
      }
      if (reply.tooLong()) {
        return new Outcome(null, failures.tooLong(reply, options.maxResponseBytes, secrets));
      }
      try {
        ChatAnswer answer = secrets.free(reply.answer());
        count(answer);
        return new Outcome(answer, null);
      } catch (ChatCompletion.Unreadable e) {
        return new Outcome(null, failures.unreadable(reply, e, secrets, proven));
      }
    }

    private void count(ChatAnswer answer) {
      proven = true;
      synchronized (counting) {
        capabilities = capabilities.both(can);
        usage = usage.answer(answer);
      }
    }

    private Outcome refused(Reply reply, boolean streamed) {
      ChatCapabilities other =
          can.after(reply.status(), ChatCompletion.complaint(reply.text()), request, streamed);
      if (!other.equals(can)) {
        LOG.info(
            "{} refuses a part of the request; from now on it gets {}. It said: {}",
            name,
            other,
            ChatFailures.excerpt(reply.text(), secrets));
        can = other;
        return new Outcome(null, null);
      }
      ChatAnswer filtered = ChatCompletion.filtered(reply.status(), reply.text());
      if (filtered != null) {
        ChatAnswer answer = secrets.free(filtered);
        count(answer);
        return new Outcome(answer, null);
      }
      Duration asked =
          retries.asked(reply.headers().get("retry-after-ms"), reply.headers().get("Retry-After"));
      return new Outcome(
          null, failures.refused(reply, asked, secrets, !key.isEmpty(), proven, attempt));
    }

    /** Waits until the next try may begin, or throws what went wrong. */
    private void waitAfter(Failure failure) throws InterruptedException {
      LlmException.Builder builder = failure.builder();
      if (begun) {
        throw builder.add("The answer broke off after it had begun.").build();
      }
      if (!failure.passing() || attempt > options.maxRetries) {
        throw builder.build();
      }
      Duration wait = retries.delay(attempt, failure.retryAfter());
      if (wait.compareTo(left()) >= 0) {
        throw builder
            .add(
                "A wait of "
                    + ChatFailures.seconds(wait)
                    + " does not fit into the deadline of "
                    + ChatFailures.seconds(options.deadline)
                    + ".")
            .build();
      }
      LlmException said = builder.build();
      LOG.info("{} Trying again in {} ms.", said.getMessage(), wait.toMillis());
      sleeper.sleep(wait);
      if (isClosed()) {
        throw failures.ended("the client was closed", said);
      }
    }

    private void awaitTokens(long tokens) throws InterruptedException {
      if (budget == null) {
        return;
      }
      Duration wait = budget.reserve(tokens);
      boolean inTime = wait.compareTo(left()) < 0;
      boolean waited = false;
      try {
        if (inTime && !wait.isZero()) {
          sleeper.sleep(wait);
        }
        waited = inTime;
      } finally {
        if (!waited) {
          budget.settle(tokens, 0);
        }
      }
      if (!inTime) {
        throw failures.noTurn("tokensPerMinute", options.deadline);
      }
    }

    private void awaitTurn() throws InterruptedException {
      if (!turns.tryAcquire(Math.max(0, left().toMillis()), TimeUnit.MILLISECONDS)) {
        throw failures.noTurn("maxConcurrent", options.deadline);
      }
      if (isClosed()) {
        turns.release();
        throw failures.ended("the client was closed", null);
      }
    }

    private ChatFailures.Bounds bounds(boolean streamed) {
      Duration left = left();
      boolean last = left.compareTo(options.callTimeout) < 0;
      return new ChatFailures.Bounds(
          options.connectTimeout,
          options.readTimeout,
          last ? left.compareTo(SHORTEST) < 0 ? SHORTEST : left : options.callTimeout,
          last,
          streamed ? options.firstTokenTimeout : null);
    }

    private Duration left() {
      return Duration.between(options.clock.instant(), end);
    }
  }

  /** What a try came to. With neither, the question is to be put another way. */
  private record Outcome(@Nullable ChatAnswer answer, @Nullable Failure failure) {}

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  private void sleepUnlessClosed(Duration wait) throws InterruptedException {
    boolean cutShort = closed.await(wait.toMillis(), TimeUnit.MILLISECONDS);
    if (cutShort) {
      LOG.debug("{} was closed between two tries.", name);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    client.dispatcher().cancelAll();
    turns.release(turns.getQueueLength());
    executor.shutdown();
    client.connectionPool().evictAll();
  }

  @Override
  public String toString() {
    return model + " at " + name;
  }

  private String key() {
    Supplier<@Nullable String> source = options.apiKey;
    if (source == null) {
      return "";
    }
    String key = source.get();
    if (key == null || key.isBlank()) {
      throw new ConfigurationException(
          "apiKey is empty; give the key of " + name + ", or no apiKey where none is wanted");
    }
    key = key.strip();
    // OkHttp would put a header that it refuses into its message.
    if (!key.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new ConfigurationException(
          "apiKey holds characters that no HTTP header can carry; check for line breaks in it");
    }
    return key;
  }
}
