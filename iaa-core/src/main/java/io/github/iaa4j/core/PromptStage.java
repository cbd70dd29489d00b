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
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.prompt.RefinementLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * From slots to {@code prompts.jsonl}. Slots are worked on in groups of the size that may be in
 * flight; a group remembers the prompts of the groups before it, so what is written does not depend
 * on which answer comes first.
 */
final class PromptStage {

  private static final int MEMORY = 8;

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
      for (int from = 0; from < slots.size(); from += inFlight) {
        List<Slot> group = slots.subList(from, Math.min(slots.size(), from + inFlight));
        if (group.stream().allMatch(slot -> written.containsKey(slot.ordinal()))) {
          continue;
        }
        NavigableMap<Integer, PromptRecord> before = written.headMap(from, false);
        List<Future<PromptRecord>> answers = new ArrayList<>();
        for (Slot slot : group) {
          if (!written.containsKey(slot.ordinal())) {
            List<String> memory = memory(slot, before);
            answers.add(threads.submit(() -> refine(slot, classNames, memory)));
          }
        }
        record(answers, journal, written);
      }
    } finally {
      threads.shutdownNow();
    }
    return List.copyOf(written.values());
  }

  private void record(
      List<Future<PromptRecord>> answers,
      JsonLines<PromptRecord> journal,
      Map<Integer, PromptRecord> written)
      throws InterruptedException {
    for (Future<PromptRecord> answer : answers) {
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
        List<Future<PromptRecord>> answers = new ArrayList<>();
        // A later group remembers what this one makes of its slots.
        for (PaintedPrompt failed :
            failures.subList(from, Math.min(failures.size(), from + inFlight))) {
          if (!rewritten.containsKey(failed.slot())) {
            PromptRecord old = Objects.requireNonNull(current.get(failed.slot()));
            List<String> memory =
                memory(
                    new Slot(failed.slot(), failed.labels()),
                    current.headMap(failures.get(from).slot(), false));
            answers.add(threads.submit(() -> rewrite(old, failed, classNames, memory)));
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
      PromptRecord old, PaintedPrompt failed, List<String> classNames, List<String> memory) {
    List<String> withOwn = new ArrayList<>(memory);
    withOwn.add(old.text());
    Slot slot = new Slot(old.slot(), old.labels());
    PromptRequest request =
        new PromptRequest(slot, classNames, withOwn, seed.forPrompt(old.slot()), experience);
    Critique critique = new Critique(0, advice(failed));
    RefinedPrompt refined =
        refinement.refine(request, new Rewriter(agent, old.prompt(), critique), critic);
    List<RefinedPrompt.Round> rounds = new ArrayList<>(old.rounds());
    rounds.add(
        new RefinedPrompt.Round(
            old.text(), old.negativeText(), 0, critique.advice(), failed.attempts()));
    rounds.addAll(refined.rounds());
    return new PromptRecord(
        old.slot(),
        old.labels(),
        refined.prompt().text(),
        refined.prompt().negativeText(),
        refined.score(),
        rounds,
        agent.name(),
        old.tokens() + refined.tokens());
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
  }

  private PromptRecord refine(Slot slot, List<String> classNames, List<String> memory) {
    PromptRequest request =
        new PromptRequest(slot, classNames, memory, seed.forPrompt(slot.ordinal()), experience);
    RefinedPrompt refined = refinement.refine(request, agent, critic);
    return new PromptRecord(
        slot.ordinal(),
        slot.labels(),
        refined.prompt().text(),
        refined.prompt().negativeText(),
        refined.score(),
        refined.rounds(),
        agent.name(),
        refined.tokens());
  }

  /** The last prompts before the group that share a label with the slot, oldest first. */
  private static List<String> memory(Slot slot, NavigableMap<Integer, PromptRecord> earlier) {
    List<String> memory = new ArrayList<>();
    for (PromptRecord record : earlier.descendingMap().values()) {
      if (memory.size() == MEMORY) {
        break;
      }
      if (!Collections.disjoint(record.labels(), slot.labels())) {
        memory.add(0, record.text());
      }
    }
    return memory;
  }

  private static PromptRecord result(Future<PromptRecord> answer) throws InterruptedException {
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
