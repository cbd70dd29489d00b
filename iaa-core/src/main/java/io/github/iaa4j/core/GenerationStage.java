package io.github.iaa4j.core;

import io.github.iaa4j.core.dataset.ImageEncoding;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.Verdict;
import io.github.iaa4j.core.internal.FilterAnswers;
import io.github.iaa4j.core.internal.JsonLines;
import io.github.iaa4j.core.outcome.Outcome;
import io.github.iaa4j.core.plan.RunSeed;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.run.AttemptRecord;
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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * From {@code prompts.jsonl} to accepted images. A slot's attempts follow one another until one is
 * accepted; slots know nothing of each other, so their order cannot matter. The journals are
 * appended to as things happen and put in order at the end.
 */
final class GenerationStage implements JobSource, StepObserver {

  /**
   * How the run treats images besides what its settings record.
   *
   * @param keepRejected whether rejected images are kept to be looked at
   * @param stopAfterFailures after how many first attempts that all fail the run ends; 0 for never
   */
  record Options(boolean keepRejected, int stopAfterFailures) {}

  private final RunFolder folder;
  private final Run run;
  private final List<String> classNames;
  private final DiffusionSampler sampler;
  private final OnlineFilter filter;
  private final GenerationSettings settings;
  private final Options options;
  private final AugmentationListener listener;
  private final RunSeed seed;
  private final RepeatedImages repeatedImages;

  // Guarded by this.
  private final AttemptLedger ledger;
  private final ArrayDeque<GenerationJob> ready = new ArrayDeque<>();
  private final Set<GenerationJob> underWay = new HashSet<>();
  private final Set<GenerationJob> audits = new HashSet<>();
  private @Nullable FirstAttempts firstAttempts;
  private @Nullable JsonLines<ManifestEntry> manifest;
  private @Nullable JsonLines<AttemptRecord> attempts;
  private @Nullable RuntimeException failure;

  GenerationStage(
      RunFolder folder,
      List<String> classNames,
      DiffusionSampler sampler,
      OnlineFilter filter,
      GenerationSettings settings,
      Options options,
      AugmentationListener listener) {
    this.folder = folder;
    this.run = folder.run();
    this.classNames = classNames;
    this.sampler = sampler;
    this.filter = filter;
    this.settings = settings;
    this.options = options;
    this.listener = listener;
    this.seed = new RunSeed(run.settings().seed());
    this.repeatedImages =
        new RepeatedImages(settings.distinct(), entry -> RgbImage.read(run.image(entry)));
    this.ledger = AttemptLedger.read(run, classNames, settings);
  }

  AugmentationReport generate() throws InterruptedException {
    try (JsonLines<ManifestEntry> manifestLines = folder.appendManifest();
        JsonLines<AttemptRecord> attemptLines = folder.appendAttempts()) {
      begin(manifestLines, attemptLines);
      do {
        queueOpenSlots();
        sampler.generate(this, this);
        requireAllEnded();
        fillExhaustedSlots();
        revokeDuplicates();
      } while (isSlotOpen());
    }
    synchronized (this) {
      reportExhaustedSlots();
      ledger.endRound(options.keepRejected());
      folder.replaceAttempts(ledger.unaccepted());
      folder.replaceManifest(ledger.accepted());
      List<String> named = new ArrayList<>();
      ledger.accepted().forEach(entry -> named.add(entry.file()));
      ledger.unaccepted().stream()
          .map(AttemptRecord::file)
          .filter(Objects::nonNull)
          .forEach(named::add);
      folder.deleteImagesExcept(named);
      AugmentedDataset.write(folder, classNames, settings.encoding(), ledger.accepted());
      AugmentationReport report =
          AugmentationReport.of(
              run, ledger.prompts(), ledger.accepted(), ledger.unaccepted(), settings.attempts());
      listener.onEvent(new AugmentationEvent.GenerationFinished(report));
      return report;
    }
  }

  private synchronized void begin(
      JsonLines<ManifestEntry> manifestLines, JsonLines<AttemptRecord> attemptLines) {
    manifest = manifestLines;
    attempts = attemptLines;
    int done = ledger.accepted().size() + ledger.outdatedFallbacks().size();
    listener.onEvent(new AugmentationEvent.GenerationBegun(ledger.prompts().size(), done));
    List<Integer> unprompted = ledger.slotsWithoutPrompt(run.settings().plan().size());
    if (!unprompted.isEmpty()) {
      listener.onEvent(new AugmentationEvent.SlotsWithoutPrompt(unprompted));
    }
    rejectOutdatedFallbacks(manifestLines, attemptLines);
    firstAttempts =
        new FirstAttempts(run.folder(), ledger, settings.attempts(), options.stopAfterFailures());
  }

  private void rejectOutdatedFallbacks(
      JsonLines<ManifestEntry> manifestLines, JsonLines<AttemptRecord> attemptLines) {
    List<AugmentationEvent> revoked = new ArrayList<>();
    for (ManifestEntry fallback : ledger.outdatedFallbacks()) {
      String file = folder.rejectAccepted(run.image(fallback));
      AttemptRecord attempt = AttemptRecord.replaced(fallback, file);
      ledger.add(attempt);
      revoked.add(new AugmentationEvent.Revoked(fallback, attempt));
    }
    if (!revoked.isEmpty()) {
      // In this order: an image that stands in both journals is one that was kept.
      attemptLines.replace(ledger.unaccepted());
      manifestLines.replace(ledger.accepted());
      revoked.forEach(listener::onEvent);
    }
  }

  private synchronized void queueOpenSlots() {
    for (PromptRecord prompt : ledger.prompts()) {
      if (!ledger.isAccepted(prompt.slot())) {
        queueNext(prompt.slot());
      }
    }
  }

  private void queueNext(int slot) {
    Integer attempt = ledger.nextAttempt(slot);
    if (attempt != null) {
      ready.add(
          new GenerationJob(
              slot, attempt, seed.forAttempt(slot, attempt), ledger.prompt(slot).prompt()));
    }
  }

  @Override
  public synchronized @Nullable GenerationJob poll() {
    GenerationJob job = failure == null ? ready.poll() : null;
    if (job != null) {
      underWay.add(job);
    }
    return job;
  }

  @Override
  public int[] previewSteps(int steps) {
    return answer(() -> FilterAnswers.previewSteps(filter.previewSteps(steps), filter, steps));
  }

  @Override
  public boolean onPreview(Preview preview) {
    GenerationJob job = preview.job();
    synchronized (this) {
      if (failure != null) {
        return false;
      }
      guarded(() -> requireTaken(job));
      if (audits.contains(job)) {
        return true;
      }
    }
    Verdict verdict =
        answer(() -> FilterAnswers.verdict(filter.preview(slot(job), preview), filter, "preview"));
    if (verdict.passed()) {
      return true;
    }
    synchronized (this) {
      // Drawn from the attempt's own seed, so it depends on nothing else.
      if (RunSeed.auditDraw(job.seed()) < settings.auditShare()) {
        audits.add(job);
        return true;
      }
      guarded(
          () -> {
            end(job);
            int step = preview.step();
            int evaluations = preview.functionEvaluations();
            record(AttemptRecord.dropped(job, labels(job), verdict, step, evaluations));
            queueNext(job.slot());
          });
      return false;
    }
  }

  @Override
  public void onGenerated(GeneratedImage image) {
    GenerationJob job = image.job();
    synchronized (this) {
      guarded(() -> requireTaken(job));
    }
    ImageEncoding encoding = settings.encoding();
    byte[] bytes = encoding.encode(image.image());
    // What is judged is what whoever trains on the file will see.
    RgbImage seen = encoding == ImageEncoding.PNG ? image.image() : encoding.decode(bytes);
    Verdict verdict =
        answer(() -> FilterAnswers.verdict(filter.judge(slot(job), seen), filter, "judge"));
    synchronized (this) {
      guarded(
          () -> {
            end(job);
            boolean audited = audits.remove(job);
            if (verdict.passed()) {
              accept(
                  ManifestEntry.accepted(
                      image,
                      labels(job),
                      verdict,
                      audited,
                      folder.writeImage(job, encoding, bytes),
                      settings.sampler()));
              return;
            }
            boolean isKept =
                options.keepRejected() || (settings.fillExhausted() && verdict.quality() != null);
            String file = isKept ? folder.writeRejected(job, encoding, bytes) : null;
            int evaluations = image.functionEvaluations();
            record(AttemptRecord.rejected(job, labels(job), verdict, evaluations, audited, file));
            queueNext(job.slot());
          });
    }
  }

  /**
   * Asks the filter. Where it fails, so does the run, whatever the sampler makes of the exception.
   */
  private <T> T answer(Supplier<T> question) {
    try {
      return question.get();
    } catch (RuntimeException e) {
      throw failed(e);
    }
  }

  @Override
  public synchronized void onFailed(GenerationJob job, GenerationException problem) {
    guarded(
        () -> {
          end(job);
          record(AttemptRecord.failed(job, labels(job), problem.problem(), audits.remove(job)));
          queueNext(job.slot());
          firstAttempts().failed(job.slot(), job.attempt(), problem);
        });
  }

  private void accept(ManifestEntry entry) {
    Objects.requireNonNull(manifest).add(entry);
    firstAttempts().succeeded(entry.slot(), entry.attempt());
    ledger.accept(entry);
    listener.onEvent(new AugmentationEvent.Accepted(entry));
  }

  private void record(AttemptRecord attempt) {
    Objects.requireNonNull(attempts).add(attempt);
    if (attempt.outcome() != Outcome.FAILED) {
      firstAttempts().succeeded(attempt.slot(), attempt.attempt());
    }
    ledger.add(attempt);
    listener.onEvent(new AugmentationEvent.Unaccepted(attempt));
  }

  private FirstAttempts firstAttempts() {
    return Objects.requireNonNull(firstAttempts);
  }

  private void end(GenerationJob job) {
    requireTaken(job);
    underWay.remove(job);
  }

  private void requireTaken(GenerationJob job) {
    if (!underWay.contains(job)) {
      throw new ConfigurationException(
          "the sampler "
              + settings.sampler().name()
              + " reported on the job of slot "
              + job.slot()
              + ", attempt "
              + job.attempt()
              + ", which it had not taken or had ended before. A DiffusionSampler ends each job that"
              + " poll() gave it once.");
    }
  }

  /** A disk that fails ends the run, from whichever thread noticed it. */
  private void guarded(Runnable action) {
    if (failure != null) {
      return;
    }
    try {
      action.run();
    } catch (RuntimeException e) {
      throw failed(e);
    }
  }

  /** Notes the first failure of the run, so that other threads take no further jobs. */
  private synchronized RuntimeException failed(RuntimeException e) {
    failure = failure == null ? e : failure;
    return e;
  }

  private synchronized void requireAllEnded() {
    if (failure != null) {
      throw failure;
    }
    if (!ready.isEmpty() || !underWay.isEmpty()) {
      throw new ConfigurationException(
          "the sampler "
              + settings.sampler().name()
              + " returned and left "
              + ready.size()
              + " jobs untaken and "
              + underWay.size()
              + " neither generated, dropped nor failed. A DiffusionSampler returns once poll() gives"
              + " null while it has no job under way.");
    }
  }

  /** Slots that used all their attempts take the best of what was rejected, if that is wanted. */
  private synchronized void fillExhaustedSlots() {
    Map<Integer, AttemptRecord> best = ledger.bestRejected();
    for (PromptRecord prompt : ledger.prompts()) {
      AttemptRecord attempt = best.get(prompt.slot());
      if (ledger.isExhausted(prompt.slot()) && attempt != null) {
        ManifestEntry entry =
            ManifestEntry.fallback(
                attempt,
                seed.forAttempt(attempt.slot(), attempt.attempt()),
                folder.acceptRejected(run.image(attempt).orElseThrow()),
                settings.sampler());
        Objects.requireNonNull(manifest).add(entry);
        ledger.acceptRejected(attempt, entry);
        listener.onEvent(new AugmentationEvent.Accepted(entry));
      }
    }
  }

  private void reportExhaustedSlots() {
    for (PromptRecord prompt : ledger.prompts()) {
      if (ledger.isExhausted(prompt.slot())) {
        listener.onEvent(new AugmentationEvent.SlotExhausted(prompt.slot()));
      }
    }
  }

  /**
   * Takes back accepted images that repeat the image of an earlier slot. All slots are done by now,
   * so what is found does not depend on the order in which they were.
   */
  private synchronized void revokeDuplicates() {
    List<AugmentationEvent> revoked = new ArrayList<>();
    for (RepeatedImages.Repeat repeat : repeatedImages.find(ledger.accepted())) {
      ManifestEntry entry = repeat.entry();
      AttemptRecord attempt = AttemptRecord.duplicate(entry, repeat.earlierSlot());
      ledger.revoke(entry, attempt);
      revoked.add(new AugmentationEvent.Revoked(entry, attempt));
    }
    if (!revoked.isEmpty()) {
      // All or none: a start that finds some of them revoked would fill their slots, and compare
      // the others with images that were not there yet.
      Objects.requireNonNull(attempts).replace(ledger.unaccepted());
      revoked.forEach(listener::onEvent);
    }
  }

  /** Whether a slot without an image may get one. */
  private synchronized boolean isSlotOpen() {
    Map<Integer, AttemptRecord> best = ledger.bestRejected();
    return ledger.prompts().stream()
        .mapToInt(PromptRecord::slot)
        .anyMatch(
            slot ->
                !ledger.isAccepted(slot)
                    && (ledger.nextAttempt(slot) != null || best.containsKey(slot)));
  }

  private Slot slot(GenerationJob job) {
    return new Slot(job.slot(), labels(job));
  }

  private List<String> labels(GenerationJob job) {
    return ledger.prompt(job.slot()).labels();
  }
}
