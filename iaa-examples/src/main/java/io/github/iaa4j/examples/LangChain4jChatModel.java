package io.github.iaa4j.examples;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.error.LlmException.Kind;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.JsonSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A chat model of LangChain4j as one of ours: {@code LlmPromptAgent.of(new …(theirs, "name"))}.
 *
 * <p>LangChain4j's requests have no seed, so a request's seed is not passed on; where their model
 * has one, set it on its builder. A model that takes no JSON Schema fails with an {@link
 * LlmException} that says so.
 */
public record LangChain4jChatModel(dev.langchain4j.model.chat.ChatModel model, String name)
    implements ChatModel {

  private static final Pattern DATA_URL =
      Pattern.compile("data:([^;,]+);base64,(.*)", Pattern.DOTALL);

  @Override
  public ChatAnswer complete(ChatRequest request) {
    try {
      return answer(model.chat(theirs(request)));
    } catch (ContentFilteredException e) {
      return new ChatAnswer(
          "", "content_filter", 0, 0, Objects.requireNonNullElse(e.getMessage(), ""));
    } catch (LlmException e) {
      throw e;
    } catch (RuntimeException e) {
      // Not all of their models throw a LangChain4jException.
      if (Thread.currentThread().isInterrupted()) {
        throw new CancelledException("the request to " + name + " was cancelled", e);
      }
      // A wrong key or model stays wrong and ends the run; an invalid request, such as one that is
      // too long, costs this answer alone, and so does anything else.
      throw LlmException.builder(Kind.UNREACHABLE, name + " did not answer: " + e.getMessage())
          .permanent(e instanceof NonRetriableException && !(e instanceof InvalidRequestException))
          .cause(e)
          .build();
    }
  }

  private static dev.langchain4j.model.chat.request.ChatRequest theirs(ChatRequest request) {
    JsonSchema schema = request.schema();
    return dev.langchain4j.model.chat.request.ChatRequest.builder()
        .messages(request.messages().stream().map(LangChain4jChatModel::message).toList())
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

  private ChatAnswer answer(ChatResponse response) {
    String text = response.aiMessage().text();
    if (text == null) {
      throw LlmException.builder(
              Kind.UNUSABLE_ANSWER, name + " answered without text, such as with a call of a tool.")
          .build();
    }
    return new ChatAnswer(
        text,
        response.finishReason() == null
            ? "stop"
            : response.finishReason().name().toLowerCase(Locale.ROOT),
        response.tokenUsage() == null ? 0 : count(response.tokenUsage().inputTokenCount()),
        response.tokenUsage() == null ? 0 : count(response.tokenUsage().outputTokenCount()));
  }

  private static int count(@Nullable Integer tokens) {
    return tokens == null ? 0 : tokens;
  }
}
