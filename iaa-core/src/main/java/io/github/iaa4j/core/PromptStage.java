package io.github.iaa4j.core;

import io.github.iaa4j.core.internal.AtomicFiles;
import io.github.iaa4j.core.internal.JsonLines;
import io.github.iaa4j.core.output.PromptRecord;
import io.github.iaa4j.core.output.Run;
import io.github.iaa4j.core.plan.RunSeed;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.PaintedPrompt;
import io.github.iaa4j.core.prompt.PaintingExperience;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.PromptRequest.Turn;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.prompt.RefinementLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * From slots to {@code prompts.jsonl}. A slot remembers what was written for all earlier slots with
 * the same labels and waits for them, and nothing else: what is written depends neither on how many
 * are in flight, nor on which answer comes first, nor on a restart. Lines are in the slots' order.
 */
final class PromptStage {

  /** How many slots are begun for each that is in flight, so that one slow answer stops few. */
  private static final int AHEAD = 4;

  private final Run run;
  private final PromptAgent agent;
  private final PromptCritic critic;
  private final RefinementLoop refinement;
  private final RunSeed seed;
  private final int inFlight;
  private final PaintingExperience experience;
  private final AugmentationListener listener;

  PromptStage(
      Run run,
      PromptAgent agent,
      PromptCritic critic,
      RefinementLoop refinement,
      RunSeed seed,
      int inFlight,
      PaintingExperience experience,
      AugmentationListener listener) {
    this.run = run;
    this.agent = agent;
    this.critic = critic;
    this.refinement = refinement;
    this.seed = seed;
    this.inFlight = inFlight;
    this.experience = experience;
    this.listener = listener;
  }

  List<PromptRecord> write(List<Slot> slots, List<String> classNames) throws InterruptedException {
    NavigableMap<Integer, PromptRecord> written = new TreeMap<>();
    for (PromptRecord record : run.prompts()) {
      written.put(record.slot(), record);
    }
    listener.onEvent(new AugmentationEvent.PromptsBegun(slots.size(), written.size()));
    ExecutorService threads = Executors.newFixedThreadPool(inFlight);
    try (JsonLines<PromptRecord> journal =
        JsonLines.append(run.promptsFile(), PromptRecord.class)) {
      Map<List<String>, Series> seriesByLabels = new HashMap<>();
      Deque<CompletableFuture<PromptRecord>> begun = new ArrayDeque<>();
      Iterator<Slot> next = slots.iterator();
      // What is ahead of the journal is lost in a kill; one at a time needs nothing ahead.
      int ahead = inFlight == 1 ? 1 : AHEAD * inFlight;
      for (Slot slot : slots) {
        while (next.hasNext() && begun.size() < ahead) {
          Slot started = next.next();
          Series series = seriesByLabels.computeIfAbsent(started.labels(), labels -> new Series());
          Turn turn = new Turn(series.length++, seed.forLabels(started.labels()));
          PromptRecord known = written.get(started.ordinal());
          CompletableFuture<PromptRecord> answer =
              known != null
                  ? CompletableFuture.completedFuture(known)
                  : series.texts.thenApplyAsync(
                      memory -> refine(started, classNames, memory, turn), threads);
          series.texts = series.texts.thenCombine(answer, PromptStage::with);
          begun.add(answer);
        }
        PromptRecord record = result(begun.remove());
        if (!written.containsKey(slot.ordinal())) {
          journal.add(record);
          written.put(slot.ordinal(), record);
          listener.onEvent(new AugmentationEvent.PromptWritten(record));
        }
      }
    } finally {
      threads.shutdownNow();
    }
    return List.copyOf(written.values());
  }

  private void record(
      List<CompletableFuture<PromptRecord>> answers,
      JsonLines<PromptRecord> journal,
      Map<Integer, PromptRecord> written)
      throws InterruptedException {
    for (CompletableFuture<PromptRecord> answer : answers) {
      PromptRecord record = result(answer);
      journal.add(record);
      written.put(record.slot(), record);
      listener.onEvent(new AugmentationEvent.PromptWritten(record));
    }
  }

  /**
   * Rewrites the prompts of the slots that used all their attempts in vain. They are kept in a
   * journal of their own until all are there, and then take their places at once; so the prompts
   * that the painting learnt from stand unchanged as long as something is still to be learnt.
   *
   * @param painted what became of this run's prompts
   * @param attempts the attempts that a prompt has
   * @return the prompts that were rewritten, by slot
   */
  List<PromptRecord> rewrite(List<String> classNames, PaintingExperience painted, int attempts)
      throws InterruptedException {
    NavigableMap<Integer, PromptRecord> current = new TreeMap<>();
    run.prompts().forEach(prompt -> current.put(prompt.slot(), prompt));
    List<PaintedPrompt> failures = failures(current, painted, attempts);
    NavigableMap<Integer, PromptRecord> rewritten = new TreeMap<>();
    for (PromptRecord record : JsonLines.read(run.rewritesFile(), PromptRecord.class)) {
      PromptRecord old = current.get(record.slot());
      boolean failed = failures.stream().anyMatch(each -> each.slot() == record.slot());
      if (failed && old != null && replaces(record, old)) {
        rewritten.put(record.slot(), record);
        current.put(record.slot(), record);
      }
    }
    if (failures.isEmpty()) {
      deleteRewrites(); // Left by a kill after their prompts had taken their places.
      return List.of();
    }
    listener.onEvent(new AugmentationEvent.PromptsBegun(failures.size(), rewritten.size()));
    ExecutorService threads = Executors.newFixedThreadPool(inFlight);
    try (JsonLines<PromptRecord> journal =
        JsonLines.append(run.rewritesFile(), PromptRecord.class)) {
      for (int from = 0; from < failures.size(); from += inFlight) {
        List<CompletableFuture<PromptRecord>> answers = new ArrayList<>();
        int first = failures.get(from).slot();
        // A later group remembers what this one makes of its slots.
        for (PaintedPrompt failed :
            failures.subList(from, Math.min(failures.size(), from + inFlight))) {
          if (!rewritten.containsKey(failed.slot())) {
            PromptRecord old = Objects.requireNonNull(current.get(failed.slot()));
            List<PromptRecord> alike = alike(old, current);
            List<String> memory =
                alike.stream()
                    .filter(prompt -> prompt.slot() < first)
                    .map(PromptRecord::text)
                    .toList();
            // The cards after those that the plan's slots were dealt.
            int dealt = alike.size() * (old.givenUp().size() + 1);
            Turn turn = new Turn(dealt + alike.indexOf(old), seed.forLabels(old.labels()));
            answers.add(
                CompletableFuture.supplyAsync(
                    () -> rewrite(old, failed, classNames, memory, turn), threads));
          }
        }
        record(answers, journal, rewritten);
        current.putAll(rewritten);
      }
    } finally {
      threads.shutdownNow();
    }
    // Read again: a language model may have taken hours, and a person had time to edit.
    JsonLines.rewrite(
        run.promptsFile(),
        run.prompts().stream()
            .map(
                prompt -> {
                  PromptRecord next = rewritten.get(prompt.slot());
                  return next != null && replaces(next, prompt) ? next : prompt;
                })
            .toList());
    deleteRewrites();
    return List.copyOf(rewritten.values());
  }

  /** The prompts of the slots with the same labels, by slot. */
  private static List<PromptRecord> alike(
      PromptRecord prompt, NavigableMap<Integer, PromptRecord> prompts) {
    return prompts.values().stream()
        .filter(other -> other.labels().equals(prompt.labels()))
        .toList();
  }

  private void deleteRewrites() {
    try {
      Files.deleteIfExists(run.rewritesFile());
    } catch (IOException e) {
      throw AtomicFiles.failure(run.rewritesFile(), e);
    }
  }

  /** Prompts of the agent whose attempts are used up without an accepted image, by slot. */
  private List<PaintedPrompt> failures(
      NavigableMap<Integer, PromptRecord> prompts, PaintingExperience experience, int attempts) {
    Set<Integer> open = new TreeSet<>(prompts.keySet());
    List<PaintedPrompt> failures = new ArrayList<>();
    for (PaintedPrompt painted : experience.prompts()) {
      PromptRecord prompt = prompts.get(painted.slot());
      if (prompt == null
          || !prompt.labels().equals(painted.labels())
          || !prompt.prompt().equals(painted.prompt())
          || prompt.givenUp().size() != painted.round()) {
        continue;
      }
      if (painted.accepted() || painted.attempts() >= attempts) {
        open.remove(painted.slot());
        boolean writtenByHand =
            prompt.rounds().stream().noneMatch(round -> round.holds(prompt.prompt()));
        if (!painted.accepted() && !writtenByHand) {
          failures.add(painted);
        }
      }
    }
    if (!open.isEmpty()) {
      throw new ConfigurationException(
          run.folder()
              + ": "
              + open.size()
              + " prompts are not painted to the end, such as the one of slot "
              + open.iterator().next()
              + ". Paint them first; what they teach decides how others are rewritten.");
    }
    return failures;
  }

  /** A prompt that was edited in the meantime is not replaced. */
  private static boolean replaces(PromptRecord next, PromptRecord old) {
    List<RefinedPrompt.Round> givenUp = next.givenUp();
    return next.labels().equals(old.labels())
        && givenUp.size() == old.givenUp().size() + 1
        && givenUp.get(givenUp.size() - 1).holds(old.prompt());
  }

  private PromptRecord rewrite(
      PromptRecord old,
      PaintedPrompt failed,
      List<String> classNames,
      List<String> memory,
      Turn turn) {
    List<String> withOwn = new ArrayList<>(memory);
    withOwn.add(old.text());
    Slot slot = new Slot(old.slot(), old.labels());
    PromptRequest request =
        new PromptRequest(slot, classNames, withOwn, seed.forPrompt(old.slot()), turn, experience);
    Critique critique = new Critique(0, advice(failed));
    RefinedPrompt refined =
        refinement.refine(request, new Rewriter(agent, old.prompt(), critique), critic);
    List<RefinedPrompt.Round> rounds = new ArrayList<>(old.rounds());
    rounds.add(
        new RefinedPrompt.Round(
            old.text(), old.negativeText(), 0, critique.advice(), failed.attempts(), old.source()));
    rounds.addAll(refined.rounds());
    return new PromptRecord(
        old.slot(),
        old.labels(),
        refined.prompt().text(),
        refined.prompt().negativeText(),
        refined.score(),
        rounds,
        agent.name(),
        old.tokens() + refined.tokens(),
        refined.source());
  }

  private String advice(PaintedPrompt failed) {
    String reasons =
        failed.reasons().entrySet().stream()
            .map(reason -> reason.getKey() + " (" + reason.getValue() + ")")
            .collect(Collectors.joining(", "));
    String painted =
        "Painted "
            + (failed.attempts() == 1 ? "once" : failed.attempts() + " times")
            + " without success"
            + (reasons.isEmpty() ? "." : ": " + reasons + ".");
    return (painted + " " + experience.advice(failed.labels())).strip();
  }

  /** An agent whose first draft is the revision of a prompt that could not be painted. */
  private record Rewriter(PromptAgent agent, Prompt failed, Critique critique)
      implements PromptAgent {

    @Override
    public String name() {
      return agent.name();
    }

    @Override
    public Draft propose(PromptRequest request) {
      return agent.revise(request, failed, critique);
    }

    @Override
    public Draft revise(PromptRequest request, Prompt previous, Critique advice) {
      return agent.revise(request, previous, advice);
    }

    @Override
    public Prompt lastResort(PromptRequest request, @Nullable Prompt best) {
      return agent.lastResort(request, best);
    }
  }

  /** What was begun so far for the slots with the same labels. */
  private static final class Series {
    private int length;
    private CompletableFuture<List<String>> texts = CompletableFuture.completedFuture(List.of());
  }

  private static List<String> with(List<String> texts, PromptRecord record) {
    return Stream.concat(texts.stream(), Stream.of(record.text())).toList();
  }

  private PromptRecord refine(Slot slot, List<String> classNames, List<String> memory, Turn turn) {
    PromptRequest request =
        new PromptRequest(
            slot, classNames, memory, seed.forPrompt(slot.ordinal()), turn, experience);
    RefinedPrompt refined = refinement.refine(request, agent, critic);
    return new PromptRecord(
        slot.ordinal(),
        slot.labels(),
        refined.prompt().text(),
        refined.prompt().negativeText(),
        refined.score(),
        refined.rounds(),
        agent.name(),
        refined.tokens(),
        refined.source());
  }

  private static PromptRecord result(CompletableFuture<PromptRecord> answer)
      throws InterruptedException {
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
