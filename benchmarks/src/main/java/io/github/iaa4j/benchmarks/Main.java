package io.github.iaa4j.benchmarks;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** One command for all benchmarks. */
@Command(
    name = "benchmarks/run",
    description = "Measures on this machine and prints ratios from one run.",
    mixinStandardHelpOptions = true,
    subcommands = {
      Peers.class,
      HostTime.class,
      LoopShare.class,
      EarlyExit.class,
      Feedback.class,
      LoadTime.class,
      Previews.class,
      Diversity.class,
      PromptSurvey.class,
      CrfPeer.class,
      TrainingPeer.class,
    })
public final class Main {

  Main() {}

  /** Runs one. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }
}
