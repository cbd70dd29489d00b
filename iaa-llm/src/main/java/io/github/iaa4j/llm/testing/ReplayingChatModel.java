package io.github.iaa4j.llm.testing;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.internal.JsonLines;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.internal.text.Excerpt;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Answers from a recording alone. */
final class ReplayingChatModel extends RecordedChatModel {

  private static final String REMEDY =
      "If prompts or options were changed on purpose, delete the file and record it again with"
          + " RecordedChatModel.record.";

  private final Path file;
  private final List<Exchange> exchanges;
  private final Map<String, Deque<Exchange>> unused = new LinkedHashMap<>();

  ReplayingChatModel(Path file) {
    super(file);
    this.file = file;
    if (!Files.exists(file)) {
      throw new StorageException(
          file,
          "there is no such recording. Check the path, or record one with"
              + " RecordedChatModel.record.",
          null);
    }
    exchanges = JsonLines.read(file, Exchange.class);
    if (exchanges.isEmpty()) {
      throw new StorageException(
          file, "no exchange is recorded in it. Record some with RecordedChatModel.record.", null);
    }
    for (Exchange exchange : exchanges) {
      unused.computeIfAbsent(exchange.key(), key -> new ArrayDeque<>()).add(exchange);
    }
  }

  @Override
  public ChatAnswer complete(ChatRequest request) {
    checkOpen();
    if (Thread.currentThread().isInterrupted()) {
      throw new CancelledException(file + ": the chat was cancelled.", null);
    }
    Exchange exchange = take(Exchange.json(request));
    if (exchange.answer() != null) {
      return exchange.answer();
    }
    throw exchange.failureAgain();
  }

  private synchronized Exchange take(JsonObject request) {
    String key = Exchange.key(request);
    Deque<Exchange> answers = unused.get(key);
    if (answers == null) {
      throw unknown(request, key);
    }
    Exchange next = answers.poll();
    if (next == null) {
      throw usedUp(request, key);
    }
    return next;
  }

  private StorageException usedUp(JsonObject request, String key) {
    List<Integer> numbers =
        IntStream.range(0, exchanges.size())
            .filter(i -> exchanges.get(i).key().equals(key))
            .mapToObj(i -> i + 1)
            .toList();
    return new StorageException(
        file,
        "this request was answered "
            + numbers.size()
            + (numbers.size() == 1 ? " time" : " times")
            + " (exchange "
            + numbers.stream().map(String::valueOf).collect(Collectors.joining(", "))
            + "), and is now made once more: "
            + lastText(request)
            + ". "
            + REMEDY,
        null);
  }

  private StorageException unknown(JsonObject request, String key) {
    int nearest = 0;
    int most = -1;
    for (int i = 0; i < exchanges.size(); i++) {
      int similarity = RequestDifferences.similarity(exchanges.get(i).key(), key);
      if (similarity > most) {
        most = similarity;
        nearest = i;
      }
    }
    return new StorageException(
        file,
        "no answer is recorded for this request: "
            + lastText(request)
            + ". The nearest one, exchange "
            + (nearest + 1)
            + ", differs: "
            + String.join("; ", RequestDifferences.of(exchanges.get(nearest).request(), request))
            + ". "
            + REMEDY,
        null);
  }

  private static String lastText(JsonObject request) {
    JsonArray messages = request.getAsJsonArray("messages");
    return Excerpt.of(RequestDifferences.text(messages.get(messages.size() - 1).getAsJsonObject()));
  }

  @Override
  public synchronized int unused() {
    return unused.values().stream().mapToInt(Deque::size).sum();
  }

  @Override
  public String name() {
    return exchanges.get(0).model();
  }
}
