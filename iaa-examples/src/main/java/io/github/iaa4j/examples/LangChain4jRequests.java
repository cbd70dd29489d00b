package io.github.iaa4j.examples;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.JsonSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Our requests as LangChain4j's, with images and the schema of the answer. */
final class LangChain4jRequests {

  private static final Pattern DATA_URL =
      Pattern.compile("data:([^;,]+);base64,(.*)", Pattern.DOTALL);

  private LangChain4jRequests() {}

  static dev.langchain4j.model.chat.request.ChatRequest of(ChatRequest request) {
    JsonSchema schema = request.schema();
    return dev.langchain4j.model.chat.request.ChatRequest.builder()
        .messages(request.messages().stream().map(LangChain4jRequests::message).toList())
        .temperature(request.temperature())
        .maxOutputTokens(request.maxTokens())
        .responseFormat(schema == null ? ResponseFormat.TEXT : json(schema))
        .build();
  }

  private static ResponseFormat json(JsonSchema schema) {
    return ResponseFormat.builder()
        .type(ResponseFormatType.JSON)
        .jsonSchema(
            dev.langchain4j.model.chat.request.json.JsonSchema.builder()
                .name(schema.name())
                .rootElement(JsonRawSchema.from(schema.json()))
                .build())
        .build();
  }

  private static dev.langchain4j.data.message.ChatMessage message(ChatMessage message) {
    return switch (message.role()) {
      case SYSTEM -> SystemMessage.from(message.text());
      case USER -> UserMessage.from(contents(message));
      case ASSISTANT -> AiMessage.from(message.text());
    };
  }

  private static List<Content> contents(ChatMessage message) {
    List<Content> contents = new ArrayList<>();
    for (String url : message.images()) {
      Matcher data = DATA_URL.matcher(url);
      contents.add(
          data.matches()
              ? ImageContent.from(data.group(2), data.group(1))
              : ImageContent.from(url));
    }
    contents.add(TextContent.from(message.text()));
    return contents;
  }
}
