package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatCapabilities;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.ChatUsage;
import io.github.iaa4j.llm.chat.Sleeper;
import io.github.iaa4j.llm.internal.text.Setting;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.X509TrustManager;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint and a model behind it. A call goes through one layer after the other: {@link
 * RetryingCaller} retries, {@link AttemptSender} keeps to limits and timeouts, {@link
 * RequestNegotiation} finds the form that the server accepts, and {@link HttpTransport} sends it.
 * Thread-safe.
 */
public final class ChatEndpoint implements AutoCloseable {

  private static final ChatRequest PLAIN =
      ChatRequest.builder().maxTokens(16).message(ChatMessage.user("Say OK.")).build();

  private final ChatOptions options;
  private final String name;
  private final List<String> secretValues;
  private final CloseSignal close = new CloseSignal();
  private final ServerAbsence absence;
  private final EndpointHistory history;
  private final ChatFailures failures;
  private final HttpTransport transport;
  private final RateLimiter limiter;
  private final RetryingCaller.Shared shared;

  /**
   * Connects to nothing yet.
   *
   * @throws ConfigurationException naming every option that is missing or out of range
   */
  public ChatEndpoint(ChatOptions options) {
    List<String> faults = options.faults();
    Path caFile = options.network().caFile();
    X509TrustManager trust = caFile == null ? null : TrustedCertificates.read(caFile, faults);
    if (!faults.isEmpty()) {
      throw new ConfigurationException(faults);
    }
    this.options = options;
    HttpUrl url = options.address().url();
    this.name = url.newBuilder().query(null).build().toString();
    this.secretValues = secretValues(options, url);
    Clock clock = options.time().clock();
    Sleeper given = options.time().sleeper();
    Sleeper sleeper = given != null ? given : close::sleep;
    ProxyEnvironment proxies = options.network().proxies();
    this.failures =
        new ChatFailures(name, options.model(), proxies == null ? "" : proxies.describe(url));
    this.absence = new ServerAbsence(name, options.unavailability(), clock);
    this.history = new EndpointHistory(options.capabilities(), absence);
    this.transport = new HttpTransport(options, trust);
    this.limiter = new RateLimiter(options.limits(), clock, sleeper, close, failures);
    this.shared =
        new RetryingCaller.Shared(
            new AttemptSender(options, transport, limiter, history, absence, close, failures),
            new Backoff(options.time().jitter()),
            sleeper,
            history,
            absence,
            close,
            failures,
            this::answersPlainly);
  }

  private static List<String> secretValues(ChatOptions options, HttpUrl url) {
    List<String> values = new ArrayList<>();
    options.authentication().headers().values().stream()
        .map(Secrets::parts)
        .forEach(values::addAll);
    for (int i = 0; i < url.querySize(); i++) {
      String value = url.queryParameterValue(i);
      if (value != null) {
        values.add(value);
      }
    }
    ProxyEnvironment proxies = options.network().proxies();
    if (proxies != null) {
      values.addAll(proxies.secrets());
    }
    return values;
  }

  /** The model's name. */
  public String model() {
    return options.model();
  }

  /** What the endpoint accepts, as far as that was declared or is known by now. */
  public ChatCapabilities capabilities() {
    return history.capabilities();
  }

  /** What has been used so far. */
  public ChatUsage usage() {
    return history.usage();
  }

  /** How long calls have waited because the server was unavailable. */
  public Duration waited() {
    return absence.waited();
  }

  /**
   * Asks, and waits for the whole answer.
   *
   * @param pieces gets the pieces of the answer on this thread; null if nobody wants them
   * @throws LlmException if there is none
   * @throws CancelledException if the thread is interrupted or this is closed meanwhile
   * @throws IllegalStateException if this has been closed
   */
  public ChatAnswer complete(ChatRequest request, @Nullable Consumer<String> pieces) {
    if (close.isClosed()) {
      throw new IllegalStateException(this + " is closed");
    }
    ChatCall call = call(request, pieces);
    return new RetryingCaller(call, negotiation(call), options.limits().maxRetries(), shared)
        .complete();
  }

  private ChatCall call(ChatRequest request, @Nullable Consumer<String> pieces) {
    String key = key();
    return new ChatCall(
        request,
        pieces,
        key,
        new Secrets(key, secretValues),
        new Deadline(options.timeouts().deadline(), options.time().clock(), absence));
  }

  private RequestNegotiation negotiation(ChatCall call) {
    return new RequestNegotiation(call, options, history, failures);
  }

  private boolean answersPlainly() throws InterruptedException {
    ChatCall probe = call(PLAIN, null);
    return shared.sender().attempt(probe, negotiation(probe), 1).failure() == null;
  }

  private String key() {
    Supplier<@Nullable String> source = options.authentication().apiKey();
    if (source == null) {
      return "";
    }
    String key = source.get();
    if (key == null || key.isBlank()) {
      throw new ConfigurationException(
          Setting.API_KEY + " is empty; give the key of " + name + ", or none if none is needed");
    }
    key = key.strip();
    // OkHttp would put a header that it refuses into its message.
    if (!key.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new ConfigurationException(
          Setting.API_KEY
              + " contains characters that an HTTP header cannot carry; check for line breaks in"
              + " it");
    }
    return key;
  }

  /** Cancels all calls in progress, and releases connections and threads. Idempotent. */
  @Override
  public void close() {
    close.close();
    transport.close();
    limiter.wakeAll();
  }

  /** The model and its endpoint. */
  @Override
  public String toString() {
    return options.model() + " at " + name;
  }
}
