package io.github.iaa4j.llm;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.github.iaa4j.core.ConfigurationException;
import io.github.iaa4j.core.LlmException;
import io.github.iaa4j.core.LlmException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Dispatcher;
import okhttp3.EventListener;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model behind any endpoint that speaks the chat completions of the OpenAI interface: OpenAI
 * itself, llama.cpp, vLLM, Ollama, LM Studio and many more.
 *
 * <p>Failures that pass by themselves are tried again: connections that break or time out, and the
 * statuses 408, 409, 429 and 5xx. The wait is what the server asks for ({@code retry-after-ms}, or
 * {@code Retry-After} in seconds or as a date), else half a second, doubled each time, with a
 * jitter of a quarter. A server that asks for more than a minute gets no second try: the {@link
 * LlmException} says how long it wants.
 *
 * <p>Servers and models differ in what they take. A request that is refused with 400 or 422 and a
 * message that names one of these is sent again another way, and later requests go that way at
 * once:
 *
 * <ul>
 *   <li>{@code max_tokens} becomes {@code max_completion_tokens} where the message asks for that,
 *       as OpenAI's reasoning models do; it then bounds their thoughts as well
 *   <li>{@code response_format} goes from {@code json_schema} to {@code json_object}, then is left
 *       out
 *   <li>{@code temperature} and {@code seed} are left out
 * </ul>
 *
 * <p>An answer with a status of 2xx that is no chat completion, such as a web page or an error, is
 * of {@link Kind#PROTOCOL}: the base URL most likely leads elsewhere.
 *
 * <p>An interrupt of the waiting thread and {@link #close()} both cancel the call under way.
 *
 * <p>The key is asked for at every call, goes into the {@code Authorization} header and nowhere
 * else. Redirects are not followed, so that it reaches no other host. Thread-safe.
 */
public final class OpenAiChatModel implements ChatModel, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(OpenAiChatModel.class);
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();
  private static final Gson HTML_SAFE = new Gson();
  private static final MediaType JSON = MediaType.get("application/json; charset=utf-8");
  private static final Set<Integer> PASSING = Set.of(408, 409, 429);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
  private static final int LONGEST_EXCERPT = 300;

  private final HttpUrl endpoint;
  private final String endpointName;
  private final String model;
  private final @Nullable Supplier<@Nullable String> apiKey;
  private final int maxRetries;
  private final int maxResponseBytes;
  private final OkHttpClient client;
  private final Retries retries;
  private final Sleeper sleeper;
  private final ExecutorService executor;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Dialect dialect = Dialect.FULL;

  private OpenAiChatModel(Builder builder, HttpUrl base, String model) {
    this.endpoint = base.newBuilder().addPathSegments("chat/completions").build();
    this.endpointName = endpoint.newBuilder().query(null).build().toString();
    this.model = model;
    this.apiKey = builder.apiKey;
    this.maxRetries = builder.maxRetries;
    this.maxResponseBytes = builder.maxResponseBytes;
    this.retries = new Retries(builder.clock, builder.jitter);
    Sleeper given = builder.sleeper;
    this.sleeper = given != null ? given : this::sleepUnlessClosed;
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
    this.client =
        new OkHttpClient.Builder()
            .dispatcher(dispatcher)
            .connectTimeout(builder.connectTimeout)
            .readTimeout(builder.readTimeout)
            .writeTimeout(builder.readTimeout)
            .callTimeout(builder.callTimeout)
            .followRedirects(false)
            .build();
  }

  /**
   * Starts with no key, 2 retries, and timeouts of 10 s to connect, 2 min to read, 5 min in all.
   */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public String name() {
    return model;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if it is closed
   */
  @Override
  public ChatAnswer complete(ChatRequest request) {
    if (isClosed()) {
      throw new IllegalStateException(this + " is closed");
    }
    String key = key();
    Dialect known = dialect;
    Dialect spoken = known;
    int attempt = 1;
    while (true) {
      LlmException failure;
      boolean passing;
      Progress progress = new Progress();
      try {
        Reply reply = exchange(GSON.toJson(body(request, spoken)), key, progress);
        if (reply.status >= 200 && reply.status < 300) {
          if (!spoken.equals(known)) {
            dialect = spoken;
          }
          return answer(reply, key);
        }
        if (reply.status == 400 || reply.status == 422) {
          Dialect other = spoken.without(complaint(reply.text), request);
          if (!other.equals(spoken)) {
            LOG.info(
                "{} refuses a part of the request, which is now sent as {}. It said: {}",
                endpointName,
                other,
                excerpt(reply.text));
            spoken = other;
            continue;
          }
        }
        failure = refused(reply, key, attempt);
        passing = PASSING.contains(reply.status) || reply.status >= 500;
      } catch (IOException e) {
        if (isClosed()) {
          throw ended("the client was closed", e);
        }
        failure = unreachable(e, progress, attempt);
        passing = true;
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
      if (!passing || attempt > maxRetries) {
        throw failure;
      }
      Duration wait = retries.delay(attempt, failure.retryAfter());
      if (wait.compareTo(LONGEST_WAIT) > 0) {
        throw failure;
      }
      LOG.info("{} Trying again in {} ms.", failure.getMessage(), wait.toMillis());
      try {
        sleeper.sleep(wait);
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
      if (isClosed()) {
        throw ended("the client was closed", failure);
      }
      attempt++;
    }
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  private void sleepUnlessClosed(Duration wait) throws InterruptedException {
    boolean cutShort = closed.await(wait.toMillis(), TimeUnit.MILLISECONDS);
    if (cutShort) {
      LOG.debug("{} was closed between two attempts.", endpointName);
    }
  }

  /** Cancels calls under way, which then fail with an {@link LlmException}, and lets go of all. */
  @Override
  public void close() {
    closed.countDown();
    client.dispatcher().cancelAll();
    executor.shutdown();
    client.connectionPool().evictAll();
  }

  /** The model and its endpoint. */
  @Override
  public String toString() {
    return model + " at " + endpointName;
  }

  private JsonObject body(ChatRequest request, Dialect spoken) {
    JsonArray messages = new JsonArray();
    for (ChatMessage message : request.messages()) {
      JsonObject turn = new JsonObject();
      turn.addProperty("role", message.role().name().toLowerCase(Locale.ROOT));
      turn.add("content", content(message));
      messages.add(turn);
    }
    JsonObject body = new JsonObject();
    body.addProperty("model", model);
    body.add("messages", messages);
    body.addProperty(
        spoken.completionTokens ? "max_completion_tokens" : "max_tokens", request.maxTokens());
    if (spoken.temperature) {
      body.addProperty("temperature", request.temperature());
    }
    Integer seed = request.seed();
    if (seed != null && spoken.seed) {
      body.addProperty("seed", seed);
    }
    JsonSchema schema = request.schema();
    if (schema != null && spoken.format == Format.JSON_OBJECT) {
      JsonObject format = new JsonObject();
      format.addProperty("type", "json_object");
      body.add("response_format", format);
    } else if (schema != null && spoken.format == Format.JSON_SCHEMA) {
      JsonObject shape = new JsonObject();
      shape.addProperty("name", schema.name());
      shape.addProperty("strict", true);
      shape.add("schema", JsonParser.parseString(schema.json()));
      JsonObject format = new JsonObject();
      format.addProperty("type", "json_schema");
      format.add("json_schema", shape);
      body.add("response_format", format);
    }
    return body;
  }

  private static JsonElement content(ChatMessage message) {
    if (message.images().isEmpty()) {
      return new JsonPrimitive(message.text());
    }
    JsonArray parts = new JsonArray();
    for (String url : message.images()) {
      JsonObject image = new JsonObject();
      image.addProperty("url", url);
      JsonObject part = new JsonObject();
      part.addProperty("type", "image_url");
      part.add("image_url", image);
      parts.add(part);
    }
    JsonObject text = new JsonObject();
    text.addProperty("type", "text");
    text.addProperty("text", message.text());
    parts.add(text);
    return parts;
  }

  private String key() {
    if (apiKey == null) {
      return "";
    }
    String key = apiKey.get();
    if (key == null || key.isBlank()) {
      throw new ConfigurationException(
          "apiKey is empty; give the key of "
              + endpointName
              + ", or no apiKey where none is wanted");
    }
    key = key.strip();
    // OkHttp would put a header that it refuses into its message.
    if (!key.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new ConfigurationException(
          "apiKey holds characters that no HTTP header can carry; check for line breaks in it");
    }
    return key;
  }

  /** Waits on this thread, which OkHttp's own blocking call would not let go of. */
  private Reply exchange(String body, String key, Progress progress)
      throws IOException, InterruptedException {
    Request.Builder request =
        new Request.Builder()
            .url(endpoint)
            .header("Accept", "application/json")
            .post(RequestBody.create(body, JSON));
    if (!key.isEmpty()) {
      request.header("Authorization", "Bearer " + key);
    }
    Call call = client.newBuilder().eventListener(progress).build().newCall(request.build());
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    call.enqueue(
        new Callback() {
          @Override
          public void onFailure(Call failed, IOException e) {
            reply.completeExceptionally(e);
          }

          @Override
          public void onResponse(Call answered, Response response) {
            try {
              reply.complete(read(response, key));
            } catch (Throwable e) { // whatever it is, the other thread waits for it
              reply.completeExceptionally(e);
            }
          }
        });
    try {
      return reply.get();
    } catch (InterruptedException e) {
      call.cancel();
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
    }
  }

  private Reply read(Response response, String key) throws IOException {
    try (response;
        InputStream in = response.body().byteStream()) {
      byte[] bytes = in.readNBytes(maxResponseBytes + 1);
      boolean tooLong = bytes.length > maxResponseBytes;
      String text =
          new String(bytes, 0, Math.min(bytes.length, maxResponseBytes), StandardCharsets.UTF_8);
      return new Reply(
          response.code(),
          redact(text, key),
          tooLong,
          retries.asked(response.header("retry-after-ms"), response.header("Retry-After")),
          response.header("Location"));
    }
  }

  /** Some servers quote the key back, and JSON has several spellings of some characters. */
  private static String redact(String text, String key) {
    if (key.isEmpty()) {
      return text;
    }
    String escaped = HTML_SAFE.toJson(key);
    return text.replace(key, "[key]")
        .replace(key.replace("/", "\\/"), "[key]")
        .replace(escaped.substring(1, escaped.length() - 1), "[key]");
  }

  private ChatAnswer answer(Reply reply, String key) {
    if (reply.tooLong) {
      throw protocol(
          reply,
          "is longer than " + maxResponseBytes + " bytes; raise maxResponseBytes, or ",
          null);
    }
    JsonObject root;
    try {
      JsonElement parsed = JsonParser.parseString(reply.text);
      if (!parsed.isJsonObject()) {
        throw protocol(reply, "is not a JSON object; ", null);
      }
      root = parsed.getAsJsonObject();
    } catch (JsonParseException e) {
      throw protocol(reply, "is not JSON; ", e);
    }
    JsonElement choices = root.get("choices");
    boolean empty = !(choices instanceof JsonArray array) || array.isEmpty();
    JsonElement error = root.get("error");
    if (empty && error != null && !error.isJsonNull()) {
      throw new LlmException(
          Kind.PROTOCOL,
          endpointName
              + ": the server answered an error with HTTP "
              + reply.status
              + ": "
              + excerpt(redact(words(error), key))
              + ". Check the model's name "
              + model
              + " and the server's log.",
          reply.status,
          null,
          reply.text,
          null);
    }
    try {
      if (empty) {
        throw protocol(reply, "holds no choices; ", null);
      }
      JsonObject choice = root.getAsJsonArray("choices").get(0).getAsJsonObject();
      JsonObject message = choice.getAsJsonObject("message");
      if (message == null) {
        throw protocol(reply, "holds a choice without a message; ", null);
      }
      String text = content(message.get("content"));
      if (text.isEmpty() && !string(message, "refusal").isEmpty()) {
        throw new LlmException(
            Kind.UNUSABLE_ANSWER,
            endpointName + ": the model refused: " + excerpt(string(message, "refusal")),
            reply.status,
            null,
            reply.text,
            null);
      }
      JsonObject usage =
          root.has("usage") && root.get("usage").isJsonObject()
              ? root.getAsJsonObject("usage")
              : new JsonObject();
      return new ChatAnswer(
          text,
          string(choice, "finish_reason"),
          count(usage, "prompt_tokens"),
          count(usage, "completion_tokens"));
    } catch (ClassCastException
        | IllegalStateException
        | NumberFormatException
        | UnsupportedOperationException e) {
      throw protocol(reply, "is not shaped as a chat completion; ", e);
    }
  }

  /** A text, or a list of parts of which the texts count and others, such as thoughts, do not. */
  private static String content(@Nullable JsonElement content) {
    if (content == null || content.isJsonNull()) {
      return "";
    }
    if (!content.isJsonArray()) {
      return content.getAsString();
    }
    StringBuilder text = new StringBuilder();
    for (JsonElement part : content.getAsJsonArray()) {
      JsonObject object = part.getAsJsonObject();
      if (string(object, "type").equals("text")) {
        text.append(string(object, "text"));
      }
    }
    return text.toString();
  }

  private static String string(JsonObject object, String field) {
    JsonElement value = object.get(field);
    return value == null || value.isJsonNull() ? "" : value.getAsString();
  }

  private static int count(JsonObject object, String field) {
    JsonElement value = object.get(field);
    return value == null || value.isJsonNull() ? 0 : value.getAsInt();
  }

  /** What the body of a refusal says: the error in it where it has the usual form, or all of it. */
  private static String complaint(String body) {
    try {
      JsonElement root = JsonParser.parseString(body);
      JsonElement error = root.isJsonObject() ? root.getAsJsonObject().get("error") : null;
      return error == null ? body : error.toString();
    } catch (JsonParseException e) {
      return body;
    }
  }

  private static String words(JsonElement error) {
    JsonElement words = error;
    if (error instanceof JsonObject object && object.has("message")) {
      words = object.get("message");
    }
    return words.isJsonPrimitive() ? words.getAsString() : words.toString();
  }

  private LlmException protocol(Reply reply, String what, @Nullable Throwable cause) {
    return new LlmException(
        Kind.PROTOCOL,
        endpointName
            + ": the answer "
            + what
            + "check that the base URL leads to an OpenAI-compatible interface (it mostly ends in"
            + " /v1). It begins: "
            + excerpt(reply.text),
        reply.status,
        null,
        reply.text,
        cause);
  }

  private LlmException refused(Reply reply, String key, int attempt) {
    String remedy =
        switch (reply.status) {
          case 400, 422 -> "The server does not accept the request";
          case 401, 403 ->
              key.isEmpty()
                  ? "No API key was sent; give one with apiKey"
                  : "The API key was not accepted; check it, and that it may use " + model;
          case 404 -> "Check the base URL (it mostly ends in /v1) and the model's name " + model;
          case 429 -> "Too many requests, or the quota is used up";
          default ->
              reply.status >= 300 && reply.status < 400
                  ? "It redirects to "
                      + plain(reply.location)
                      + ", which is not followed because of the key; set the base URL to where it"
                      + " leads"
                  : "The server failed";
        };
    return new LlmException(
        Kind.STATUS,
        endpointName
            + ": HTTP "
            + reply.status
            + after(attempt)
            + ". "
            + remedy
            + ". It said: "
            + excerpt(reply.text),
        reply.status,
        reply.retryAfter,
        reply.text,
        null);
  }

  private LlmException unreachable(IOException e, Progress progress, int attempt) {
    String what;
    if (e instanceof SocketTimeoutException && !progress.connected) {
      what =
          "no connection within the connect timeout of "
              + seconds(client.connectTimeoutMillis())
              + "; check the address, or raise connectTimeout";
    } else if (e instanceof SocketTimeoutException) {
      what =
          "connected, but nothing came within the read timeout of "
              + seconds(client.readTimeoutMillis())
              + "; a slow model needs a longer readTimeout or fewer maxTokens";
    } else if (e instanceof InterruptedIOException) {
      what =
          "not done within the call timeout of "
              + seconds(client.callTimeoutMillis())
              + "; a slow model needs a longer callTimeout or fewer maxTokens";
    } else if (!progress.connected) {
      what = "cannot connect; start the server or check the base URL";
    } else {
      what = "the connection broke; see the server's log";
    }
    return new LlmException(
        Kind.UNREACHABLE, endpointName + ": " + what + after(attempt) + ".", 0, null, null, e);
  }

  private LlmException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return ended("the thread was interrupted", e);
  }

  private LlmException ended(String what, Exception cause) {
    return new LlmException(
        Kind.UNREACHABLE,
        endpointName + ": " + what + " while it waited for the answer.",
        0,
        null,
        null,
        cause);
  }

  private static String after(int attempt) {
    return attempt == 1 ? "" : " (attempt " + attempt + ")";
  }

  private static String seconds(int millis) {
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
  }

  private static String plain(@Nullable String location) {
    if (location == null) {
      return "nowhere";
    }
    int query = location.indexOf('?');
    return query < 0 ? location : location.substring(0, query);
  }

  private static String excerpt(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    return line.isEmpty()
        ? "(nothing)"
        : line.length() <= LONGEST_EXCERPT ? line : line.substring(0, LONGEST_EXCERPT) + " …";
  }

  /** A whole HTTP answer. */
  private record Reply(
      int status,
      String text,
      boolean tooLong,
      @Nullable Duration retryAfter,
      @Nullable String location) {}

  /** How strictly the shape of the answer is asked for. */
  private enum Format {
    JSON_SCHEMA,
    JSON_OBJECT,
    NONE
  }

  /** What this server and model take. */
  private record Dialect(
      boolean completionTokens, boolean temperature, boolean seed, Format format) {

    static final Dialect FULL = new Dialect(false, true, true, Format.JSON_SCHEMA);

    private static final Pattern FORMAT =
        Pattern.compile("\\b(?:response_format|json_schema|json_object)\\b");
    private static final Pattern TEMPERATURE = Pattern.compile("\\btemperature\\b");
    private static final Pattern SEED = Pattern.compile("\\bseed\\b");

    /** Another way to say the request, or this one where the complaint is of something else. */
    Dialect without(String complaint, ChatRequest request) {
      if (!completionTokens && complaint.contains("max_completion_tokens")) {
        return new Dialect(true, temperature, seed, format);
      }
      if (request.schema() != null && format != Format.NONE && FORMAT.matcher(complaint).find()) {
        Format looser = format == Format.JSON_SCHEMA ? Format.JSON_OBJECT : Format.NONE;
        return new Dialect(completionTokens, temperature, seed, looser);
      }
      if (temperature && TEMPERATURE.matcher(complaint).find()) {
        return new Dialect(completionTokens, false, seed, format);
      }
      if (request.seed() != null && seed && SEED.matcher(complaint).find()) {
        return new Dialect(completionTokens, temperature, false, format);
      }
      return this;
    }

    @Override
    public String toString() {
      return (completionTokens ? "max_completion_tokens" : "max_tokens")
          + (temperature ? ", temperature" : ", no temperature")
          + (seed ? ", seed" : ", no seed")
          + ", response format "
          + format.name().toLowerCase(Locale.ROOT);
    }
  }

  /** How far a call came, which tells a connect timeout from a read timeout. */
  private static final class Progress extends EventListener {

    private volatile boolean connected;

    @Override
    public void requestHeadersStart(Call call) {
      connected = true;
    }
  }

  /** Waits between attempts. */
  @FunctionalInterface
  interface Sleeper {
    void sleep(Duration duration) throws InterruptedException;
  }

  /** Collects the options of a model. */
  public static final class Builder {

    private @Nullable String baseUrl;
    private @Nullable String model;
    private @Nullable Supplier<@Nullable String> apiKey;
    private Duration connectTimeout = Duration.ofSeconds(10);
    private Duration readTimeout = Duration.ofMinutes(2);
    private Duration callTimeout = Duration.ofMinutes(5);
    private int maxRetries = 2;
    private int maxResponseBytes = 4 << 20;
    private Clock clock = Clock.systemUTC();
    private @Nullable Sleeper sleeper;
    private DoubleSupplier jitter = () -> ThreadLocalRandom.current().nextDouble();

    private Builder() {}

    /**
     * Where the interface begins. {@code /chat/completions} is added to it.
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

    /** The longest wait for a connection, the TLS handshake included. */
    public Builder connectTimeout(Duration timeout) {
      this.connectTimeout = timeout;
      return this;
    }

    /**
     * The longest silence while the answer is awaited. The server speaks only when the whole answer
     * is written, so this bounds the time to write one.
     */
    public Builder readTimeout(Duration timeout) {
      this.readTimeout = timeout;
      return this;
    }

    /** The longest that one attempt may take as a whole. */
    public Builder callTimeout(Duration timeout) {
      this.callTimeout = timeout;
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

    Builder clock(Clock clock) {
      this.clock = clock;
      return this;
    }

    Builder sleeper(Sleeper sleeper) {
      this.sleeper = sleeper;
      return this;
    }

    Builder jitter(DoubleSupplier jitter) {
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
        faults.add("baseUrl is missing; give it such as http://127.0.0.1:8080/v1");
      } else {
        base = HttpUrl.parse(baseUrl.strip());
        if (base == null) {
          faults.add(
              "baseUrl is no http or https address; give it such as http://127.0.0.1:8080/v1");
        } else if (!base.username().isEmpty() || !base.password().isEmpty()) {
          faults.add("baseUrl holds a user name or a password; give the key with apiKey");
          base = null;
        }
      }
      String name = model == null ? "" : model.strip();
      if (name.isEmpty()) {
        faults.add("model is missing; give the name that the server knows the model by");
      }
      positive(faults, "connectTimeout", connectTimeout);
      positive(faults, "readTimeout", readTimeout);
      positive(faults, "callTimeout", callTimeout);
      if (maxRetries < 0 || maxRetries > 10) {
        faults.add("maxRetries is from 0 to 10, not " + maxRetries);
      }
      if (maxResponseBytes < 1024 || maxResponseBytes > 1 << 30) {
        faults.add("maxResponseBytes is from 1024 to 1073741824, not " + maxResponseBytes);
      }
      if (base == null || !faults.isEmpty()) {
        throw new ConfigurationException(faults);
      }
      return new OpenAiChatModel(this, base, name);
    }

    private static void positive(List<String> faults, String option, Duration timeout) {
      if (timeout.toMillis() < 1 || timeout.compareTo(Duration.ofDays(1)) > 0) {
        faults.add(option + " is from 1 ms to 1 day, not " + timeout);
      }
    }
  }
}
