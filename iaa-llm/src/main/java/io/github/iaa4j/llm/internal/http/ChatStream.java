package io.github.iaa4j.llm.internal.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import io.github.iaa4j.llm.chat.ChatAnswer;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Assembles an answer that is streamed as server-sent events, one piece per event. Of that format
 * it reads what chat completions use: {@code data} lines, joined up to an empty line, and comments.
 */
final class ChatStream {

  private final Consumer<String> pieces;
  private final StringBuilder raw = new StringBuilder();
  private final StringBuilder text = new StringBuilder();
  private final StringBuilder called = new StringBuilder();
  private final StringBuilder refusal = new StringBuilder();
  private final StringBuilder thoughts = new StringBuilder();
  private String finishReason = "";
  private @Nullable JsonElement usage;
  private boolean done;
  private boolean chosen;

  /**
   * @param pieces gets each piece of the text
   */
  ChatStream(Consumer<String> pieces) {
    this.pieces = pieces;
  }

  /**
   * Reads to the end.
   *
   * @throws EOFException if the stream ends before the answer does
   * @throws TooLong if there are more bytes
   * @throws UnreadableAnswer if an event is not a piece of an answer
   */
  ChatAnswer read(InputStream in, int maxBytes) throws IOException, UnreadableAnswer {
    BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(new Bounded(in, maxBytes), StandardCharsets.UTF_8));
    StringBuilder data = new StringBuilder();
    while (!done) {
      String line = lines.readLine();
      if (line == null) {
        break;
      }
      raw.append(line).append('\n');
      if (line.startsWith("\uFEFF")) {
        line = line.substring(1);
      }
      if (line.isEmpty()) {
        event(data);
      } else if (line.startsWith("data:")) {
        data.append(data.isEmpty() ? "" : "\n").append(line, 5, line.length());
      }
    }
    try {
      event(data);
    } catch (UnreadableAnswer e) {
      // JSON that ends half-way is not what the server wrote: the connection broke.
      if (finishReason.isEmpty()
          && e.getCause() instanceof JsonParseException
          && !e.misdirected()) {
        throw cutOff();
      }
      throw e;
    }
    if (!done && finishReason.isEmpty()) {
      throw cutOff();
    }
    if (!chosen) {
      throw new UnreadableAnswer("contains no event with choices; ", true, null);
    }
    return ChatCompletion.answer(
        called.isEmpty() ? text.toString() : called.toString(),
        thoughts.toString(),
        finishReason,
        usage,
        refusal.toString());
  }

  private static EOFException cutOff() {
    return new EOFException("the stream ended before the answer did");
  }

  /** What has been read so far, as received. */
  String raw() {
    return raw.toString();
  }

  private void event(StringBuilder data) throws UnreadableAnswer {
    String event = data.toString().strip();
    data.setLength(0);
    if (event.isEmpty() || done) {
      return;
    }
    if (event.equals("[DONE]")) {
      done = true;
      return;
    }
    JsonObject chunk = ChatCompletion.object(event);
    JsonElement error = chunk.get("error");
    if (error != null && !error.isJsonNull()) {
      throw ErrorBody.toFailure(error);
    }
    if (chunk.get("usage") instanceof JsonObject counted) {
      usage = counted;
    }
    if (!(chunk.get("choices") instanceof JsonArray choices)) {
      return; // A ping, the usage alone, or the verdict of a filter on the request.
    }
    try {
      chosen = true;
      if (!choices.isEmpty()) {
        piece(choices.get(0).getAsJsonObject());
      }
    } catch (ClassCastException
        | IllegalArgumentException
        | IllegalStateException
        | UnsupportedOperationException e) {
      throw new UnreadableAnswer("does not have the shape of a chat completion; ", false, e);
    }
  }

  private void piece(JsonObject choice) throws UnreadableAnswer {
    ErrorBody.check(choice);
    String reason = ChatCompletion.finishReason(ChatCompletion.string(choice, "finish_reason"));
    if (!reason.isEmpty()) {
      finishReason = reason;
    }
    if (!(choice.get("delta") instanceof JsonObject delta)) {
      return;
    }
    String written = ChatCompletion.content(delta.get("content"), "text");
    String arguments = firstCall(delta) ? ChatCompletion.arguments(delta.get("tool_calls")) : "";
    thoughts.append(ChatCompletion.thoughts(delta));
    text.append(written);
    called.append(arguments);
    refusal.append(ChatCompletion.string(delta, "refusal"));
    if (!written.isEmpty()) {
      pieces.accept(written);
    }
    if (!arguments.isEmpty()) {
      pieces.accept(arguments);
    }
  }

  private static boolean firstCall(JsonObject delta) {
    if (!(delta.get("tool_calls") instanceof JsonArray calls) || calls.isEmpty()) {
      return false;
    }
    JsonElement index = calls.get(0).getAsJsonObject().get("index");
    return index == null || index.isJsonNull() || index.getAsInt() == 0;
  }

  /** A body that is longer than its limit. */
  static final class TooLong extends IOException {

    private static final long serialVersionUID = 1L;

    TooLong(int maxBytes) {
      super("the body is longer than " + maxBytes + " bytes");
    }
  }

  private static final class Bounded extends InputStream {

    private final InputStream in;
    private final int maxBytes;
    private long count;

    Bounded(InputStream in, int maxBytes) {
      this.in = in;
      this.maxBytes = maxBytes;
    }

    @Override
    public int read() throws IOException {
      return counted(in.read(), 1);
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int read = in.read(bytes, from, length);
      return counted(read, read);
    }

    private int counted(int result, int bytes) throws TooLong {
      if (result >= 0) {
        count += bytes;
        if (count > maxBytes) {
          throw new TooLong(maxBytes);
        }
      }
      return result;
    }
  }
}
