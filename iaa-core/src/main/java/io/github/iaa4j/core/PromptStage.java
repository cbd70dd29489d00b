package io.github.iaa4j.core;

import io.github.iaa4j.core.internal.JsonLines;
import io.github.iaa4j.core.output.PromptRecord;
import io.github.iaa4j.core.output.Run;
import io.github.iaa4j.core.plan.RunSeed;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.prompt.RefinementLoop;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

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
  private final AugmentationListener listener;

  PromptStage(
      Run run,
      PromptAgent agent,
      PromptCritic critic,
      RefinementLoop refinement,
      RunSeed seed,
      int inFlight,
      AugmentationListener listener) {
    this.run = run;
    this.agent = agent;
    this.critic = critic;
    this.refinement = refinement;
    this.seed = seed;
    this.inFlight = inFlight;
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
        for (Future<PromptRecord> answer : answers) {
          PromptRecord record = result(answer);
          journal.add(record);
          written.put(record.slot(), record);
          listener.onEvent(new AugmentationEvent.PromptWritten(record));
        }
      }
    } finally {
      threads.shutdownNow();
    }
    return List.copyOf(written.values());
  }

  private PromptRecord refine(Slot slot, List<String> classNames, List<String> memory) {
    PromptRequest request =
        new PromptRequest(slot, classNames, memory, seed.forPrompt(slot.ordinal()));
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
