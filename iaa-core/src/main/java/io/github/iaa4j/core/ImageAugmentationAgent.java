package io.github.iaa4j.core;

import io.github.iaa4j.core.dataset.ImageEncoding;
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
import io.github.iaa4j.core.internal.FilterAnswers;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.prompt.GenerationExperience;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.RefinementLoop;
import io.github.iaa4j.core.prompt.RuleBasedPromptAgent;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Grows an image-labelled data set, after <em>Image Augmentation Agent for Weakly Supervised
 * Semantic Segmentation</em> (arXiv 2412.20439): plan, prompts, generation with the online filter,
 * augmented data set.
 *
 * <pre>{@code
 * AugmentationReport report =
 *     ImageAugmentationAgent.builder()
 *         .dataset(VocDataset.open(voc, "train"))
 *         .sampler(StableDiffusion.builder(checkpoint).build())
 *         .filter(OnlineFilter.of(classifier).rejectPreviewBelow(0.05).acceptFrom(0.3))
 *         .balance(Balance.topUpTo(200))
 *         .output(folder)
 *         .build()
 *         .run();
 * }</pre>
 *
 * <p>Each stage writes plain files ({@link Run}) and can be stopped at any instant: running again
 * with the same folder resumes it and ends with the same bytes. A run is resumed only with the
 * settings that it was started with; a part that does not describe its settings (see {@link
 * io.github.iaa4j.core.settings.Description}) is warned about once, in the log and as an event.
 *
 * <p><b>Cancelling.</b> An operation ends within one denoising step with a {@link
 * CancelledException} when its thread is interrupted, or when another thread calls {@link #close}.
 * The interrupt flag is set then if the thread was interrupted, and is not if the agent was closed.
 * After {@code close()} every operation throws {@link IllegalStateException}.
 *
 * <p>An agent does one thing at a time. It does not own what it is given; the caller closes the
 * sampler and the filter's models.
 */
public final class ImageAugmentationAgent implements AutoCloseable {

  private final RunSession session;
  private final AugmentationRun run;

  private ImageAugmentationAgent(Builder builder, LabeledDataset dataset, Path output) {
    RunFolder folder = new RunFolder(output);
    this.session = new RunSession(folder);
    this.run = new AugmentationRun(builder, dataset, folder);
  }

  /** Starts with the embedded defaults: the rule-based agent, ε = 0.8 in 4 rounds, no filter. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Both stages: {@link #writePrompts()}, then {@link #generate()}.
   *
   * @throws ConfigurationException if there is no balance or sampler, or the folder holds a run
   *     that was started with other settings
   * @throws CancelledException if the thread was interrupted or the agent closed meanwhile
   * @throws IllegalStateException if the agent is closed or at work already
   * @throws IaaException if the data set, the language model, the sampler or the disk fails
   */
  public AugmentationReport run() {
    return session.run(
        "the run",
        () -> {
          DiffusionSampler sampler = run.sampler(); // Before a language model is paid for prompts.
          run.writePrompts();
          return run.generate(sampler);
        });
  }

  /**
   * Plans the slots and writes the prompt of each that has none yet to {@code prompts.jsonl}. Needs
   * no sampler.
   *
   * @throws ConfigurationException if there is no balance, or the folder holds another run
   * @throws CancelledException if the thread was interrupted or the agent closed meanwhile
   * @throws IllegalStateException if the agent is closed or at work already
   * @throws LlmException if a language model fails and would fail the next time too; the prompts
   *     written so far stay
   */
  public List<PromptRecord> writePrompts() {
    return session.run("writing prompts", run::writePrompts);
  }

  /**
   * Rewrites the prompts of the slots whose attempts are used up without an accepted image, taking
   * into account what the run has shown about its model: which reasons the filter gave, and which
   * words occur in accepted images. The old prompt, that critique and the new one are rounds of the
   * prompt. Each slot then has as many attempts again. A prompt that a person has written or edited
   * is left as it is. Needs no sampler and no balance.
   *
   * @return the prompts that were rewritten; empty where every image was accepted
   * @throws ConfigurationException if a prompt has neither an image nor used all its attempts, the
   *     run was started with another seed or data set than those that are given, or prompts of it
   *     were rewritten with another agent, critic or refinement before
   * @throws CancelledException if the thread was interrupted or the agent closed meanwhile
   * @throws IllegalStateException if the agent is closed or at work already
   * @throws StorageException if the folder holds no run, or the disk fails
   * @throws LlmException if a language model cannot be reached; what was rewritten so far stays
   */
  public List<PromptRecord> rewritePrompts() {
    return session.run("rewriting prompts", run::rewritePrompts);
  }

  /**
   * Generates an image for every prompt in {@code prompts.jsonl} that has none yet, and writes the
   * augmented data set. If a prompt was edited since then, its image is generated again. For each
   * further generation round, {@link #rewritePrompts()} follows, and images are generated from what
   * it wrote.
   *
   * @throws ConfigurationException if there is no sampler, the filter does not know the classes,
   *     the run was started with another seed or data set than those that are given, images of it
   *     were generated with other settings, or the filter, its scorer or the sampler does not keep
   *     its contract
   * @throws GenerationException if the first attempts all failed ({@link
   *     Builder#stopAfterFailures}); started again, the run repeats them, even with another sampler
   * @throws CancelledException if the thread was interrupted or the agent closed meanwhile
   * @throws IllegalStateException if the agent is closed or at work already
   * @throws StorageException if the folder holds no prompts, or the disk fails
   * @throws ModelException if the sampler's model is not what it claims
   * @throws LlmException if a language model that is to rewrite prompts cannot be reached
   */
  public AugmentationReport generate() {
    return session.run("generating images", () -> run.generate(run.sampler()));
  }

  /**
   * Cancels the operation that another thread is running, within one denoising step. What was
   * finished stays. May be called twice.
   */
  @Override
  public void close() {
    session.close();
  }

  /**
   * Collects the parts and options of an agent. {@link #build()} checks all of them at once;
   * passing null for a part or an option throws a {@link NullPointerException} that names it at
   * once. Not safe for use by several threads.
   */
  public static final class Builder {

    private static final int DEFAULT_ATTEMPTS = 8;
    private static final int DEFAULT_STOP_AFTER_FAILURES = 16;
    private static final double DEFAULT_AUDIT_SHARE = 0.03;

    private @Nullable LabeledDataset dataset;
    String datasetName = "";
    PromptAgent promptAgent = new RuleBasedPromptAgent();
    @Nullable PromptCritic promptCritic;
    RefinementLoop refinement = SelfRefinement.until(0.8).atMost(4);
    @Nullable DiffusionSampler sampler;
    OnlineFilter filter = OnlineFilter.acceptAll();
    @Nullable Balance balance;
    private @Nullable Path output;
    @Nullable Long seed;
    int attempts = DEFAULT_ATTEMPTS;
    int distinct = -1;
    boolean fillExhausted;
    double auditShare = DEFAULT_AUDIT_SHARE;
    ImageEncoding encoding = ImageEncoding.PNG;
    boolean keepRejected;
    int stopAfterFailures = DEFAULT_STOP_AFTER_FAILURES;
    int promptsInFlight = 1;
    int generationRounds = 1;
    GenerationExperience learnt = GenerationExperience.none();
    final List<AugmentationListener> listeners = new ArrayList<>();

    private Builder() {}

    /** The real images: their labels decide the plan. Required. */
    public Builder dataset(LabeledDataset dataset) {
      return dataset(dataset, "");
    }

    /**
     * The real images, and the name that {@code run.json} gives them. A run is resumed only with
     * the same name; one that is resumed without a balance may leave it out.
     */
    public Builder dataset(LabeledDataset dataset, String name) {
      this.dataset = Objects.requireNonNull(dataset, "dataset");
      this.datasetName = Objects.requireNonNull(name, "name");
      return this;
    }

    /** Who writes the prompts. Defaults to {@link RuleBasedPromptAgent}. */
    public Builder promptAgent(PromptAgent agent) {
      this.promptAgent = Objects.requireNonNull(agent, "promptAgent");
      return this;
    }

    /** Who judges the prompts. Defaults to the critic that the agent brings along. */
    public Builder promptCritic(PromptCritic critic) {
      this.promptCritic = Objects.requireNonNull(critic, "promptCritic");
      return this;
    }

    /** How prompts are refined. Defaults to until 0.8, at most 4 rounds. */
    public Builder refinement(RefinementLoop refinement) {
      this.refinement = Objects.requireNonNull(refinement, "refinement");
      return this;
    }

    /** What generates the images. Required to generate, not to write prompts. */
    public Builder sampler(DiffusionSampler sampler) {
      this.sampler = Objects.requireNonNull(sampler, "sampler");
      return this;
    }

    /** Which images are kept. Defaults to all. */
    public Builder filter(OnlineFilter filter) {
      this.filter = Objects.requireNonNull(filter, "filter");
      return this;
    }

    /** How many images each class gets. Required to start a run, not to resume one. */
    public Builder balance(Balance balance) {
      this.balance = Objects.requireNonNull(balance, "balance");
      return this;
    }

    /** The run's folder, created if it does not exist. Required. */
    public Builder output(Path folder) {
      this.output = Objects.requireNonNull(folder, "output");
      return this;
    }

    /** The run seed. Defaults to 0, or to the run's own where one is resumed without a balance. */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /**
     * The maximum number of attempts per slot and round. Defaults to 8.
     *
     * @param attempts at least 1
     */
    public Builder attempts(int attempts) {
      this.attempts = attempts;
      return this;
    }

    /**
     * Keeps the accepted images apart: of two whose perceptual hashes differ in at most this many
     * of 64 bits, the one of the later slot is generated again. Off by default; 4 is a usual value.
     *
     * @param bits 0 to 32
     */
    public Builder distinct(int bits) {
      this.distinct = bits;
      return this;
    }

    /**
     * Whether a slot that used all its attempts gets the best of its rejected images, if the filter
     * rated one of them ({@link io.github.iaa4j.core.filter.Verdict#quality()}). A scorer that has
     * seen few images of a class rejects good ones, and would starve the very classes that need
     * more. Off by default.
     */
    public Builder fillExhausted(boolean fill) {
      this.fillExhausted = fill;
      return this;
    }

    /**
     * The share of attempts that a preview would drop but that are generated to the end anyway, so
     * that the report can say what early exit loses. Defaults to 0.03.
     *
     * @param share in [0, 1]
     */
    public Builder auditShare(double share) {
      this.auditShare = share;
      return this;
    }

    /**
     * The format of the images, in the run and in the data set; PNG by default. JPEG is for
     * training code that opens {@code .jpg} files alone: the filter then judges the decoded JPEG,
     * so that what was judged is what is trained on.
     */
    public Builder imageEncoding(ImageEncoding encoding) {
      this.encoding = Objects.requireNonNull(encoding, "imageEncoding");
      return this;
    }

    /** Whether rejected images are kept in {@code rejected/} for inspection. Defaults to no. */
    public Builder keepRejected(boolean keep) {
      this.keepRejected = keep;
      return this;
    }

    /**
     * Ends a run whose first attempts all fail, as with a model that answers NaN: the rest would
     * fail too. An attempt that the filter rejects has not failed. Changes nothing in a run that
     * holds an image.
     *
     * @param attempts how many, or all of them if a run has fewer; 0 never ends a run. Defaults to
     *     16
     */
    public Builder stopAfterFailures(int attempts) {
      this.stopAfterFailures = attempts;
      return this;
    }

    /**
     * How many prompts are written at once, for agents that wait for a server. Defaults to 1. The
     * number does not change what is written. A slot waits for the earlier ones with the same
     * labels, so fewer are written at once if the plan has few label sets.
     *
     * @param prompts at least 1
     */
    public Builder promptsInFlight(int prompts) {
      this.promptsInFlight = prompts;
      return this;
    }

    /**
     * The maximum number of rounds of generation. Defaults to 1. After each round but the last, the
     * prompt of every slot whose attempts all failed is rewritten by the prompt agent, which sees
     * what the model could not generate, and the slot has as many attempts again. A finished run
     * can be resumed in more rounds.
     *
     * @param rounds at least 1
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
      this.learnt = Objects.requireNonNull(experience, "learnFrom");
      return this;
    }

    /** Receives the events of the run. May be set several times; all listeners are called. */
    public Builder listener(AugmentationListener listener) {
      listeners.add(Objects.requireNonNull(listener, "listener"));
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
      } else if (!faults.addAll(LabeledDataset.faults(dataset))) {
        faults.addAll(filterFaults(dataset.classNames()));
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

    private List<String> filterFaults(List<String> classNames) {
      try {
        return FilterAnswers.faults(filter.faults(classNames), filter);
      } catch (ConfigurationException e) {
        return e.faults();
      }
    }
  }
}
