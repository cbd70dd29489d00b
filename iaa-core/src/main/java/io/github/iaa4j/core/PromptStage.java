package io.github.iaa4j.core;

import io.github.iaa4j.core.internal.JsonLines;
import io.github.iaa4j.core.output.PromptRecord;
import io.github.iaa4j.core.output.Run;
import io.github.iaa4j.core.plan.RunSeed;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.PromptRequest.Turn;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.prompt.RefinementLoop;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

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
        new PromptRequest(slot, classNames, memory, seed.forPrompt(slot.ordinal()), turn);
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
