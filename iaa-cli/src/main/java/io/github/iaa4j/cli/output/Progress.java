package io.github.iaa4j.cli.output;

import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * How far something is: a bar where standard error is a terminal, a line every few seconds
 * elsewhere. Safe for use by many threads.
 */
public final class Progress implements AutoCloseable {

  private static final long LINE_EVERY_NANOS = 20_000_000_000L;
  private static final int BAR_EVERY_MILLIS = 250;

  private final String what;
  private final long total;
  private final @Nullable ProgressBar bar;
  private final @Nullable PrintWriter lines;
  private final long begun = System.nanoTime();
  private long lastLine = begun;
  private long doneBefore;
  private long done;
  private String note = "";

  private Progress(String what, long total, @Nullable ProgressBar bar, @Nullable PrintWriter err) {
    this.what = what;
    this.total = total;
    this.bar = bar;
    this.lines = err;
  }

  static Progress begin(String what, long total, boolean quiet, PrintWriter err) {
    if (quiet) {
      return new Progress(what, total, null, null);
    }
    if (!onTerminal()) {
      return new Progress(what, total, null, err);
    }
    ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName(what)
            .setInitialMax(total)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(BAR_EVERY_MILLIS)
            .setConsumer(new ConsoleProgressBarConsumer(System.err))
            .showSpeed()
            .build();
    return new Progress(what, total, bar, null);
  }

  /** The launcher knows what Java cannot know before version 22: whether stream 2 is a terminal. */
  private static boolean onTerminal() {
    return Boolean.getBoolean("iaa.terminal");
  }

  /** What was there before, and does not count for the speed. */
  public synchronized void startAt(long count) {
    doneBefore = count;
    done = count;
    if (bar != null) {
      bar.stepTo(count);
    }
  }

  /** So much is done now, counted from the beginning. */
  public synchronized void reach(long count) {
    done = count;
    if (bar != null) {
      bar.stepTo(count);
    }
    printNowAndThen();
  }

  /** One more is done. */
  public synchronized void step() {
    reach(done + 1);
  }

  /** One less is done. */
  public synchronized void stepBack() {
    reach(done - 1);
  }

  /** What stands behind the bar. */
  public synchronized void note(String text) {
    note = text;
    if (bar != null) {
      bar.setExtraMessage(text);
    }
    printNowAndThen();
  }

  private void printNowAndThen() {
    long now = System.nanoTime();
    if (lines != null && now - lastLine >= LINE_EVERY_NANOS) {
      lastLine = now;
      print(lines);
    }
  }

  private void print(PrintWriter err) {
    double seconds = (System.nanoTime() - begun) / 1e9;
    err.printf(
        Locale.ROOT,
        "  %s: %d of %d (%.1f a second%s)%n",
        what,
        done,
        total,
        (done - doneBefore) / Math.max(seconds, 1e-3),
        note.isEmpty() ? "" : ", " + note);
    err.flush();
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
    } else if (lines != null && done > doneBefore) {
      print(lines);
    }
  }
}
