package io.github.iaa4j.llm.chat;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.llm.internal.text.Excerpt;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down what a chat model answered, or answers again what was written down, so that tests and
 * runs can be repeated without the model.
 *
 * <p>The file has one exchange a line, in UTF-8: {@code {"model": …, "request": …, "answer": …}},
 * or a {@code "failure"} where the model failed with an {@link LlmException}. What finds an answer
 * again is the whole request: its messages, options and schema (but for white space in it). Equal
 * requests get their answers in the order in which they were written down. Texts come back as they
 * were, byte for byte. Of a failure its cause is not kept.
 *
 * <p>A request holds no key, and so no file does.
 *
 * <p>Safe for use by many threads.
 */
public abstract sealed class RecordedChatModel implements ChatModel, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RecordedChatModel.class);
  private static final Gson GSON =
      new GsonBuilder().disableHtmlEscaping().serializeNulls().create();
  private static final int SHOWN_BEFORE = 15;

  private RecordedChatModel() {}

  /**
   * Asks the model and appends each exchange to the file before it is handed on. The file and its
   * folder are made where they are not there; what a killed process left of a last line is cut off.
   *
   * @param model asked each time; still the caller's to close
   * @throws StorageException if the file cannot be written, or holds a line that is no exchange
   */
  public static RecordedChatModel record(ChatModel model, Path file) {
    return new Recorder(model, file);
  }

  /**
   * Answers from the file alone. A request that is not in it, or that was made fewer times, is a
   * {@link StorageException}: it says how the nearest one differs.
   *
   * @throws StorageException if the file cannot be read, holds nothing, or holds a line that is no
   *     exchange
   */
  public static RecordedChatModel replay(Path file) {
    return new Replay(file);
  }

  /** How many recorded answers nobody has asked for yet; 0 while recording. */
  public int unused() {
    return 0;
  }

  /** Lets go of the file. */
  @Override
  public void close() {}

  private static final class Recorder extends RecordedChatModel {

    private final ChatModel model;
    private final Path file;
    private final FileOutputStream out;

    Recorder(ChatModel model, Path file) {
      this.model = model;
      this.file = file;
      try {
        Path parent = file.toAbsolutePath().getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
        Lines lines = Files.exists(file) ? Lines.read(file) : new Lines(List.of(), 0, false);
        // No channel: an interrupt would close it, and look like a disk that fails.
        this.out = new FileOutputStream(file.toFile(), true);
        if (lines.torn()) {
          LOG.warn("{}: the last line breaks off and is cut off.", file);
          out.getChannel().truncate(lines.wholeBytes());
        } else if (lines.wholeBytes() > 0 && !lines.exchanges().isEmpty()) {
          endLine(lines.wholeBytes());
        }
      } catch (IOException e) {
        throw failure(file, e);
      }
    }

    /** A person's editor may have left out the last newline. */
    private void endLine(int wholeBytes) throws IOException {
      if (Files.size(file) == wholeBytes && Files.readAllBytes(file)[wholeBytes - 1] != '\n') {
        out.write('\n');
      }
    }

    @Override
    public ChatAnswer complete(ChatRequest request) {
      JsonObject line = new JsonObject();
      line.addProperty("model", model.name());
      line.add("request", json(request));
      try {
        ChatAnswer answer = model.complete(request);
        line.add("answer", json(answer));
        write(line);
        return answer;
      } catch (LlmException e) {
        line.add("failure", json(e));
        write(line);
        throw e;
      }
    }

    private synchronized void write(JsonObject line) {
      try {
        // In one piece, so that a kill tears the last line at most.
        out.write((escaped(GSON.toJson(line)) + "\n").getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw failure(file, e);
      }
    }

    @Override
    public Duration waited() {
      return model.waited();
    }

    @Override
    public String name() {
      return model.name();
    }

    @Override
    public void close() {
      try {
        out.close();
      } catch (IOException e) {
        throw failure(file, e);
      }
    }
  }

  private static final class Replay extends RecordedChatModel {

    private final Path file;
    private final String name;
    private final List<Exchange> exchanges;
    private final Map<String, Deque<Exchange>> left = new LinkedHashMap<>();

    Replay(Path file) {
      this.file = file;
      Lines lines;
      try {
        lines = Lines.read(file);
      } catch (IOException e) {
        throw failure(file, e);
      }
      if (lines.torn()) {
        LOG.warn("{}: the last line breaks off and is not used.", file);
      }
      exchanges = lines.exchanges();
      if (exchanges.isEmpty()) {
        throw new StorageException(
            file,
            "no exchange is recorded in it. Record some with RecordedChatModel.record.",
            null);
      }
      name = exchanges.get(0).model();
      for (Exchange exchange : exchanges) {
        left.computeIfAbsent(exchange.key(), key -> new ArrayDeque<>()).add(exchange);
      }
    }

    @Override
    public ChatAnswer complete(ChatRequest request) {
      JsonObject asked = json(request);
      Exchange exchange = take(asked);
      if (exchange.failure() != null) {
        throw exchange.failure().again();
      }
      if (exchange.answer() == null) {
        throw new IllegalStateException("line " + exchange.line() + " holds neither");
      }
      return exchange.answer();
    }

    private synchronized Exchange take(JsonObject asked) {
      String key = GSON.toJson(asked);
      Deque<Exchange> answers = left.get(key);
      if (answers == null) {
        throw unknown(asked, key);
      }
      Exchange next = answers.poll();
      if (next == null) {
        List<String> lines =
            exchanges.stream()
                .filter(exchange -> exchange.key().equals(key))
                .map(exchange -> Integer.toString(exchange.line()))
                .toList();
        throw new StorageException(
            file,
            "this request was answered "
                + lines.size()
                + " times (line "
                + String.join(", ", lines)
                + "), and is now made once more: "
                + last(asked)
                + ". "
                + REMEDY,
            null);
      }
      return next;
    }

    private static final String REMEDY =
        "Where prompts or options were changed on purpose, delete the file and record it again with"
            + " RecordedChatModel.record.";

    private StorageException unknown(JsonObject asked, String key) {
      Exchange nearest = exchanges.get(0);
      int most = -1;
      for (Exchange exchange : exchanges) {
        int alike = alike(exchange.key(), key);
        if (alike > most) {
          most = alike;
          nearest = exchange;
        }
      }
      return new StorageException(
          file,
          "no answer is recorded for this request: "
              + last(asked)
              + ". The nearest one, in line "
              + nearest.line()
              + ", differs: "
              + String.join("; ", differences(nearest.request(), asked))
              + ". "
              + REMEDY,
          null);
    }

    private static String last(JsonObject request) {
      JsonArray messages = request.getAsJsonArray("messages");
      return Excerpt.of(text(messages.get(messages.size() - 1).getAsJsonObject()));
    }

    @Override
    public synchronized int unused() {
      return left.values().stream().mapToInt(Deque::size).sum();
    }

    @Override
    public String name() {
      return name;
    }
  }

  /** Characters that two texts share at their beginning and their end. */
  private static int alike(String a, String b) {
    int shorter = Math.min(a.length(), b.length());
    int front = differAt(a, b);
    int back = 0;
    while (back < shorter - front
        && a.charAt(a.length() - 1 - back) == b.charAt(b.length() - 1 - back)) {
      back++;
    }
    return front + back;
  }

  private static int differAt(String a, String b) {
    int shorter = Math.min(a.length(), b.length());
    int i = 0;
    while (i < shorter && a.charAt(i) == b.charAt(i)) {
      i++;
    }
    return i;
  }

  private static List<String> differences(JsonObject recorded, JsonObject asked) {
    List<String> differences = new ArrayList<>();
    Set<String> fields = new LinkedHashSet<>(asked.keySet());
    fields.addAll(recorded.keySet());
    for (String field : fields) {
      JsonElement before = recorded.get(field);
      JsonElement now = asked.get(field);
      if (Objects.equals(now, before)) {
        continue;
      }
      if (!field.equals("messages")) {
        differences.add(difference(field, String.valueOf(before), String.valueOf(now)));
        continue;
      }
      JsonArray first = recorded.getAsJsonArray(field);
      JsonArray second = asked.getAsJsonArray(field);
      if (first.size() != second.size()) {
        differences.add(
            "messages: recorded " + first.size() + " turns, asked with " + second.size());
      }
      for (int i = 0; i < Math.min(first.size(), second.size()); i++) {
        differences.addAll(
            differences(
                "messages[" + i + "]",
                first.get(i).getAsJsonObject(),
                second.get(i).getAsJsonObject()));
      }
    }
    return differences;
  }

  private static List<String> differences(String turn, JsonObject recorded, JsonObject asked) {
    List<String> differences = new ArrayList<>();
    if (!text(recorded).equals(text(asked))) {
      differences.add(difference(turn, text(recorded), text(asked)));
    }
    for (String field : List.of("role", "images")) {
      String before = String.valueOf(recorded.get(field));
      String now = String.valueOf(asked.get(field));
      if (!before.equals(now)) {
        differences.add(difference(turn + "." + field, before, now));
      }
    }
    return differences;
  }

  private static String text(JsonObject message) {
    return message.get("text").getAsString();
  }

  private static String difference(String where, String recorded, String asked) {
    int at = Math.max(0, differAt(recorded, asked) - SHOWN_BEFORE);
    return where
        + ": recorded "
        + Excerpt.of(recorded.substring(Math.min(at, recorded.length())))
        + ", asked "
        + Excerpt.of(asked.substring(Math.min(at, asked.length())));
  }

  /** The request as the file holds it; equal requests give equal text. */
  private static JsonObject json(ChatRequest request) {
    JsonArray messages = new JsonArray();
    for (ChatMessage message : request.messages()) {
      JsonObject turn = new JsonObject();
      turn.addProperty("role", message.role().name().toLowerCase(Locale.ROOT));
      turn.addProperty("text", message.text());
      if (!message.images().isEmpty()) {
        // The whole images would make the file huge, and nobody could read it.
        JsonArray images = new JsonArray();
        message.images().forEach(image -> images.add(sha256(image)));
        turn.add("images", images);
      }
      messages.add(turn);
    }
    JsonObject json = new JsonObject();
    json.add("messages", messages);
    json.addProperty("maxTokens", request.maxTokens());
    json.addProperty("temperature", request.temperature());
    Integer seed = request.seed();
    if (seed != null) {
      json.addProperty("seed", seed);
    }
    JsonSchema schema = request.schema();
    if (schema != null) {
      JsonObject shape = new JsonObject();
      shape.addProperty("name", schema.name());
      shape.add("json", JsonParser.parseString(schema.json()));
      json.add("schema", shape);
    }
    return json;
  }

  private static String sha256(String text) {
    try {
      return "sha256:"
          + HexFormat.of()
              .formatHex(
                  MessageDigest.getInstance("SHA-256")
                      .digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static JsonObject json(ChatAnswer answer) {
    JsonObject json = new JsonObject();
    json.addProperty("text", answer.text());
    json.addProperty("finishReason", answer.finishReason());
    json.addProperty("promptTokens", answer.promptTokens());
    json.addProperty("completionTokens", answer.completionTokens());
    if (!answer.refusal().isEmpty()) {
      json.addProperty("refusal", answer.refusal());
    }
    return json;
  }

  private static JsonObject json(LlmException e) {
    JsonObject json = new JsonObject();
    json.addProperty("kind", e.kind().name());
    json.addProperty("message", e.getMessage());
    json.addProperty("status", e.status());
    json.addProperty("permanent", e.permanent());
    if (e.tokens() != 0) {
      json.addProperty("tokens", e.tokens());
    }
    if (e.requestId() != null) {
      json.addProperty("requestId", e.requestId());
    }
    json.add("headers", GSON.toJsonTree(new TreeMap<>(e.headers())));
    Duration retryAfter = e.retryAfter();
    if (retryAfter != null) {
      json.addProperty("retryAfterMillis", retryAfter.toMillis());
    }
    if (e.rawText() != null) {
      json.addProperty("rawText", e.rawText());
    }
    return json;
  }

  /** UTF-8 has no form for half a surrogate pair, which a model's escapes can make. */
  private static String escaped(String json) {
    StringBuilder text = new StringBuilder(json.length());
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      boolean paired =
          (i + 1 < json.length() && Character.isSurrogatePair(c, json.charAt(i + 1)))
              || (i > 0 && Character.isSurrogatePair(json.charAt(i - 1), c));
      if (Character.isSurrogate(c) && !paired) {
        text.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  private static StorageException failure(Path file, IOException e) {
    return new StorageException(
        file,
        "the recording cannot be read or written ("
            + e
            + "). Check the path, the rights and the disk's free space.",
        e);
  }

  private record Failure(
      LlmException.Kind kind,
      String message,
      int status,
      boolean permanent,
      int tokens,
      @Nullable String requestId,
      Map<String, List<String>> headers,
      @Nullable Duration retryAfter,
      @Nullable String rawText) {

    LlmException again() {
      return LlmException.builder(kind, message)
          .status(status)
          .permanent(permanent)
          .tokens(tokens)
          .requestId(requestId)
          .headers(headers)
          .retryAfter(retryAfter)
          .rawText(rawText)
          .build();
    }
  }

  private record Exchange(
      int line,
      String model,
      JsonObject request,
      String key,
      @Nullable ChatAnswer answer,
      @Nullable Failure failure) {

    /**
     * @throws RuntimeException if it is no exchange; of what class, Gson decides
     */
    static Exchange parse(int number, String text) {
      JsonObject line = JsonParser.parseString(text).getAsJsonObject();
      JsonObject request = line.getAsJsonObject("request");
      if (request.getAsJsonArray("messages").isEmpty()) {
        throw new IllegalStateException("a request without messages");
      }
      ChatAnswer answer = null;
      Failure failure = null;
      if (line.has("answer")) {
        JsonObject json = line.getAsJsonObject("answer");
        answer =
            new ChatAnswer(
                json.get("text").getAsString(),
                json.get("finishReason").getAsString(),
                json.get("promptTokens").getAsInt(),
                json.get("completionTokens").getAsInt(),
                json.has("refusal") ? json.get("refusal").getAsString() : "");
      } else {
        JsonObject json = line.getAsJsonObject("failure");
        failure =
            new Failure(
                LlmException.Kind.valueOf(json.get("kind").getAsString()),
                json.get("message").getAsString(),
                json.get("status").getAsInt(),
                json.get("permanent").getAsBoolean(),
                json.has("tokens") ? json.get("tokens").getAsInt() : 0,
                json.has("requestId") ? json.get("requestId").getAsString() : null,
                headers(json.getAsJsonObject("headers")),
                json.has("retryAfterMillis")
                    ? Duration.ofMillis(json.get("retryAfterMillis").getAsLong())
                    : null,
                json.has("rawText") ? json.get("rawText").getAsString() : null);
      }
      return new Exchange(
          number, line.get("model").getAsString(), request, GSON.toJson(request), answer, failure);
    }
  }

  private static Map<String, List<String>> headers(JsonObject json) {
    Map<String, List<String>> headers = new TreeMap<>();
    json.entrySet()
        .forEach(
            header ->
                headers.put(
                    header.getKey(),
                    header.getValue().getAsJsonArray().asList().stream()
                        .map(JsonElement::getAsString)
                        .toList()));
    return headers;
  }

  /**
   * What a file holds.
   *
   * @param wholeBytes the length of the file without a torn last line
   * @param torn whether there is one
   */
  private record Lines(List<Exchange> exchanges, int wholeBytes, boolean torn) {

    static Lines read(Path file) throws IOException {
      byte[] bytes = Files.readAllBytes(file);
      List<Exchange> exchanges = new ArrayList<>();
      int number = 0;
      int from = 0;
      while (from < bytes.length) {
        int end = from;
        while (end < bytes.length && bytes[end] != '\n') {
          end++;
        }
        number++;
        try {
          String line =
              StandardCharsets.UTF_8
                  .newDecoder()
                  .decode(ByteBuffer.wrap(bytes, from, end - from))
                  .toString();
          if (!line.isBlank()) {
            exchanges.add(Exchange.parse(number, line));
          }
        } catch (CharacterCodingException | RuntimeException e) {
          if (end == bytes.length) {
            return new Lines(exchanges, from, true);
          }
          throw new StorageException(
              file,
              "line "
                  + number
                  + " is no exchange ("
                  + e.getMessage()
                  + "). Mend or delete that line; every other line is used as it is.",
              e);
        }
        from = end + 1;
      }
      return new Lines(exchanges, bytes.length, false);
    }
  }
}
