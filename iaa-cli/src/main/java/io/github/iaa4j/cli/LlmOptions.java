package io.github.iaa4j.cli;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.prompt.TemplateCause;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.llm.LlmPromptAgent;
import io.github.iaa4j.llm.chat.ServerWait;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Which language model writes prompts, and how to reach it, for every command that needs one. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class LlmOptions {

  private static final String KEY = "IAA_API_KEY";
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration PATIENCE_TO_CONNECT = Duration.ofSeconds(15);
  private static final Duration DEADLINE = Duration.ofMinutes(10);
  private static final long WAIT_SHOWN_EVERY_NANOS = 10_000_000_000L;
  private static final int MAX_REASON_LENGTH = 240;
  private static final double MAX_TEMPLATES = 0.1;
  private static final int MAX_TOKENS = 1_000_000;
  private static final int MAX_PARALLEL = 256;
  private static final int SECONDS_A_DAY = 86_400;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--llm",
      paramLabel = "URL",
      description =
          "The base URL of the OpenAI-compatible interface of a language model, such as"
              + " http://127.0.0.1:8080/v1. Its API key is read from the environment variable "
              + KEY
              + ". http_proxy, https_proxy and no_proxy are honoured.")
  private @Nullable String url;

  @Option(
      names = "--llm-model",
      paramLabel = "NAME",
      description = "With --llm: the model's name on that server.")
  private @Nullable String model;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description =
          "With --llm: maximum tokens per answer, at least 32. A model that thinks gets more"
              + " automatically, up to 16384, if its thoughts leave no room for the answer."
              + " Default: 160.")
  private @Nullable Integer maxTokens;

  @Option(
      names = "--timeout",
      paramLabel = "S",
      description =
          "With --llm: maximum seconds for one answer. Default: 120 seconds of silence,"
              + " 300 in total.")
  private @Nullable Integer timeout;

  @Option(
      names = "--retries",
      paramLabel = "N",
      description = "With --llm: how often a temporary failure is retried, 0 to 10. Default: 2.")
  private @Nullable Integer retries;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      description =
          "With --llm: prompts in progress at a time. Slots with the same labels wait for one"
              + " another, so it does not change any prompt. Default: 4.")
  private @Nullable Integer parallel;

  @Option(
      names = "--tokens-per-minute",
      paramLabel = "N",
      description =
          "With --llm: maximum tokens read and written per minute, as a hosted account allows."
              + " Default: no limit; the command waits if the server limits requests.")
  private @Nullable Integer tokensPerMinute;

  @Option(
      names = "--header",
      paramLabel = "'NAME: VALUE'",
      arity = "1",
      description =
          "With --llm: an additional header for every request; may be given several times. Its"
              + " value is never shown, but others on this machine can see a command line.")
  private @Nullable List<String> headers;

  @Option(
      names = "--ca-file",
      paramLabel = "PEM",
      description =
          "With --llm: certificates to trust in addition to those of Java, such as a company's"
              + " own.")
  private @Nullable Path caFile;

  @Option(
      names = "--wait",
      paramLabel = "S",
      description =
          "With --llm: how many seconds to wait for a server that loads its model, limits requests"
              + " or has gone away before the run stops; 0 does not wait. Default: 300, or 15 if"
              + " nothing listens there.")
  private @Nullable Integer wait;

  @Option(
      names = "--max-templates",
      paramLabel = "SHARE",
      description =
          "With --llm: exit with code 3 if templates replace more than this share of the"
              + " prompts, whatever the cause, 0 to 1. Default: 0.1.")
  private @Nullable Double maxTemplates;

  /** Whether a language model is to be used. */
  boolean given() {
    return url != null;
  }

  /** The options that mean something only with a language model, where any is there. */
  boolean anyGiven() {
    return url != null || !withoutUrl().isEmpty();
  }

  private List<String> withoutUrl() {
    List<String> given = new ArrayList<>();
    for (Object[] option :
        new Object[][] {
          {"--llm-model", model},
          {"--max-tokens", maxTokens},
          {"--timeout", timeout},
          {"--retries", retries},
          {"--parallel", parallel},
          {"--tokens-per-minute", tokensPerMinute},
          {"--header", headers},
          {"--ca-file", caFile},
          {"--wait", wait},
          {"--max-templates", maxTemplates}
        }) {
      if (option[1] != null) {
        given.add((String) option[0]);
      }
    }
    return given;
  }

  /** What is wrong with the options, without any header's value; empty where none is there. */
  List<String> faults() {
    List<String> faults = new ArrayList<>();
    if (url != null && model == null) {
      faults.add("--llm needs --llm-model NAME, the model's name on the server");
    }
    if (url == null && !withoutUrl().isEmpty()) {
      faults.add(String.join(", ", withoutUrl()) + ": these options require --llm URL");
    }
    inRange(faults, "--max-tokens", maxTokens, 32, MAX_TOKENS);
    inRange(faults, "--timeout", timeout, 1, SECONDS_A_DAY);
    inRange(faults, "--parallel", parallel, 1, MAX_PARALLEL);
    inRange(faults, "--tokens-per-minute", tokensPerMinute, 1, Integer.MAX_VALUE);
    inRange(faults, "--wait", wait, 0, SECONDS_A_DAY);
    if (retries != null && (retries < 0 || retries > 10)) {
      faults.add("--retries is from 0 to 10, not " + retries);
    }
    if (!(mostTemplates() >= 0 && mostTemplates() <= 1)) {
      faults.add("--max-templates is a share from 0 to 1, not " + maxTemplates);
    }
    int number = 0;
    for (String header : headers == null ? List.<String>of() : headers) {
      number++;
      if (header.indexOf(':') < 1) {
        faults.add("--header number " + number + " is not of the form 'Name: value'");
      }
    }
    return faults;
  }

  private double mostTemplates() {
    return maxTemplates == null ? MAX_TEMPLATES : maxTemplates;
  }

  private static void inRange(
      List<String> faults, String option, @Nullable Integer value, int least, int most) {
    if (value != null && (value < least || value > most)) {
      faults.add(option + " is from " + least + " to " + most + ", not " + value);
    }
  }

  /** Prompts under way at a time. */
  int parallel() {
    return parallel == null ? 4 : parallel;
  }

  /**
   * The model, with the key that the environment holds, if any.
   *
   * @throws ConfigurationException naming every option that is wrong
   */
  OpenAiChatModel open(Console console) {
    List<String> faults = faults();
    if (url == null || model == null || !faults.isEmpty()) {
      throw new ConfigurationException(faults);
    }
    OpenAiChatModel.Builder builder =
        OpenAiChatModel.builder()
            .baseUrl(url)
            .model(model)
            .proxyFromEnvironment()
            .onWait(new Waiting(console)::show);
    // Only a variable of our own: another program's key must not go to whatever --llm names.
    String key = System.getenv(KEY);
    if (key != null && !key.isBlank()) {
      builder.apiKeyFromEnvironment(KEY);
    }
    if (timeout != null) {
      Duration longest = Duration.ofSeconds(timeout);
      builder.readTimeout(longest).callTimeout(longest);
      Duration tries = longest.multipliedBy(2);
      builder.deadline(tries.compareTo(DEADLINE) > 0 ? capped(tries) : DEADLINE);
    }
    if (retries != null) {
      builder.maxRetries(retries);
    }
    if (tokensPerMinute != null) {
      builder.tokensPerMinute(tokensPerMinute);
    }
    for (String header : headers == null ? List.<String>of() : headers) {
      int colon = header.indexOf(':');
      builder.header(header.substring(0, colon).strip(), header.substring(colon + 1).strip());
    }
    if (caFile != null) {
      builder.caFile(caFile);
    }
    if (wait == null) {
      builder.maxWait(PATIENCE, PATIENCE_TO_CONNECT);
    } else {
      builder.maxWait(Duration.ofSeconds(wait));
    }
    return builder.build();
  }

  private static Duration capped(Duration duration) {
    Duration day = Duration.ofDays(1);
    return duration.compareTo(day) > 0 ? day : duration;
  }

  /** Sets what the options say of an agent on the model. */
  LlmPromptAgent.Builder agent(OpenAiChatModel chat) {
    LlmPromptAgent.Builder builder = LlmPromptAgent.builder(chat);
    return maxTokens == null ? builder : builder.maxTokens(maxTokens);
  }

  /** How many prompts are templates, by the reason why. */
  static Map<TemplateCause, Integer> templates(List<PromptRecord> prompts) {
    Map<TemplateCause, Integer> causes = new TreeMap<>();
    for (PromptRecord prompt : prompts) {
      TemplateCause cause = prompt.templateCause();
      if (cause != null) {
        causes.merge(cause, 1, Integer::sum);
      }
    }
    return causes;
  }

  /**
   * The exit code of a command that wrote prompts, with a line where it is not 0.
   *
   * @param file where the prompts are
   */
  int exitCode(List<PromptRecord> prompts, Path file) {
    Map<TemplateCause, Integer> causes = templates(prompts);
    int templates = causes.values().stream().mapToInt(Integer::intValue).sum();
    if (templates <= mostTemplates() * prompts.size()) {
      return 0;
    }
    command
        .commandLine()
        .getErr()
        .println(
            "iaa: "
                + templates
                + " of "
                + prompts.size()
                + " prompts are templates ("
                + counted(causes)
                + "), more than --max-templates "
                + mostTemplates()
                + " allows. Most frequent reason: "
                + mostFrequentReason(prompts)
                + " Check the server and the model, delete the lines with \"templateCause\" from "
                + file
                + ", and run iaa prompts again to have them written.");
    return Failures.TOO_MANY_TEMPLATES;
  }

  /** Such as "3 because the server failed, 1 because the deadline passed". */
  static String counted(Map<TemplateCause, Integer> causes) {
    return causes.entrySet().stream()
        .map(
            cause ->
                cause.getValue()
                    + " because "
                    + switch (cause.getKey()) {
                      case SERVER_FAILED -> "the server failed";
                      case DEADLINE_PASSED -> "the deadline passed";
                      case UNUSABLE_PROMPTS -> "no answer could be used";
                    })
        .collect(Collectors.joining(", "));
  }

  /** What happened in the first round of most of the templates, cut short. */
  private static String mostFrequentReason(List<PromptRecord> prompts) {
    Map<String, Integer> reasons = new LinkedHashMap<>();
    for (PromptRecord prompt : prompts) {
      if (prompt.templateCause() != null && !prompt.rounds().isEmpty()) {
        reasons.merge(prompt.rounds().get(0).critique(), 1, Integer::sum);
      }
    }
    String reason =
        reasons.entrySet().stream()
            .max(Map.Entry.comparingByValue())
            .map(Map.Entry::getKey)
            .orElse("");
    return reason.isEmpty() ? "none is recorded." : shortened(reason);
  }

  private static String shortened(String reason) {
    return reason.length() > MAX_REASON_LENGTH
        ? reason.substring(0, MAX_REASON_LENGTH) + " …"
        : reason;
  }

  /** Says now and then that a server is waited for. */
  private static final class Waiting {

    private final Console console;
    private final AtomicLong shown = new AtomicLong(System.nanoTime() - WAIT_SHOWN_EVERY_NANOS);

    Waiting(Console console) {
      this.console = console;
    }

    void show(ServerWait wait) {
      long last = shown.get();
      long now = System.nanoTime();
      if (now - last < WAIT_SHOWN_EVERY_NANOS || !shown.compareAndSet(last, now)) {
        return;
      }
      String reason =
          wait.failure() == null
              ? wait.endpoint() + ": no answer yet."
              : String.valueOf(wait.failure().getMessage());
      console.notice(
          "Waiting for the language model's server, %d s of at most %d s. %s",
          wait.waited().toSeconds(), wait.maxWait().toSeconds(), shortened(reason));
    }
  }
}
