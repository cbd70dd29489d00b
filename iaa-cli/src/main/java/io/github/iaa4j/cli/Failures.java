package io.github.iaa4j.cli;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.IaaException;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Turns what went wrong into one clear message and an exit code. */
final class Failures implements IExecutionExceptionHandler {

  static final int FAILED = 1;

  /** Templates replace too many prompts, because the language model gave nothing usable. */
  static final int TOO_MANY_TEMPLATES = 3;

  /** What a shell gives a command that Ctrl-C ended: 128 and the number of SIGINT. */
  static final int CANCELLED = 130;

  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
    return report(e, command.getErr(), wantsStackTrace(command));
  }

  /** Errors come past picocli: missing native libraries and memory have a remedy too. */
  static int report(Throwable failure, PrintWriter err, boolean stackTrace) {
    boolean cancelled = isCancellation(failure);
    boolean unexpected = !cancelled && explain(failure) == null;
    String message = explain(failure);
    err.println(
        "iaa: "
            + (message != null
                ? message
                : cancelled
                    ? "cancelled. Run the same command again to resume."
                    : "internal error: "
                        + failure
                        + (stackTrace ? "" : ". --stacktrace shows where.")));
    if (stackTrace || (unexpected && failure instanceof Error)) {
      failure.printStackTrace(err);
    }
    err.flush();
    return cancelled ? CANCELLED : FAILED;
  }

  private static boolean isCancellation(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof CancelledException || t instanceof InterruptedException) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable String explain(Throwable failure) {
    if (failure instanceof IaaException) {
      return failure.getMessage();
    }
    if (failure instanceof OutOfMemoryError) {
      return "out of memory ("
          + failure.getMessage()
          + "). Give the JVM more, such as IAA_JAVA_OPTS=-Xmx8g, or work in smaller batches.";
    }
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof UnsatisfiedLinkError) {
        return "a native library cannot be loaded: "
            + t.getMessage()
            + ". ONNX Runtime and PyTorch bring libraries for 64-bit Linux with glibc; on another"
            + " system, add the artifacts for it to the class path.";
      }
    }
    return null;
  }

  private static boolean wantsStackTrace(CommandLine command) {
    return command.getMixins().values().stream()
        .anyMatch(mixin -> mixin instanceof Console console && console.stackTrace());
  }
}
