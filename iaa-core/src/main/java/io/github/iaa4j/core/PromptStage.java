package io.github.iaa4j.core;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.IaaException;
import io.github.iaa4j.core.internal.Answers;
import io.github.iaa4j.core.internal.DaemonThreads;
import io.github.iaa4j.core.internal.JsonLines;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.plan.RunSeed;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Fault;
import io.github.iaa4j.core.prompt.GeneratedPrompt;
import io.github.iaa4j.core.prompt.GenerationExperience;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.PromptRequest.Occurrence;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.prompt.RefinementLoop;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.words.ClassWords;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * From slots to {@code prompts.jsonl}. A slot remembers what was written for the earlier slots with
 * the same labels and waits for them, and nothing else: what is written or rewritten depends
 * neither on how many are in flight, nor on which answer comes first, nor on a restart. New lines
 * are appended in the slots' order.
 */
final class PromptStage {

  /** How many slots are begun for each that is in flight, so that one slow answer stops few. */
  private static final int SLOTS_AHEAD = 4;

  /**
   * How many texts a request has for its memory. A critic compares with each of them, so that with
   * all of them a plan costs the square of its slots; and the rules have so few words that of many
   * more texts one is like anything that they still can write.
   */
  private static final int MAX_REMEMBERED = 200;

  /** How long an interrupted thread is waited for. */
  private static final Duration SHUTDOWN_WAIT = Duration.ofSeconds(5);

  private final RunFolder folder;
  private final Run run;
  private final ExaminedModels models;
  private final PromptAgent agent;
  private final PromptCritic critic;
  private final RefinementLoop refinement;
  private final RunSeed seed;
  private final int inFlight;
  private final GenerationExperience experience;
  private final AugmentationListener listener;

  PromptStage(
      RunFolder folder,
      ExaminedModels models,
      RefinementLoop refinement,
      RunSeed seed,
      int inFlight,
      GenerationExperience experience,
      AugmentationListener listener) {
    this.folder = folder;
    this.run = folder.run();
    this.models = models;
    this.agent = models.agent();
    this.critic = models.critic();
    this.refinement = refinement;
    this.seed = seed;
    this.inFlight = inFlight;
    this.experience = experience.withWords(Answers.require(agent.words(), agent, "words"));
    this.listener = listener;
  }

  List<PromptRecord> write(List<Slot> slots, List<String> classNames) throws InterruptedException {
    NavigableMap<Integer, PromptRecord> written = new TreeMap<>();
    for (PromptRecord record : run.prompts()) {
      written.put(record.slot(), record);
    }
    listener.onEvent(new AugmentationEvent.PromptsBegun(slots.size(), written.size()));
    List<Task> tasks = new ArrayList<>();
    for (Slot slot : slots) {
      tasks.add(
          new Task(
              slot.labels(),
              written.get(slot.ordinal()),
              (memory, index) -> refine(slot, classNames, memory, index)));
    }
    try (JsonLines<PromptRecord> journal = folder.appendPrompts()) {
      inOrder(tasks, journal, written);
    }
    listener.onEvent(new AugmentationEvent.PromptsFinished(written.size()));
    return List.copyOf(written.values());
  }

  /**
   * What is to be done for a slot.
   *
   * @param labels the slots with the same labels wait for one another
   * @param known the prompt, where it is there already
   * @param writing makes it of the texts of the earlier slots with the same labels and of their
   *     number
   */
  private record Task(
      List<String> labels,
      @Nullable PromptRecord known,
      BiFunction<List<String>, Integer, PromptRecord> writing) {}

  /**
   * Writes the prompts that are not there yet, several at once.
   *
   * @param tasks by slot, those that are there too
   * @param journal gets the new prompts, by slot
   * @param written gets them as well
   */
  private void inOrder(
      List<Task> tasks, JsonLines<PromptRecord> journal, Map<Integer, PromptRecord> written)
      throws InterruptedException {
    ExecutorService threads =
        Executors.newFixedThreadPool(inFlight, DaemonThreads.named("iaa-prompts"));
    try {
      Map<List<String>, Series> seriesByLabels = new HashMap<>();
      Deque<CompletableFuture<PromptRecord>> begun = new ArrayDeque<>();
      Iterator<Task> next = tasks.iterator();
      // What is ahead of the journal is lost in a kill; one at a time needs nothing ahead.
      int ahead = inFlight == 1 ? 1 : SLOTS_AHEAD * inFlight;
      while (true) {
        while (next.hasNext() && begun.size() < ahead) {
          Task task = next.next();
          Series series = seriesByLabels.computeIfAbsent(task.labels(), labels -> new Series());
          if (task.known() != null) {
            series.add(CompletableFuture.completedFuture(task.known()));
          } else {
            begun.add(series.begin(task.writing(), threads));
          }
        }
        if (begun.isEmpty()) {
          return;
        }
        PromptRecord record = result(begun.remove());
        models.record();
        journal.add(record);
        written.put(record.slot(), record);
        listener.onEvent(new AugmentationEvent.PromptWritten(record));
      }
    } finally {
      stop(threads);
    }
  }

  /** Waits a little: the caller may close what a thread still uses, such as a token counter. */
  private static void stop(ExecutorService threads) {
    threads.shutdownNow();
    boolean interrupted = false;
    long end = System.nanoTime() + SHUTDOWN_WAIT.toNanos();
    for (long left = SHUTDOWN_WAIT.toNanos(); left > 0; left = end - System.nanoTime()) {
      try {
        if (threads.awaitTermination(left, TimeUnit.NANOSECONDS)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Rewrites the prompts of the slots that used all their attempts in vain. They are kept in a
   * journal of their own until all are there, and then take their places at once; so the prompts
   * that the generation learnt from stand unchanged as long as something is still to be learnt.
   *
   * @param exhausted the prompts, by slot
   * @return the prompts that were rewritten, by slot
   */
  List<PromptRecord> rewrite(List<String> classNames, Map<Integer, GeneratedPrompt> exhausted)
      throws InterruptedException {
    NavigableMap<Integer, PromptRecord> current = current(run);
    NavigableMap<Integer, PromptRecord> rewritten = new TreeMap<>();
    for (PromptRecord record : run.rewrites()) {
      PromptRecord old = current.get(record.slot());
      if (exhausted.containsKey(record.slot()) && replaces(record, old)) {
        rewritten.put(record.slot(), record);
      }
    }
    listener.onEvent(new AugmentationEvent.PromptsBegun(exhausted.size(), rewritten.size()));
    Map<List<String>, Integer> alike = new HashMap<>();
    current.values().forEach(prompt -> alike.merge(prompt.labels(), 1, Integer::sum));
    List<Task> tasks = new ArrayList<>();
    for (PromptRecord old : current.values()) {
      GeneratedPrompt failed = exhausted.get(old.slot());
      // Occurrences after those of the plan's slots and of earlier rewrites.
      int taken = alike.getOrDefault(old.labels(), 0) * (old.givenUp().size() + 1);
      tasks.add(
          failed == null
              ? new Task(old.labels(), old, (memory, index) -> old)
              : new Task(
                  old.labels(),
                  rewritten.get(old.slot()),
                  (memory, index) -> rewrite(old, failed, classNames, memory, taken + index)));
    }
    try (JsonLines<PromptRecord> journal = folder.appendRewrites()) {
      inOrder(tasks, journal, rewritten);
    }
    // Read again: a language model may have taken hours, and a person had time to edit.
    folder.replacePrompts(
        run.prompts().stream()
            .map(
                prompt -> {
                  PromptRecord next = rewritten.get(prompt.slot());
                  return next != null && replaces(next, prompt) ? next : prompt;
                })
            .toList());
    folder.deleteRewrites();
    listener.onEvent(new AugmentationEvent.PromptsFinished(rewritten.size()));
    return List.copyOf(rewritten.values());
  }

  /**
   * Deletes the journal of a rewriting that was killed after its prompts had taken their places.
   * One whose prompts still wait for that is kept.
   */
  static void deleteSpentRewrites(RunFolder folder) {
    Map<Integer, PromptRecord> prompts = new HashMap<>();
    folder.run().prompts().forEach(prompt -> prompts.put(prompt.slot(), prompt));
    if (folder.run().rewrites().stream()
        .noneMatch(record -> replaces(record, prompts.get(record.slot())))) {
      folder.deleteRewrites();
    }
  }

  private static NavigableMap<Integer, PromptRecord> current(Run run) {
    NavigableMap<Integer, PromptRecord> current = new TreeMap<>();
    run.prompts().forEach(prompt -> current.put(prompt.slot(), prompt));
    return current;
  }

  /**
   * The prompts of the agent whose attempts are used up without an accepted image.
   *
   * @param generated what became of the run's prompts
   * @param attempts the attempts that a prompt has
   * @return by slot
   * @throws ConfigurationException if a prompt has neither an image nor used all its attempts
   */
  static Map<Integer, GeneratedPrompt> exhausted(
      Run run, GenerationExperience generated, int attempts) {
    NavigableMap<Integer, PromptRecord> prompts = current(run);
    Set<Integer> open = new TreeSet<>(prompts.keySet());
    Map<Integer, GeneratedPrompt> exhausted = new HashMap<>();
    for (GeneratedPrompt ended : generated.prompts()) {
      PromptRecord prompt = prompts.get(ended.slot());
      if (prompt == null
          || !prompt.labels().equals(ended.labels())
          || !prompt.prompt().equals(ended.prompt())
          || prompt.givenUp().size() != ended.round()) {
        continue;
      }
      if (ended.accepted() || ended.attempts() >= attempts) {
        open.remove(ended.slot());
        boolean writtenByHand =
            prompt.rounds().stream().noneMatch(round -> round.holds(prompt.prompt()));
        if (!ended.accepted() && !writtenByHand) {
          exhausted.put(ended.slot(), ended);
        }
      }
    }
    if (!open.isEmpty()) {
      throw new ConfigurationException(
          run.folder()
              + ": "
              + open.size()
              + " prompts have neither an image nor used all their attempts, such as the one of slot "
              + open.iterator().next()
              + ". Generate their images first; what they teach decides how others are rewritten.");
    }
    return exhausted;
  }

  /** A prompt that was edited in the meantime is not replaced. */
  private static boolean replaces(PromptRecord next, @Nullable PromptRecord old) {
    List<RefinedPrompt.Round> givenUp = next.givenUp();
    return old != null
        && next.labels().equals(old.labels())
        && givenUp.size() == old.givenUp().size() + 1
        && givenUp.get(givenUp.size() - 1).holds(old.prompt());
  }

  private PromptRecord rewrite(
      PromptRecord old,
      GeneratedPrompt failed,
      List<String> classNames,
      List<String> memory,
      int index) {
    List<String> withOwn = new ArrayList<>(newest(memory));
    withOwn.add(old.text());
    PromptRequest request = request(new Slot(old.slot(), old.labels()), classNames, withOwn, index);
    Critique critique =
        new Critique(
            0, List.of(new Fault(Fault.Kind.NO_IMAGE_ACCEPTED, failed.labels(), advice(failed))));
    RefinedPrompt refined = refined(request, new Rewriter(agent, old.prompt(), critique));
    RefinedPrompt.Round givenUp =
        new RefinedPrompt.Round(
            old.text(),
            old.negativePrompt(),
            0,
            critique.faults(),
            "",
            failed.attempts(),
            old.source());
    return old.rewritten(givenUp, refined, agent.name());
  }

  private String advice(GeneratedPrompt failed) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    failed.reasons().forEach((reasons, count) -> counts.put(Reason.message(reasons), count));
    counts.put("repeats the image of another slot", failed.repeats());
    counts.put("could not be painted", failed.failures());
    String reasons =
        counts.entrySet().stream()
            .filter(reason -> reason.getValue() > 0)
            .map(reason -> reason.getKey() + " (" + reason.getValue() + ")")
            .collect(Collectors.joining(", "));
    String summary =
        "Painted "
            + (failed.attempts() == 1 ? "once" : failed.attempts() + " times")
            + " without success"
            + (reasons.isEmpty() ? "." : ": " + reasons + ".");
    return (summary + " " + experience.advice(failed.labels())).strip();
  }

  /** An agent whose first draft is the revision of a prompt without an accepted image. */
  private record Rewriter(PromptAgent agent, Prompt failed, Critique critique)
      implements PromptAgent {

    @Override
    public String name() {
      return agent.name();
    }

    @Override
    public Duration waited() {
      return agent.waited();
    }

    @Override
    public Draft propose(PromptRequest request) {
      return Answers.require(agent.revise(request, failed, critique), agent, "revise");
    }

    @Override
    public Draft revise(PromptRequest request, Prompt previous, Critique newCritique) {
      return Answers.require(agent.revise(request, previous, newCritique), agent, "revise");
    }

    @Override
    public ClassWords words() {
      return agent.words();
    }

    @Override
    public Prompt fallback(PromptRequest request, @Nullable Prompt best) {
      return Answers.require(agent.fallback(request, best), agent, "fallback");
    }
  }

  /** What was begun so far for the slots with the same labels. */
  private static final class Series {
    private final List<String> texts = new ArrayList<>();
    private int length;

    /** Done when all texts of what was begun are there; only then may others look at them. */
    private CompletableFuture<Boolean> texted = CompletableFuture.completedFuture(true);

    CompletableFuture<PromptRecord> begin(
        BiFunction<List<String>, Integer, PromptRecord> writing, Executor threads) {
      int index = length;
      CompletableFuture<PromptRecord> answer =
          texted.thenApplyAsync(ready -> writing.apply(texts, index), threads);
      add(answer);
      return answer;
    }

    void add(CompletableFuture<PromptRecord> answer) {
      length++;
      texted = texted.thenCombine(answer, (ready, record) -> texts.add(record.text()));
    }
  }

  private static List<String> newest(List<String> texts) {
    return texts.subList(Math.max(0, texts.size() - MAX_REMEMBERED), texts.size());
  }

  private PromptRequest request(
      Slot slot, List<String> classNames, List<String> earlier, int index) {
    return new PromptRequest(
        slot,
        classNames,
        newest(earlier),
        seed.forPrompt(slot.ordinal()),
        new Occurrence(index, seed.forLabels(slot.labels())),
        experience);
  }

  private PromptRecord refine(Slot slot, List<String> classNames, List<String> memory, int index) {
    PromptRequest request = request(slot, classNames, memory, index);
    RefinedPrompt refined = refined(request, agent);
    return PromptRecord.of(slot.ordinal(), slot.labels(), refined, agent.name());
  }

  private RefinedPrompt refined(PromptRequest request, PromptAgent writer) {
    return Answers.require(refinement.refine(request, writer, critic), refinement, "refine");
  }

  private static PromptRecord result(CompletableFuture<PromptRecord> answer)
      throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException(); // get() does not look where the answer is there already.
    }
    try {
      return answer.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IaaException known) {
        throw known;
      }
      if (e.getCause() instanceof RuntimeException unexpected) {
        throw unexpected;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
