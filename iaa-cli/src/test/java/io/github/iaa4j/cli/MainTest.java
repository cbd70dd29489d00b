package io.github.iaa4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void printsItsVersion() {
    int exit = run("--version");

    assertThat(exit).isZero();
    assertThat(out.toString()).matches("iaa4j \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\\R");
  }

  @Test
  void printsItsUsage() {
    int exit = run("--help");

    assertThat(exit).isZero();
    assertThat(out.toString()).startsWith("Usage: iaa");
  }

  @Test
  void namesTheOptionThatItDoesNotKnow() {
    int exit = run("--colour");

    assertThat(exit).isEqualTo(2);
    assertThat(err.toString()).contains("--colour");
  }

  private int run(String... args) {
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(args);
  }
}
