package io.github.iaa4j.llm.testing;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.annotations.JsonAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.internal.Sha256;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.JsonSchema;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A recorded request and what came of it: one line of a recording.
 *
 * @param model the model's name
 * @param request as {@link #json(ChatRequest)} makes it
 * @param answer or null if the model failed
 * @param failure or null if the model answered
 */
@JsonAdapter(Exchange.Adapter.class)
record Exchange(
    String model, JsonObject request, @Nullable ChatAnswer answer, @Nullable LlmException failure) {

  private static final Gson GSON =
      new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

  /** What the request is found by; equal requests have equal keys. */
  String key() {
    return key(request);
  }

  static String key(JsonObject request) {
    return GSON.toJson(request);
  }

  /** A request as the file holds it; equal requests have equal text. */
  static JsonObject json(ChatRequest request) {
    JsonArray messages = new JsonArray();
    for (ChatMessage given : request.messages()) {
      JsonObject message = new JsonObject();
      message.addProperty("role", given.role().name().toLowerCase(Locale.ROOT));
      message.addProperty("text", given.text());
      if (!given.images().isEmpty()) {
        // Whole images would make the file huge, and nobody could read it.
        JsonArray images = new JsonArray();
        given.images().forEach(image -> images.add("sha256:" + Sha256.hex(image)));
        message.add("images", images);
      }
      messages.add(message);
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

  private static Exchange parse(JsonObject line) {
    JsonObject request = line.getAsJsonObject("request");
    if (request == null || !line.has("model") || !(line.has("answer") || line.has("failure"))) {
      throw new IllegalArgumentException(
          "an exchange has a model, a request, and an answer or a failure");
    }
    if (request.getAsJsonArray("messages").isEmpty()) {
      throw new IllegalArgumentException("a request without messages");
    }
    return new Exchange(
        line.get("model").getAsString(),
        request,
        line.has("answer") ? answer(line.getAsJsonObject("answer")) : null,
        line.has("answer") ? null : failure(line.getAsJsonObject("failure")));
  }

  private static ChatAnswer answer(JsonObject json) {
    return new ChatAnswer(
        json.get("text").getAsString(),
        json.get("finishReason").getAsString(),
        json.get("promptTokens").getAsInt(),
        json.get("completionTokens").getAsInt(),
        json.has("refusal") ? json.get("refusal").getAsString() : "");
  }

  private static LlmException failure(JsonObject json) {
    return LlmException.builder(
            LlmException.Kind.valueOf(json.get("kind").getAsString()),
            json.get("message").getAsString())
        .status(json.get("status").getAsInt())
        .permanent(json.get("permanent").getAsBoolean())
        .tokens(json.has("tokens") ? json.get("tokens").getAsInt() : 0)
        .requestId(json.has("requestId") ? json.get("requestId").getAsString() : null)
        .headers(headers(json.getAsJsonObject("headers")))
        .retryAfter(
            json.has("retryAfterMillis")
                ? Duration.ofMillis(json.get("retryAfterMillis").getAsLong())
                : null)
        .rawText(json.has("rawText") ? json.get("rawText").getAsString() : null)
        .build();
  }

  /**
   * The failure as it was, with a stack trace of its own.
   *
   * @throws IllegalStateException if the model answered
   */
  LlmException failureAgain() {
    if (failure == null) {
      throw new IllegalStateException("the exchange has an answer");
    }
    return failure(json(failure));
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

  /** Reads and writes a line. */
  static final class Adapter extends TypeAdapter<Exchange> {

    @Override
    public void write(JsonWriter out, Exchange exchange) throws IOException {
      JsonObject line = new JsonObject();
      line.addProperty("model", exchange.model);
      line.add("request", exchange.request);
      if (exchange.answer != null) {
        line.add("answer", json(exchange.answer));
      } else if (exchange.failure != null) {
        line.add("failure", json(exchange.failure));
      }
      out.jsonValue(escaped(GSON.toJson(line)));
    }

    @Override
    public Exchange read(JsonReader in) throws IOException {
      Strictness usual = in.getStrictness();
      // The strictest one refuses half a surrogate pair, even as an escape.
      in.setStrictness(Strictness.LEGACY_STRICT);
      try {
        return parse(GSON.getAdapter(JsonObject.class).read(in));
      } finally {
        in.setStrictness(usual);
      }
    }
  }
}
