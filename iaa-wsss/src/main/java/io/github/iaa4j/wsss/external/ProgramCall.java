package io.github.iaa4j.wsss.external;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.internal.DaemonThreads;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a program, to its end.
 *
 * <p>Its output is read as UTF-8 by a thread of its own, because a read cannot be interrupted, and
 * passed to the listener by the thread that waits.
 */
final class ProgramCall {

  private static final Logger LOG = LoggerFactory.getLogger(ProgramCall.class);

  private static final int MAX_TAIL_LINES = 20;
  private static final int MAX_LINE_LENGTH = 2_000;
  private static final int MAX_WAITING_LINES = 1_000;

  /** How long a program that is stopped may take to end by itself. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private static final Duration POLL = Duration.ofMillis(100);

  /**
   * How programs are run.
   *
   * @param directory the working folder; null for that of this process
   * @param environment added to that of this process; never shown, because it may hold secrets
   * @param timeLimit for one run; null for none
   * @param listener gets each line of the output
   */
  record Settings(
      @Nullable Path directory,
      Map<String, String> environment,
      @Nullable Duration timeLimit,
      Consumer<String> listener) {

    Settings {
      environment = Map.copyOf(environment);
    }
  }

  private final List<String> command;
  private final Settings settings;
  private final Path folder;
  private final Deque<String> tail = new ArrayDeque<>();

  /** The program and all that it was seen to start; they outlive it if nobody stops them. */
  private final Set<ProcessHandle> running = ConcurrentHashMap.newKeySet();

  private ProgramCall(List<String> command, Settings settings, Path folder) {
    this.command = command;
    this.settings = settings;
    this.folder = folder;
  }

  /**
   * Runs a program.
   *
   * @param folder of the model, for messages
   * @param whenStarted is called once the program is known to run; what it throws stops it
   * @return what is known about the run, which ended with exit code 0
   * @throws ConfigurationException if the program cannot be started
   * @throws ModelException if it ends with another exit code, or does not end within the time limit
   * @throws CancelledException if the thread is interrupted; the program is stopped by then
   */
  static ProgramCall run(
      List<String> command, Settings settings, Path folder, Runnable whenStarted) {
    ProgramCall call = new ProgramCall(command, settings, folder);
    LOG.info("{}: running {}", folder, CommandTemplate.text(command));
    Process process = call.start();
    BlockingQueue<String> lines = new ArrayBlockingQueue<>(MAX_WAITING_LINES);
    Thread reader = DaemonThreads.named("iaa-program").newThread(() -> read(process, lines));
    reader.start();
    Thread atShutdown = new Thread(call::kill, "iaa-program-stop");
    try {
      Runtime.getRuntime().addShutdownHook(atShutdown);
      whenStarted.run();
      int exitCode = call.await(process, reader, lines);
      if (exitCode != 0) {
        throw call.failure(
            folder,
            "the program ended with exit code " + exitCode,
            "Fix what its output says, and start again.",
            null);
      }
      return call;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancelledException(
          folder + ": the program was stopped, because its caller was cancelled", e);
    } finally {
      call.stop();
      reader.interrupt();
      forget(atShutdown);
    }
  }

  private static void forget(Thread shutdownHook) {
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException e) {
      LOG.debug("this process is ending, and has stopped its program", e);
    }
  }

  private Process start() {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Path directory = settings.directory();
    if (directory != null) {
      builder.directory(directory.toFile());
    }
    builder.environment().putAll(settings.environment());
    try {
      Process process = builder.start();
      running.add(process.toHandle());
      // A program that asks a question reads the end of its input instead of waiting for ever.
      process.getOutputStream().close();
      return process;
    } catch (IOException e) {
      throw new ConfigurationException(
          "the program "
              + command.get(0)
              + " cannot be started ("
              + e.getMessage()
              + "). Install it or give its full path, and check the working folder "
              + (directory == null ? Path.of("").toAbsolutePath() : directory)
              + ". The command was "
              + CommandTemplate.text(command));
    }
  }

  private static void read(Process process, BlockingQueue<String> lines) {
    try (Reader output = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)) {
      char[] buffer = new char[1024];
      StringBuilder line = new StringBuilder();
      for (int length = output.read(buffer); length >= 0; length = output.read(buffer)) {
        for (int i = 0; i < length; i++) {
          // A progress bar ends its lines with a carriage return alone.
          if (buffer[i] != '\n' && buffer[i] != '\r') {
            if (line.length() < MAX_LINE_LENGTH) {
              line.append(buffer[i]);
            }
          } else if (!line.isEmpty()) {
            lines.put(line.toString());
            line.setLength(0);
          }
        }
      }
      if (!line.isEmpty()) {
        lines.put(line.toString());
      }
    } catch (IOException e) {
      // The pipe breaks when the program is stopped, of which the caller is told.
      LOG.debug("the output of a program ended early", e);
    } catch (InterruptedException e) {
      // Whoever wanted the lines has left.
      Thread.currentThread().interrupt();
    }
  }

  private int await(Process process, Thread reader, BlockingQueue<String> lines)
      throws InterruptedException {
    long begun = System.nanoTime();
    long lastSeenAlive = begun;
    long lastLook = begun - POLL.toNanos();
    while (true) {
      // Asked before the queue, so that the last lines are not missed.
      boolean isReadToItsEnd = !reader.isAlive();
      String line = lines.poll(POLL.toMillis(), TimeUnit.MILLISECONDS);
      long now = System.nanoTime();
      if (process.isAlive()) {
        lastSeenAlive = now;
      }
      if (now - lastLook >= POLL.toNanos()) {
        lastLook = now;
        addDescendants();
      }
      if (line != null) {
        LOG.info("{}", line);
        if (tail.size() == MAX_TAIL_LINES) {
          tail.removeFirst();
        }
        tail.addLast(line);
        settings.listener().accept(line);
      }
      // What the program left behind may hold its output open, and write to it, for ever.
      if (!process.isAlive()
          && ((line == null && isReadToItsEnd) || now - lastSeenAlive > GRACE.toNanos())) {
        return process.exitValue();
      }
      Duration limit = settings.timeLimit();
      if (limit != null && now - begun > limit.toNanos()) {
        throw failure(
            folder,
            "the program was stopped after its time limit of " + limit.toSeconds() + " s",
            "Raise the limit, or find out from its output what it was waiting for.",
            null);
      }
    }
  }

  private void addDescendants() {
    running.removeIf(process -> !process.isAlive());
    running.forEach(process -> process.descendants().forEach(running::add));
  }

  private void kill() {
    addDescendants();
    running.forEach(ProcessHandle::destroyForcibly);
  }

  /** Ends the program, if it has not ended, and what it started and left behind. */
  private void stop() {
    addDescendants();
    List<ProcessHandle> all = List.copyOf(running);
    if (all.isEmpty()) {
      return;
    }
    all.forEach(ProcessHandle::destroy);
    boolean wasInterrupted = Thread.interrupted();
    try {
      CompletableFuture.allOf(
              all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
          .get(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      LOG.debug("a program that was asked to end does not", e);
    } catch (InterruptedException e) {
      wasInterrupted = true;
    }
    kill();
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * A failure with all that is known about the run.
   *
   * @param file at fault
   * @param problem what happened, as the begin of a sentence
   * @param remedy a sentence
   */
  ModelException failure(
      Path file, String problem, String remedy, @Nullable RuntimeException cause) {
    String output =
        tail.isEmpty()
            ? "It printed nothing."
            : "Its last lines:" + tail.stream().collect(Collectors.joining("\n  ", "\n  ", ""));
    return new ModelException(
        file,
        null,
        problem
            + ". "
            + remedy
            + " The command was "
            + CommandTemplate.text(command)
            + ". "
            + output,
        cause);
  }
}
