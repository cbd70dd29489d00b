package io.github.iaa4j.core;

import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.run.AttemptRecord;
import io.github.iaa4j.core.run.AttemptRecord.Outcome;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.Run;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What came out of a run, counted from its files.
 *
 * @param run the run's folder
 * @param dataset the accepted images as a VOC data set, split {@code train}
 * @param slots images that were planned
 * @param accepted images that were kept
 * @param dropped attempts that a preview ended early
 * @param rejected attempts that the judge turned down
 * @param duplicates accepted images that repeated an earlier one and were painted anew
 * @param failed attempts that could not be painted
 * @param audited attempts that a preview would have dropped and that were painted to the end
 * @param auditedAccepted how many of those the judge accepted: what early exit loses
 * @param functionEvaluations UNet batch rows spent, on all attempts
 * @param functionEvaluationsUnaccepted UNet batch rows spent on attempts that were not accepted
 * @param acceptedByClass accepted images of each class, in the order of the classes
 * @param unacceptedByClass attempts of each class that were not accepted
 * @param failures why attempts failed: how many for each reason, the most frequent first
 */
public record AugmentationReport(
    Path run,
    Path dataset,
    int slots,
    int accepted,
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
    Map<String, Integer> failures) {

  /** Attempts in all. */
  public int attempts() {
    return accepted + dropped + rejected + duplicates + failed;
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
    int auditedAccepted = (int) manifest.stream().filter(ManifestEntry::audited).count();
    return new AugmentationReport(
        run.folder(),
        run.dataset(),
        run.settings().plan().size(),
        manifest.size(),
        count(attempts, Outcome.DROPPED),
        count(attempts, Outcome.REJECTED),
        count(attempts, Outcome.DUPLICATE),
        count(attempts, Outcome.FAILED),
        auditedAccepted + (int) attempts.stream().filter(AttemptRecord::audited).count(),
        auditedAccepted,
        lost + manifest.stream().mapToLong(ManifestEntry::functionEvaluations).sum(),
        lost,
        acceptedByClass,
        unacceptedByClass,
        failures(attempts));
  }

  private static Map<String, Integer> failures(List<AttemptRecord> attempts) {
    Map<String, Integer> counts = new TreeMap<>();
    attempts.stream()
        .filter(attempt -> attempt.outcome() == Outcome.FAILED)
        .forEach(attempt -> counts.merge(attempt.reason(), 1, Integer::sum));
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
