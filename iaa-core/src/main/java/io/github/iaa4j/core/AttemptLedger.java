package io.github.iaa4j.core;

import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.outcome.Outcome;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.run.AttemptRecord;
import io.github.iaa4j.core.run.GenerationSettings;
import io.github.iaa4j.core.run.Journals;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.Run;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What has become of every attempt of a run so far: per slot the accepted image, if there is one,
 * and the attempts without one. It knows which attempt a slot has next; files are others' business.
 * Not safe for use by several threads.
 */
final class AttemptLedger {

  /** An attempt at a slot's image. */
  record SlotAttempt(int slot, int attempt) {
    static SlotAttempt of(AttemptRecord attempt) {
      return new SlotAttempt(attempt.slot(), attempt.attempt());
    }
  }

  private final SortedMap<Integer, PromptRecord> prompts;
  private final int attemptsInRound;
  private final boolean fillExhausted;
  private final SortedMap<Integer, ManifestEntry> accepted = new TreeMap<>();
  private final Map<SlotAttempt, AttemptRecord> unaccepted = new LinkedHashMap<>();
  private final List<ManifestEntry> outdatedFallbacks = new ArrayList<>();

  /** Attempts whose rejected images were deleted. */
  private final Set<SlotAttempt> lost = new HashSet<>();

  private AttemptLedger(SortedMap<Integer, PromptRecord> prompts, GenerationSettings settings) {
    this.prompts = prompts;
    this.attemptsInRound = settings.attempts();
    this.fillExhausted = settings.fillExhausted();
  }

  /**
   * Reads what earlier starts made, as far as its prompt is still the same. Rejected images may
   * have been deleted.
   *
   * @throws StorageException if there is no prompt, one has an unknown label, or all images are
   *     gone
   */
  static AttemptLedger read(Run run, List<String> classNames, GenerationSettings settings) {
    AttemptLedger ledger = new AttemptLedger(readPrompts(run, classNames), settings);
    Journals journals = run.journals();
    ledger.readManifest(run, journals.manifest());
    for (AttemptRecord attempt : journals.attempts()) {
      if (ledger.isStillWanted(
          attempt.slot(), attempt.attempt(), attempt.labels(), attempt.fullPrompt())) {
        ledger.addRead(
            attempt, run.image(attempt).filter(file -> !Files.isRegularFile(file)).isPresent());
      }
    }
    return ledger;
  }

  private void addRead(AttemptRecord attempt, boolean isLost) {
    if (isLost && isRepeatedIfLost(attempt) && !isAccepted(attempt.slot())) {
      return;
    }
    add(attempt);
    if (isLost) {
      lost.add(SlotAttempt.of(attempt));
    }
  }

  /** Whether an attempt's image may fill its slot, so that it is made again if it is gone. */
  private boolean isRepeatedIfLost(AttemptRecord attempt) {
    return mayFill(attempt) && isOfThisRound(attempt.slot(), attempt.attempt());
  }

  /** Attempts of a slot whose images may fill it, and are gone, are made again as they were. */
  private void repeatLost(int slot) {
    unaccepted
        .values()
        .removeIf(
            attempt ->
                attempt.slot() == slot
                    && lost.contains(SlotAttempt.of(attempt))
                    && isRepeatedIfLost(attempt));
  }

  private static SortedMap<Integer, PromptRecord> readPrompts(Run run, List<String> classNames) {
    SortedMap<Integer, PromptRecord> prompts = new TreeMap<>();
    for (PromptRecord record : run.prompts()) {
      for (String label : record.labels()) {
        if (!classNames.contains(label)) {
          throw new StorageException(
              run.promptsFile(),
              "slot "
                  + record.slot()
                  + " has the label "
                  + label
                  + ", which is not one of "
                  + classNames
                  + ". Fix that line.",
              null);
        }
      }
      prompts.put(record.slot(), record);
    }
    if (prompts.isEmpty() && !run.settings().plan().isEmpty()) {
      throw new StorageException(
          run.promptsFile(),
          "there is no prompt to generate an image from. Write the prompts first.",
          null);
    }
    return prompts;
  }

  private void readManifest(Run run, List<ManifestEntry> entries) {
    int lost = 0;
    for (ManifestEntry entry : entries) {
      if (!Files.isRegularFile(run.image(entry))) {
        lost++;
      } else if (isStillWanted(entry.slot(), entry.attempt(), entry.labels(), entry.fullPrompt())) {
        if (isOfThisRound(entry.slot(), entry.attempt())) {
          accepted.put(entry.slot(), entry);
        } else if (entry.isFallback()) {
          outdatedFallbacks.add(entry);
        }
      }
    }
    if (lost > 0 && lost == entries.size()) {
      throw new StorageException(
          run.manifestFile(),
          "not one of its "
              + lost
              + " images is there. Bring the folder images/ back, or delete this file to generate"
              + " all of them again.",
          null);
    }
    outdatedFallbacks.sort(Comparator.comparingInt(ManifestEntry::slot));
  }

  /** Whether an attempt was made for the prompt that its slot has, or had in that round. */
  private boolean isStillWanted(int slot, int attempt, List<String> labels, Prompt prompt) {
    PromptRecord current = prompts.get(slot);
    if (current == null || !current.labels().equals(labels)) {
      return false;
    }
    List<RefinedPrompt.Round> givenUp = current.givenUp();
    int round = attempt / attemptsInRound;
    return round < givenUp.size()
        ? givenUp.get(round).holds(prompt)
        : round == givenUp.size() && prompt.equals(current.prompt());
  }

  /** Whether an attempt belongs to the prompt that its slot has now. */
  private boolean isOfThisRound(int slot, int attempt) {
    return attempt >= firstAttempt(slot);
  }

  /** The first attempt of a slot's prompt: a rewritten one has as many again, with other seeds. */
  int firstAttempt(int slot) {
    return prompt(slot).givenUp().size() * attemptsInRound;
  }

  /** The prompts, by slot. */
  Collection<PromptRecord> prompts() {
    return Collections.unmodifiableCollection(prompts.values());
  }

  /** The prompt of a slot that has one. */
  PromptRecord prompt(int slot) {
    return Objects.requireNonNull(prompts.get(slot), () -> "slot " + slot + " has no prompt");
  }

  /** The slots of a plan of this length for which there is no prompt. */
  List<Integer> slotsWithoutPrompt(int planned) {
    return IntStream.range(0, planned).filter(slot -> !prompts.containsKey(slot)).boxed().toList();
  }

  /** The accepted images, by slot. */
  List<ManifestEntry> accepted() {
    return List.copyOf(accepted.values());
  }

  boolean isAccepted(int slot) {
    return accepted.containsKey(slot);
  }

  /** The other attempts, by slot and attempt. */
  List<AttemptRecord> unaccepted() {
    return unaccepted.values().stream()
        .sorted(
            Comparator.comparingInt(AttemptRecord::slot).thenComparingInt(AttemptRecord::attempt))
        .toList();
  }

  /** Fallbacks for prompts that were rewritten since: the new prompt may bring a better image. */
  List<ManifestEntry> outdatedFallbacks() {
    return Collections.unmodifiableList(outdatedFallbacks);
  }

  /** Whether nothing was attempted yet. */
  boolean isEmpty() {
    return accepted.isEmpty() && unaccepted.isEmpty();
  }

  /** The next attempt of a slot without an accepted image; null where all were used. */
  @Nullable Integer nextAttempt(int slot) {
    int first = firstAttempt(slot);
    for (int attempt = first; attempt < first + attemptsInRound; attempt++) {
      if (!unaccepted.containsKey(new SlotAttempt(slot, attempt))) {
        return attempt;
      }
    }
    return null;
  }

  /** Whether a slot has neither an accepted image nor an attempt left. */
  boolean isExhausted(int slot) {
    return !isAccepted(slot) && nextAttempt(slot) == null;
  }

  void accept(ManifestEntry entry) {
    accepted.put(entry.slot(), entry);
  }

  /** Accepts an attempt that was rejected. */
  void acceptRejected(AttemptRecord rejected, ManifestEntry entry) {
    unaccepted.remove(new SlotAttempt(rejected.slot(), rejected.attempt()));
    accept(entry);
  }

  void revoke(ManifestEntry entry, AttemptRecord attempt) {
    accepted.remove(entry.slot());
    repeatLost(entry.slot());
    add(attempt);
  }

  void add(AttemptRecord attempt) {
    SlotAttempt key = SlotAttempt.of(attempt);
    unaccepted.put(key, attempt);
    lost.remove(key);
  }

  /**
   * By slot without an accepted image: the best of its rejected images that may be kept; empty
   * where none may.
   */
  Map<Integer, AttemptRecord> bestRejected() {
    Map<Integer, AttemptRecord> best = new HashMap<>();
    for (AttemptRecord attempt : unaccepted.values()) {
      if (mayFill(attempt)
          && !isAccepted(attempt.slot())
          && !lost.contains(SlotAttempt.of(attempt))) {
        best.merge(attempt.slot(), attempt, AttemptLedger::better);
      }
    }
    return best;
  }

  /** Whether a rejected image may fill its slot if nothing else does. */
  private boolean mayFill(AttemptRecord attempt) {
    return fillExhausted
        && attempt.outcome() == Outcome.REJECTED
        && attempt.quality() != null
        && attempt.file() != null;
  }

  /** The earlier one of two that are equally good, whatever their order here. */
  private static AttemptRecord better(AttemptRecord one, AttemptRecord other) {
    return Comparator.comparing((AttemptRecord a) -> Objects.requireNonNullElse(a.quality(), 0.0))
                .thenComparing(AttemptRecord::attempt, Comparator.reverseOrder())
                .compare(one, other)
            >= 0
        ? one
        : other;
  }

  /**
   * Ends a generation round. The best of the rejected images have filled their slots, and no later
   * round chooses among the others, whether their files are kept or not.
   *
   * @param keepRejected whether they are kept, to be looked at
   */
  void endRound(boolean keepRejected) {
    unaccepted.replaceAll(
        (key, attempt) -> {
          if (!keepRejected || lost.contains(key)) {
            return attempt.withoutFile();
          }
          return fillExhausted ? attempt.withoutQuality() : attempt;
        });
  }
}
