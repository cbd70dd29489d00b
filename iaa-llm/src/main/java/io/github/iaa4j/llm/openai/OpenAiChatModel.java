package io.github.iaa4j.llm.openai;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.error.LlmException.Kind;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatCapabilities;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.ChatUsage;
import io.github.iaa4j.llm.chat.ServerWait;
import io.github.iaa4j.llm.chat.Sleeper;
import io.github.iaa4j.llm.internal.http.ChatEndpoint;
import io.github.iaa4j.llm.internal.http.ChatOptions;
import io.github.iaa4j.llm.internal.http.ProxyEnvironment;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * A model behind any endpoint that implements the chat completions of the OpenAI API: OpenAI
 * itself, Azure, llama.cpp, vLLM, Ollama, LM Studio and many more. Safe for use by many threads.
 *
 * <p><b>Retries.</b> Temporary failures are retried: connections that break or time out, and the
 * statuses 408, 409, 429 and 5xx. The delay is what the server asks for ({@code retry-after-ms},
 * {@code Retry-After} in seconds or as a date, {@code retryDelay} and phrases such as "try again in
 * 7.66s" in the body, {@code x-ratelimit-reset-*}), otherwise half a second, doubled each time,
 * with a jitter of a quarter. {@link Builder#deadline} limits all attempts and delays of a call
 * together: a delay that would exceed it is not begun, and the {@link LlmException} says how long
 * the server asks to wait. Nothing else retries: OkHttp's own retries are off.
 *
 * <p><b>Capabilities.</b> Servers and models differ in what they accept. A request that is refused
 * with a message that names one of the following is sent again in another form, and later requests
 * use that form at once ({@link #capabilities()}). Until a request with the same parts has been
 * answered, status 400 or 422 need not name anything: each part is left out in turn, down to the
 * plainest form, and if that is refused too, the first refusal is reported.
 *
 * <ul>
 *   <li>{@code max_tokens} becomes {@code max_completion_tokens} if the message asks for that, as
 *       OpenAI's reasoning models do; it then limits their thoughts as well
 *   <li>the shape of an answer is asked for in the ways of {@link
 *       ChatCapabilities.StructuredOutput}, one after the other: strict schema, any JSON, a
 *       function call, instructions alone
 *   <li>the text of a system message is put before the next message of the user
 *   <li>{@code temperature}, {@code seed}, {@code stream_options} and {@code stream} are left out
 * </ul>
 *
 * <p>An answer that is empty because thoughts used up its tokens is asked for again with more, up
 * to 16,384 on top of what the request allows; later requests have them at once.
 *
 * <p><b>Failures.</b> A refusal of the model or of a filter is a {@link ChatAnswer}. An answer with
 * a status of 2xx that is not a chat completion, such as a web page or an error, is of {@link
 * Kind#PROTOCOL}, and so is a body of more than 4 MiB, of which no more is read. If the endpoint
 * has never given an answer before, such a page, 403, 404 and other statuses that blame the request
 * are {@linkplain LlmException#permanent() permanent}, because the address, the key or the model's
 * name is most likely wrong; 401, an exhausted quota and an address where nothing listens always
 * are.
 *
 * <p><b>Cancelling.</b> An interrupt, whose flag stays set, and {@link #close()} by another thread,
 * which leaves the flag alone, end a call with a {@link CancelledException}.
 *
 * <p><b>Secrets.</b> The key is asked for at every call, which fails with a {@link
 * ConfigurationException} if no header can carry it, and goes into one header. It, the values of
 * {@link Builder#header} and those of {@link Builder#query} are in no message, log or exception,
 * even if the server quotes them. Redirects are not followed, so that they reach no other host.
 */
public final class OpenAiChatModel implements ChatModel, AutoCloseable {

  private final ChatOptions options;
  private final ChatEndpoint endpoint;

  private OpenAiChatModel(ChatOptions options) {
    this.options = options;
    this.endpoint = new ChatEndpoint(options);
  }

  /**
   * A builder without a key. Defaults to 2 retries, timeouts of 10 s to connect, 2 min to read and
   * 5 min for an attempt, a deadline of 10 min, and no other limit.
   */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder with the options that this was built with. What it has learned is not included. */
  public Builder toBuilder() {
    return new Builder(options);
  }

  /** The model's name, as requests send it to the endpoint. */
  @Override
  public String name() {
    return endpoint.model();
  }

  /** What the endpoint accepts, as far as that was declared or is known by now. */
  public ChatCapabilities capabilities() {
    return endpoint.capabilities();
  }

  /** {@inheritDoc} Zero without {@link Builder#maxWait}. */
  @Override
  public Duration waited() {
    return endpoint.waited();
  }

  /** What has been used so far. */
  public ChatUsage usage() {
    return endpoint.usage();
  }

  /**
   * {@inheritDoc}
   *
   * <p>Blocks the calling thread: until fewer than {@link Builder#maxConcurrent} requests are in
   * flight and {@link Builder#tokensPerMinute} allows another one, and through retries and waits
   * for an unavailable server.
   */
  @Override
  public ChatAnswer complete(ChatRequest request) {
    return endpoint.complete(Objects.requireNonNull(request, "request"), null);
  }

  /**
   * {@inheritDoc}
   *
   * <p>A failure after the first piece is not retried, because pieces would be passed on twice. An
   * endpoint that cannot stream passes on one piece.
   */
  @Override
  public ChatAnswer stream(ChatRequest request, Consumer<String> pieces) {
    return endpoint.complete(
        Objects.requireNonNull(request, "request"), Objects.requireNonNull(pieces, "pieces"));
  }

  /**
   * Cancels calls in progress, which then fail with a {@link CancelledException}, and releases
   * connections and threads. Idempotent.
   */
  @Override
  public void close() {
    endpoint.close();
  }

  /** The model and its endpoint. */
  @Override
  public String toString() {
    return endpoint.toString();
  }

  /** Builds a model. Not safe for use by several threads. */
  public static final class Builder {

    private @Nullable String baseUrl;
    private String path = "chat/completions";
    private final Map<String, String> query = new LinkedHashMap<>();
    private String model = "";
    private @Nullable Supplier<@Nullable String> apiKey;
    private @Nullable String apiKeyHeader;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private Duration connectTimeout = Duration.ofSeconds(10);
    private Duration readTimeout = Duration.ofMinutes(2);
    private Duration callTimeout = Duration.ofMinutes(5);
    private Duration deadline = Duration.ofMinutes(10);
    private int maxRetries = 2;
    private int maxConcurrent = Integer.MAX_VALUE;
    private @Nullable Integer tokensPerMinute;
    private Duration maxWait = Duration.ZERO;
    private Duration maxWaitToConnect = Duration.ZERO;
    private Consumer<ServerWait> onWait = wait -> {};
    private ChatCapabilities capabilities = ChatCapabilities.all();
    private @Nullable Path caFile;
    private @Nullable ProxyEnvironment proxies;
    private Consumer<OkHttpClient.Builder> http = given -> {};
    private Clock clock = Clock.systemUTC();
    private @Nullable Sleeper sleeper;
    private DoubleSupplier jitter = () -> ThreadLocalRandom.current().nextDouble();

    private Builder() {}

    private Builder(ChatOptions options) {
      baseUrl = options.address().baseUrl();
      path = options.address().path();
      query.putAll(options.address().query());
      model = options.model();
      apiKey = options.authentication().apiKey();
      apiKeyHeader = options.authentication().apiKeyHeader();
      headers.putAll(options.authentication().headers());
      connectTimeout = options.timeouts().connect();
      readTimeout = options.timeouts().read();
      callTimeout = options.timeouts().call();
      deadline = options.timeouts().deadline();
      maxRetries = options.limits().maxRetries();
      maxConcurrent = options.limits().maxConcurrent();
      tokensPerMinute = options.limits().tokensPerMinute();
      maxWait = options.unavailability().maxWait();
      maxWaitToConnect = options.unavailability().maxWaitToConnect();
      onWait = options.unavailability().listener();
      capabilities = options.capabilities();
      caFile = options.network().caFile();
      proxies = options.network().proxies();
      http = options.network().configure();
      clock = options.time().clock();
      sleeper = options.time().sleeper();
      jitter = options.time().jitter();
    }

    private ChatOptions options() {
      return new ChatOptions(
          new ChatOptions.Address(baseUrl, path, query),
          model,
          new ChatOptions.Authentication(apiKey, apiKeyHeader, headers),
          new ChatOptions.Timeouts(connectTimeout, readTimeout, callTimeout, deadline),
          new ChatOptions.Limits(maxRetries, maxConcurrent, tokensPerMinute),
          new ChatOptions.Unavailability(maxWait, maxWaitToConnect, onWait),
          capabilities,
          new ChatOptions.Network(caFile, proxies, http),
          new ChatOptions.Time(clock, sleeper, jitter));
    }

    /**
     * Where the API begins. {@link #path} is appended to it.
     *
     * @param baseUrl such as {@code http://127.0.0.1:8080/v1}, without a user name or password
     */
    public Builder baseUrl(String baseUrl) {
      this.baseUrl = Objects.requireNonNull(baseUrl, "baseUrl");
      return this;
    }

    /** The model's name, as the server knows it. */
    public Builder model(String model) {
      this.model = Objects.requireNonNull(model, "model").strip();
      return this;
    }

    /**
     * Where the key comes from. It is asked for at every call, so a key that is renewed takes
     * effect.
     *
     * @param apiKey returns the key; it is not kept
     */
    public Builder apiKey(Supplier<@Nullable String> apiKey) {
      this.apiKey = Objects.requireNonNull(apiKey, "apiKey");
      return this;
    }

    /**
     * Takes the key from an environment variable at every call, which fails with a {@link
     * ConfigurationException} if it is not set.
     *
     * @param variable such as {@code OPENAI_API_KEY}
     */
    public Builder apiKeyFromEnvironment(String variable) {
      Objects.requireNonNull(variable, "variable");
      return apiKey(
          () -> {
            String key = System.getenv(variable);
            if (key == null || key.isBlank()) {
              throw new ConfigurationException(
                  "the environment variable " + variable + " is not set; it must hold the API key");
            }
            return key;
          });
    }

    /**
     * Sends the key in a header of its own, as Azure requires, instead of {@code Authorization:
     * Bearer}.
     *
     * @param name such as {@code api-key}
     */
    public Builder apiKeyHeader(String name) {
      this.apiKeyHeader = Objects.requireNonNull(name, "name");
      return this;
    }

    /** What is appended to the base URL. Defaults to {@code chat/completions}. */
    public Builder path(String path) {
      this.path = Objects.requireNonNull(path, "path");
      return this;
    }

    /**
     * Adds a header to every request. Its value is treated as a secret.
     *
     * @param name given again, it replaces the value
     * @param value printable ASCII
     */
    public Builder header(String name, String value) {
      headers.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
      return this;
    }

    /**
     * Adds a parameter to the address. Its value is treated as a secret.
     *
     * @param name such as {@code api-version}; given again, it replaces the value
     * @param value unescaped
     */
    public Builder query(String name, String value) {
      query.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
      return this;
    }

    /** How long connecting may take, TLS included: from 1 ms to 1 day, by default 10 s. */
    public Builder connectTimeout(Duration timeout) {
      this.connectTimeout = Objects.requireNonNull(timeout, "timeout");
      return this;
    }

    /**
     * How long the server may be silent: from 1 ms to 1 day, by default 2 min. Unless the answer is
     * streamed, the server is silent until it is complete, so this limits the time to write one. A
     * {@linkplain #stream streamed} answer may take longer, and with a short limit a server that
     * hangs is detected soon.
     */
    public Builder readTimeout(Duration timeout) {
      this.readTimeout = Objects.requireNonNull(timeout, "timeout");
      return this;
    }

    /** How long one attempt may take as a whole: from 1 ms to 1 day, by default 5 min. */
    public Builder callTimeout(Duration timeout) {
      this.callTimeout = Objects.requireNonNull(timeout, "timeout");
      return this;
    }

    /** How long a call may take, all attempts included: from 1 ms to 1 day, by default 10 min. */
    public Builder deadline(Duration deadline) {
      this.deadline = Objects.requireNonNull(deadline, "deadline");
      return this;
    }

    /** How many attempts may follow the first one: from 0 to 10, by default 2. */
    public Builder maxRetries(int retries) {
      this.maxRetries = retries;
      return this;
    }

    /**
     * How many requests may be in flight at once: at least 1, by default unlimited. Further ones
     * wait, first come, first served.
     */
    public Builder maxConcurrent(int requests) {
      this.maxConcurrent = requests;
      return this;
    }

    /**
     * How many tokens may be read and written per minute. Each request sets aside one token for 4
     * characters that it sends, and as many as its answer may have; once the answer is there, the
     * server's count replaces that.
     *
     * @param tokens at least 1; defaults to no limit
     */
    public Builder tokensPerMinute(int tokens) {
      this.tokensPerMinute = tokens;
      return this;
    }

    /**
     * What the endpoint is known to accept; defaults to everything. What it turns out not to accept
     * is learned all the same.
     */
    public Builder capabilities(ChatCapabilities known) {
      this.capabilities = Objects.requireNonNull(known, "known");
      return this;
    }

    /**
     * How long to wait for an unavailable server before a call fails. A server is unavailable while
     * it loads its model (503, or connections that are refused or break before the first answer),
     * while it limits requests (429), and when a gateway has lost it: it answers 502, 503 or 504,
     * or three consecutive calls have failed. The time runs from the first call, and later from the
     * first failure after an answer, for all calls together. When it is over, the failure is
     * {@linkplain LlmException#permanent() permanent}, so that a run stops and can be resumed
     * instead of continuing without the model. While the server is waited for, neither {@link
     * #maxRetries} nor {@link #deadline} count, and until the first answer {@link #readTimeout} and
     * {@link #callTimeout} are at least this long.
     *
     * @param maxWait from 0 to 1 day; defaults to 0, which is not to wait
     */
    public Builder maxWait(Duration maxWait) {
      return maxWait(maxWait, maxWait);
    }

    /**
     * {@link #maxWait(Duration)} with another limit for an address where nothing has ever listened,
     * which is more often a wrong address than a server that is about to start.
     *
     * @param maxWait from 0 to 1 day
     * @param toConnect from 0 to {@code maxWait}
     */
    public Builder maxWait(Duration maxWait, Duration toConnect) {
      this.maxWait = Objects.requireNonNull(maxWait, "maxWait");
      this.maxWaitToConnect = Objects.requireNonNull(toConnect, "toConnect");
      return this;
    }

    /**
     * Is notified while a server is waited for, about every 8 seconds or as often as it asks.
     *
     * @param listener called by the waiting threads, several at once
     */
    public Builder onWait(Consumer<ServerWait> listener) {
      this.onWait = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /**
     * Trusts the certificates in a file as well as those that Java trusts: a company's own
     * authority, or a server's own certificate.
     *
     * @param pem certificates in PEM; read by {@link #build}
     */
    public Builder caFile(Path pem) {
      this.caFile = Objects.requireNonNull(pem, "pem");
      return this;
    }

    /**
     * Goes through the proxies that the environment names, as curl and most programs do: {@code
     * http_proxy}, {@code https_proxy} and {@code all_proxy}, in lower or upper case, except for
     * the hosts in {@code no_proxy}: names and their subdomains, addresses, ranges such as {@code
     * 10.0.0.0/8}, or {@code *} for all. This machine itself ({@code localhost}, {@code 127.0.0.1})
     * is never reached through a proxy. A user name and a password in a proxy's address are treated
     * as secrets. By default Java's own settings apply ({@code https.proxyHost}).
     */
    public Builder proxyFromEnvironment() {
      return proxyFrom(System.getenv());
    }

    Builder proxyFrom(Map<String, String> environment) {
      this.proxies = new ProxyEnvironment(environment);
      return this;
    }

    /**
     * Configures OkHttp: proxies, certificates, interceptors. Called once, before the timeouts and
     * the other options here are applied.
     */
    public Builder http(Consumer<OkHttpClient.Builder> configure) {
      this.http = Objects.requireNonNull(configure, "configure");
      return this;
    }

    /**
     * The clock for the deadline, the token limit and dates in {@code Retry-After}. Defaults to the
     * system's.
     */
    public Builder clock(Clock clock) {
      this.clock = Objects.requireNonNull(clock, "clock");
      return this;
    }

    /**
     * What waits between attempts and for the token limit. Defaults to one that {@link #close()}
     * wakes.
     */
    public Builder sleeper(Sleeper sleeper) {
      this.sleeper = Objects.requireNonNull(sleeper, "sleeper");
      return this;
    }

    Builder jitter(DoubleSupplier jitter) {
      this.jitter = jitter;
      return this;
    }

    /**
     * Builds the model. Nothing is sent before the first call.
     *
     * @throws ConfigurationException naming every option that is missing or out of range
     */
    public OpenAiChatModel build() {
      return new OpenAiChatModel(options());
    }
  }
}
