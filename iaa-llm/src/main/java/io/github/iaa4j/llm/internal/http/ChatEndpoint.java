package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatCapabilities;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.ChatUsage;
import io.github.iaa4j.llm.chat.ServerWait;
import io.github.iaa4j.llm.internal.http.ChatExchange.Reply;
import io.github.iaa4j.llm.internal.http.ChatFailures.Failure;
import io.github.iaa4j.llm.internal.json.JsonAnswer;
import io.github.iaa4j.llm.internal.text.Setting;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.X509TrustManager;
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
public final class ChatEndpoint implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ChatEndpoint.class);

  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration SHORTEST_POLL = Duration.ofMillis(500);
  private static final Duration SHOWN_EVERY = Duration.ofSeconds(8);

  /** What a model that thinks gets on top of what is asked for, after each answer without words. */
  private static final int[] THOUGHTS = {1024, 4096, 16_384};

  /** After so many a question is given up whose server answers others. */
  private static final int MAX_ABSENCES = 4;

  /** The same of a limit, which others use up meanwhile: about five minutes of waits. */
  private static final int MAX_LIMITED = 40;

  /** So many questions in a row that fail in the same way end the run. */
  private static final int MAX_ALIKE = 8;

  private static final ChatRequest PLAIN =
      ChatRequest.builder().maxTokens(16).message(ChatMessage.user("Say OK.")).build();

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

  /** How many questions were answered; tells a question whether others fare better. */
  private final AtomicLong answers = new AtomicLong();

  /** The failures in a row that were alike, and what they were like. */
  private int alike;

  private String lastFailure = "";

  /** The kinds of question that were answered: what they need is known. */
  private final Set<String> provenKinds = ConcurrentHashMap.newKeySet();

  private final Absence absence;
  private final boolean patient;

  /** How many tokens more than asked for an answer may have, because the model thinks. */
  private volatile int thoughts;

  private volatile int mostThoughts = THOUGHTS[THOUGHTS.length - 1];

  /**
   * @param options never changed again
   * @param trust what certificates are trusted, or null for Java's own
   */
  public ChatEndpoint(
      OpenAiChatModel.Builder options,
      HttpUrl url,
      String model,
      @Nullable X509TrustManager trust) {
    this.options = options;
    this.url = url;
    this.name = url.newBuilder().query(null).build().toString();
    this.model = model;
    this.secretValues = secretValues(options, url);
    this.retries = new Retries(options.clock, options.jitter);
    OpenAiChatModel.Sleeper given = options.sleeper;
    this.sleeper = given != null ? given : this::sleepUnlessClosed;
    this.absence = new Absence(options.clock);
    this.patient = !options.patience.isZero();
    this.failures =
        new ChatFailures(name, model, options.proxies == null ? "" : options.proxies.describe(url));
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
    if (trust != null) {
      http.sslSocketFactory(TrustedCertificates.context(trust).getSocketFactory(), trust);
    }
    if (options.proxies != null) {
      options.proxies.setUp(http);
    }
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
    List<String> values = new ArrayList<>();
    options.headers.values().forEach(value -> values.addAll(Secrets.parts(value)));
    for (int i = 0; i < url.querySize(); i++) {
      String value = url.queryParameterValue(i);
      if (value != null) {
        values.add(value);
      }
    }
    if (options.proxies != null) {
      values.addAll(options.proxies.secrets());
    }
    return values;
  }

  public String model() {
    return model;
  }

  public ChatCapabilities capabilities() {
    return capabilities;
  }

  public ChatUsage usage() {
    return usage;
  }

  public Duration waited() {
    return patient ? absence.total() : Duration.ZERO;
  }

  /**
   * Asks, and waits for the whole answer.
   *
   * @param pieces gets the pieces of the answer on this thread; null where nobody wants them
   */
  public ChatAnswer ask(ChatRequest request, @Nullable Consumer<String> pieces) {
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
    private final Duration waitedBefore;
    private final String kind;
    private ChatCapabilities can = capabilities;
    private int attempt = 1;
    private boolean begun;

    /** What may still be tried after a refusal that named nothing; null before there was one. */
    private @Nullable Deque<ChatCapabilities> guesses;

    /** The first such refusal. */
    private @Nullable Failure firstRefusal;

    /** The forms in which the server refused it. */
    private final Set<ChatCapabilities> refused = new HashSet<>();

    /** How often the server was not there for it, and how many others it had answered at first. */
    private int absences;

    private long answersBefore;

    /** An answer that thoughts left empty, and the tokens that such answers cost. */
    private @Nullable ChatAnswer empty;

    private int allowed = thoughts;
    private int allowedBefore = allowed;

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
      this.waitedBefore = waited();
      this.kind = RequestFeature.kind(request);
    }

    ChatAnswer ask() {
      if (patient && (!proven || absence.isLikely())) {
        absence.begin();
      }
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
        absence.failed(); // Whoever waited for it had a deadline.
        Thread.currentThread().interrupt();
        throw failures.ended("the thread was interrupted", e);
      }
    }

    private Outcome attempt() throws InterruptedException {
      boolean streamed = inPieces && can.streaming();
      long reserved = ChatBody.tokens(request) + allowed;
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
          client.newBuilder().callTimeout(bounds.call()).readTimeout(bounds.read()).build(),
          http,
          ChatBody.of(model, request, can, allowed, streamed),
          bounds.first(),
          SHOWN_EVERY,
          () -> tellOfWait(null, options.patience),
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
        return answered(answer);
      } catch (ChatCompletion.Unreadable e) {
        return e.status() == 0
            ? new Outcome(null, failures.unreadable(reply, e, secrets, proven))
            : refused(reply.failed(e), streamed);
      }
    }

    /** The answer with the tokens of those before it, or none where thoughts left it empty. */
    private Outcome answered(ChatAnswer answer) {
      ChatAnswer whole = empty == null ? answer : answer.costing(empty);
      boolean thoughtsAlone =
          answer.truncated()
              && !answer.refused()
              && (answer.text().isBlank() || JsonAnswer.isThoughtAlone(answer.text()));
      int more = moreThoughts();
      if (!thoughtsAlone || begun || more <= allowed) {
        return new Outcome(whole, null);
      }
      LOG.info("{} used all its {} tokens for thoughts, so it gets {} more.", name, allowed, more);
      empty = whole;
      allowedBefore = allowed;
      allowed = more;
      thoughts = Math.max(thoughts, more);
      return new Outcome(null, null);
    }

    private int moreThoughts() {
      for (int next : THOUGHTS) {
        if (next > allowed) {
          return Math.min(next, mostThoughts);
        }
      }
      return allowed;
    }

    private void count(ChatAnswer answer) {
      // An answer without words may come from anything, such as a gateway without a model.
      if (!answer.text().isBlank() && !JsonAnswer.isThoughtAlone(answer.text())) {
        proven = true;
        provenKinds.add(kind);
      }
      answers.incrementAndGet();
      absence.end();
      synchronized (counting) {
        capabilities = capabilities.both(can);
        usage = usage.answer(answer);
        alike = 0;
      }
    }

    private Outcome refused(Reply reply, boolean streamed) {
      ChatAnswer instead = ChatCompletion.answerIn(reply.status(), reply.text());
      if (instead != null) {
        ChatAnswer answer = secrets.free(instead);
        count(answer);
        return answered(answer);
      }
      boolean ofTheRequest = reply.status() == 400 || reply.status() == 422;
      if (ofTheRequest && empty != null) {
        // More than the model's context holds, or the server allows: the answer stays empty.
        mostThoughts = Math.min(mostThoughts, allowedBefore);
        thoughts = Math.min(thoughts, mostThoughts);
        return new Outcome(empty, null);
      }
      boolean loads = !proven && ChatFailures.isLoading(reply.text());
      ChatComplaint complaint = ChatComplaint.of(reply.text());
      ChatCapabilities other =
          loads ? null : RequestFeature.named(reply.status(), complaint, request, can, streamed);
      refused.add(can);
      if (other != null) {
        guesses = null;
        firstRefusal = null;
        return again(other, reply);
      }
      Duration asked = retries.asked(reply.status(), reply.headers(), reply.text());
      Failure failure = failures.refused(reply, asked, secrets, isKeyed(), proven, attempt);
      if (!ofTheRequest || loads) {
        return new Outcome(null, failure);
      }
      // Another thread may have found out meanwhile what the server takes.
      ChatCapabilities learned = capabilities;
      boolean known = provenKinds.contains(kind);
      if (known && !refused.contains(learned)) {
        return again(learned, reply);
      }
      if (guesses == null && known) {
        return new Outcome(null, failure);
      }
      if (guesses == null) {
        guesses = new ArrayDeque<>(RequestFeature.guesses(request, can, streamed));
        firstRefusal = failure;
      }
      for (ChatCapabilities guess = guesses.poll(); guess != null; guess = guesses.poll()) {
        if (!refused.contains(guess)) {
          return again(guess, reply);
        }
      }
      if (!refused.contains(learned)) {
        return again(learned, reply);
      }
      if (firstRefusal == null) {
        return new Outcome(null, failure);
      }
      firstRefusal.builder().permanent(!proven);
      return new Outcome(null, firstRefusal);
    }

    /** Whether a key is sent, in a header of any kind. */
    private boolean isKeyed() {
      return !key.isEmpty()
          || options.headers.keySet().stream()
              .map(name -> name.toLowerCase(Locale.ROOT))
              .anyMatch(
                  name -> name.contains("auth") || name.contains("key") || name.contains("token"));
    }

    /** The question is put another way. */
    private Outcome again(ChatCapabilities other, Reply reply) {
      LOG.info(
          "{} refuses a part of the request; next it gets {}. It said: {}",
          name,
          other,
          ChatFailures.excerpt(reply.text(), secrets));
      can = other;
      return new Outcome(null, null);
    }

    /** Waits until the next try may begin, or throws what went wrong. */
    private void waitAfter(Failure failure) throws InterruptedException {
      LlmException.Builder builder = failure.builder();
      if (begun) {
        throw builder.add("The answer broke off after it had begun.").build();
      }
      boolean again = failure.passing() && attempt <= options.maxRetries;
      if (failure.absent() && isAlone(builder.build().status() == 429)) {
        if (!again) {
          throw builder.add("Other questions were answered meanwhile.").permanent(false).build();
        }
      } else if (patient && mayReturn(failure, again)) {
        awaitReturn(failure);
        return;
      }
      if (!again) {
        LlmException given = builder.build();
        if ((patient && !proven) // Nobody knows that it ever worked.
            || failsAlike(given)
            || (failure.lasting() && proven && patient && !isThere())) {
          throw builder.permanent(true).build();
        }
        throw given;
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
      pause(builder.build(), wait);
    }

    /** Whether the server is absent for this question time and again, and there for others. */
    private boolean isAlone(boolean isLimited) {
      if (absences == 0) {
        answersBefore = answers.get();
      }
      absences++;
      return absences > (isLimited ? MAX_LIMITED : MAX_ABSENCES) && answers.get() > answersBefore;
    }

    /** Whether so many questions in a row failed in the same way that the next one will too. */
    private boolean failsAlike(LlmException failure) {
      String what = failure.kind() + " " + failure.status();
      synchronized (counting) {
        alike = what.equals(lastFailure) ? alike + 1 : 1;
        lastFailure = what;
        return alike >= MAX_ALIKE;
      }
    }

    /** Whether the server answers a plain question, so that what fails is this one alone. */
    private boolean isThere() throws InterruptedException {
      return new Question(PLAIN, null).attempt().failure == null;
    }

    /** Whether the server is likely not there, rather than unable to answer this question. */
    private boolean mayReturn(Failure failure, boolean again) {
      if (failure.absent()) {
        return true;
      }
      if (again || !proven || !failure.ofServer()) {
        return false;
      }
      absence.failed();
      return absence.isLikely();
    }

    private void awaitReturn(Failure failure) throws InterruptedException {
      absence.begin();
      Duration waited = absence.lasted();
      Duration patience = failure.unheard() ? options.patienceToConnect : options.patience;
      Duration left = patience.minus(waited);
      Duration wait = retries.delay(attempt, failure.retryAfter());
      if (wait.compareTo(SHORTEST_POLL) < 0) {
        wait = SHORTEST_POLL;
      }
      boolean told = failure.retryAfter() != null;
      boolean over = left.isZero() || left.isNegative();
      if (over && failure.ofServer() && !failure.unheard() && isThere()) {
        throw failure.builder().add("A plain question was answered.").permanent(false).build();
      }
      if (over || (told && wait.compareTo(left) > 0)) {
        throw failure
            .builder()
            .add(
                told && wait.compareTo(left) > 0
                    ? "It asks to wait "
                        + ChatFailures.seconds(wait)
                        + ", and a server is waited for "
                        + ChatFailures.seconds(patience)
                        + " at most: try later, or raise "
                        + Setting.PATIENCE
                        + "."
                    : "It was waited for "
                        + ChatFailures.seconds(patience)
                        + "; start or check the server, or raise "
                        + Setting.PATIENCE
                        + ".")
            .permanent(true)
            .build();
      }
      LlmException said = failure.builder().build();
      tellOfWait(said, patience);
      pause(said, wait.compareTo(left) < 0 ? wait : left);
    }

    private void pause(LlmException said, Duration wait) throws InterruptedException {
      LOG.info("{} Trying again in {} ms.", said.getMessage(), wait.toMillis());
      sleeper.sleep(wait);
      if (isClosed()) {
        throw failures.ended("the client was closed", said);
      }
    }

    /** Only of a server that is not there; others take their time. */
    private void tellOfWait(@Nullable LlmException said, Duration patience) {
      if (patient && absence.isOn()) {
        options.onWait.accept(new ServerWait(name, said, absence.lasted(), patience));
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
        throw failures.noTurn(Setting.MAX_CONCURRENT.toString(), options.deadline);
      }
      if (isClosed()) {
        turns.release();
        throw failures.ended("the client was closed", null);
      }
    }

    private ChatFailures.Bounds bounds(boolean streamed) {
      Duration left = left();
      // A server that loads its model may hold the first request until it has it.
      Duration least =
          patient && !proven ? options.patience.minus(absence.lasted()) : Duration.ZERO;
      Duration call = longer(options.callTimeout, least);
      boolean last = left.compareTo(call) < 0;
      return new ChatFailures.Bounds(
          options.connectTimeout,
          longer(options.readTimeout, least),
          last ? longer(left, SHORTEST) : call,
          last,
          streamed ? options.firstTokenTimeout : null);
    }

    private static Duration longer(Duration a, Duration b) {
      return a.compareTo(b) < 0 ? b : a;
    }

    private Duration left() {
      return Duration.between(options.clock.instant(), end).plus(waited()).minus(waitedBefore);
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
          Setting.API_KEY
              + " is empty; give the key of "
              + name
              + ", or none where none is wanted");
    }
    key = key.strip();
    // OkHttp would put a header that it refuses into its message.
    if (!key.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new ConfigurationException(
          Setting.API_KEY
              + " holds characters that no HTTP header can carry; check for line breaks in it");
    }
    return key;
  }
}
