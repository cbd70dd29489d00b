package io.github.iaa4j.cli;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.cli.output.RunProgress;
import io.github.iaa4j.core.AugmentationReport;
import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.prompt.GenerationExperience;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptSource;
import io.github.iaa4j.core.prompt.RuleBasedPromptAgent;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.core.prompt.TemplateCause;
import io.github.iaa4j.core.prompt.TemplatePromptAgent;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.sampling.TokenCounter;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.llm.LlmPromptAgent;
import io.github.iaa4j.llm.MiniLmEmbedder;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "prompts",
    description = {
      "Starts a run: plans which images are needed, and writes and refines a prompt for each.",
      "",
      "The prompts go to RUN/prompts.jsonl, one per line, with every round of their refinement."
          + " Read and edit them before you spend computing time: iaa generate uses them as they"
          + " are. If the command is stopped, running it again resumes it."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  iaa prompts --dataset voc:VOC2012:train --balance topup:300 --run runs/voc",
      "  iaa prompts --dataset coco:train2014:instances_train2014.json \\",
      "      --balance add:5000 --agent llm --llm http://127.0.0.1:8080/v1 \\",
      "      --llm-model qwen2.5-7b --run runs/coco",
      "",
      "A server's API key is read from the environment variable IAA_API_KEY; there is no",
      "option for it, because others can see a command line.",
      "",
      "Exit code 3: the prompts are written, but templates replace more of them than",
      "--max-templates allows."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class PromptsCommand implements Callable<Integer> {

  private static final Duration LLM_DEADLINE = Duration.ofMinutes(5);

  enum Agent {
    rule,
    llm,
    template
  }

  @Option(
      names = "--dataset",
      paramLabel = "DATA",
      required = true,
      converter = DatasetSource.Converter.class,
      description =
          "The real images: voc:DIR:SPLIT, coco:IMAGES:JSON, or folder:DIR with a folder for each"
              + " class or a list of images and labels, such as labels.csv.")
  private DatasetSource dataset;

  @Option(
      names = "--balance",
      paramLabel = "B",
      required = true,
      description =
          "topup:N plans images until each class has N, including real ones; add:N plans N images"
              + " with label sets as they occur in the data.")
  private String balance;

  @Option(
      names = "--together",
      paramLabel = "N",
      description =
          "Up to N classes in one image, 1 to 4, as they occur together; images with more count as"
              + " groups of N. Default: up to 2, and images with more count as one class each.")
  private @Nullable Integer together;

  @Option(
      names = "--run",
      paramLabel = "RUN",
      required = true,
      description = "The run's folder, created if it does not exist.")
  private Path run;

  @Option(
      names = "--agent",
      paramLabel = "AGENT",
      defaultValue = "rule",
      description =
          "Who writes: rule (word lists, no other requirements), llm (a language model), template"
              + " (\"a photo of a cat\"). Default: ${DEFAULT-VALUE}.")
  private Agent agent;

  @Mixin private LlmOptions llm;

  @Mixin private WordsOption words;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description =
          "With --agent llm: the folder of the model that will generate the images. No prompt"
              + " will be longer than its text encoder can read. Without this, words are counted.")
  private @Nullable Path model;

  @Option(
      names = "--deadline",
      paramLabel = "S",
      description =
          "After this many seconds the best prompt so far becomes a slot's prompt. Default: none;"
              + " with --agent llm, 300.")
  private @Nullable Integer deadline;

  @Option(
      names = "--epsilon",
      paramLabel = "E",
      defaultValue = "" + SelfRefinement.DEFAULT_THRESHOLD,
      description =
          "A prompt that the critic scores below this is rewritten, 0 to 1. Default:"
              + " ${DEFAULT-VALUE}.")
  private double epsilon;

  @Option(
      names = "--rounds",
      paramLabel = "R",
      defaultValue = "" + SelfRefinement.DEFAULT_ROUNDS,
      description =
          "At most this many prompts are written for a slot; the best is kept. Default:"
              + " ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--learn-from",
      paramLabel = "RUN",
      description =
          "A run that was generated with the same model: its accepted and rejected images teach the"
              + " agent which words to prefer and which to avoid.")
  private @Nullable Path learnFrom;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "0",
      description = "The seed of everything random in the run. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Mixin private Console console;

  private List<Map<String, Object>> notices = List.of();

  @Override
  public Integer call() {
    List<String> faults = new ArrayList<>();
    if (agent == Agent.llm && !llm.given()) {
      faults.add(
          "--agent llm needs --llm URL, such as --llm http://127.0.0.1:8080/v1, and --llm-model"
              + " NAME, the model's name on the server");
    } else {
      faults.addAll(llm.faults());
    }
    if (agent != Agent.llm && (llm.anyGiven() || model != null)) {
      faults.add("--llm and its options, and --model, require --agent llm");
    }
    if (deadline != null && deadline < 1) {
      faults.add("--deadline is at least 1 second, not " + deadline);
    }
    if (!faults.isEmpty()) {
      throw new ConfigurationException(faults);
    }
    Balance plan = Balance.parse(balance);
    if (together != null) {
      plan = plan.together(together);
    }
    SelfRefinement refinement = SelfRefinement.until(epsilon).atMost(rounds);
    if (deadline != null) {
      refinement = refinement.within(Duration.ofSeconds(deadline));
    } else if (agent == Agent.llm) {
      refinement = refinement.within(LLM_DEADLINE);
    }
    ClassWords classWords = words.words();
    LabeledDataset real = dataset.open();
    notices = console.datasetNotices(real);
    return switch (agent) {
      case rule -> write(real, plan, refinement, new RuleBasedPromptAgent(classWords));
      case template -> write(real, plan, refinement, new TemplatePromptAgent(classWords));
      case llm -> {
        try (OpenAiChatModel chat = llm.open(console);
            MiniLmEmbedder embedder = MiniLmEmbedder.load();
            TokenCounter counter = model == null ? null : StableDiffusion.tokenCounter(model)) {
          LlmPromptAgent writer =
              llm.agent(chat).words(classWords).embedder(embedder).tokenCounter(counter).build();
          yield write(real, plan, refinement, writer);
        }
      }
    };
  }

  private int write(
      LabeledDataset real, Balance plan, SelfRefinement refinement, PromptAgent writer) {
    List<PromptRecord> prompts;
    try (RunProgress progress = new RunProgress(console);
        ImageAugmentationAgent augmentation =
            ImageAugmentationAgent.builder()
                .dataset(real, dataset.toString())
                .promptAgent(writer)
                .refinement(refinement)
                .balance(plan)
                .seed(seed)
                .learnFrom(
                    learnFrom == null
                        ? GenerationExperience.none()
                        : Run.open(learnFrom).experience())
                .promptsInFlight(agent == Agent.llm ? llm.parallel() : 1)
                .output(run)
                .listener(progress)
                .build()) {
      prompts = augmentation.writePrompts();
    } catch (LlmException e) {
      printProgress();
      throw e;
    }
    printResult(real, prompts);
    return agent == Agent.llm ? llm.exitCode(prompts, Run.open(run).promptsFile()) : 0;
  }

  private void printResult(LabeledDataset real, List<PromptRecord> prompts) {
    double mean = prompts.stream().mapToDouble(PromptRecord::score).average().orElse(0);
    long rewritten = prompts.stream().filter(prompt -> prompt.rounds().size() > 1).count();
    long below = prompts.stream().filter(prompt -> prompt.score() < epsilon).count();
    int tokens = prompts.stream().mapToInt(PromptRecord::tokens).sum();
    long templates =
        agent == Agent.template
            ? 0
            : prompts.stream().filter(prompt -> prompt.source() == PromptSource.TEMPLATE).count();
    Map<TemplateCause, Integer> causes = LlmOptions.templates(prompts);
    console.print(
        "%d prompts for images of %d classes are in %s.",
        prompts.size(), real.classNames().size(), Run.open(run).promptsFile());
    AugmentationReport.of(Run.open(run))
        .shortfalls()
        .forEach(shortfall -> console.print("%s", shortfall));
    if (prompts.isEmpty()) {
      console.print("No class lacks images, so there is nothing to generate.");
    } else {
      console.print(
          "Mean score %.2f; %d were rewritten, %d are still below %s%s.",
          mean, rewritten, below, epsilon, tokens == 0 ? "" : "; " + tokens + " tokens were spent");
      if (templates > 0) {
        console.print(
            "%d of them %s what the agent could not write%s.",
            templates,
            templates == 1 ? "is a template that replaces" : "are templates that replace",
            causes.isEmpty() ? "" : " (" + LlmOptions.counted(causes) + ")");
      }
      console.print("Read and edit them if you like, then: iaa generate --run %s", run);
    }
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("command", "prompts");
    result.put("run", run.toString());
    result.put("prompts", prompts.size());
    result.put("meanScore", mean);
    result.put("rewritten", rewritten);
    result.put("belowThreshold", below);
    result.put("templates", templates);
    result.put("templateCauses", causes);
    result.put("tokens", tokens);
    result.put("notices", notices);
    console.result(result);
  }

  /** Says how much of a run is done that ends because a server failed. */
  private void printProgress() {
    Run stopped = Run.open(run);
    int written = stopped.prompts().size();
    if (written > 0) {
      console.notice(
          "%d of %d prompts are in %s; the same command resumes after them.",
          written, stopped.settings().plan().size(), stopped.promptsFile());
    }
  }
}
