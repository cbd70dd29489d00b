package io.github.iaa4j.benchmarks;

import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.plan.RunSeed;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.GenerationExperience;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.prompt.RefinementLoop;
import io.github.iaa4j.core.prompt.RuleBasedPromptAgent;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.llm.LlmPromptAgent;
import io.github.iaa4j.llm.MiniLmEmbedder;
import io.github.iaa4j.llm.NearDuplicateCritic;
import io.github.iaa4j.llm.SentenceEmbedder;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How unlike one another the prompts for the same labels are, with and without memory. */
@Command(
    name = "diversity",
    description = "Distances between the prompts for the same labels, with and without memory.",
    mixinStandardHelpOptions = true)
final class Diversity implements Callable<Integer> {

  /** Half with one label, half with two that PASCAL VOC often shows together. */
  private static final List<List<String>> LABEL_SETS =
      List.of(
          List.of("cat"),
          List.of("horse", "person"),
          List.of("boat"),
          List.of("cat", "sofa"),
          List.of("tvmonitor"),
          List.of("bicycle", "person"),
          List.of("pottedplant"),
          List.of("chair", "diningtable"),
          List.of("sheep"),
          List.of("bus", "car"));

  @Option(
      names = "--llm",
      description = "An OpenAI-compatible server. Default: the rule-based agent alone.")
  private @Nullable String llm;

  @Option(
      names = "--llm-model",
      defaultValue = "smollm2",
      description = "The model's name there. Default: ${DEFAULT-VALUE}.")
  private String model = "smollm2";

  @Option(
      names = "--sets",
      defaultValue = "10",
      description = "Label sets, at most 10. Default: ${DEFAULT-VALUE}.")
  private int sets = 10;

  @Option(
      names = "--prompts",
      defaultValue = "10",
      description = "Prompts for each label set. Default: ${DEFAULT-VALUE}.")
  private int prompts = 10;

  @Option(names = "--show", description = "Prints the prompts too.")
  private boolean show;

  @Override
  public Integer call() {
    try (MiniLmEmbedder embedder = MiniLmEmbedder.load()) {
      System.out.printf(
          Locale.ROOT,
          "%d label sets of VocDataset.CLASS_NAMES, %d prompts each. Distance: 1 - cosine of all-MiniLM-L6-v2.%n",
          sets,
          prompts);
      Table table =
          new Table(
              "agent",
              "memory",
              "mean distance",
              "to the nearest",
              "near-duplicates",
              "words in common",
              "rounds",
              "tokens",
              "seconds");
      PromptAgent rules = new RuleBasedPromptAgent();
      measure(table, rules, rules.critic(), Memory.NONE, embedder);
      measure(table, rules, rules.critic(), Memory.WORDS, embedder);
      PromptCritic aware = NearDuplicateCritic.of(rules.critic(), embedder);
      measure(table, rules, aware, Memory.EMBEDDINGS, embedder);
      if (llm != null) {
        try (OpenAiChatModel chat = OpenAiChatModel.builder().baseUrl(llm).model(model).build()) {
          LlmPromptAgent plain = LlmPromptAgent.of(chat);
          measure(table, plain, plain.critic(), Memory.NONE, embedder);
          measure(table, plain, plain.critic(), Memory.WORDS, embedder);
          PromptAgent remembering = LlmPromptAgent.builder(chat).embedder(embedder).build();
          measure(table, remembering, remembering.critic(), Memory.EMBEDDINGS, embedder);
        }
      }
      table.print();
    }
    return 0;
  }

  private enum Memory {
    /** A slot knows nothing of the others: its scene is drawn by its own seed. */
    NONE,
    /** Scenes take turns, and words are compared with earlier prompts. */
    WORDS,
    /** Sentence embeddings are compared too. */
    EMBEDDINGS
  }

  private void measure(
      Table table,
      PromptAgent agent,
      PromptCritic critic,
      Memory memory,
      SentenceEmbedder embedder) {
    RefinementLoop refinement = SelfRefinement.until(SelfRefinement.DEFAULT_THRESHOLD);
    RunSeed seed = new RunSeed(1);
    Tally tally = new Tally();
    long begun = System.nanoTime();
    int ordinal = 0;
    for (List<String> labels : LABEL_SETS.subList(0, sets)) {
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < prompts; i++, ordinal++) {
        Slot slot = new Slot(ordinal, labels);
        long own = seed.forPrompt(ordinal);
        PromptRequest request =
            memory == Memory.NONE
                ? new PromptRequest(slot, VocDataset.CLASS_NAMES, List.of(), own)
                : new PromptRequest(
                    slot,
                    VocDataset.CLASS_NAMES,
                    texts,
                    own,
                    new PromptRequest.Occurrence(i, seed.forLabels(labels)),
                    GenerationExperience.none());
        RefinedPrompt refined = refinement.refine(request, agent, critic);
        texts.add(refined.prompt().text());
        tally.rounds += refined.rounds().size();
        tally.tokens += refined.tokens();
        if (show) {
          System.out.printf(
              Locale.ROOT, "%s %s %s: %s%n", agent.name(), memory, labels, texts.get(i));
        }
      }
      tally.add(texts, embedder);
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    int written = sets * prompts;
    table.row(
        agent.name(),
        memory.name().toLowerCase(Locale.ROOT),
        tally.distance / tally.pairs,
        tally.nearest / written,
        String.format(Locale.ROOT, "%.1f %%", 100.0 * tally.nearDuplicates / written),
        String.format(Locale.ROOT, "%.0f %%", 100 * tally.wordsInCommon / tally.pairs),
        (double) tally.rounds / written,
        tally.tokens,
        seconds);
  }

  /** Sums over the label sets. */
  private static final class Tally {

    private double distance;
    private double nearest;
    private double wordsInCommon;
    private int pairs;
    private int nearDuplicates;
    private int rounds;
    private long tokens;

    void add(List<String> texts, SentenceEmbedder embedder) {
      List<float[]> vectors = texts.stream().map(embedder::embed).toList();
      for (int a = 0; a < texts.size(); a++) {
        double most = -1;
        boolean repeats = false;
        for (int b = 0; b < texts.size(); b++) {
          if (a == b) {
            continue;
          }
          double cosine = SentenceEmbedder.cosine(vectors.get(a), vectors.get(b));
          most = Math.max(most, cosine);
          if (b < a) {
            repeats |= cosine >= NearDuplicateCritic.DEFAULT_THRESHOLD;
            distance += 1 - cosine;
            wordsInCommon += wordsInCommon(texts.get(a), texts.get(b));
            pairs++;
          }
        }
        nearest += 1 - most;
        nearDuplicates += repeats ? 1 : 0;
      }
    }

    private static double wordsInCommon(String a, String b) {
      Set<String> common = words(a);
      Set<String> all = new HashSet<>(common);
      all.addAll(words(b));
      common.retainAll(words(b));
      return common.size() / (double) all.size();
    }

    private static Set<String> words(String text) {
      return new HashSet<>(
          Stream.of(text)
              .flatMap(line -> Arrays.stream(line.toLowerCase(Locale.ROOT).split("\\W+", -1)))
              .filter(word -> !word.isEmpty())
              .toList());
    }
  }
}
