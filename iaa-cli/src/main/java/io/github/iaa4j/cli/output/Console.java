package io.github.iaa4j.cli.output;

import io.github.iaa4j.core.dataset.DatasetNotice;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.internal.JsonFiles;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * How a command talks: results on standard output, progress on standard error, and the same result
 * as JSON where a program wants it. The options are part of every command as a {@link Mixin}.
 */
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
public final class Console {

  @Option(
      names = "--json",
      paramLabel = "FILE",
      order = 90,
      description = "Also write the result to FILE, as JSON for programs.")
  private @Nullable Path json;

  @Option(
      names = {"-q", "--quiet"},
      order = 91,
      description = "Print nothing but errors.")
  private boolean quiet;

  @Option(
      names = "--stacktrace",
      order = 92,
      description = "If something fails, print the stack trace too.")
  private boolean stackTrace;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      order = 93,
      description = "Show this help.")
  private boolean help;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** Whether a failure is to be printed with its stack trace. */
  public boolean stackTrace() {
    return stackTrace;
  }

  /** One line of the result. */
  public void print(String format, Object... values) {
    if (!quiet) {
      out().println(values.length == 0 ? format : String.format(Locale.ROOT, format, values));
      out().flush();
    }
  }

  /**
   * What is odd about a data set, a line each.
   *
   * @return the same for the JSON of the result
   */
  public List<Map<String, Object>> datasetNotices(LabeledDataset data) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (DatasetNotice notice : data.notices()) {
      print("Note: %s.", notice.message());
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("kind", notice.kind().name());
      fields.put("subject", notice.subject());
      fields.put("count", notice.count());
      fields.put("of", notice.of());
      fields.put("examples", notice.examples());
      fields.put("message", notice.message());
      all.add(fields);
    }
    return all;
  }

  /** A line of progress on standard error. */
  public void notice(String format, Object... values) {
    if (!quiet) {
      PrintWriter err = command.commandLine().getErr();
      err.println(String.format(Locale.ROOT, format, values));
      err.flush();
    }
  }

  /** A bar, or now and then a line, on standard error. */
  public Progress progress(String what, long total) {
    return Progress.begin(what, total, quiet, command.commandLine().getErr());
  }

  /**
   * Writes the result where {@code --json} says, whole or not at all.
   *
   * @throws io.github.iaa4j.core.error.StorageException if the file cannot be written
   */
  public void result(Object result) {
    if (json != null) {
      JsonFiles.write(json, result);
    }
  }

  private PrintWriter out() {
    return command.commandLine().getOut();
  }
}
