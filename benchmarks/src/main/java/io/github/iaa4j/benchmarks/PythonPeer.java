package io.github.iaa4j.benchmarks;

import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A Python process that answers each line of JSON with a line, and stays until it is closed. */
final class PythonPeer implements AutoCloseable {

  private final String name;
  private final String python;
  private final Process process;
  private final BufferedReader from;
  private final Writer to;

  /**
   * Starts a peer, which does not load anything from the network.
   *
   * @param name for messages
   * @param threads on which it computes
   * @param command the Python first
   */
  PythonPeer(String name, int threads, List<String> command) throws IOException {
    this.name = name;
    this.python = command.get(0);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("OMP_NUM_THREADS", String.valueOf(threads));
    builder.environment().put("HF_HUB_OFFLINE", "1");
    builder.redirectError(
        System.getenv("BENCH_VERBOSE") == null
            ? ProcessBuilder.Redirect.DISCARD
            : ProcessBuilder.Redirect.INHERIT);
    process = builder.start();
    from = process.inputReader(StandardCharsets.UTF_8);
    to = process.outputWriter(StandardCharsets.UTF_8);
  }

  /** The line that the peer answers. */
  String ask(JsonObject request) throws IOException {
    to.write(request + "\n");
    to.flush();
    String line = from.readLine();
    if (line == null) {
      throw new IOException(
          name + " ended. Set BENCH_VERBOSE=1 to see what it says; it was started with " + python);
    }
    return line;
  }

  @Override
  public void close() {
    process.destroy();
  }
}
