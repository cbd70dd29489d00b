package io.github.iaa4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class FailuresTest {

  private final StringWriter err = new StringWriter();

  @Test
  void saysWhatIsWrongInOneMessage() {
    int exitCode = report(new ConfigurationException("--steps 0: at least 1"));

    assertThat(exitCode).isEqualTo(1);
    assertThat(err).hasToString(String.format("iaa: --steps 0: at least 1%n"));
  }

  @Test
  void saysHowToResumeACancelledRun() {
    int exitCode = report(new CancelledException(Path.of("run")));

    assertThat(exitCode).isEqualTo(130);
    assertThat(err.toString()).contains("to resume");
  }

  @Test
  void takesAnInterruptBehindAnotherFailureForACancellation() {
    int exitCode = report(new IllegalStateException(new InterruptedException()));

    assertThat(exitCode).isEqualTo(130);
    assertThat(err.toString()).contains("to resume");
  }

  @Test
  void explainsAMissingNativeLibrary() {
    int exitCode =
        report(new ExceptionInInitializerError(new UnsatisfiedLinkError("no onnxruntime")));

    assertThat(exitCode).isEqualTo(1);
    assertThat(err.toString()).contains("no onnxruntime", "native library");
  }

  @Test
  void saysHowToGetMoreMemory() {
    int exitCode = report(new OutOfMemoryError("Java heap space"));

    assertThat(exitCode).isEqualTo(1);
    assertThat(err.toString()).contains("Java heap space", "-Xmx");
  }

  @Test
  void doesNotHideWhatShouldNotHappen() {
    int exitCode = report(new IllegalStateException("odd"));

    assertThat(exitCode).isEqualTo(1);
    assertThat(err.toString()).contains("IllegalStateException", "odd", "--stacktrace");
  }

  private int report(Throwable failure) {
    return Failures.report(failure, new PrintWriter(err, true), false);
  }
}
