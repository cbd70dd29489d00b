package io.github.iaa4j.llm.internal.http;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.github.iaa4j.llm.chat.ChatCapabilities;
import io.github.iaa4j.llm.chat.ChatCapabilities.StructuredOutput;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatMessage.Role;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.JsonSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The body of a chat completion request, in the form that an endpoint accepts. */
final class ChatBody {

  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private static final int CHARACTERS_PER_TOKEN = 4;

  private ChatBody() {}

  /**
   * The JSON of a request; equal requests have equal text.
   *
   * @param thinkingTokens how many tokens the answer may have on top of what the request allows
   */
  static String of(
      String model,
      ChatRequest request,
      ChatCapabilities can,
      int thinkingTokens,
      boolean streamed) {
    JsonObject body = new JsonObject();
    body.addProperty("model", model);
    body.add("messages", messages(request, can));
    body.addProperty(
        can.maxCompletionTokens() ? "max_completion_tokens" : "max_tokens",
        (int) Math.min(Integer.MAX_VALUE, (long) request.maxTokens() + thinkingTokens));
    if (can.temperature()) {
      body.addProperty("temperature", request.temperature());
    }
    Integer seed = request.seed();
    if (seed != null && can.seed()) {
      body.addProperty("seed", seed);
    }
    JsonSchema schema = request.schema();
    if (schema != null) {
      addShape(body, schema, can.structuredOutput());
    }
    if (streamed) {
      body.addProperty("stream", true);
      if (can.streamUsage()) {
        JsonObject options = new JsonObject();
        options.addProperty("include_usage", true);
        body.add("stream_options", options);
      }
    }
    return GSON.toJson(body);
  }

  /** An estimate of the tokens that the request and its answer take at most. */
  static long tokens(ChatRequest request) {
    long characters = 0;
    for (ChatMessage message : request.messages()) {
      characters += message.text().length();
    }
    return characters / CHARACTERS_PER_TOKEN + request.maxTokens();
  }

  /** Whether a system message is sent, one of the conversation or one with the schema. */
  static boolean hasSystemMessage(ChatRequest request, ChatCapabilities can) {
    return !instruction(request.schema(), can.structuredOutput()).isEmpty()
        || request.messages().stream().anyMatch(message -> message.role() == Role.SYSTEM);
  }

  /**
   * The messages. Neighbours of the same role are merged, because many chat templates require that
   * user and assistant alternate.
   */
  private static JsonArray messages(ChatRequest request, ChatCapabilities can) {
    List<ChatMessage> merged = new ArrayList<>();
    String shape = instruction(request.schema(), can.structuredOutput());
    if (!shape.isEmpty() && request.messages().get(0).role() != Role.SYSTEM) {
      add(merged, ChatMessage.system(shape), can);
      shape = "";
    }
    for (ChatMessage message : request.messages()) {
      add(merged, message, can);
      if (!shape.isEmpty()) {
        add(merged, ChatMessage.system(shape), can);
        shape = "";
      }
    }
    JsonArray messages = new JsonArray();
    for (ChatMessage message : merged) {
      messages.add(message(message.role().name().toLowerCase(Locale.ROOT), content(message)));
    }
    return messages;
  }

  private static void add(List<ChatMessage> merged, ChatMessage message, ChatCapabilities can) {
    Role role = message.role() == Role.SYSTEM && !can.systemRole() ? Role.USER : message.role();
    ChatMessage last = merged.isEmpty() ? null : merged.get(merged.size() - 1);
    if (last == null || last.role() != role) {
      merged.add(new ChatMessage(role, message.text(), message.images()));
      return;
    }
    List<String> images = new ArrayList<>(last.images());
    images.addAll(message.images());
    String text =
        Stream.of(last.text(), message.text())
            .filter(part -> !part.isEmpty())
            .collect(Collectors.joining("\n\n"));
    merged.set(merged.size() - 1, new ChatMessage(role, text, images));
  }

  /** A string, or a list of parts if there are images: these first. */
  private static JsonElement content(ChatMessage message) {
    String text = message.text();
    if (message.images().isEmpty()) {
      return new JsonPrimitive(text);
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
    JsonObject textPart = new JsonObject();
    textPart.addProperty("type", "text");
    textPart.addProperty("text", text);
    parts.add(textPart);
    return parts;
  }

  private static String instruction(@Nullable JsonSchema schema, StructuredOutput asked) {
    return schema == null
            || asked == StructuredOutput.JSON_SCHEMA
            || asked == StructuredOutput.TOOL_CALL
        ? ""
        : "Answer with one JSON object and nothing else. Its JSON Schema: "
            + GSON.toJson(JsonParser.parseString(schema.json()));
  }

  private static JsonObject message(String role, JsonElement content) {
    JsonObject message = new JsonObject();
    message.addProperty("role", role);
    message.add("content", content);
    return message;
  }

  private static void addShape(JsonObject body, JsonSchema schema, StructuredOutput asked) {
    switch (asked) {
      case JSON_SCHEMA -> {
        JsonObject shape = new JsonObject();
        shape.addProperty("name", schema.name());
        shape.addProperty("strict", true);
        shape.add("schema", JsonParser.parseString(schema.json()));
        JsonObject format = type("json_schema");
        format.add("json_schema", shape);
        body.add("response_format", format);
      }
      case JSON_OBJECT -> body.add("response_format", type("json_object"));
      case TOOL_CALL -> {
        JsonObject function = new JsonObject();
        function.addProperty("name", schema.name());
        function.add("parameters", JsonParser.parseString(schema.json()));
        JsonObject tool = type("function");
        tool.add("function", function);
        JsonArray tools = new JsonArray();
        tools.add(tool);
        body.add("tools", tools);
        JsonObject called = new JsonObject();
        called.addProperty("name", schema.name());
        JsonObject choice = type("function");
        choice.add("function", called);
        body.add("tool_choice", choice);
      }
      case PROMPT -> {}
    }
  }

  private static JsonObject type(String type) {
    JsonObject object = new JsonObject();
    object.addProperty("type", type);
    return object;
  }
}
