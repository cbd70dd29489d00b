package io.github.iaa4j.core;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.PerceptualHash;
import io.github.iaa4j.core.filter.Verdict;
import io.github.iaa4j.core.internal.AtomicFiles;
import io.github.iaa4j.core.internal.JsonLines;
import io.github.iaa4j.core.internal.Sha256;
import io.github.iaa4j.core.plan.RunSeed;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.run.AttemptRecord;
import io.github.iaa4j.core.run.AttemptRecord.Outcome;
import io.github.iaa4j.core.run.GenerationSettings;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.sampling.GeneratedImage;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.sampling.StepObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * From {@code prompts.jsonl} to accepted images. A slot's attempts follow one another until one is
 * accepted; slots know nothing of each other, so their order cannot matter. The journals are
 * appended to as things happen and put in order at the end.
 */
final class GenerationStage implements JobSource, StepObserver {

  /** Images that the painting names so, and what a kill left of one. */
  private static final Pattern OURS = Pattern.compile("[.]?\\d{6,}-\\d+[.]png([.]tmp)?");

  private final Run run;
  private final List<String> classNames;
  private final DiffusionSampler sampler;
  private final OnlineFilter filter;
  private final GenerationSettings settings;
  private final boolean keepRejected;
  private final int stopAfterFailures;
  private final AugmentationListener listener;
  private final RunSeed seed;

  private final SortedMap<Integer, PromptRecord> prompts = new TreeMap<>();

  // Guarded by this.
  private final SortedMap<Integer, ManifestEntry> accepted = new TreeMap<>();
  private final List<AttemptRecord> unaccepted = new ArrayList<>();
  private final Map<Integer, Integer> unacceptedBySlot = new HashMap<>();
  private final Map<Integer, PerceptualHash> hashesBySlot = new HashMap<>();
  private final ArrayDeque<GenerationJob> ready = new ArrayDeque<>();
  private final Map<GenerationJob, Verdict> audits = new HashMap<>();

  /** The first attempts, until one does not fail. If all do, so would the rest of the run. */
  private final Set<SlotAttempt> first = new HashSet<>();

  private final List<GenerationException> firstFailures = new ArrayList<>();
  private @Nullable JsonLines<ManifestEntry> manifest;
  private @Nullable JsonLines<AttemptRecord> attempts;
  private @Nullable RuntimeException failure;

  GenerationStage(
      Run run,
      List<String> classNames,
      DiffusionSampler sampler,
      OnlineFilter filter,
      GenerationSettings settings,
      boolean keepRejected,
      int stopAfterFailures,
      AugmentationListener listener) {
    this.run = run;
    this.classNames = classNames;
    this.sampler = sampler;
    this.filter = filter;
    this.settings = settings;
    this.keepRejected = keepRejected;
    this.stopAfterFailures = stopAfterFailures;
    this.listener = listener;
    this.seed = new RunSeed(run.settings().seed());
  }

  void generate() throws InterruptedException {
    readPrompts();
    readJournals();
    chooseFirst();
    try (JsonLines<ManifestEntry> manifestLines =
            JsonLines.append(run.manifestFile(), ManifestEntry.class);
        JsonLines<AttemptRecord> attemptLines =
            JsonLines.append(run.attemptsFile(), AttemptRecord.class)) {
      synchronized (this) {
        manifest = manifestLines;
        attempts = attemptLines;
        listener.onEvent(new AugmentationEvent.GenerationBegun(prompts.size(), accepted.size()));
      }
      do {
        queueOpenSlots();
        sampler.generate(this, this);
        rethrowFailure();
        fillExhaustedSlots();
      } while (revokeDuplicates());
    }
    if (!keepRejected) {
      unaccepted.replaceAll(AttemptRecord::withoutFile);
    }
    putInOrder();
    deleteStrays();
    AugmentedDataset.write(run, classNames, List.copyOf(accepted.values()));
  }

  private void readPrompts() {
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
                  + ". Mend that line.",
              null);
        }
      }
      prompts.put(record.slot(), record);
    }
    if (prompts.isEmpty() && !run.settings().plan().isEmpty()) {
      throw new StorageException(
          run.promptsFile(), "there is no prompt to paint. Write the prompts first.", null);
    }
  }

  /** What earlier starts made, as far as its prompt is still the same. */
  private synchronized void readJournals() {
    List<ManifestEntry> manifestEntries = run.manifest();
    Map<Integer, ManifestEntry> givenUp = new TreeMap<>();
    int lost = 0;
    for (ManifestEntry entry : manifestEntries) {
      if (!Files.isRegularFile(run.folder().resolve(entry.file()))) {
        lost++;
      } else if (isStillAsked(
          entry.slot(), entry.attempt(), entry.labels(), entry.prompt(), entry.negativePrompt())) {
        if (isOfNow(entry.slot(), entry.attempt())) {
          accepted.put(entry.slot(), entry);
        } else {
          givenUp.put(entry.slot(), entry);
        }
      }
    }
    if (lost > 0 && lost == manifestEntries.size()) {
      throw new StorageException(
          run.manifestFile(),
          "not one of its "
              + lost
              + " images is there. Bring the folder images/ back, or delete this file to paint all"
              + " of them again.",
          null);
    }
    for (AttemptRecord attempt : run.attempts()) {
      if (!isStillAsked(
          attempt.slot(),
          attempt.attempt(),
          attempt.labels(),
          attempt.prompt(),
          attempt.negativePrompt())) {
        continue;
      }
      ManifestEntry entry = accepted.get(attempt.slot());
      if (entry == null || entry.attempt() != attempt.attempt()) {
        count(attempt);
      } else if (attempt.outcome() == Outcome.DUPLICATE) {
        accepted.remove(attempt.slot()); // Revoked just before a kill.
        count(attempt);
      } // Else it was kept as a last resort just before a kill.
    }
    Set<SlotAttempt> known = new HashSet<>();
    unaccepted.forEach(a -> known.add(new SlotAttempt(a.slot(), a.attempt())));
    for (ManifestEntry entry : givenUp.values()) {
      // It is known if it was kept again, or its slot filled, just before a kill.
      if (!known.contains(new SlotAttempt(entry.slot(), entry.attempt()))) {
        putBack(entry);
      }
    }
  }

  private record SlotAttempt(int slot, int attempt) {}

  /**
   * An image that was kept for want of a better one, before its prompt was rewritten, is one of the
   * rejected ones again: the new prompt may bring a better one.
   */
  private void putBack(ManifestEntry entry) {
    Path image = run.folder().resolve(entry.file());
    // The manifest does not say why it was rejected, but the filter says the same every time.
    Verdict verdict = filter.judge(new Slot(entry.slot(), entry.labels()), RgbImage.read(image));
    String file = "rejected/" + image.getFileName();
    try {
      AtomicFiles.write(run.folder().resolve(file), Files.readAllBytes(image));
    } catch (IOException e) {
      throw AtomicFiles.failure(image, e);
    }
    count(
        new AttemptRecord(
            entry.slot(),
            entry.attempt(),
            Outcome.REJECTED,
            entry.labels(),
            entry.prompt(),
            entry.negativePrompt(),
            verdict.reason(),
            entry.functionEvaluations(),
            entry.audited(),
            verdict.scores(),
            verdict.lastResort(),
            file));
  }

  /** Whether an attempt was made for the prompt that its slot has, or had in its round. */
  private boolean isStillAsked(
      int slot, int attempt, List<String> labels, String text, String negativePrompt) {
    PromptRecord prompt = prompts.get(slot);
    if (prompt == null || !prompt.labels().equals(labels)) {
      return false;
    }
    List<RefinedPrompt.Round> givenUp = prompt.givenUp();
    int round = attempt / settings.attempts();
    Prompt asked = new Prompt(text, negativePrompt);
    return round < givenUp.size()
        ? givenUp.get(round).holds(asked)
        : round == givenUp.size() && asked.equals(prompt.prompt());
  }

  /** Whether an attempt belongs to the prompt that its slot has now. */
  private boolean isOfNow(int slot, int attempt) {
    return attempt >= firstAttempt(slot);
  }

  /** Every rewriting gives a slot as many attempts again, with seeds of their own. */
  private int firstAttempt(int slot) {
    return prompt(slot).givenUp().size() * settings.attempts();
  }

  /**
   * In a run that holds nothing yet, the first attempts by attempt and slot: whether all of them
   * fail depends on the jobs alone, not on the order in which they end.
   */
  private synchronized void chooseFirst() {
    if (!accepted.isEmpty() || !unaccepted.isEmpty()) {
      return;
    }
    for (int attempt = 0; attempt < settings.attempts(); attempt++) {
      for (int slot : prompts.keySet()) {
        if (first.size() == stopAfterFailures) {
          return;
        }
        first.add(new SlotAttempt(slot, firstAttempt(slot) + attempt));
      }
    }
  }

  private synchronized void queueOpenSlots() {
    for (PromptRecord prompt : prompts.values()) {
      if (!accepted.containsKey(prompt.slot())) {
        queue(
            prompt.slot(),
            firstAttempt(prompt.slot()) + unacceptedBySlot.getOrDefault(prompt.slot(), 0));
      }
    }
  }

  private void count(AttemptRecord attempt) {
    unaccepted.add(attempt);
    if (isOfNow(attempt.slot(), attempt.attempt())) {
      unacceptedBySlot.merge(attempt.slot(), 1, Integer::sum);
    }
  }

  private void queue(int slot, int attempt) {
    if (attempt < firstAttempt(slot) + settings.attempts()) {
      ready.add(
          new GenerationJob(slot, attempt, seed.forAttempt(slot, attempt), prompt(slot).prompt()));
    }
  }

  private PromptRecord prompt(int slot) {
    PromptRecord prompt = prompts.get(slot);
    if (prompt == null) {
      throw new IllegalStateException(
          "the sampler painted slot " + slot + ", which it was not given");
    }
    return prompt;
  }

  @Override
  public synchronized @Nullable GenerationJob poll() {
    return failure == null ? ready.poll() : null;
  }

  @Override
  public int[] previewSteps(int steps) {
    return filter.previewSteps(steps);
  }

  @Override
  public boolean onPreview(Preview preview) {
    GenerationJob job = preview.job();
    synchronized (this) {
      if (failure != null) {
        return false;
      }
      if (audits.containsKey(job)) {
        return true;
      }
    }
    Verdict verdict = filter.preview(slot(job), preview);
    if (verdict.passed()) {
      return true;
    }
    synchronized (this) {
      if (isAudited(job)) {
        audits.put(job, verdict);
        return true;
      }
      guarded(
          () ->
              end(
                  job,
                  Outcome.DROPPED,
                  "at step " + preview.step() + ": " + verdict.reason(),
                  preview.functionEvaluations(),
                  verdict,
                  null));
      return false;
    }
  }

  /** Drawn from the attempt's own seed, so it depends on nothing else. */
  private boolean isAudited(GenerationJob job) {
    long bits = new RunSeed(job.seed()).forPlan() >>> 11;
    return bits * 0x1.0p-53 < settings.auditShare();
  }

  @Override
  public void onGenerated(GeneratedImage painting) {
    GenerationJob job = painting.job();
    Verdict verdict = filter.judge(slot(job), painting.image());
    byte[] png = png(painting.image());
    synchronized (this) {
      guarded(
          () -> {
            if (verdict.passed()) {
              accept(painting, verdict, png);
            } else {
              String file = null;
              if (keepRejected || (settings.fill() && verdict.lastResort() != null)) {
                file = "rejected/" + fileName(job);
                AtomicFiles.write(run.folder().resolve(file), png);
              }
              end(
                  job,
                  Outcome.REJECTED,
                  verdict.reason(),
                  painting.functionEvaluations(),
                  verdict,
                  file);
            }
          });
    }
  }

  @Override
  public synchronized void onFailed(GenerationJob job, GenerationException problem) {
    guarded(
        () -> {
          boolean isFirst = first.contains(new SlotAttempt(job.slot(), job.attempt()));
          end(job, Outcome.FAILED, problem.problem(), 0, Verdict.pass(), null);
          if (isFirst) {
            firstFailures.add(problem);
            if (firstFailures.size() == first.size()) {
              throw allFailed();
            }
          }
        });
  }

  private GenerationException allFailed() {
    Map<String, Integer> counts = new HashMap<>();
    firstFailures.forEach(failed -> counts.merge(failed.problem(), 1, Integer::sum));
    firstFailures.sort(
        Comparator.comparing(GenerationException::attempt)
            .thenComparing(GenerationException::slot));
    int most = Collections.max(counts.values());
    GenerationException typical =
        firstFailures.stream()
            .filter(failed -> counts.getOrDefault(failed.problem(), 0) == most)
            .findFirst()
            .orElseThrow();
    return GenerationException.ofAll(run.folder(), firstFailures.size(), most, typical);
  }

  /** An attempt did not fail: the model can paint. */
  private void endFirst(int slot, int attempt) {
    if (first.contains(new SlotAttempt(slot, attempt))) {
      first.clear();
    }
  }

  private void accept(GeneratedImage painting, Verdict verdict, byte[] png) {
    GenerationJob job = painting.job();
    String file = "images/" + fileName(job);
    AtomicFiles.write(run.folder().resolve(file), png);
    ManifestEntry entry =
        new ManifestEntry(
            job.slot(),
            job.attempt(),
            job.seed(),
            prompt(job.slot()).labels(),
            job.prompt().text(),
            job.prompt().negativePrompt(),
            file,
            Sha256.hex(png),
            painting.functionEvaluations(),
            audits.remove(job) != null,
            false,
            verdict.scores(),
            settings.sampler());
    add(entry);
  }

  private void add(ManifestEntry entry) {
    if (manifest == null) {
      throw new IllegalStateException("an image came after the painting had ended");
    }
    endFirst(entry.slot(), entry.attempt());
    manifest.add(entry);
    accepted.put(entry.slot(), entry);
    listener.onEvent(new AugmentationEvent.Accepted(entry));
  }

  private void end(
      GenerationJob job,
      Outcome outcome,
      String reason,
      int functionEvaluations,
      Verdict verdict,
      @Nullable String file) {
    record(
        new AttemptRecord(
            job.slot(),
            job.attempt(),
            outcome,
            prompt(job.slot()).labels(),
            job.prompt().text(),
            job.prompt().negativePrompt(),
            reason,
            functionEvaluations,
            audits.remove(job) != null,
            verdict.scores(),
            verdict.lastResort(),
            file));
    queue(job.slot(), job.attempt() + 1);
  }

  private void record(AttemptRecord attempt) {
    if (attempts == null) {
      throw new IllegalStateException("an attempt ended after the painting had ended");
    }
    if (attempt.outcome() != Outcome.FAILED) {
      endFirst(attempt.slot(), attempt.attempt());
    }
    attempts.add(attempt);
    count(attempt);
    listener.onEvent(new AugmentationEvent.Unaccepted(attempt));
  }

  /** A disk that fails ends the run, from whichever thread noticed it. */
  private void guarded(Runnable action) {
    if (failure != null) {
      return;
    }
    try {
      action.run();
    } catch (RuntimeException e) {
      failure = e;
      throw e;
    }
  }

  private synchronized void rethrowFailure() {
    if (failure != null) {
      throw failure;
    }
  }

  /** Slots that used all their attempts take the best of what was rejected, or stay empty. */
  private synchronized void fillExhaustedSlots() {
    Map<Integer, AttemptRecord> best = new HashMap<>();
    if (settings.fill()) {
      for (AttemptRecord attempt : unaccepted) {
        if (attempt.outcome() == Outcome.REJECTED
            && attempt.lastResort() != null
            && attempt.file() != null
            && !accepted.containsKey(attempt.slot())) {
          best.merge(attempt.slot(), attempt, GenerationStage::better);
        }
      }
    }
    for (PromptRecord prompt : prompts.values()) {
      int slot = prompt.slot();
      if (!accepted.containsKey(slot)
          && unacceptedBySlot.getOrDefault(slot, 0) >= settings.attempts()) {
        AttemptRecord attempt = best.get(slot);
        if (attempt == null) {
          listener.onEvent(new AugmentationEvent.SlotExhausted(slot));
        } else {
          keep(attempt);
        }
      }
    }
  }

  /** The earlier one of two that are equally good, whatever their order here. */
  private static AttemptRecord better(AttemptRecord one, AttemptRecord other) {
    return Comparator.comparing(
                    (AttemptRecord a) -> Objects.requireNonNullElse(a.lastResort(), 0.0))
                .thenComparing(AttemptRecord::attempt, Comparator.reverseOrder())
                .compare(one, other)
            >= 0
        ? one
        : other;
  }

  private void keep(AttemptRecord attempt) {
    Path rejected = run.folder().resolve(Objects.requireNonNull(attempt.file()));
    String file = "images/" + rejected.getFileName();
    byte[] png;
    try {
      png = Files.readAllBytes(rejected);
    } catch (IOException e) {
      throw AtomicFiles.failure(rejected, e);
    }
    AtomicFiles.write(run.folder().resolve(file), png);
    add(
        new ManifestEntry(
            attempt.slot(),
            attempt.attempt(),
            seed.forAttempt(attempt.slot(), attempt.attempt()),
            attempt.labels(),
            attempt.prompt(),
            attempt.negativePrompt(),
            file,
            Sha256.hex(png),
            attempt.functionEvaluations(),
            attempt.audited(),
            true,
            attempt.scores(),
            settings.sampler()));
    unaccepted.remove(attempt);
  }

  /**
   * Takes back accepted images that repeat the image of an earlier slot. All slots are done by now,
   * so what is found does not depend on the order in which they were.
   *
   * @return whether slots are open again
   */
  private synchronized boolean revokeDuplicates() {
    if (settings.distinct() < 0) {
      return false;
    }
    boolean open = false;
    int[] slots = new int[accepted.size()];
    PerceptualHash[] kept = new PerceptualHash[accepted.size()];
    int count = 0;
    for (ManifestEntry entry : List.copyOf(accepted.values())) {
      PerceptualHash hash =
          hashesBySlot.computeIfAbsent(
              entry.slot(),
              slot -> PerceptualHash.of(RgbImage.read(run.folder().resolve(entry.file()))));
      int twin = 0;
      while (twin < count && hash.distance(kept[twin]) > settings.distinct()) {
        twin++;
      }
      if (twin == count) {
        slots[count] = entry.slot();
        kept[count++] = hash;
        continue;
      }
      accepted.remove(entry.slot());
      hashesBySlot.remove(entry.slot());
      record(
          new AttemptRecord(
              entry.slot(),
              entry.attempt(),
              Outcome.DUPLICATE,
              entry.labels(),
              entry.prompt(),
              entry.negativePrompt(),
              "repeats the image of slot " + slots[twin],
              entry.functionEvaluations(),
              entry.audited(),
              entry.scores(),
              null,
              null));
      open |= entry.attempt() + 1 < firstAttempt(entry.slot()) + settings.attempts();
    }
    return open;
  }

  private synchronized void putInOrder() {
    unaccepted.sort(
        Comparator.comparingInt(AttemptRecord::slot).thenComparingInt(AttemptRecord::attempt));
    // In this order: a last resort that a later round replaced stands in the manifest alone so far.
    JsonLines.rewrite(run.attemptsFile(), unaccepted);
    JsonLines.rewrite(run.manifestFile(), List.copyOf(accepted.values()));
  }

  /** Images that no journal names: of duplicates, of edited prompts, of a kill before its line. */
  private synchronized void deleteStrays() {
    Set<String> named = new HashSet<>();
    accepted.values().forEach(entry -> named.add(entry.file()));
    unaccepted.stream().map(AttemptRecord::file).filter(Objects::nonNull).forEach(named::add);
    for (String folder : List.of("images", "rejected")) {
      Path images = run.folder().resolve(folder);
      if (!Files.isDirectory(images)) {
        continue;
      }
      try (Stream<Path> files = Files.list(images)) {
        for (Path file : files.toList()) {
          String name = file.getFileName().toString();
          if (OURS.matcher(name).matches() && !named.contains(folder + "/" + name)) {
            Files.delete(file);
          }
        }
      } catch (IOException e) {
        throw AtomicFiles.failure(images, e);
      }
    }
  }

  private Slot slot(GenerationJob job) {
    return new Slot(job.slot(), prompt(job.slot()).labels());
  }

  private static String fileName(GenerationJob job) {
    return String.format(Locale.ROOT, "%06d-%d.png", job.slot(), job.attempt());
  }

  private static byte[] png(RgbImage image) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image.toBufferedImage(), "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Memory does not fail so.
    }
    return bytes.toByteArray();
  }
}
