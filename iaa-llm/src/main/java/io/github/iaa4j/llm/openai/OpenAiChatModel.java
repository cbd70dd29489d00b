package io.github.iaa4j.llm.openai;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.error.LlmException.Kind;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatCapabilities;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.ChatUsage;
import io.github.iaa4j.llm.chat.ServerWait;
import io.github.iaa4j.llm.internal.http.ChatEndpoint;
import io.github.iaa4j.llm.internal.http.ProxyEnvironment;
import io.github.iaa4j.llm.internal.http.TrustedCertificates;
import io.github.iaa4j.llm.internal.text.Setting;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import javax.net.ssl.X509TrustManager;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * A model behind any endpoint that speaks the chat completions of the OpenAI interface: OpenAI
 * itself, Azure, llama.cpp, vLLM, Ollama, LM Studio and many more.
 *
 * <p>Failures that pass by themselves are tried again: connections that break or time out, and the
 * statuses 408, 409, 429 and 5xx. The wait is what the server asks for ({@code retry-after-ms},
 * {@code Retry-After} in seconds or as a date, {@code retryDelay} and words such as "try again in
 * 7.66s" in the body, {@code x-ratelimit-reset-*}), else half a second, doubled each time, with a
 * jitter of a quarter. All tries and waits together end at {@link Builder#deadline}: a wait that
 * would pass it is not begun, and the {@link LlmException} says how long the server wants. Nothing
 * else tries again: OkHttp's own repeats are off.
 *
 * <p>Servers and models differ in what they take. A request that is refused with a message that
 * names one of these is sent again another way, and later requests go that way at once ({@link
 * #capabilities()}). As long as no question for the same shape was answered, status 400 or 422 need
 * name nothing: each is left out in turn, down to the plainest form, and only where that is refused
 * too, the first refusal is told.
 *
 * <ul>
 *   <li>{@code max_tokens} becomes {@code max_completion_tokens} where the message asks for that,
 *       as OpenAI's reasoning models do; it then bounds their thoughts as well
 *   <li>the shape of an answer is asked for down the ladder of {@link
 *       ChatCapabilities.StructuredOutput}: strict schema, any JSON, a function call, words alone
 *   <li>the text of a system turn begins the next turn of the user
 *   <li>{@code temperature}, {@code seed}, {@code stream_options} and {@code stream} are left out
 * </ul>
 *
 * <p>An answer that is empty because thoughts used up its tokens is asked for again with more, up
 * to 16,384 on top of what the request allows; later requests have them at once.
 *
 * <p>A refusal of the model or of a filter is a {@link ChatAnswer}. An answer with a status of 2xx
 * that is no chat completion, such as a web page or an error, is of {@link Kind#PROTOCOL}. Where
 * the endpoint never gave an answer before, such a page, 403, 404 and other statuses that blame the
 * request are {@linkplain LlmException#permanent() permanent}, because the address, the key or the
 * model's name is most likely wrong; 401, a spent quota and an address where nobody listens always
 * are.
 *
 * <p>An interrupt of the waiting thread and {@link #close()} both cancel the call under way.
 *
 * <p>The key is asked for at every call, goes into one header and nowhere else. It, the values of
 * {@link Builder#header} and those of the query are told in no message, log or exception, even
 * where the server quotes them. Redirects are not followed, so that they reach no other host.
 * Thread-safe.
 */
public final class OpenAiChatModel implements ChatModel, AutoCloseable {

  private final Builder options;
  private final ChatEndpoint endpoint;

  private OpenAiChatModel(
      Builder options, HttpUrl url, String model, @Nullable X509TrustManager trust) {
    this.options = new Builder(options);
    this.endpoint = new ChatEndpoint(this.options, url, model, trust);
  }

  /**
   * Starts with no key, 2 retries, timeouts of 10 s to connect, 2 min to read and 5 min a try, none
   * for the first token, a deadline of 10 min, and no other limit.
   */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder with the options that this was built with. What it learnt is not among them. */
  public Builder toBuilder() {
    return new Builder(options);
  }

  @Override
  public String name() {
    return endpoint.model();
  }

  /** What the endpoint takes, as far as that was declared or is known by now. */
  public ChatCapabilities capabilities() {
    return endpoint.capabilities();
  }

  /** {@inheritDoc} With {@link Builder#patience}; without it none. */
  @Override
  public Duration waited() {
    return endpoint.waited();
  }

  /** What was used so far. */
  public ChatUsage usage() {
    return endpoint.usage();
  }

  /**
   * {@inheritDoc}
   *
   * <p>With {@link Builder#firstTokenTimeout} the answer is streamed, and handed over whole.
   *
   * @throws IllegalStateException if it is closed
   */
  @Override
  public ChatAnswer complete(ChatRequest request) {
    return endpoint.ask(request, null);
  }

  /**
   * {@inheritDoc}
   *
   * <p>A failure after the first piece is not tried again, because the pieces would come twice. An
   * endpoint that cannot stream hands on one piece.
   *
   * @throws IllegalStateException if it is closed
   */
  @Override
  public ChatAnswer stream(ChatRequest request, Consumer<String> pieces) {
    return endpoint.ask(request, pieces);
  }

  /** Cancels calls under way, which then fail with an {@link LlmException}, and lets go of all. */
  @Override
  public void close() {
    endpoint.close();
  }

  /** The model and its endpoint. */
  @Override
  public String toString() {
    return endpoint.toString();
  }

  /** Waits between tries, and for a turn. */
  @FunctionalInterface
  public interface Sleeper {

    /**
     * Waits.
     *
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    void sleep(Duration duration) throws InterruptedException;
  }

  /** Collects the options of a model. */
  public static final class Builder {

    @Nullable String baseUrl;
    @Nullable String model;
    public @Nullable Supplier<@Nullable String> apiKey;
    public @Nullable String apiKeyHeader;
    String path = "chat/completions";
    public final Map<String, String> headers = new LinkedHashMap<>();
    final Map<String, String> query = new LinkedHashMap<>();
    public Duration connectTimeout = Duration.ofSeconds(10);
    public Duration readTimeout = Duration.ofMinutes(2);
    public Duration callTimeout = Duration.ofMinutes(5);
    public @Nullable Duration firstTokenTimeout;
    public Duration deadline = Duration.ofMinutes(10);
    public int maxRetries = 2;
    public int maxResponseBytes = 4 << 20;
    public int maxConcurrent = Integer.MAX_VALUE;
    public int tokensPerMinute;
    public ChatCapabilities capabilities = ChatCapabilities.all();
    public Duration patience = Duration.ZERO;
    public Duration patienceToConnect = Duration.ZERO;
    public Consumer<ServerWait> onWait = wait -> {};
    @Nullable Path caFile;

    @SuppressWarnings("exports")
    public @Nullable ProxyEnvironment proxies;

    public Consumer<OkHttpClient.Builder> http = given -> {};
    public Clock clock = Clock.systemUTC();
    public @Nullable Sleeper sleeper;
    public DoubleSupplier jitter = () -> ThreadLocalRandom.current().nextDouble();

    private Builder() {}

    private Builder(Builder other) {
      baseUrl = other.baseUrl;
      model = other.model;
      apiKey = other.apiKey;
      apiKeyHeader = other.apiKeyHeader;
      path = other.path;
      headers.putAll(other.headers);
      query.putAll(other.query);
      connectTimeout = other.connectTimeout;
      readTimeout = other.readTimeout;
      callTimeout = other.callTimeout;
      firstTokenTimeout = other.firstTokenTimeout;
      deadline = other.deadline;
      maxRetries = other.maxRetries;
      maxResponseBytes = other.maxResponseBytes;
      maxConcurrent = other.maxConcurrent;
      tokensPerMinute = other.tokensPerMinute;
      capabilities = other.capabilities;
      patience = other.patience;
      patienceToConnect = other.patienceToConnect;
      onWait = other.onWait;
      caFile = other.caFile;
      proxies = other.proxies;
      http = other.http;
      clock = other.clock;
      sleeper = other.sleeper;
      jitter = other.jitter;
    }

    /**
     * Where the interface begins. {@link #path} is added to it.
     *
     * @param baseUrl such as {@code http://127.0.0.1:8080/v1}; no user name or password in it
     */
    public Builder baseUrl(String baseUrl) {
      this.baseUrl = baseUrl;
      return this;
    }

    /** The model's name, as the server knows it. */
    public Builder model(String model) {
      this.model = model;
      return this;
    }

    /**
     * Where the key comes from. It is asked at every call, so a key that is renewed is seen.
     *
     * @param apiKey gives the key; it is kept nowhere
     */
    public Builder apiKey(Supplier<@Nullable String> apiKey) {
      this.apiKey = apiKey;
      return this;
    }

    /**
     * Takes the key from an environment variable at every call.
     *
     * @param variable such as {@code OPENAI_API_KEY}
     */
    public Builder apiKeyFromEnvironment(String variable) {
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
     * Sends the key in a header of its own, as Azure wants it, and not as {@code Authorization:
     * Bearer}.
     *
     * @param name such as {@code api-key}
     */
    public Builder apiKeyHeader(String name) {
      this.apiKeyHeader = name;
      return this;
    }

    /**
     * What is added to the base URL; {@code chat/completions} unless set.
     *
     * @param path such as {@code openai/deployments/my-gpt/chat/completions}
     */
    public Builder path(String path) {
      this.path = path;
      return this;
    }

    /**
     * Adds a header to every request. Its value counts as a secret.
     *
     * @param name given again, it replaces the value
     * @param value printable ASCII
     */
    public Builder header(String name, String value) {
      headers.put(name, value);
      return this;
    }

    /**
     * Adds a parameter to the address. Its value counts as a secret.
     *
     * @param name such as {@code api-version}; given again, it replaces the value
     * @param value unescaped
     */
    public Builder query(String name, String value) {
      query.put(name, value);
      return this;
    }

    /** The longest wait for a connection, the TLS handshake included. */
    public Builder connectTimeout(Duration timeout) {
      this.connectTimeout = timeout;
      return this;
    }

    /**
     * The longest silence while the answer is awaited. Unless it streams, the server speaks only
     * when the whole answer is written, so this bounds the time to write one.
     */
    public Builder readTimeout(Duration timeout) {
      this.readTimeout = timeout;
      return this;
    }

    /** The longest that one try may take as a whole. */
    public Builder callTimeout(Duration timeout) {
      this.callTimeout = timeout;
      return this;
    }

    /**
     * The longest wait of one try for the first token, be it a thought; none unless set. A server
     * that hangs is then found out long before the time that a whole answer takes. Answers are
     * streamed for it.
     */
    public Builder firstTokenTimeout(Duration timeout) {
      this.firstTokenTimeout = timeout;
      return this;
    }

    /** The longest that a question may take, with all tries and all waits. */
    public Builder deadline(Duration deadline) {
      this.deadline = deadline;
      return this;
    }

    /**
     * How often a failure that may pass is tried again; 2 unless set.
     *
     * @param retries further attempts after the first, from 0 to 10
     */
    public Builder maxRetries(int retries) {
      this.maxRetries = retries;
      return this;
    }

    /**
     * The longest body that is read; 4 MiB unless set.
     *
     * @param bytes from 1,024 to 1 GiB
     */
    public Builder maxResponseBytes(int bytes) {
      this.maxResponseBytes = bytes;
      return this;
    }

    /**
     * How many requests may be under way at once; no bound unless set. Further ones wait, the first
     * come first.
     *
     * @param requests at least 1
     */
    public Builder maxConcurrent(int requests) {
      this.maxConcurrent = requests;
      return this;
    }

    /**
     * How many tokens may be read and written a minute; no bound unless set. Each request sets
     * aside a token for 4 characters that it sends, and as many as its answer may have; once the
     * answer is there, the server's count replaces that.
     *
     * @param tokens at least 1
     */
    public Builder tokensPerMinute(int tokens) {
      this.tokensPerMinute = tokens == 0 ? -1 : tokens;
      return this;
    }

    /**
     * What the endpoint is known to take; everything unless set. What it turns out not to take is
     * learnt all the same.
     */
    public Builder capabilities(ChatCapabilities known) {
      this.capabilities = known;
      return this;
    }

    /**
     * How long a server that is not there is waited for, before a question fails; not at all unless
     * set. A server is not there while it loads its model (503, connections that are refused or
     * break, no answer yet), while it limits requests (429), and where a gateway has gone away: it
     * answers 502, 503 or 504, or three questions in a row have failed. The time runs from the
     * first question, and later from the first failure after an answer, for all questions together.
     * When it is over, the failure is {@linkplain LlmException#permanent() permanent}, so that a
     * run stops and can be resumed instead of going on without the model. While the server is
     * waited for, neither {@link #maxRetries} nor {@link #deadline} count, and until the first
     * answer {@link #readTimeout} and {@link #callTimeout} are at least this long.
     *
     * @param patience from 0 to 1 day
     */
    public Builder patience(Duration patience) {
      return patience(patience, patience);
    }

    /**
     * {@link #patience(Duration)} with another bound for an address where nobody listens and nobody
     * ever did, which is more often a wrong address than a server that is about to start.
     *
     * @param patience from 0 to 1 day
     * @param toConnect from 0 to {@code patience}
     */
    public Builder patience(Duration patience, Duration toConnect) {
      this.patience = patience;
      this.patienceToConnect = toConnect;
      return this;
    }

    /**
     * Hears each time that a server is waited for, about every 8 seconds or as often as it asks.
     *
     * @param listener called by the waiting threads, several at once
     */
    public Builder onWait(Consumer<ServerWait> listener) {
      this.onWait = listener;
      return this;
    }

    /**
     * Trusts the certificates in a file, beside those that Java trusts: a company's own authority,
     * or a server's own certificate.
     *
     * @param pem certificates in PEM; read by {@link #build}
     */
    public Builder caFile(Path pem) {
      this.caFile = pem;
      return this;
    }

    /**
     * Goes through the proxies that the environment names, as curl and most programs do: {@code
     * http_proxy}, {@code https_proxy} and {@code all_proxy}, in lower or upper case, but for the
     * hosts in {@code no_proxy}: names and their subdomains, addresses, ranges such as {@code
     * 10.0.0.0/8}, or {@code *} for all. This machine itself ({@code localhost}, {@code 127.0.0.1})
     * is never asked through a proxy. A user name and a password in a proxy's address count as
     * secrets. Without this, Java's own settings count ({@code https.proxyHost}).
     */
    public Builder proxyFromEnvironment() {
      return proxyFrom(System.getenv());
    }

    public Builder proxyFrom(Map<String, String> environment) {
      this.proxies = new ProxyEnvironment(environment);
      return this;
    }

    /**
     * Sets up OkHttp: proxies, certificates, interceptors. Called once, before the timeouts and the
     * rest that is said here are set.
     */
    public Builder http(Consumer<OkHttpClient.Builder> setUp) {
      this.http = setUp;
      return this;
    }

    /** Tells the time for the deadline, the token limit and dates in {@code Retry-After}. */
    public Builder clock(Clock clock) {
      this.clock = clock;
      return this;
    }

    /** Waits between tries and for the token limit; {@link #close()} ends the usual one. */
    public Builder sleeper(Sleeper sleeper) {
      this.sleeper = sleeper;
      return this;
    }

    public Builder jitter(DoubleSupplier jitter) {
      this.jitter = jitter;
      return this;
    }

    /**
     * The model. Nothing is sent before the first question.
     *
     * @throws ConfigurationException naming every option that is missing or out of range
     */
    public OpenAiChatModel build() {
      List<String> faults = new ArrayList<>();
      HttpUrl base = null;
      if (baseUrl == null) {
        faults.add(Setting.BASE_URL + " is missing; give it such as http://127.0.0.1:8080/v1");
      } else {
        base = HttpUrl.parse(baseUrl.strip());
        if (base == null) {
          faults.add(
              Setting.BASE_URL
                  + " is no http or https address; give it such as http://127.0.0.1:8080/v1");
        } else if (!base.username().isEmpty() || !base.password().isEmpty()) {
          faults.add(
              Setting.BASE_URL
                  + " holds a user name or a password; give the key with "
                  + Setting.API_KEY);
          base = null;
        }
      }
      String name = model == null ? "" : model.strip();
      if (name.isEmpty()) {
        faults.add(Setting.MODEL + " is missing; give the name that the server knows the model by");
      }
      positive(faults, "connectTimeout", connectTimeout);
      positive(faults, Setting.READ_TIMEOUT.toString(), readTimeout);
      positive(faults, Setting.CALL_TIMEOUT.toString(), callTimeout);
      if (patience.isNegative() || patience.compareTo(Duration.ofDays(1)) > 0) {
        faults.add(Setting.PATIENCE + " is from 0 to 1 day, not " + patience);
      }
      if (patienceToConnect.isNegative() || patienceToConnect.compareTo(patience) > 0) {
        faults.add(
            Setting.PATIENCE
                + " to connect is from 0 to "
                + patience
                + ", not "
                + patienceToConnect);
      }
      X509TrustManager trust = caFile == null ? null : TrustedCertificates.read(caFile, faults);
      if (proxies != null) {
        faults.addAll(proxies.faults());
      }
      if (maxRetries < 0 || maxRetries > 10) {
        faults.add(Setting.MAX_RETRIES + " is from 0 to 10, not " + maxRetries);
      }
      if (maxResponseBytes < 1024 || maxResponseBytes > 1 << 30) {
        faults.add("maxResponseBytes is from 1024 to 1073741824, not " + maxResponseBytes);
      }
      if (firstTokenTimeout != null) {
        positive(faults, "firstTokenTimeout", firstTokenTimeout);
      }
      positive(faults, "deadline", deadline);
      if (maxConcurrent < 1) {
        faults.add(Setting.MAX_CONCURRENT + " is at least 1, not " + maxConcurrent);
      }
      if (tokensPerMinute < 0) {
        faults.add("tokensPerMinute is at least 1");
      }
      headers.forEach(
          (header, value) -> {
            name(faults, "header", header);
            // OkHttp would put a value that it refuses into its message.
            if (!value.chars().allMatch(c -> c >= ' ' && c < 127)) {
              faults.add(
                  "the value of header "
                      + header
                      + " holds characters that no HTTP header can carry; check for line breaks");
            }
          });
      String keyHeader = apiKeyHeader == null ? "Authorization" : apiKeyHeader;
      name(faults, "apiKeyHeader", keyHeader);
      if (apiKey != null && headers.keySet().stream().anyMatch(keyHeader::equalsIgnoreCase)) {
        faults.add(
            "header "
                + keyHeader
                + " is given twice: with "
                + Setting.HEADER
                + " and with "
                + Setting.API_KEY);
      }
      if (base == null || !faults.isEmpty()) {
        throw new ConfigurationException(faults);
      }
      HttpUrl.Builder endpoint = base.newBuilder();
      String added = path.strip().replaceAll("^/+", "");
      if (!added.isEmpty()) {
        endpoint.addPathSegments(added);
      }
      query.forEach(endpoint::setQueryParameter);
      return new OpenAiChatModel(this, endpoint.build(), name, trust);
    }

    private static void name(List<String> faults, String option, String name) {
      if (!name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
        faults.add(option + " is no name of an HTTP header: \"" + name + '"');
      }
    }

    private static void positive(List<String> faults, String option, Duration timeout) {
      if (timeout.toMillis() < 1 || timeout.compareTo(Duration.ofDays(1)) > 0) {
        faults.add(option + " is from 1 ms to 1 day, not " + timeout);
      }
    }
  }
}
