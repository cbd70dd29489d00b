package io.github.iaa4j.benchmarks;

import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.PriorAdjustedScorer;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.GeneratedPrompt;
import io.github.iaa4j.core.prompt.GenerationExperience;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.RuleBasedPromptAgent;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.toyworld.Split;
import io.github.iaa4j.toyworld.ToyWorld;
import io.github.iaa4j.toyworld.ToyWorldCheckpoint;
import io.github.iaa4j.wsss.OnnxWsss;
import io.github.iaa4j.wsss.WsssTraining;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What the agent learns from a generation round on Toy World. Slots that stayed empty are generated
 * again with rewritten prompts and, as controls, with the same prompts and with prompts that were
 * rewritten without seeing what the round showed: a slot that was unlucky once does better the
 * second time in any case. And new plans are generated with an agent that has learnt and with one
 * that has not.
 */
@Command(
    name = "feedback",
    description = "Accepted images for UNet rows before and after the agent has learnt, Toy World.",
    mixinStandardHelpOptions = true)
final class Feedback implements Callable<Integer> {

  private static final int ATTEMPTS = 4;
  private static final int SHUFFLES = 2000;

  @Option(names = "--seeds", defaultValue = "3", description = "Default: ${DEFAULT-VALUE}.")
  private int seeds = 3;

  @Option(names = "--first-seed", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
  private int firstSeed = 1;

  @Option(
      names = "--top-up",
      defaultValue = "60",
      description = "Images that each class is brought to. Default: ${DEFAULT-VALUE}.")
  private int topUp = 60;

  @Option(
      names = "--classifier-steps",
      defaultValue = "600",
      description = "Training steps of the filter's classifier. Default: ${DEFAULT-VALUE}.")
  private int classifierSteps = 600;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description =
          "A folder to work in, which is kept; the same command resumes in it. Default: a new one"
              + " that is deleted at the end.")
  private @Nullable Path work;

  /** What came of prompts: images accepted, attempts begun, UNet rows spent. */
  private record Yield(int prompts, int accepted, int attempts, long rows) {
    static Yield of(Collection<GeneratedPrompt> prompts) {
      return new Yield(
          prompts.size(),
          (int) prompts.stream().filter(GeneratedPrompt::accepted).count(),
          prompts.stream().mapToInt(GeneratedPrompt::attempts).sum(),
          prompts.stream().mapToLong(GeneratedPrompt::functionEvaluations).sum());
    }

    double perThousandRows() {
      return 1000.0 * accepted / rows;
    }
  }

  /** An agent that has nothing to say to a critique. */
  private record Stubborn(PromptAgent agent) implements PromptAgent {
    @Override
    public String name() {
      return agent.name();
    }

    @Override
    public Draft propose(PromptRequest request) {
      return agent.propose(request);
    }

    @Override
    public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
      return new Draft(previous, 0);
    }
  }

  /** An agent that rewrites without seeing what the round showed. */
  private record Blind(PromptAgent agent) implements PromptAgent {
    @Override
    public String name() {
      return agent.name();
    }

    @Override
    public Draft propose(PromptRequest request) {
      return agent.propose(blind(request));
    }

    @Override
    public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
      return agent.revise(blind(request), previous, critique);
    }

    private static PromptRequest blind(PromptRequest request) {
      return new PromptRequest(
          request.slot(),
          request.classNames(),
          request.memory(),
          request.seed(),
          request.occurrence(),
          GenerationExperience.none());
    }
  }

  private final Map<String, List<GeneratedPrompt>> generated = new TreeMap<>();
  private final List<GeneratedPrompt> drafts = new ArrayList<>();
  private final List<Double> draftScores = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    Path asked = work;
    Path folder = asked == null ? Files.createTempDirectory("iaa-feedback-") : asked;
    try {
      Path train = folder.resolve("train");
      if (!Files.exists(train.resolve("captions.jsonl"))) {
        ToyWorld.write(Split.TRAIN, 300, 1, train);
      }
      LabeledDataset real = VocDataset.open(train, Split.TRAIN.fileName());
      for (Part part : List.<Part>of(this::rewritten, this::drafts, this::later)) {
        for (int seed = firstSeed; seed < firstSeed + seeds; seed++) {
          measure(part, real, seed, folder.resolve("seed-" + seed));
        }
      }
      print();
    } finally {
      if (asked == null) {
        LoadTime.delete(folder);
      }
    }
    return 0;
  }

  private interface Part {
    void measure(Supplier<ImageAugmentationAgent.Builder> agents, int seed, Path folder)
        throws IOException;
  }

  private void measure(Part part, LabeledDataset real, int seed, Path folder) throws IOException {
    Path model = folder.resolve("classifier");
    try (OnnxWsss classifier =
            Files.exists(model.resolve("model.json"))
                ? OnnxWsss.load(model)
                : WsssTraining.builder()
                    .classifierSteps(classifierSteps)
                    .segmenterSteps(1)
                    .seed(seed)
                    .build()
                    .fit(real, model);
        StableDiffusion sampler =
            StableDiffusion.builder(ToyWorldCheckpoint.folder()).steps(20).guidance(5).build()) {
      part.measure(
          () ->
              ImageAugmentationAgent.builder()
                  .dataset(real)
                  .balance(Balance.topUpTo(topUp))
                  .filter(
                      OnlineFilter.of(PriorAdjustedScorer.of(classifier, real))
                          .rejectPreviewBelow(PriorAdjustedScorer.PREVIEW_THRESHOLD)
                          .acceptFrom(PriorAdjustedScorer.ACCEPT_THRESHOLD))
                  .attempts(ATTEMPTS)
                  .fillExhausted(true)
                  .sampler(sampler),
          seed,
          folder);
    }
  }

  /** Slots that came out empty, with rewritten prompts and with the same ones. */
  private void rewritten(Supplier<ImageAugmentationAgent.Builder> agents, int seed, Path folder)
      throws IOException {
    Path first = folder.resolve("round-1");
    // Written last, so its presence says that the round is complete.
    if (!Files.exists(first.resolve("dataset"))) {
      run(agents.get().seed(seed).output(first));
    }
    List<GeneratedPrompt> all = Run.open(first).experience().prompts();
    add("round 1, all slots", all);
    add("round 1, slots that came out empty", all.stream().filter(p -> !p.accepted()).toList());
    PromptAgent rules = new RuleBasedPromptAgent();
    add("round 2, rewritten prompts", second(agents.get(), first, "rewritten", rules));
    add(
        "round 2, the same prompts and new seeds",
        second(agents.get(), first, "control", new Stubborn(rules)));
    add(
        "round 2, rewritten without what was learnt",
        second(agents.get(), first, "blind", new Blind(rules)));
  }

  private static List<GeneratedPrompt> second(
      ImageAugmentationAgent.Builder agent, Path first, String name, PromptAgent writer)
      throws IOException {
    Path run = first.resolveSibling(name);
    copy(first, run);
    try (ImageAugmentationAgent second =
        agent.promptAgent(writer).output(run).generationRounds(2).build()) {
      second.generate();
    }
    return Run.open(run).experience().prompts().stream().filter(p -> p.round() == 1).toList();
  }

  /** Other plans: what was learnt must hold for images that taught nothing. */
  private void later(Supplier<ImageAugmentationAgent.Builder> agents, int seed, Path folder) {
    Path plain = folder.resolve("later");
    run(agents.get().seed(1000 + seed).output(plain));
    add("later plan, nothing learnt", Run.open(plain).experience().prompts());
    Path taught = folder.resolve("later-taught");
    GenerationExperience learnt = Run.open(folder.resolve("round-1")).experience();
    run(agents.get().seed(1000 + seed).learnFrom(learnt).output(taught));
    add("later plan, taught by round 1", Run.open(taught).experience().prompts());
  }

  /** First drafts as they come, good and bad, with one image each: what the score is worth. */
  private void drafts(Supplier<ImageAugmentationAgent.Builder> agents, int seed, Path folder) {
    Path drafted = folder.resolve("drafts");
    run(
        agents
            .get()
            .refinement(SelfRefinement.until(0).atMost(1))
            .attempts(1)
            .fillExhausted(false)
            .seed(2000 + seed)
            .output(drafted));
    Map<Integer, Double> scores =
        Run.open(drafted).prompts().stream()
            .collect(Collectors.toMap(PromptRecord::slot, PromptRecord::score));
    for (GeneratedPrompt prompt : Run.open(drafted).experience().prompts()) {
      drafts.add(prompt);
      draftScores.add(scores.getOrDefault(prompt.slot(), 0.0));
    }
  }

  private static void run(ImageAugmentationAgent.Builder builder) {
    try (ImageAugmentationAgent agent = builder.build()) {
      agent.run();
    }
  }

  private void add(String name, List<GeneratedPrompt> prompts) {
    generated.computeIfAbsent(name, k -> new ArrayList<>()).addAll(prompts);
  }

  private static void copy(Path from, Path to) throws IOException {
    if (Files.exists(to)) {
      return;
    }
    Path part = to.resolveSibling(to.getFileName() + ".part");
    if (Files.exists(part)) {
      LoadTime.delete(part);
    }
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, part.resolve(from.relativize(file).toString()));
      }
    }
    Files.move(part, to);
  }

  private void print() {
    System.out.println("Toy World, seeds " + firstSeed + " to " + (firstSeed + seeds - 1));
    Table table =
        new Table(
            "", "prompts", "accepted", "attempts", "UNet rows", "accepted / 1,000", "distance");
    for (String name :
        List.of(
            "round 1, all slots",
            "round 1, slots that came out empty",
            "round 2, the same prompts and new seeds",
            "round 2, rewritten without what was learnt",
            "round 2, rewritten prompts",
            "later plan, nothing learnt",
            "later plan, taught by round 1")) {
      List<GeneratedPrompt> prompts = generated.getOrDefault(name, List.of());
      Yield yield = Yield.of(prompts);
      table.row(
          name,
          yield.prompts,
          yield.accepted,
          yield.attempts,
          yield.rows,
          yield.perThousandRows(),
          distance(prompts));
    }
    table.print();
    System.out.println(
        "Distance: 1 less the words that two prompts for the same labels share, on average.");
    System.out.println();

    Table scores = new Table("critic's score", "prompts", "accepted", "accepted / 1,000");
    Map<Double, List<GeneratedPrompt>> byScore = new TreeMap<>();
    for (int i = 0; i < drafts.size(); i++) {
      byScore.computeIfAbsent(draftScores.get(i), k -> new ArrayList<>()).add(drafts.get(i));
    }
    byScore.forEach(
        (score, prompts) -> {
          Yield yield = Yield.of(prompts);
          scores.row(score, yield.prompts, yield.accepted, yield.perThousandRows());
        });
    scores.print();
    double[] accepted = drafts.stream().mapToDouble(p -> p.accepted() ? 1 : 0).toArray();
    double[] score = draftScores.stream().mapToDouble(Double::doubleValue).toArray();
    int[] labels = new int[accepted.length];
    List<List<String>> sets = drafts.stream().map(GeneratedPrompt::labels).distinct().toList();
    for (int i = 0; i < accepted.length; i++) {
      labels[i] = sets.indexOf(drafts.get(i).labels());
    }
    System.out.println(
        "Spearman's rank correlation of a draft's score and whether its image was accepted:");
    report("all drafts", score, accepted, new int[accepted.length]);
    report("among drafts for the same labels", score, accepted, labels);
  }

  /** The correlation, and how often chance alone gives as much or more: one-sided. */
  private static void report(String what, double[] score, double[] accepted, int[] group) {
    double[] x = centred(ranks(score), group);
    double[] y = centred(ranks(accepted), group);
    double rho = correlation(x, y);
    SplittableRandom random = new SplittableRandom(1);
    int asMuch = 0;
    for (int s = 0; s < SHUFFLES; s++) {
      asMuch += correlation(x, shuffled(y, group, random)) >= rho ? 1 : 0;
    }
    System.out.printf(
        Locale.ROOT,
        "  %s: %.3f (n = %d, one-sided p = %.4f)%n",
        what,
        rho,
        x.length,
        (asMuch + 1.0) / (SHUFFLES + 1));
  }

  /** Ranks from 1; equal values share their mean rank. */
  static double[] ranks(double[] values) {
    int[] order =
        IntStream.range(0, values.length)
            .boxed()
            .sorted((a, b) -> Double.compare(values[a], values[b]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] ranks = new double[values.length];
    for (int from = 0, to; from < order.length; from = to) {
      to = from + 1;
      while (to < order.length && values[order[to]] == values[order[from]]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        ranks[order[i]] = (from + to + 1) / 2.0;
      }
    }
    return ranks;
  }

  private static double[] centred(double[] values, int[] group) {
    int groups = IntStream.of(group).max().orElse(0) + 1;
    double[] sums = new double[groups];
    int[] counts = new int[groups];
    for (int i = 0; i < values.length; i++) {
      sums[group[i]] += values[i];
      counts[group[i]]++;
    }
    double[] centred = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      centred[i] = values[i] - sums[group[i]] / counts[group[i]];
    }
    return centred;
  }

  private static double[] shuffled(double[] values, int[] group, SplittableRandom random) {
    double[] shuffled = values.clone();
    Map<Integer, List<Integer>> members = new TreeMap<>();
    for (int i = 0; i < group.length; i++) {
      members.computeIfAbsent(group[i], k -> new ArrayList<>()).add(i);
    }
    for (List<Integer> places : members.values()) {
      for (int i = places.size() - 1; i > 0; i--) {
        int a = places.get(i);
        int b = places.get(random.nextInt(i + 1));
        double kept = shuffled[a];
        shuffled[a] = shuffled[b];
        shuffled[b] = kept;
      }
    }
    return shuffled;
  }

  private static double correlation(double[] x, double[] y) {
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (int i = 0; i < x.length; i++) {
      xy += x[i] * y[i];
      xx += x[i] * x[i];
      yy += y[i] * y[i];
    }
    return xy / Math.sqrt(xx * yy);
  }

  /** Mean Jaccard distance of the word sets of prompts for the same labels. */
  private static double distance(List<GeneratedPrompt> prompts) {
    Map<List<String>, List<Set<String>>> byLabels =
        prompts.stream()
            .collect(
                Collectors.groupingBy(
                    GeneratedPrompt::labels,
                    Collectors.mapping(
                        p -> new LinkedHashSet<>(List.of(p.prompt().text().split(" ", -1))),
                        Collectors.toList())));
    double sum = 0;
    long pairs = 0;
    for (List<Set<String>> texts : byLabels.values()) {
      for (int i = 0; i < texts.size(); i++) {
        for (int j = 0; j < i; j++) {
          Set<String> one = texts.get(i);
          Set<String> other = texts.get(j);
          long common = one.stream().filter(other::contains).count();
          sum += 1 - common / (double) (one.size() + other.size() - common);
          pairs++;
        }
      }
    }
    return sum / pairs;
  }
}
