package io.github.iaa4j.core;

import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.outcome.Outcome;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.run.AttemptRecord;
import io.github.iaa4j.core.run.Journals;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.run.RunSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What came out of a run, counted from its files. Immutable.
 *
 * @param run the run's folder
 * @param dataset the accepted images as a VOC data set, split {@code train}
 * @param slots what became of the images that were planned
 * @param attempts how many images were begun, and how they ended
 * @param audit what dropping images early loses
 * @param functionEvaluations what the attempts cost
 * @param classes the images of each class, in the order of the classes
 * @param failures why attempts failed, the most frequent reason first
 * @param unplanned classes that lack images according to the balance but get none, because no image
 *     of the data set shows them
 */
public record AugmentationReport(
    Path run,
    Path dataset,
    Slots slots,
    Attempts attempts,
    Audit audit,
    FunctionEvaluations functionEvaluations,
    Map<String, ClassCount> classes,
    List<Failure> failures,
    List<String> unplanned) {

  /** Copies the collections. */
  public AugmentationReport {
    classes = Collections.unmodifiableMap(new LinkedHashMap<>(classes));
    failures = List.copyOf(failures);
    unplanned = List.copyOf(unplanned);
  }

  /**
   * Slots, each of which is one image that was planned.
   *
   * @param planned how many there are
   * @param accepted those that have an image
   * @param fallbacks how many of those images the filter rejected, kept because there was no better
   *     one
   * @param exhausted those that used all their attempts and are empty
   * @param withoutPrompt those that have no prompt, so that no image is generated for them
   */
  public record Slots(int planned, int accepted, int fallbacks, int exhausted, int withoutPrompt) {}

  /**
   * Attempts, of all generation rounds together. Those that are not named here were accepted.
   *
   * @param all how many there were
   * @param dropped those that a preview ended early
   * @param rejected those that the judge rejected
   * @param duplicates those that were kept, and then revoked because they repeat an earlier image
   * @param failed those that could not be generated
   */
  public record Attempts(int all, int dropped, int rejected, int duplicates, int failed) {}

  /**
   * The check on dropping early.
   *
   * @param attempts those that a preview would have dropped and that were generated to the end
   * @param accepted how many of them the judge accepted: what early exit loses. Those that were
   *     then revoked because they repeat another image count too
   */
  public record Audit(int attempts, int accepted) {}

  /**
   * UNet batch rows.
   *
   * @param all spent on all attempts
   * @param unaccepted spent on attempts that were not accepted
   */
  public record FunctionEvaluations(long all, long unaccepted) {}

  /**
   * The images of a class.
   *
   * @param planned slots that have it among their labels
   * @param accepted images that were kept
   * @param unaccepted attempts that were not
   */
  public record ClassCount(int planned, int accepted, int unaccepted) {}

  /**
   * Attempts that failed in the same way.
   *
   * @param reason of the kind {@link Reason.Kind#FAILED}; its detail is the problem
   * @param attempts how many
   */
  public record Failure(Reason reason, int attempts) {}

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
    add(
        shortfalls,
        slots.withoutPrompt,
        "1 slot has no prompt and gets no image. Write the prompts again to give it one.",
        " slots have no prompt and get no image. Write the prompts again to give them one.");
    add(
        shortfalls,
        slots.exhausted,
        "1 slot used all its attempts and stays empty.",
        " slots used all their attempts and stay empty.");
    add(
        shortfalls,
        slots.fallbacks,
        "1 image was rejected by the filter and kept, since its slot has no better one.",
        " images were rejected by the filter and kept, since their slots have no better ones.");
    add(
        shortfalls,
        attempts.duplicates,
        "1 accepted image repeated an earlier one and was revoked.",
        " accepted images repeated earlier ones and were revoked.");
    return List.copyOf(shortfalls);
  }

  private static void add(List<String> shortfalls, int count, String one, String several) {
    if (count > 0) {
      shortfalls.add(count == 1 ? one : count + several);
    }
  }

  /**
   * Counts a run's files.
   *
   * @throws StorageException if the folder holds no run, or a damaged one
   */
  public static AugmentationReport of(Run run) {
    return of(run, run.prompts(), run.journals());
  }

  /**
   * Counts a run's files that are read already.
   *
   * @throws StorageException if the folder holds no run, or a damaged one
   */
  public static AugmentationReport of(
      Run run, Collection<PromptRecord> prompts, Journals journals) {
    List<AttemptRecord> attempts = journals.attempts();
    // Without attempts no slot can be exhausted, however few attempts a slot has.
    int attemptsInRound =
        attempts.isEmpty() || !Files.exists(run.generationFile())
            ? Integer.MAX_VALUE
            : run.generationSettings().attempts();
    return of(run, prompts, journals.manifest(), attempts, attemptsInRound);
  }

  /** Counts what is known of a run already. */
  static AugmentationReport of(
      Run run,
      Collection<PromptRecord> prompts,
      List<ManifestEntry> accepted,
      List<AttemptRecord> unaccepted,
      int attemptsInRound) {
    RunSettings settings = run.settings();
    long lost = unaccepted.stream().mapToLong(AttemptRecord::functionEvaluations).sum();
    return new AugmentationReport(
        run.folder(),
        run.dataset(),
        slots(settings, prompts, accepted, unaccepted, attemptsInRound),
        new Attempts(
            accepted.size() + unaccepted.size(),
            count(unaccepted, Outcome.DROPPED),
            count(unaccepted, Outcome.REJECTED),
            count(unaccepted, Outcome.DUPLICATE),
            count(unaccepted, Outcome.FAILED)),
        audit(accepted, unaccepted),
        new FunctionEvaluations(
            lost + accepted.stream().mapToLong(ManifestEntry::functionEvaluations).sum(), lost),
        classes(settings, accepted, unaccepted),
        failures(unaccepted),
        settings.unplanned());
  }

  private static Slots slots(
      RunSettings settings,
      Collection<PromptRecord> prompts,
      List<ManifestEntry> accepted,
      List<AttemptRecord> unaccepted,
      int attemptsInRound) {
    int planned = settings.plan().size();
    long prompted = prompts.stream().filter(prompt -> prompt.slot() < planned).count();
    return new Slots(
        planned,
        accepted.size(),
        (int) accepted.stream().filter(ManifestEntry::isFallback).count(),
        exhausted(prompts, accepted, unaccepted, attemptsInRound),
        planned - (int) prompted);
  }

  private static int exhausted(
      Collection<PromptRecord> prompts,
      List<ManifestEntry> accepted,
      List<AttemptRecord> unaccepted,
      int attemptsInRound) {
    Set<Integer> filled = new HashSet<>();
    accepted.forEach(entry -> filled.add(entry.slot()));
    Map<Integer, List<AttemptRecord>> bySlot = new HashMap<>();
    unaccepted.forEach(a -> bySlot.computeIfAbsent(a.slot(), slot -> new ArrayList<>()).add(a));
    int exhausted = 0;
    for (PromptRecord prompt : prompts) {
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

  private static Audit audit(List<ManifestEntry> accepted, List<AttemptRecord> unaccepted) {
    long good = accepted.stream().filter(e -> e.audited() && !e.isFallback()).count();
    long kept = accepted.stream().filter(ManifestEntry::audited).count();
    long others = unaccepted.stream().filter(AttemptRecord::audited).count();
    long revoked =
        unaccepted.stream()
            .filter(attempt -> attempt.audited() && attempt.wasAcceptedByFilter())
            .count();
    return new Audit((int) (kept + others), (int) (good + revoked));
  }

  private static Map<String, ClassCount> classes(
      RunSettings settings, List<ManifestEntry> accepted, List<AttemptRecord> unaccepted) {
    Map<String, Integer> planned = countLabels(settings.plan());
    Map<String, Integer> kept = countLabels(accepted.stream().map(ManifestEntry::labels).toList());
    Map<String, Integer> lost =
        countLabels(unaccepted.stream().map(AttemptRecord::labels).toList());
    Map<String, ClassCount> classes = new LinkedHashMap<>();
    for (String name : settings.classNames()) {
      classes.put(
          name,
          new ClassCount(
              planned.getOrDefault(name, 0),
              kept.getOrDefault(name, 0),
              lost.getOrDefault(name, 0)));
    }
    return classes;
  }

  private static Map<String, Integer> countLabels(List<List<String>> images) {
    Map<String, Integer> counts = new HashMap<>();
    images.forEach(labels -> labels.forEach(label -> counts.merge(label, 1, Integer::sum)));
    return counts;
  }

  private static List<Failure> failures(List<AttemptRecord> unaccepted) {
    Map<Reason, Integer> counts = new HashMap<>();
    unaccepted.stream()
        .filter(attempt -> attempt.outcome() == Outcome.FAILED)
        .flatMap(attempt -> attempt.reasons().stream())
        .forEach(reason -> counts.merge(reason, 1, Integer::sum));
    return counts.entrySet().stream()
        .map(entry -> new Failure(entry.getKey(), entry.getValue()))
        .sorted(
            Comparator.comparingInt(Failure::attempts)
                .reversed()
                .thenComparing(failure -> failure.reason().message()))
        .toList();
  }

  private static int count(List<AttemptRecord> attempts, Outcome outcome) {
    return (int) attempts.stream().filter(attempt -> attempt.outcome() == outcome).count();
  }
}
