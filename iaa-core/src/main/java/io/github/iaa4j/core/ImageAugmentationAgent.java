package io.github.iaa4j.core;

import com.google.gson.GsonBuilder;
import io.github.iaa4j.core.dataset.DatasetNotice;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.VocWriter;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.error.IaaException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.internal.AtomicFiles;
import io.github.iaa4j.core.internal.JsonLines;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.plan.RunSeed;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.GenerationExperience;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.RefinementLoop;
import io.github.iaa4j.core.prompt.RuleBasedPromptAgent;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.core.run.AttemptRecord;
import io.github.iaa4j.core.run.AttemptRecord.Outcome;
import io.github.iaa4j.core.run.GenerationSettings;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.run.RunSettings;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.sampling.ModelNote;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Grows an image-labelled data set, after <em>Image Augmentation Agent for Weakly Supervised
 * Semantic Segmentation</em> (arXiv 2412.20439): plan, prompts, painting with the online filter,
 * augmented data set.
 *
 * <pre>{@code
 * AugmentationReport report =
 *     ImageAugmentationAgent.builder()
 *         .dataset(VocDataset.open(voc, "train"))
 *         .sampler(StableDiffusion.load(checkpoint).build())
 *         .filter(OnlineFilter.of(classifier).rejectPreviewBelow(0.05).acceptFrom(0.3))
 *         .balance(Balance.topUpTo(200))
 *         .output(folder)
 *         .build()
 *         .run();
 * }</pre>
 *
 * <p>Each stage writes plain files ({@link Run}) and can be stopped at any instant: running again
 * with the same folder goes on where it stopped and ends with the same bytes. The agent owns
 * nothing that it is given; the caller closes the sampler and the filter's models.
 */
public final class ImageAugmentationAgent implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ImageAugmentationAgent.class);

  private final LabeledDataset dataset;
  private final String datasetName;
  private final PromptAgent promptAgent;
  private final PromptCritic promptCritic;
  private final RefinementLoop refinement;
  private final @Nullable DiffusionSampler sampler;
  private final OnlineFilter filter;
  private final @Nullable Balance balance;
  private final Path output;
  private final long seed;
  private final int attempts;
  private final int distinct;
  private final boolean fill;
  private final double auditShare;
  private final boolean keepRejected;
  private final int stopAfterFailures;
  private final int promptsInFlight;
  private final int generationRounds;
  private final GenerationExperience learnt;
  private final AugmentationListener listener;

  private final Object state = new Object();
  private @Nullable Thread running;
  private boolean closed;

  private ImageAugmentationAgent(Builder builder, LabeledDataset dataset, Path output) {
    this.dataset = dataset;
    this.output = output;
    this.datasetName = builder.datasetName;
    this.promptAgent = builder.promptAgent;
    this.promptCritic =
        builder.promptCritic == null ? builder.promptAgent.critic() : builder.promptCritic;
    this.refinement = builder.refinement;
    this.sampler = builder.sampler;
    this.filter = builder.filter;
    this.balance = builder.balance;
    this.seed = builder.seed;
    this.attempts = builder.attempts;
    this.distinct = builder.distinct;
    this.fill = builder.fill;
    this.auditShare = builder.auditShare;
    this.keepRejected = builder.keepRejected;
    this.stopAfterFailures = builder.stopAfterFailures;
    this.promptsInFlight = builder.promptsInFlight;
    this.generationRounds = builder.generationRounds;
    this.learnt = builder.learnt;
    List<AugmentationListener> listeners = List.copyOf(builder.listeners);
    this.listener = event -> listeners.forEach(each -> each.onEvent(event));
  }

  /** Starts with the embedded defaults: the rule-based agent, ε = 0.8 in 4 rounds, no filter. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Both stages: {@link #writePrompts()}, then {@link #generate()}.
   *
   * @throws ConfigurationException if there is no balance or sampler, or the folder holds a run
   *     that was begun with other settings
   * @throws CancelledException if the thread was interrupted or the agent closed
   * @throws IaaException as the data set, the language model, the sampler and the disk fail
   */
  public AugmentationReport run() {
    painter(); // Before a language model is paid for prompts that nobody can paint.
    writePrompts();
    return generate();
  }

  /** Counted from the prompts, so that a run that died goes on in the round that it was in. */
  private int generatedRounds() {
    return exclusively(
        () ->
            Run.open(output).prompts().stream()
                .mapToInt(prompt -> 1 + prompt.givenUp().size())
                .max()
                .orElse(generationRounds));
  }

  /**
   * Plans the slots and writes the prompt of each that has none yet to {@code prompts.jsonl}. Needs
   * no sampler.
   *
   * @throws ConfigurationException if there is no balance, or the folder holds another run
   * @throws CancelledException if the thread was interrupted or the agent closed
   * @throws LlmException if a language model fails and would fail the next time too; the prompts
   *     written so far stay
   */
  public List<PromptRecord> writePrompts() {
    return exclusively(
        () -> {
          RunSettings settings = begin();
          tellNotices();
          List<Slot> slots = new ArrayList<>();
          for (List<String> labels : settings.plan()) {
            slots.add(new Slot(slots.size(), labels));
          }
          return promptStage(settings, learnt).write(slots, dataset.classNames());
        });
  }

  /**
   * Rewrites the prompts of the slots whose attempts are used up without an accepted image, with
   * what the run has shown of its painter in view: which reasons the filter gave, and which words
   * go with accepted images. The old prompt, that critique and the new one are rounds of the
   * prompt. Each slot can then be painted as often again. A prompt that a person has written or
   * edited is left as it is. Needs no sampler and no balance.
   *
   * @return the prompts that were rewritten; empty where every image was accepted
   * @throws ConfigurationException if not all prompts are painted to the end
   * @throws CancelledException if the thread was interrupted or the agent closed
   * @throws StorageException if the folder holds no run, or the disk fails
   * @throws LlmException if a language model cannot be reached; what was rewritten so far stays
   */
  public List<PromptRecord> rewritePrompts() {
    return exclusively(
        () -> {
          Run run = Run.open(output);
          GenerationExperience own = run.experience();
          return promptStage(run.settings(), learnt.and(own))
              .rewrite(dataset.classNames(), own, run.generationSettings().attempts());
        });
  }

  private PromptStage promptStage(RunSettings settings, GenerationExperience known) {
    return new PromptStage(
        Run.open(output),
        promptAgent,
        promptCritic,
        refinement,
        new RunSeed(settings.seed()),
        promptsInFlight,
        known,
        listener);
  }

  /**
   * Paints an image for every prompt in {@code prompts.jsonl} that has none yet, and writes the
   * augmented data set. Prompts that were edited since are painted anew. As often as there are more
   * painting rounds, {@link #rewritePrompts()} follows, and what it wrote is painted.
   *
   * @throws ConfigurationException if there is no sampler, the filter does not know the classes, or
   *     images of the run were painted with other settings
   * @throws GenerationException if the first attempts all failed ({@link
   *     Builder#stopAfterFailures}); started again, the run begins anew, with another sampler too
   * @throws CancelledException if the thread was interrupted or the agent closed
   * @throws StorageException if the folder holds no prompts, or the disk fails
   * @throws ModelException if the sampler's model is not what it claims
   * @throws LlmException if a language model that is to rewrite prompts cannot be reached
   */
  public AugmentationReport generate() {
    AugmentationReport report = generateOnce();
    while (generationRounds > 1
        && generatedRounds() < generationRounds
        && !rewritePrompts().isEmpty()) {
      report = generateOnce();
    }
    return report;
  }

  private AugmentationReport generateOnce() {
    DiffusionSampler painter = painter();
    return exclusively(
        () -> {
          Run run = Run.open(output);
          PromptStage.deleteSpentRewrites(run);
          GenerationSettings settings =
              new GenerationSettings(
                  painter.info(), filter.describe(), attempts, distinct, fill, auditShare);
          forgetFailures(run);
          holdTo(settings, run.manifest().isEmpty() && run.attempts().isEmpty());
          tellNotes(painter.notes());
          new GenerationStage(
                  run,
                  dataset.classNames(),
                  painter,
                  filter,
                  settings,
                  keepRejected,
                  stopAfterFailures,
                  listener)
              .generate();
          return AugmentationReport.of(run);
        });
  }

  /**
   * A run in which every attempt failed so far holds nothing that its settings have painted. It
   * begins anew, perhaps with a model that works; not where prompts were rewritten for them.
   */
  private static void forgetFailures(Run run) {
    List<AttemptRecord> attempts = run.attempts();
    if (!attempts.isEmpty()
        && run.manifest().isEmpty()
        && run.prompts().stream().allMatch(prompt -> prompt.givenUp().isEmpty())
        && attempts.stream().allMatch(attempt -> attempt.outcome() == Outcome.FAILED)) {
      JsonLines.rewrite(run.attemptsFile(), List.of());
    }
  }

  private DiffusionSampler painter() {
    DiffusionSampler painter = sampler;
    if (painter == null) {
      throw new ConfigurationException("painting needs a sampler: call sampler(…) on the builder");
    }
    return painter;
  }

  /** Cancels what runs in another thread, within one denoising step. What was made stays. */
  @Override
  public void close() {
    synchronized (state) {
      closed = true;
      if (running != null) {
        running.interrupt();
      }
    }
  }

  private interface Stage<R> {
    R run() throws InterruptedException;
  }

  /** Runs a stage with the folder locked against other processes and other threads. */
  private <R> R exclusively(Stage<R> stage) {
    synchronized (state) {
      if (closed) {
        throw new CancelledException(output);
      }
      if (running != null) {
        throw new ConfigurationException("this agent is running already, in " + running.getName());
      }
      running = Thread.currentThread();
    }
    try {
      Files.createDirectories(output);
      Path lockFile = output.resolve(".lock");
      try (FileChannel channel =
              FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = lock(channel)) {
        assert lock.isValid();
        return stage.run();
      }
    } catch (InterruptedException | ClosedByInterruptException e) {
      Thread.currentThread().interrupt();
      throw new CancelledException(output);
    } catch (IOException e) {
      throw AtomicFiles.failure(output, e);
    } catch (IaaException e) {
      // An interrupted thread cannot read a file: what looks like a broken disk was the interrupt.
      if (e.getCause() instanceof ClosedByInterruptException) {
        throw new CancelledException(output);
      }
      throw e;
    } finally {
      synchronized (state) {
        running = null;
        if (closed) {
          // The interrupt was ours: whoever called run() did not ask for it.
          Thread.interrupted();
        }
      }
    }
  }

  private FileLock lock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return lock;
      }
    } catch (OverlappingFileLockException e) {
      throw busy(e);
    }
    throw busy(null);
  }

  private StorageException busy(@Nullable Exception cause) {
    return new StorageException(
        output,
        "another process is working on this run. Wait for it, or use another folder.",
        cause);
  }

  /** The run's settings: those on disk, held to what was asked for, or new ones. */
  private RunSettings begin() {
    Path file = output.resolve("run.json");
    Optional<RunSettings> begun =
        Files.exists(file) ? Optional.of(Run.open(output).settings()) : Optional.empty();
    if (balance == null) {
      return begun.orElseThrow(
          () ->
              new ConfigurationException(
                  "a new run needs a balance: call balance(…) on the builder"));
    }
    RunSettings asked =
        new RunSettings(
            RunSettings.FORMAT,
            seed,
            datasetName,
            dataset.classNames(),
            balance.toString(),
            promptAgent.describe() + (learnt.isEmpty() ? "" : ", taught by " + learnt.describe()),
            refinement.describe().toString(),
            balance.plan(dataset, new RunSeed(seed)).stream().map(Slot::labels).toList());
    if (begun.isEmpty()) {
      AtomicFiles.write(file, json(asked));
    } else if (!begun.get().equals(asked)) {
      throw new ConfigurationException(
          file
              + ": this run was begun with "
              + differences(begun.get(), asked)
              + ". Ask for the same, or use another folder.");
    }
    return asked;
  }

  /** What is odd about the data is logged, and kept for the report. */
  private void tellNotices() {
    List<DatasetNotice> notices = dataset.notices();
    for (DatasetNotice notice : notices) {
      LOG.warn("{}: {}", datasetName.isEmpty() ? "data set" : datasetName, notice.message());
    }
    keep(Run.open(output).noticesFile(), notices);
  }

  private void tellNotes(List<ModelNote> notes) {
    notes.forEach(note -> LOG.warn("{}", note));
    keep(Run.open(output).modelNotesFile(), notes);
  }

  /** A file is there where there is, or was, something to tell. */
  private static void keep(Path file, List<?> told) {
    if (!told.isEmpty() || Files.exists(file)) {
      AtomicFiles.write(file, json(told));
    }
  }

  private static String differences(RunSettings begun, RunSettings asked) {
    List<String> differences = new ArrayList<>();
    difference(differences, "seed", begun.seed(), asked.seed());
    difference(differences, "data set", begun.dataset(), asked.dataset());
    difference(differences, "classes", begun.classNames(), asked.classNames());
    difference(differences, "balance", begun.balance(), asked.balance());
    difference(differences, "agent", begun.agent(), asked.agent());
    difference(differences, "refinement", begun.refinement(), asked.refinement());
    if (differences.isEmpty()) {
      difference(
          differences,
          "a plan",
          "of " + begun.plan().size() + " slots for other labels",
          "of " + asked.plan().size());
    }
    return String.join("; ", differences);
  }

  private static void difference(
      List<String> differences, String name, Object begun, Object asked) {
    if (!begun.equals(asked)) {
      differences.add(name + " " + begun + ", not " + asked);
    }
  }

  private void holdTo(GenerationSettings settings, boolean nothingPainted) {
    Path file = output.resolve("painting.json");
    byte[] asked = json(settings);
    try {
      if (nothingPainted || !Files.exists(file)) {
        AtomicFiles.write(file, asked);
        return;
      }
      String begun = Files.readString(file);
      if (!begun.equals(new String(asked, StandardCharsets.UTF_8))) {
        throw new ConfigurationException(
            file
                + ": the images of this run were painted with "
                + begun.strip()
                + ", not with "
                + new String(asked, StandardCharsets.UTF_8).strip()
                + ". Paint with the same settings, or use another folder.");
      }
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  private static byte[] json(Object value) {
    String text =
        new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(value) + "\n";
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Collects the parts and options of an agent. {@link #build()} checks all of them at once. */
  public static final class Builder {

    private static final int DEFAULT_ATTEMPTS = 8;
    private static final int DEFAULT_STOP_AFTER_FAILURES = 16;
    private static final double DEFAULT_AUDIT_SHARE = 0.03;

    private @Nullable LabeledDataset dataset;
    private String datasetName = "";
    private PromptAgent promptAgent = new RuleBasedPromptAgent();
    private @Nullable PromptCritic promptCritic;
    private RefinementLoop refinement = SelfRefinement.until(SelfRefinement.DEFAULT_THRESHOLD);
    private @Nullable DiffusionSampler sampler;
    private OnlineFilter filter = OnlineFilter.acceptAll();
    private @Nullable Balance balance;
    private @Nullable Path output;
    private long seed;
    private int attempts = DEFAULT_ATTEMPTS;
    private int distinct = -1;
    private boolean fill;
    private double auditShare = DEFAULT_AUDIT_SHARE;
    private boolean keepRejected;
    private int stopAfterFailures = DEFAULT_STOP_AFTER_FAILURES;
    private int promptsInFlight = 1;
    private int generationRounds = 1;
    private GenerationExperience learnt = GenerationExperience.none();
    private final List<AugmentationListener> listeners = new ArrayList<>();

    private Builder() {}

    /** The real images: their labels decide the plan. Required. */
    public Builder dataset(LabeledDataset dataset) {
      return dataset(dataset, "");
    }

    /** The real images, and the name that {@code run.json} gives them. */
    public Builder dataset(LabeledDataset dataset, String name) {
      this.dataset = dataset;
      this.datasetName = name;
      return this;
    }

    /** Who writes the prompts; the default is {@link RuleBasedPromptAgent}. */
    public Builder promptAgent(PromptAgent agent) {
      this.promptAgent = agent;
      return this;
    }

    /** Who judges the prompts; the default is the critic that the agent brings along. */
    public Builder promptCritic(PromptCritic critic) {
      this.promptCritic = critic;
      return this;
    }

    /** How prompts are refined; the default is until 0.8, at most 4 rounds. */
    public Builder refinement(RefinementLoop refinement) {
      this.refinement = refinement;
      return this;
    }

    /** Who paints. Required to paint, not to write prompts. */
    public Builder sampler(DiffusionSampler sampler) {
      this.sampler = sampler;
      return this;
    }

    /** Which images are kept; the default keeps all. */
    public Builder filter(OnlineFilter filter) {
      this.filter = filter;
      return this;
    }

    /** How many images each class gets. Required to begin a run, not to go on with one. */
    public Builder balance(Balance balance) {
      this.balance = balance;
      return this;
    }

    /** The run's folder, made if it is not there. Required. */
    public Builder output(Path folder) {
      this.output = folder;
      return this;
    }

    /** The run seed; the default is 0. */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /** How often a slot is tried before it stays empty; the default is 8. */
    public Builder attempts(int attempts) {
      this.attempts = attempts;
      return this;
    }

    /**
     * Keeps the accepted images apart: of two whose perceptual hashes differ in at most this many
     * of 64 bits, the one of the later slot is painted anew. Off by default; 4 is a usual value.
     */
    public Builder distinct(int bits) {
      this.distinct = bits;
      return this;
    }

    /**
     * Whether a slot that used all its attempts gets the best of its rejected images, if there is
     * one of which the filter says how good it still is ({@link
     * io.github.iaa4j.core.filter.Verdict#lastResort()}). A scorer that has seen few images of a
     * class turns good ones down, and would starve the very classes that need more. Off by default.
     */
    public Builder fillExhausted(boolean fill) {
      this.fill = fill;
      return this;
    }

    /**
     * The share of attempts that a preview would drop which are painted to the end all the same, so
     * that the report can say what early exit loses; the default is 0.03.
     */
    public Builder auditShare(double share) {
      this.auditShare = share;
      return this;
    }

    /**
     * Whether rejected images are kept in {@code rejected/}, to be looked at; the default is no.
     */
    public Builder keepRejected(boolean keep) {
      this.keepRejected = keep;
      return this;
    }

    /**
     * Ends a run whose first attempts all fail, as with a model that answers NaN: the rest would
     * fail too. An attempt that the filter turns down has not failed. Changes nothing in a run that
     * holds an image.
     *
     * @param attempts how many, and all there are where a run has fewer; 0 never ends a run; the
     *     default is 16
     */
    public Builder stopAfterFailures(int attempts) {
      this.stopAfterFailures = attempts;
      return this;
    }

    /**
     * How many prompts are written at once, for agents that wait for a server; the default is 1.
     * The number does not change what is written. A slot waits for the earlier ones with the same
     * labels, so fewer are written at once where few label sets take turns in the plan.
     */
    public Builder promptsInFlight(int prompts) {
      this.promptsInFlight = prompts;
      return this;
    }

    /**
     * How often prompts are painted; the default is 1. After each round but the last, the prompt of
     * every slot that used all its attempts in vain is rewritten by the prompt agent, which sees
     * what the painter could not paint, and the slot has as many attempts again. A finished run can
     * be gone on with in more rounds.
     */
    public Builder generationRounds(int rounds) {
      this.generationRounds = rounds;
      return this;
    }

    /**
     * What an earlier run has taught, for the prompts of this one: {@code
     * Run.open(folder).experience()}. It is part of what decides the prompts.
     */
    public Builder learnFrom(GenerationExperience experience) {
      this.learnt = experience;
      return this;
    }

    /** Hears what happens. May be called several times. */
    public Builder listener(AugmentationListener listener) {
      listeners.add(listener);
      return this;
    }

    /**
     * The agent.
     *
     * @throws ConfigurationException with every fault, if an option is missing or out of range
     */
    public ImageAugmentationAgent build() {
      List<String> faults = new ArrayList<>();
      if (dataset == null) {
        faults.add("no data set: call dataset(…)");
      } else {
        faults.addAll(filter.faults(dataset.classNames()));
        faults.addAll(VocWriter.faults(dataset.classNames()));
      }
      if (output == null) {
        faults.add("no folder for the run: call output(…)");
      }
      if (attempts < 1) {
        faults.add("attempts(" + attempts + "): a slot needs at least 1 attempt");
      }
      if (distinct < -1 || distinct > 32) {
        faults.add("distinct(" + distinct + "): duplicates differ in 0 to 32 of 64 bits");
      }
      if (!(auditShare >= 0 && auditShare <= 1)) {
        faults.add("auditShare(" + auditShare + "): a share is in [0, 1]");
      }
      if (stopAfterFailures < 0) {
        faults.add(
            "stopAfterFailures(" + stopAfterFailures + "): at least 1, or 0 to never stop a run");
      }
      if (promptsInFlight < 1) {
        faults.add("promptsInFlight(" + promptsInFlight + "): at least 1");
      }
      if (generationRounds < 1) {
        faults.add("generationRounds(" + generationRounds + "): at least 1");
      }
      if (!faults.isEmpty() || dataset == null || output == null) {
        throw new ConfigurationException(faults);
      }
      return new ImageAugmentationAgent(this, dataset, output);
    }
  }
}
