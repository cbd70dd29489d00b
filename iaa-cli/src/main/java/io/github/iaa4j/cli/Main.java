package io.github.iaa4j.cli;

import io.github.iaa4j.core.internal.FileNames;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The {@code iaa} command. */
@Command(
    name = "iaa",
    versionProvider = Main.Version.class,
    subcommands = {
      QuickstartCommand.class,
      ToyworldCommand.class,
      PromptsCommand.class,
      GenerateCommand.class,
      TrainCommand.class,
      PseudoMasksCommand.class,
      EvaluateCommand.class,
      ReportCommand.class,
      SampleCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Grows an image-labelled data set with a language model and a diffusion model, so that weakly"
          + " supervised semantic segmentation (WSSS) trained on it improves.",
      "",
      "An agent writes and refines a prompt for every image that is needed; Stable Diffusion"
          + " generates it; a filter previews the images and drops those that will not show their"
          + " labels; real and generated images together train the segmentation."
    },
    commandListHeading = "%nCommands, in the order in which a run uses them:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  iaa quickstart",
      "      The whole method on a small drawn world: no data, network or GPU needed.",
      "  iaa prompts --dataset voc:VOC2012:train --balance topup:300 --run runs/voc",
      "  iaa generate --run runs/voc --model stable-diffusion-v1-5-onnx",
      "      The same for your data: runs/voc/dataset then holds the images.",
      "  iaa COMMAND --help",
      "      What a command does, its options and examples.",
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong command line,",
      "3 done, but templates replace more of the prompts than --max-templates allows,",
      "130 cancelled with Ctrl-C, 143 ended by SIGTERM (the same command resumes)."
    })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
public final class Main implements Runnable {

  private static final int SECONDS_TO_STOP = 20;

  /** A long option's name, or the letter of a short one, whose value may follow at once. */
  private static final Pattern UNKNOWN_OPTION =
      Pattern.compile("--[a-zA-Z-]{1,30}(?=$|=)|-[a-zA-Z]");

  /** Added to the number of the signal that ended a process. */
  private static final int SIGNALLED = 128;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version.")
  private boolean version;

  @Spec private CommandSpec spec;

  private Main() {}

  /**
   * Runs the command and ends the process with its exit code: 0 for success, 2 for a wrong command
   * line, 3 for too many templates, 130 for Ctrl-C, 1 for any other failure.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    Thread worker = Thread.currentThread();
    CountDownLatch ended = new CountDownLatch(1);
    AtomicInteger signal = new AtomicInteger();
    for (String name : List.of("INT", "TERM")) {
      handle(name, number -> cancel(worker, ended, signal, number));
    }
    int exitCode = execute(commandLine(), args);
    ended.countDown();
    System.exit(signal.get() == 0 ? exitCode : SIGNALLED + signal.get());
  }

  /**
   * Shutdown hooks would be too late: those of the native libraries release what stages still use.
   * By reflection, because the compiler's warning of {@code sun.misc} cannot be suppressed.
   */
  private static void handle(String name, IntConsumer handler) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> signalHandler = Class.forName("sun.misc.SignalHandler");
      Method number = signal.getMethod("getNumber");
      Object proxy =
          Proxy.newProxyInstance(
              Main.class.getClassLoader(),
              new Class<?>[] {signalHandler},
              (self, method, arguments) -> {
                handler.accept((Integer) number.invoke(arguments[0]));
                return null;
              });
      signal
          .getMethod("handle", signal, signalHandler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException e) {
      // The signal then ends the process at once, and the same command resumes.
      LoggerFactory.getLogger(Main.class).debug("signal {} is not handled", name, e);
    }
  }

  /** Ctrl-C: stages stop at an interrupt and leave what they made. A second one does not wait. */
  private static void cancel(
      Thread worker, CountDownLatch ended, AtomicInteger signal, int number) {
    boolean isFirst = signal.compareAndSet(0, number);
    worker.interrupt();
    try {
      if (isFirst && ended.await(SECONDS_TO_STOP, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    System.err.println("iaa: cancelled. Run the same command again to resume.");
    Runtime.getRuntime().halt(SIGNALLED + number);
  }

  /** Runs a command line and gives its exit code. */
  static int execute(CommandLine command, String... args) {
    try {
      return command.execute(args);
    } catch (LinkageError | OutOfMemoryError e) {
      return Failures.report(e, command.getErr(), false);
    }
  }

  static CommandLine commandLine() {
    CommandLine command = new CommandLine(new Main());
    command.setExecutionExceptionHandler(new Failures());
    command.setParameterExceptionHandler(Main::explainUsage);
    command.setCaseInsensitiveEnumValuesAllowed(true);
    command.registerConverter(Path.class, Main::path);
    command.setUsageHelpAutoWidth(true);
    for (CommandLine subcommand : command.getSubcommands().values()) {
      subcommand
          .getCommandSpec()
          .usageMessage()
          .sortOptions(false)
          .sortSynopsis(false)
          .optionListHeading("%nOptions:%n");
    }
    command.setOut(new PrintWriter(System.out, true, Charset.defaultCharset()));
    command.setErr(new PrintWriter(System.err, true, Charset.defaultCharset()));
    return command;
  }

  /** A path that the locale's encoding cannot name says so, before anything is done. */
  static Path path(String text) {
    String fault = FileNames.fault(text);
    if (fault != null) {
      throw new TypeConversionException(fault);
    }
    return Path.of(text);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command is given");
  }

  /** One line about the fault; the usage is long, and --help shows it. */
  private static int explainUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    String name = command.getCommandSpec().qualifiedName();
    if (e instanceof CommandLine.UnmatchedArgumentException unmatched) {
      err.println("iaa: " + unmatched(unmatched.getUnmatched(), command.getParent() == null));
      CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
    } else {
      err.println("iaa: " + e.getMessage());
    }
    err.println(
        command.getParent() == null
            ? "The commands are "
                + String.join(", ", command.getSubcommands().keySet())
                + ". See iaa --help."
            : "See " + name + " --help.");
    err.flush();
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  /** Names unknown options, but no value: it may be a key, or half a header. */
  private static String unmatched(List<String> arguments, boolean isCommand) {
    String first = arguments.get(0);
    if (isCommand && first.matches("[a-z]{1,16}")) {
      return "there is no command '" + first + "'";
    }
    List<String> options =
        arguments.stream()
            .map(UNKNOWN_OPTION::matcher)
            .filter(Matcher::lookingAt)
            .map(Matcher::group)
            .distinct()
            .toList();
    return (options.isEmpty()
            ? "an argument belongs to no option"
            : "unknown option " + String.join(", ", options))
        + (first.startsWith("--api-key") || first.startsWith("--key")
            ? "; an API key is read from the environment variable IAA_API_KEY"
            : ". Quote values with spaces, such as --header 'Name: value'");
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
