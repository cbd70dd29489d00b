package io.github.iaa4j.llm.testing;

import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.llm.chat.ChatModel;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Records what a chat model answers, or replays what was recorded, so that tests can be repeated
 * without the model. Safe for use by many threads.
 *
 * <p>The file has one exchange per line, in UTF-8: {@code {"model": …, "request": …, "answer": …}},
 * or a {@code "failure"} if the model failed with an {@link LlmException}. An answer is found by
 * the whole request: its messages, options and schema (except for white space in it). Equal
 * requests get their answers in the order in which they were recorded. Texts are replayed byte for
 * byte. The cause of a failure is not kept.
 *
 * <p>A request contains no key, and so no file does.
 *
 * <p>A call after {@link #close} is an {@link IllegalStateException}.
 */
public abstract sealed class RecordedChatModel implements ChatModel, AutoCloseable
    permits RecordingChatModel, ReplayingChatModel {

  private final Path file;
  private volatile boolean closed;

  RecordedChatModel(Path file) {
    this.file = Objects.requireNonNull(file, "file");
  }

  /**
   * Asks the model and appends each exchange to the file before the answer is returned. The file
   * and its folder are created if they do not exist; what a killed process left of a last line is
   * cut off. A call that is cancelled is not recorded.
   *
   * @param model asked each time; the caller remains responsible for closing it
   * @param file such as {@code chat.jsonl}; appended to if it exists
   * @throws StorageException if the file cannot be written, or contains a line that is not an
   *     exchange
   */
  public static RecordedChatModel record(ChatModel model, Path file) {
    return new RecordingChatModel(Objects.requireNonNull(model, "model"), file);
  }

  /**
   * Answers from the file alone. A request that is not in it, or that was made fewer times, is a
   * {@link StorageException}: it says how the nearest one differs.
   *
   * @param file as {@link #record} wrote it; not changed
   * @throws StorageException if the file cannot be read, is empty, or contains a line that is not
   *     an exchange
   */
  public static RecordedChatModel replay(Path file) {
    return new ReplayingChatModel(file);
  }

  /** How many recorded answers nobody has asked for yet; 0 while recording. */
  public int unused() {
    return 0;
  }

  /** Closes the file, but not a model that is recorded. Idempotent. */
  @Override
  public void close() {
    closed = true;
  }

  /**
   * @throws IllegalStateException if it is closed
   */
  final void checkOpen() {
    if (closed) {
      throw new IllegalStateException(this + " is closed");
    }
  }

  /** The file. */
  @Override
  public String toString() {
    return getClass().getSimpleName() + "[" + file + "]";
  }
}
