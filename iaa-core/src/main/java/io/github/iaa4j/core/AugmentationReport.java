package io.github.iaa4j.core;

import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.outcome.Outcome;
import io.github.iaa4j.core.run.AttemptRecord;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.Run;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What came out of a run, counted from its files.
 *
 * @param run the run's folder
 * @param dataset the accepted images as a VOC data set, split {@code train}
 * @param slots images that were planned
 * @param accepted images that were kept
 * @param fallbacks how many of them the filter rejected, kept because there was no better one
 * @param exhausted slots that used all their attempts and are empty
 * @param dropped attempts that a preview ended early
 * @param rejected attempts that the judge rejected
 * @param duplicates accepted images that repeated an earlier one and were revoked
 * @param failed attempts that could not be generated
 * @param audited attempts that a preview would have dropped and that were generated to the end
 * @param auditedAccepted how many of those the judge accepted: what early exit loses
 * @param functionEvaluations UNet batch rows spent, on all attempts
 * @param functionEvaluationsUnaccepted UNet batch rows spent on attempts that were not accepted
 * @param acceptedByClass accepted images of each class, in the order of the classes
 * @param unacceptedByClass attempts of each class that were not accepted
 * @param failures why attempts failed: how many for each problem, the most frequent first
 * @param unplanned classes that lack images according to the balance but get none, because no image
 *     of the data set shows them
 */
public record AugmentationReport(
    Path run,
    Path dataset,
    int slots,
    int accepted,
    int fallbacks,
    int exhausted,
    int dropped,
    int rejected,
    int duplicates,
    int failed,
    int audited,
    int auditedAccepted,
    long functionEvaluations,
    long functionEvaluationsUnaccepted,
    Map<String, Integer> acceptedByClass,
    Map<String, Integer> unacceptedByClass,
    Map<String, Integer> failures,
    List<String> unplanned) {

  /** Attempts in all. */
  public int attempts() {
    return accepted + dropped + rejected + duplicates + failed;
  }

  /**
   * Where the run delivers less than was planned, a sentence for each cause, for people; empty
   * where it delivers all.
   */
  public List<String> shortfalls() {
    List<String> shortfalls = new ArrayList<>();
    if (!unplanned.isEmpty()) {
      shortfalls.add(
          "No image is planned for "
              + String.join(", ", unplanned)
              + ", which the balance would top up: no image of the data set shows "
              + (unplanned.size() == 1 ? "it." : "them."));
    }
    if (exhausted > 0) {
      shortfalls.add(
          exhausted == 1
              ? "1 slot used all its attempts and stays empty."
              : exhausted + " slots used all their attempts and stay empty.");
    }
    if (fallbacks > 0) {
      shortfalls.add(
          fallbacks == 1
              ? "1 image was rejected by the filter and kept, since its slot has no better one."
              : fallbacks
                  + " images were rejected by the filter and kept, since their slots have no better"
                  + " ones.");
    }
    if (duplicates > 0) {
      shortfalls.add(
          duplicates == 1
              ? "1 accepted image repeated an earlier one and was revoked."
              : duplicates + " accepted images repeated earlier ones and were revoked.");
    }
    return shortfalls;
  }

  /**
   * Counts a run's files.
   *
   * @throws StorageException if the folder holds no run, or a damaged one
   */
  public static AugmentationReport of(Run run) {
    List<ManifestEntry> manifest = run.manifest();
    List<AttemptRecord> attempts = run.attempts();
    Map<String, Integer> acceptedByClass = new LinkedHashMap<>();
    Map<String, Integer> unacceptedByClass = new LinkedHashMap<>();
    for (String name : run.settings().classNames()) {
      acceptedByClass.put(name, 0);
      unacceptedByClass.put(name, 0);
    }
    manifest.forEach(e -> e.labels().forEach(l -> acceptedByClass.merge(l, 1, Integer::sum)));
    attempts.forEach(a -> a.labels().forEach(l -> unacceptedByClass.merge(l, 1, Integer::sum)));
    long lost = attempts.stream().mapToLong(AttemptRecord::functionEvaluations).sum();
    long audited =
        manifest.stream().filter(ManifestEntry::audited).count()
            + attempts.stream().filter(AttemptRecord::audited).count();
    // A fallback was rejected by the judge.
    long auditedAccepted = manifest.stream().filter(e -> e.audited() && !e.isFallback()).count();
    return new AugmentationReport(
        run.folder(),
        run.dataset(),
        run.settings().plan().size(),
        manifest.size(),
        (int) manifest.stream().filter(ManifestEntry::isFallback).count(),
        exhausted(run, manifest, attempts),
        count(attempts, Outcome.DROPPED),
        count(attempts, Outcome.REJECTED),
        count(attempts, Outcome.DUPLICATE),
        count(attempts, Outcome.FAILED),
        (int) audited,
        (int) auditedAccepted,
        lost + manifest.stream().mapToLong(ManifestEntry::functionEvaluations).sum(),
        lost,
        acceptedByClass,
        unacceptedByClass,
        failures(attempts),
        run.settings().unplanned());
  }

  private static int exhausted(
      Run run, List<ManifestEntry> manifest, List<AttemptRecord> attempts) {
    if (attempts.isEmpty() || !Files.exists(run.generationFile())) {
      return 0;
    }
    int attemptsInRound = run.generationSettings().attempts();
    Set<Integer> filled = new HashSet<>();
    manifest.forEach(entry -> filled.add(entry.slot()));
    Map<Integer, List<AttemptRecord>> bySlot = new HashMap<>();
    attempts.forEach(a -> bySlot.computeIfAbsent(a.slot(), slot -> new ArrayList<>()).add(a));
    int exhausted = 0;
    for (PromptRecord prompt : run.prompts()) {
      long used =
          bySlot.getOrDefault(prompt.slot(), List.of()).stream()
              .filter(a -> a.attempt() / attemptsInRound == prompt.givenUp().size())
              .filter(a -> a.labels().equals(prompt.labels()))
              .filter(a -> a.fullPrompt().equals(prompt.prompt()))
              .count();
      exhausted += !filled.contains(prompt.slot()) && used >= attemptsInRound ? 1 : 0;
    }
    return exhausted;
  }

  private static Map<String, Integer> failures(List<AttemptRecord> attempts) {
    Map<String, Integer> counts = new TreeMap<>();
    attempts.stream()
        .filter(attempt -> attempt.outcome() == Outcome.FAILED)
        .forEach(attempt -> counts.merge(attempt.message(), 1, Integer::sum));
    Map<String, Integer> sorted = new LinkedHashMap<>();
    counts.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
    return sorted;
  }

  private static int count(List<AttemptRecord> attempts, Outcome outcome) {
    return (int) attempts.stream().filter(attempt -> attempt.outcome() == outcome).count();
  }
}
