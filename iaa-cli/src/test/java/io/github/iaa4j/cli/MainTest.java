package io.github.iaa4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class MainTest {

  @Test
  void printsItsVersion() {
    Iaa iaa = Iaa.run("--version");

    assertThat(iaa.exitCode()).isZero();
    assertThat(iaa.out()).matches("iaa4j \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\\R");
  }

  @Test
  void namesItsCommandsWhereNoneIsGiven() {
    Iaa iaa = Iaa.run();

    assertThat(iaa.exitCode()).isEqualTo(2);
    assertThat(iaa.err()).contains("no command is given", "quickstart", "generate", "iaa --help");
  }

  @Test
  void suggestsTheCommandThatWasMeant() {
    Iaa iaa = Iaa.run("quikstart");

    assertThat(iaa.exitCode()).isEqualTo(2);
    assertThat(iaa.err()).contains("Did you mean", "quickstart");
  }

  @Test
  void namesTheOptionThatItDoesNotKnow() {
    Iaa iaa = Iaa.run("report", "--run", "run", "--colour");

    assertThat(iaa.exitCode()).isEqualTo(2);
    assertThat(iaa.err()).contains("--colour", "iaa report --help");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandTeachesWhatItDoes(String name) {
    Iaa iaa = Iaa.run(name, "--help");

    assertThat(iaa.exitCode()).isZero();
    assertThat(iaa.out()).startsWith("Usage: iaa " + name).contains("Example");
    assertThat(iaa.out().lines()).allMatch(line -> line.length() <= 80);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyOptionIsExplained(String name) {
    CommandSpec command = Main.commandLine().getSubcommands().get(name).getCommandSpec();

    assertThat(command.options())
        .filteredOn(option -> !option.hidden())
        .allSatisfy(option -> assertThat(option.description()).isNotEmpty());
  }

  static Stream<String> commands() {
    CommandLine command = Main.commandLine();
    return command.getSubcommands().keySet().stream();
  }
}
