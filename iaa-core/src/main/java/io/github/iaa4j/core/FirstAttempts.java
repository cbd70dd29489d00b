package io.github.iaa4j.core;

import io.github.iaa4j.core.AttemptLedger.SlotAttempt;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.run.PromptRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The first attempts of a run that holds nothing yet, by attempt and slot. If all of them fail, so
 * would the rest. Whether they do depends on the jobs alone, not on the order in which they end.
 */
final class FirstAttempts {

  private final Path run;
  private final Set<SlotAttempt> attempts = new HashSet<>();
  private final List<GenerationException> failures = new ArrayList<>();

  /**
   * @param stopAfter how many, or all of them if there are fewer; 0 for never
   */
  FirstAttempts(Path run, AttemptLedger ledger, int attemptsInRound, int stopAfter) {
    this.run = run;
    if (!ledger.isEmpty()) {
      return;
    }
    for (int attempt = 0; attempt < attemptsInRound; attempt++) {
      for (PromptRecord prompt : ledger.prompts()) {
        if (attempts.size() == stopAfter) {
          return;
        }
        int slot = prompt.slot();
        attempts.add(new SlotAttempt(slot, ledger.firstAttempt(slot) + attempt));
      }
    }
  }

  /** An attempt ended without failing: if it is among the first, the model can generate. */
  void succeeded(int slot, int attempt) {
    if (attempts.contains(new SlotAttempt(slot, attempt))) {
      attempts.clear();
    }
  }

  /**
   * An attempt failed.
   *
   * @throws GenerationException if it was the last of the first attempts, and all of them failed
   */
  void failed(int slot, int attempt, GenerationException problem) {
    if (attempts.contains(new SlotAttempt(slot, attempt))) {
      failures.add(problem);
      if (failures.size() == attempts.size()) {
        throw allFailed();
      }
    }
  }

  private GenerationException allFailed() {
    Map<String, Integer> counts = new HashMap<>();
    failures.forEach(failed -> counts.merge(failed.problem(), 1, Integer::sum));
    failures.sort(
        Comparator.comparing(GenerationException::attempt)
            .thenComparing(GenerationException::slot));
    int most = Collections.max(counts.values());
    GenerationException typical =
        failures.stream()
            .filter(failed -> counts.getOrDefault(failed.problem(), 0) == most)
            .findFirst()
            .orElseThrow();
    return GenerationException.ofAll(run, failures.size(), most, typical);
  }
}
