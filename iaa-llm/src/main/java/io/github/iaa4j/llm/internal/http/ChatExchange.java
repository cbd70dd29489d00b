package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.llm.chat.ChatAnswer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Headers;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request and its reply. OkHttp's thread reads the reply; the caller's thread, which
 * OkHttp's own blocking call would not release on an interrupt, waits for it and passes its pieces
 * on.
 */
final class ChatExchange implements Callback {

  private static final MediaType JSON = MediaType.get("application/json; charset=utf-8");

  /** How much of a body is read. No answer of a model is near that; other servers send anything. */
  static final int MAX_BYTES = 4 << 20;

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private volatile boolean connected;

  /** A network interceptor that notes that an exchange has a connection. */
  static Response connected(Interceptor.Chain chain) throws IOException {
    ChatExchange exchange = chain.request().tag(ChatExchange.class);
    if (exchange != null) {
      exchange.connected = true;
    }
    return chain.proceed(chain.request());
  }

  /** Whether the request had a connection. */
  boolean connected() {
    return connected;
  }

  /**
   * Sends a request and waits for its reply.
   *
   * @param body JSON
   * @param every how often {@code tick} is called while nothing arrives
   * @param tick called on this thread
   * @param pieces gets the pieces of a streamed answer on this thread
   * @throws IOException if no complete reply arrived
   * @throws InterruptedException if this thread was interrupted; the call is then cancelled
   */
  Reply run(
      OkHttpClient client,
      Request.Builder request,
      String body,
      Duration every,
      Runnable tick,
      Consumer<String> pieces)
      throws IOException, InterruptedException {
    Call call =
        client.newCall(request.tag(ChatExchange.class, this).post(new OneShotBody(body)).build());
    call.enqueue(this);
    boolean over = false;
    try {
      while (true) {
        Event event = events.poll(every.toNanos(), TimeUnit.NANOSECONDS);
        if (event == null) {
          tick.run();
        } else if (event.reply != null) {
          over = true;
          return event.reply;
        } else if (event.failure != null) {
          over = true;
          throw thrown(event.failure);
        } else {
          pieces.accept(event.piece);
        }
      }
    } finally {
      if (!over) {
        call.cancel();
      }
    }
  }

  private static IOException thrown(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    return failure instanceof IOException io ? io : new IOException(failure);
  }

  @Override
  public void onFailure(Call call, IOException e) {
    events.add(new Event("", null, e));
  }

  @Override
  public void onResponse(Call call, Response response) {
    try {
      events.add(new Event("", read(response), null));
    } catch (Throwable e) { // Whatever it is, the other thread waits for it.
      events.add(new Event("", null, e));
    }
  }

  private Reply read(Response response) throws IOException {
    try (response;
        InputStream in = response.body().byteStream()) {
      String type = response.header("Content-Type");
      boolean streamed =
          response.isSuccessful() && type != null && type.startsWith("text/event-stream");
      return streamed ? pieces(response, in) : whole(response, in);
    }
  }

  private Reply whole(Response response, InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(MAX_BYTES + 1);
    if (response.isSuccessful() && isEvents(bytes)) {
      return pieces(response, new ByteArrayInputStream(bytes));
    }
    boolean tooLong = bytes.length > MAX_BYTES;
    int length = Math.min(bytes.length, MAX_BYTES);
    return new Reply(
        response.code(),
        response.headers(),
        new String(bytes, 0, length, StandardCharsets.UTF_8),
        tooLong,
        null,
        null);
  }

  /** Whether a body is a stream of events, whatever its declared type. */
  private static boolean isEvents(byte[] bytes) {
    String begin =
        new String(bytes, 0, Math.min(bytes.length, 64), StandardCharsets.UTF_8).stripLeading();
    return begin.startsWith("data:") || begin.startsWith("event:") || begin.startsWith(": ");
  }

  private Reply pieces(Response response, InputStream in) throws IOException {
    ChatStream stream = new ChatStream(piece -> events.add(new Event(piece, null, null)));
    ChatAnswer answer = null;
    UnreadableAnswer unreadable = null;
    boolean tooLong = false;
    try {
      answer = stream.read(in, MAX_BYTES);
    } catch (UnreadableAnswer e) {
      unreadable = e;
    } catch (ChatStream.TooLong e) {
      tooLong = true;
    }
    return new Reply(
        response.code(), response.headers(), stream.raw(), tooLong, answer, unreadable);
  }

  /** A piece, or the end. */
  private record Event(String piece, @Nullable Reply reply, @Nullable Throwable failure) {}

  /**
   * A complete HTTP reply.
   *
   * @param text the body, with all secrets that it may contain
   * @param tooLong whether the body is longer than what was read
   * @param streamed the answer in it if it was streamed, or null
   * @param unreadable why a streamed body has no answer, or null
   */
  record Reply(
      int status,
      Headers headers,
      String text,
      boolean tooLong,
      @Nullable ChatAnswer streamed,
      @Nullable UnreadableAnswer unreadable) {

    /** A copy with the status that the error in its body means; of a stream, the error alone. */
    Reply asError(UnreadableAnswer error) {
      return new Reply(
          error.status(),
          headers,
          unreadable == null ? text : error.body(),
          tooLong,
          streamed,
          unreadable);
    }

    boolean successful() {
      return status >= 200 && status < 300;
    }

    /**
     * The answer in it.
     *
     * @throws UnreadableAnswer if there is none
     */
    ChatAnswer answer() throws UnreadableAnswer {
      if (unreadable != null) {
        throw unreadable;
      }
      return streamed == null ? ChatCompletion.read(text) : streamed;
    }
  }

  /** A body that OkHttp must not send again by itself: retries are decided in one place. */
  private static final class OneShotBody extends RequestBody {

    private final byte[] bytes;

    OneShotBody(String body) {
      this.bytes = body.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public MediaType contentType() {
      return JSON;
    }

    @Override
    public long contentLength() {
      return bytes.length;
    }

    @Override
    public boolean isOneShot() {
      return true;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      sink.write(bytes);
    }
  }
}
