package io.github.iaa4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The {@code iaa} command. */
@Command(
    name = "iaa",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description =
        "Grows an image-labelled data set, so that weakly supervised semantic segmentation"
            + " trained on it gets better.")
public final class Main implements Runnable {

  private Main() {}

  /**
   * Runs the command and ends the process with its exit code: 0 for success, 2 for a wrong command
   * line, 1 for any other failure.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main());
  }

  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }

  static final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
      Properties properties = new Properties();
      try (InputStream in =
          Objects.requireNonNull(Main.class.getResourceAsStream("version.properties"))) {
        properties.load(in);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return new String[] {"iaa4j " + properties.getProperty("version")};
    }
  }
}
