package io.github.iaa4j.examples;

import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.error.LlmException.Kind;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.chat.ChatRequest;
import java.util.Locale;
import java.util.Objects;
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

  @Override
  public ChatAnswer complete(ChatRequest request) {
    try {
      return answer(model.chat(LangChain4jRequests.of(request)));
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
