package io.github.iaa4j.examples;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.TokenUsage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.error.LlmException.Kind;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.chat.ChatRequest;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** A chat model of LangChain4j as one of ours: {@code LlmPromptAgent.of(new …(theirs, "name"))}. */
public record LangChain4jChatModel(dev.langchain4j.model.chat.ChatModel model, String name)
    implements ChatModel {

  @Override
  public ChatAnswer complete(ChatRequest request) {
    List<dev.langchain4j.data.message.ChatMessage> messages =
        request.messages().stream().map(LangChain4jChatModel::message).toList();
    ChatResponse response;
    try {
      response =
          model.chat(
              dev.langchain4j.model.chat.request.ChatRequest.builder()
                  .messages(messages)
                  .temperature(request.temperature())
                  .maxOutputTokens(request.maxTokens())
                  .build());
    } catch (ContentFilteredException e) {
      return new ChatAnswer(
          "", "content_filter", 0, 0, Objects.requireNonNullElse(e.getMessage(), ""));
    } catch (LangChain4jException e) {
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
    TokenUsage usage = response.tokenUsage();
    return new ChatAnswer(
        response.aiMessage().text(),
        response.finishReason() == null
            ? "stop"
            : response.finishReason().name().toLowerCase(Locale.ROOT),
        usage == null ? 0 : usage.inputTokenCount(),
        usage == null ? 0 : usage.outputTokenCount());
  }

  private static dev.langchain4j.data.message.ChatMessage message(ChatMessage message) {
    return switch (message.role()) {
      case SYSTEM -> SystemMessage.from(message.text());
      case USER -> UserMessage.from(message.text());
      case ASSISTANT -> AiMessage.from(message.text());
    };
  }
}
