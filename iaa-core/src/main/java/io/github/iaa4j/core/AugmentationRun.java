package io.github.iaa4j.core;

import io.github.iaa4j.core.dataset.ImageEncoding;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.internal.Answers;
import io.github.iaa4j.core.outcome.Outcome;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.plan.RunSeed;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.GeneratedPrompt;
import io.github.iaa4j.core.prompt.GenerationExperience;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.RefinementLoop;
import io.github.iaa4j.core.run.AttemptRecord;
import io.github.iaa4j.core.run.GenerationSettings;
import io.github.iaa4j.core.run.Journals;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.PromptSettings;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.run.RunSettings;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.sampling.ModelNote;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stages of a run, one after another, with the parts that an agent was built of. Whoever calls
 * holds the folder's lock.
 */
final class AugmentationRun {

  private static final Logger LOG = LoggerFactory.getLogger(AugmentationRun.class);

  private final LabeledDataset dataset;
  private final String datasetName;
  private final @Nullable Balance balance;
  private final long seed;
  private final int attempts;
  private final int distinct;
  private final boolean fillExhausted;
  private final double auditShare;
  private final ImageEncoding encoding;
  private final RunFolder folder;
  private final RecordedSettings recorded;
  private final PromptAgent promptAgent;
  private final PromptCritic promptCritic;
  private final RefinementLoop refinement;
  private final @Nullable DiffusionSampler sampler;
  private final OnlineFilter filter;
  private final GenerationStage.Options options;
  private final int promptsInFlight;
  private final int generationRounds;
  private final GenerationExperience learnt;
  private final AugmentationListener listener;

  AugmentationRun(
      ImageAugmentationAgent.Builder builder, LabeledDataset dataset, RunFolder folder) {
    this.dataset = dataset;
    this.datasetName = builder.datasetName;
    this.balance = builder.balance;
    this.seed = builder.seed == null ? 0 : builder.seed;
    this.attempts = builder.attempts;
    this.distinct = builder.distinct;
    this.fillExhausted = builder.fillExhausted;
    this.auditShare = builder.auditShare;
    this.encoding = builder.encoding;
    this.folder = folder;
    this.promptAgent = builder.promptAgent;
    this.promptCritic =
        builder.promptCritic == null
            ? Answers.require(builder.promptAgent.critic(), builder.promptAgent, "critic")
            : builder.promptCritic;
    this.refinement = builder.refinement;
    this.sampler = builder.sampler;
    this.filter = builder.filter;
    this.options = new GenerationStage.Options(builder.keepRejected, builder.stopAfterFailures);
    this.promptsInFlight = builder.promptsInFlight;
    this.generationRounds = builder.generationRounds;
    this.learnt = builder.learnt;
    List<AugmentationListener> listeners = List.copyOf(builder.listeners);
    this.listener = event -> listeners.forEach(each -> each.onEvent(event));
    this.recorded =
        new RecordedSettings(
            folder,
            new RecordedSettings.Origin(builder.seed, datasetName, dataset.classNames()),
            listener);
  }

  /** Writes the prompts that are missing. */
  List<PromptRecord> writePrompts() throws InterruptedException {
    RunSettings settings = start();
    List<Slot> slots = new ArrayList<>();
    for (List<String> labels : settings.plan()) {
      slots.add(new Slot(slots.size(), labels));
    }
    ExaminedModels models =
        new ExaminedModels(
            settings.prompts(), promptAgent, promptCritic, folder::writePromptSettings);
    return promptStage(settings, models, learnt).write(slots, dataset.classNames());
  }

  /** The run's settings: those on disk, held against what was asked for, or new ones. */
  private RunSettings start() {
    dataset
        .notices()
        .forEach(
            notice ->
                LOG.warn(
                    "{}: {}", datasetName.isEmpty() ? "data set" : datasetName, notice.message()));
    PromptSettings prompts = promptSettings();
    if (balance == null) {
      if (!folder.isStarted()) {
        throw new ConfigurationException(
            "a new run needs a balance: call balance(…) on the builder");
      }
      RunSettings settings = recorded.resume(prompts);
      folder.writeNotices(dataset.notices());
      return settings;
    }
    List<String> unplanned = balance.unplannable(dataset);
    RunSettings asked =
        new RunSettings(
            RunSettings.FORMAT,
            seed,
            datasetName,
            dataset.classNames(),
            balance.toString(),
            prompts,
            unplanned,
            balance.plan(dataset, new RunSeed(seed)).stream().map(Slot::labels).toList());
    RunSettings settings = recorded.start(asked);
    folder.writeNotices(dataset.notices());
    if (!unplanned.isEmpty()) {
      LOG.warn("no image of the data set shows {}: none is planned for them", unplanned);
      listener.onEvent(new AugmentationEvent.ClassesUnplanned(unplanned));
    }
    return settings;
  }

  private PromptSettings promptSettings() {
    return new PromptSettings(
        Answers.require(promptAgent.describe(), promptAgent, "describe"),
        Answers.require(promptCritic.describe(), promptCritic, "describe"),
        Answers.require(refinement.describe(), refinement, "describe"),
        learnt.isEmpty() ? null : learnt.describe());
  }

  /** Rewrites the prompts whose attempts were all used in vain. */
  List<PromptRecord> rewritePrompts() throws InterruptedException {
    recorded.requireOrigin();
    Run run = folder.run();
    GenerationExperience own = run.experience();
    Map<Integer, GeneratedPrompt> exhausted =
        PromptStage.exhausted(run, own, run.generationSettings().attempts());
    if (exhausted.isEmpty()) {
      folder.deleteRewrites(); // Left by a kill after their prompts had taken their places.
      return List.of();
    }
    ExaminedModels models =
        new ExaminedModels(
            recorded.rewrite(promptSettings()),
            promptAgent,
            promptCritic,
            folder::writeRewritingSettings);
    return promptStage(run.settings(), models, learnt.and(own))
        .rewrite(dataset.classNames(), exhausted);
  }

  private PromptStage promptStage(
      RunSettings settings, ExaminedModels models, GenerationExperience known) {
    return new PromptStage(
        folder, models, refinement, new RunSeed(settings.seed()), promptsInFlight, known, listener);
  }

  /** Generates the images that are missing, in as many rounds as were asked for. */
  AugmentationReport generate(DiffusionSampler generator) throws InterruptedException {
    AugmentationReport report = generateOnce(generator);
    while (generationRounds > 1
        && roundsBegun() < generationRounds
        && !rewritePrompts().isEmpty()) {
      report = generateOnce(generator);
    }
    report.shortfalls().forEach(shortfall -> LOG.warn("{}: {}", folder.path(), shortfall));
    return report;
  }

  /** Counted from the prompts, so that a run that died is resumed in the round that it was in. */
  private int roundsBegun() {
    return folder.run().prompts().stream()
        .mapToInt(prompt -> 1 + prompt.givenUp().size())
        .max()
        .orElse(generationRounds);
  }

  private AugmentationReport generateOnce(DiffusionSampler generator) throws InterruptedException {
    Run run = folder.run();
    PromptStage.deleteSpentRewrites(folder);
    GenerationSettings settings =
        new GenerationSettings(
            Answers.require(generator.describe(), generator, "describe"),
            Answers.require(filter.describe(), filter, "describe"),
            attempts,
            distinct,
            fillExhausted,
            auditShare,
            encoding);
    List<ModelNote> notes = Answers.require(generator.notes(), generator, "notes");
    Journals journals = run.journals();
    boolean holdsNothing = holdsNothing(run, journals);
    recorded.generate(settings, holdsNothing);
    if (holdsNothing && !journals.attempts().isEmpty()) {
      folder.replaceAttempts(List.of());
    }
    notes.forEach(note -> LOG.warn("{}", note));
    folder.writeModelNotes(notes);
    return new GenerationStage(
            folder, dataset.classNames(), generator, filter, settings, options, listener)
        .generate();
  }

  /**
   * Whether nothing was generated yet. A run in which every attempt failed so far holds nothing
   * that its settings have generated: it starts over, perhaps with a model that works; not where
   * prompts were rewritten for them.
   */
  private static boolean holdsNothing(Run run, Journals journals) {
    if (!journals.manifest().isEmpty()) {
      return false;
    }
    List<AttemptRecord> before = journals.attempts();
    return before.isEmpty()
        || (before.stream().allMatch(attempt -> attempt.outcome() == Outcome.FAILED)
            && run.prompts().stream().allMatch(prompt -> prompt.givenUp().isEmpty()));
  }

  /**
   * What generates.
   *
   * @throws ConfigurationException if there is none
   */
  DiffusionSampler sampler() {
    if (sampler == null) {
      throw new ConfigurationException(
          "generating images needs a sampler: call sampler(…) on the builder");
    }
    return sampler;
  }
}
