package io.github.iaa4j.benchmarks;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.dataset.CocoDataset;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.plan.RunSeed;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.PromptSource;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.prompt.RuleBasedPromptAgent;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.core.prompt.TemplatePromptAgent;
import io.github.iaa4j.core.sampling.TokenCounter;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.core.words.ClassWords.Mention;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.llm.LlmPromptAgent;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.JsonSchema;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import io.github.iaa4j.llm.testing.FakeChatModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How many prompts keep the rules: of the template, of one answer, and after refinement. */
@Command(
    name = "prompts",
    description = {
      "The share of prompts that keep the rules: of the bare template, of one answer of a language"
          + " model, and after refinement; and of the rule-based agent.",
      "",
      "The label sets are those of real images. Where a data set has too few images, its label sets"
          + " are taken again; where an image has more than three labels, three of them; and each"
          + " class that no image has stands once by itself. COCO's images stand in for VOC's in"
          + " those of VOC's classes that it shares."
    },
    mixinStandardHelpOptions = true)
final class PromptSurvey implements Callable<Integer> {

  private static final int MAX_LABELS = 3;
  private static final int REMEMBERED = 8;

  @Option(
      names = "--llm",
      description = "Where an OpenAI-compatible interface begins. Default: no language model.")
  private @Nullable String llm;

  @Option(
      names = "--llm-model",
      defaultValue = "smollm2",
      description = "The model's name on that server. Default: ${DEFAULT-VALUE}.")
  private String llmModel = "";

  @Option(names = "--voc", description = "A folder in VOC's layout, with a list trainval.")
  private @Nullable Path voc;

  @Option(names = "--coco", description = "A folder with images/ and the file of --instances.")
  private @Nullable Path coco;

  @Option(
      names = "--instances",
      defaultValue = "annotations/instances_sample.json",
      description = "The annotations in the folder of --coco. Default: ${DEFAULT-VALUE}.")
  private String instances = "";

  @Option(
      names = "--model",
      description =
          "A model folder, whose tokenizer decides what is too long. Default: 45 words are.")
  private @Nullable Path model;

  @Option(
      names = "--sets",
      defaultValue = "200",
      description = "Label sets of each data set. Default: ${DEFAULT-VALUE}.")
  private int sets;

  @Option(
      names = "--epsilon",
      defaultValue = "" + SelfRefinement.DEFAULT_THRESHOLD,
      description = "Default: ${DEFAULT-VALUE}.")
  private double epsilon;

  @Option(names = "--rounds", defaultValue = "4", description = "Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--deadline",
      defaultValue = "120",
      description = "Seconds for a slot. Default: ${DEFAULT-VALUE}.")
  private int deadline;

  @Option(names = "--seed", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--show", description = "Prints each prompt, round by round.")
  private boolean show;

  private final ClassWords words = ClassWords.builtIn();

  /** The first text that the model wrote for the slot at hand, as it came; null before. */
  private @Nullable String written;

  private int writtenTokens;
  private double writtenSeconds;

  /** Counts of one way to a prompt. */
  private static final class Count {
    private final String way;
    private int prompts;
    private int usable;
    private int clean;
    private int repaired;
    private int template;
    private int rounds;
    private long tokens;
    private double seconds;
    private double longest;

    Count(String way) {
      this.way = way;
    }

    void prompt(Critique byRules, PromptSource source) {
      prompts++;
      usable += byRules.isUsable() ? 1 : 0;
      clean += byRules.score() == 1 ? 1 : 0;
      repaired += source == PromptSource.REPAIRED ? 1 : 0;
      template += source == PromptSource.TEMPLATE ? 1 : 0;
    }

    void cost(int rounds, int tokens, double seconds) {
      this.rounds += rounds;
      this.tokens += tokens;
      this.seconds += seconds;
      longest = Math.max(longest, seconds);
    }

    void print(Table table, String dataset) {
      table.row(
          dataset,
          way,
          share(usable),
          share(clean),
          share(repaired),
          share(template),
          each(rounds),
          each((double) tokens),
          each(seconds),
          longest == 0 ? "" : String.format(Locale.ROOT, "%.1f", longest));
    }

    private String share(int count) {
      return String.format(Locale.ROOT, "%.1f %%", 100.0 * count / Math.max(1, prompts));
    }

    private String each(double sum) {
      return sum == 0 ? "" : String.format(Locale.ROOT, "%.2f", sum / Math.max(1, prompts));
    }
  }

  @Override
  public Integer call() {
    Table table =
        new Table(
            "label sets of",
            "prompts",
            "can be used",
            "keep every rule",
            "repaired",
            "template instead",
            "rounds each",
            "tokens each",
            "seconds each",
            "longest wait, s");
    LabeledDataset cocoData =
        coco == null ? null : CocoDataset.open(coco.resolve("images"), coco.resolve(instances));
    List<List<String>> ofVoc = new ArrayList<>();
    if (voc != null) {
      VocDataset.open(voc, "trainval").images().forEach(image -> ofVoc.add(image.labels()));
    }
    List<List<String>> ofCoco = new ArrayList<>();
    if (cocoData != null) {
      cocoData.images().forEach(image -> ofCoco.add(image.labels()));
    }
    try (TokenCounter tokens = model == null ? null : StableDiffusion.tokenCounter(model);
        OpenAiChatModel chat =
            llm == null ? null : OpenAiChatModel.builder().baseUrl(llm).model(llmModel).build()) {
      survey("VOC", sample(inVoc(ofVoc, ofCoco)), VocDataset.CLASS_NAMES, chat, tokens, table);
      if (cocoData != null) {
        List<List<String>> all = withEachAlone(ofCoco, cocoData.classNames());
        survey("COCO", sample(all), cocoData.classNames(), chat, tokens, table);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%d label sets each, seed %d, epsilon %s, at most %d rounds and %d s a slot%s%n",
        sets,
        seed,
        epsilon,
        rounds,
        deadline,
        llm == null ? "" : ", " + llmModel);
    table.print();
    return 0;
  }

  /** Half of VOC's own images, half of COCO's by VOC's names, and each class alone. */
  private List<List<String>> inVoc(List<List<String>> ofVoc, List<List<String>> ofCoco) {
    List<List<String>> all = new ArrayList<>();
    for (List<String> labels : ofCoco) {
      Set<String> renamed = new LinkedHashSet<>();
      for (String label : labels) {
        words.mentions(words.spoken(label), VocDataset.CLASS_NAMES).stream()
            .filter(mention -> mention.certain() && mention.start() == 0)
            .filter(mention -> mention.end() == words.spoken(label).length())
            .map(Mention::className)
            .forEach(renamed::add);
      }
      all.add(List.copyOf(renamed));
    }
    all.removeIf(List::isEmpty);
    List<List<String>> own = shuffled(ofVoc, seed);
    all.addAll(own.subList(0, Math.min(own.size(), Math.max(sets / 2, sets - all.size()))));
    return withEachAlone(all, VocDataset.CLASS_NAMES);
  }

  private static List<List<String>> withEachAlone(List<List<String>> sets, List<String> classes) {
    List<List<String>> all = new ArrayList<>(sets);
    all.removeIf(List::isEmpty);
    for (String name : classes) {
      if (all.stream().noneMatch(labels -> labels.contains(name))) {
        all.add(List.of(name));
      }
    }
    return all;
  }

  private List<List<String>> sample(List<List<String>> all) {
    List<List<String>> order = shuffled(all, seed);
    SplittableRandom random = new SplittableRandom(seed);
    List<List<String>> sample = new ArrayList<>();
    for (int i = 0; i < sets; i++) {
      List<String> labels = new ArrayList<>(order.get(i % order.size()));
      while (labels.size() > MAX_LABELS) {
        labels.remove(random.nextInt(labels.size()));
      }
      sample.add(labels);
    }
    return sample;
  }

  private static List<List<String>> shuffled(List<List<String>> sets, long seed) {
    List<List<String>> order = new ArrayList<>(sets);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = order.size() - 1; i > 0; i--) {
      Collections.swap(order, i, random.nextInt(i + 1));
    }
    return order;
  }

  private void survey(
      String dataset,
      List<List<String>> labelSets,
      List<String> classNames,
      @Nullable ChatModel chat,
      @Nullable TokenCounter tokens,
      Table table) {
    // Its rules judge every prompt here, whoever wrote it.
    LlmPromptAgent rules =
        LlmPromptAgent.builder(FakeChatModel.answering()).tokenCounter(tokens).build();
    Count template = new Count("template");
    for (PromptRequest request : requests(labelSets, classNames, List.of())) {
      Prompt prompt = TemplatePromptAgent.template(request.slot().labels(), words);
      // What was used before is of no account for a template, which has nothing else to say.
      template.prompt(rules.critic().byRules(request, prompt), PromptSource.AGENT);
    }
    template.print(table, dataset);
    if (chat != null) {
      ChatModel server = chat;
      LlmPromptAgent writer =
          LlmPromptAgent.builder(request -> recorded(server, request)).tokenCounter(tokens).build();
      refine(dataset, "language model", labelSets, classNames, writer, rules, table);
    }
    refine(dataset, "rule-based", labelSets, classNames, new RuleBasedPromptAgent(), rules, table);
  }

  private void refine(
      String dataset,
      String who,
      List<List<String>> labelSets,
      List<String> classNames,
      PromptAgent writer,
      LlmPromptAgent rules,
      Table table) {
    Count asWritten = new Count(who + ", one answer as written");
    Count draft = new Count(who + ", one answer repaired");
    Count refined = new Count(who + ", refined");
    SelfRefinement loop =
        SelfRefinement.until(epsilon).atMost(rounds).within(Duration.ofSeconds(deadline));
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < labelSets.size(); i++) {
      PromptRequest request = requests(labelSets, classNames, texts).get(i);
      written = null;
      long begun = System.nanoTime();
      RefinedPrompt result = loop.refine(request, writer, writer.critic());
      double seconds = (System.nanoTime() - begun) / 1e9;
      texts.add(result.prompt().text());
      String first = written;
      if (first != null) {
        asWritten.prompt(judged(rules, request, inJson(first)), PromptSource.AGENT);
        asWritten.cost(1, writtenTokens, writtenSeconds);
      }
      RefinedPrompt.Round round = result.rounds().get(0);
      draft.prompt(judged(rules, request, round.text()), round.source());
      refined.prompt(judged(rules, request, result.prompt().text()), result.source());
      refined.cost(result.rounds().size(), result.tokens(), seconds);
      if (show) {
        print(request, first, result);
      }
    }
    if (asWritten.prompts > 0) {
      asWritten.print(table, dataset);
    }
    draft.print(table, dataset);
    refined.print(table, dataset);
  }

  private List<PromptRequest> requests(
      List<List<String>> labelSets, List<String> classNames, List<String> texts) {
    List<PromptRequest> requests = new ArrayList<>();
    for (int i = 0; i < labelSets.size(); i++) {
      List<String> labels = labelSets.get(i);
      List<String> memory = new ArrayList<>();
      for (int k = Math.min(i, texts.size()) - 1; k >= 0 && memory.size() < REMEMBERED; k--) {
        if (!Collections.disjoint(labels, labelSets.get(k))) {
          memory.add(0, texts.get(k));
        }
      }
      requests.add(
          new PromptRequest(
              new Slot(i, labels), classNames, memory, new RunSeed(seed).forPrompt(i)));
    }
    return requests;
  }

  private static Critique judged(LlmPromptAgent rules, PromptRequest request, String text) {
    return text.isBlank()
        ? new Critique(0, List.of(), false)
        : rules.critic().byRules(request, new Prompt(text, ""));
  }

  /** What a program without any care would read; empty where it would fail. */
  private static String inJson(String answer) {
    try {
      JsonElement value = JsonParser.parseString(answer);
      JsonElement text = value instanceof JsonObject object ? object.get("prompt") : null;
      return text != null && text.isJsonPrimitive() ? text.getAsString() : "";
    } catch (JsonParseException e) {
      return "";
    }
  }

  private ChatAnswer recorded(ChatModel chat, ChatRequest request) {
    long begun = System.nanoTime();
    ChatAnswer answer = chat.complete(request);
    JsonSchema schema = request.schema();
    if (written == null && schema != null && schema.name().equals("photo")) {
      written = answer.text();
      writtenTokens = answer.tokens();
      writtenSeconds = (System.nanoTime() - begun) / 1e9;
    }
    return answer;
  }

  private static void print(PromptRequest request, @Nullable String first, RefinedPrompt result) {
    System.out.println(request.slot().labels());
    if (first != null) {
      System.out.println("  written: " + first);
    }
    for (RefinedPrompt.Round round : result.rounds()) {
      System.out.printf(
          Locale.ROOT,
          "  %.2f %s: %s%n       %s%n",
          round.score(),
          round.source(),
          round.text(),
          round.critique());
    }
  }
}
