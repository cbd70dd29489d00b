package io.github.iaa4j.llm.testing;

import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.internal.JsonLines;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.chat.ChatRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/** Asks another model, and records what it answers. */
final class RecordingChatModel extends RecordedChatModel {

  private final ChatModel model;
  private final JsonLines<Exchange> lines;

  RecordingChatModel(ChatModel model, Path file) {
    super(file);
    this.model = model;
    // A line that is not an exchange is reported now rather than when it is replayed.
    JsonLines.read(file, Exchange.class);
    this.lines = JsonLines.append(file, Exchange.class);
  }

  @Override
  public ChatAnswer complete(ChatRequest request) {
    checkOpen();
    try {
      ChatAnswer answer =
          Objects.requireNonNull(
              model.complete(request),
              () -> model.name() + " returned null; ChatModel.complete must return an answer");
      record(new Exchange(model.name(), Exchange.json(request), answer, null));
      return answer;
    } catch (LlmException e) {
      record(new Exchange(model.name(), Exchange.json(request), null, e));
      throw e;
    }
  }

  private synchronized void record(Exchange exchange) {
    lines.add(exchange);
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
    super.close();
    lines.close();
  }
}
