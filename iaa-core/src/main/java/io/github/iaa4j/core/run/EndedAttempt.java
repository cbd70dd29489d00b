package io.github.iaa4j.core.run;

import io.github.iaa4j.core.outcome.Outcome;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.prompt.GeneratedPrompt;
import io.github.iaa4j.core.prompt.GenerationExperience;
import io.github.iaa4j.core.prompt.Prompt;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An attempt that is over, whichever journal names it.
 *
 * @param prompt what it was generated from, for which slot and in which round
 * @param attempt from 0
 * @param accepted whether the filter accepted its image, and it was kept
 * @param outcome how it ended without an accepted image; null where its image was kept
 * @param reasons why the filter rejected its image; empty where it was kept, as a fallback too
 * @param functionEvaluations UNet batch rows spent on it
 */
record EndedAttempt(
    Key prompt,
    int attempt,
    boolean accepted,
    @Nullable Outcome outcome,
    List<Reason> reasons,
    int functionEvaluations) {

  /** What the attempts of one prompt have in common. */
  record Key(int slot, int round, List<String> labels, Prompt prompt) {}

  /** What the attempts in a run's two journals teach. */
  static GenerationExperience experience(
      List<ManifestEntry> manifest, List<AttemptRecord> attempts, int attemptsInRound) {
    List<EndedAttempt> all = new ArrayList<>();
    for (ManifestEntry entry : manifest) {
      int round = entry.attempt() / attemptsInRound;
      all.add(
          new EndedAttempt(
              new Key(entry.slot(), round, entry.labels(), entry.fullPrompt()),
              entry.attempt(),
              !entry.isFallback(),
              null,
              List.of(),
              entry.functionEvaluations()));
    }
    for (AttemptRecord attempt : attempts) {
      int round = attempt.attempt() / attemptsInRound;
      all.add(
          new EndedAttempt(
              new Key(attempt.slot(), round, attempt.labels(), attempt.fullPrompt()),
              attempt.attempt(),
              false,
              attempt.outcome(),
              attempt.reasonsOfFilter(),
              attempt.functionEvaluations()));
    }
    all.sort(
        Comparator.comparingInt((EndedAttempt ended) -> ended.prompt.slot)
            .thenComparingInt(EndedAttempt::attempt));
    List<GeneratedPrompt> prompts = new ArrayList<>();
    for (int from = 0, to; from < all.size(); from = to) {
      to = from + 1;
      while (to < all.size() && all.get(from).prompt.equals(all.get(to).prompt)) {
        to++;
      }
      prompts.add(generatedPrompt(all.subList(from, to)));
    }
    return GenerationExperience.of(prompts);
  }

  /** What became of the prompt that these attempts have in common. */
  private static GeneratedPrompt generatedPrompt(List<EndedAttempt> attempts) {
    Map<List<Reason>, Integer> reasons = new HashMap<>();
    for (EndedAttempt attempt : attempts) {
      if (attempt.isRejected()) {
        reasons.merge(
            attempt.reasons.stream().map(Reason::withoutMeasurement).toList(), 1, Integer::sum);
      }
    }
    Key key = attempts.get(0).prompt;
    return new GeneratedPrompt(
        key.slot,
        key.round,
        key.labels,
        key.prompt,
        attempts.size(),
        attempts.stream().anyMatch(EndedAttempt::accepted),
        attempts.stream().mapToLong(EndedAttempt::functionEvaluations).sum(),
        reasons,
        count(attempts, each -> each.outcome == Outcome.DUPLICATE && !each.isRejected()),
        count(attempts, each -> each.outcome == Outcome.FAILED));
  }

  /**
   * Whether the filter rejected it. A fallback that repeats another image counts for what the
   * filter missed in it, not as one that showed its labels.
   */
  private boolean isRejected() {
    return outcome == Outcome.REJECTED
        || outcome == Outcome.DROPPED
        || (outcome == Outcome.DUPLICATE && !reasons.isEmpty());
  }

  private static int count(List<EndedAttempt> attempts, Predicate<EndedAttempt> which) {
    return (int) attempts.stream().filter(which).count();
  }
}
