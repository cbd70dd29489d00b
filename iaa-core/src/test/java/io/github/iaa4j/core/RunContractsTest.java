package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.ImageEncoding;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.filter.ImageScorer;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.Verdict;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.RuleBasedPromptCritic;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.sampling.GeneratedImage;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.ModelNote;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.sampling.StepObserver;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.testing.FakeSampler;
import io.github.iaa4j.core.words.ClassWords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run promises to those who call it, and what it asks of the parts that are plugged in. */
class RunContractsTest {

  @TempDir private Path folder;

  private static OnlineFilter filter(float... scores) {
    return OnlineFilter.of(
        new ImageScorer() {
          @Override
          public List<String> classNames() {
            return Pets.CLASSES;
          }

          @Override
          public float[] score(RgbImage image) {
            return scores.clone();
          }
        });
  }

  /** A sampler that does with the jobs what it is told to. */
  private record Sampler(BiConsumer<JobSource, StepObserver> work) implements DiffusionSampler {
    @Override
    public Description describe() {
      return Description.of("odd");
    }

    @Override
    public void generate(JobSource jobs, StepObserver observer) {
      work.accept(jobs, observer);
    }

    @Override
    public void close() {}
  }

  private static void generate(GenerationJob job, StepObserver observer) {
    observer.onGenerated(new GeneratedImage(job, Pets.noise(job), 10));
  }

  private void fails(ImageAugmentationAgent.Builder agent, String... message) {
    assertThatThrownBy(() -> agent.build().run())
        .isInstanceOf(ConfigurationException.class)
        .message()
        .contains(message);
  }

  @Test
  void aScorerOfTheWrongLengthIsNamed() {
    fails(Pets.agent(folder).filter(filter(0.5f)), "1 scores for 2 classes");
  }

  @Test
  void aScoreThatIsNoProbabilityIsNamed() {
    fails(Pets.agent(folder).filter(filter(0.5f, Float.NaN)), "NaN for the class dog");
    fails(Pets.agent(folder).filter(filter(1.5f, 0)), "1.5 for the class cat");
  }

  @NullUnmarked // That is what these tests are about.
  private static final class NullFilter implements OnlineFilter {
    @Override
    public Verdict judge(Slot slot, RgbImage image) {
      return null;
    }
  }

  @Test
  void aFilterThatAnswersNullIsNamed() {
    fails(Pets.agent(folder).filter(new NullFilter()), "judge()", "NullFilter", "returned null");
  }

  @NullUnmarked // That is what these tests are about.
  private static final class NullPreviews implements OnlineFilter {
    @Override
    public int[] previewSteps(int steps) {
      return null;
    }

    @Override
    public Verdict judge(Slot slot, RgbImage image) {
      return Verdict.pass();
    }
  }

  @NullUnmarked // That is what these tests are about.
  private static final class NullFaults implements OnlineFilter {
    @Override
    public List<String> faults(List<String> classNames) {
      return null;
    }

    @Override
    public Verdict judge(Slot slot, RgbImage image) {
      return Verdict.pass();
    }
  }

  @Test
  void aFilterWithoutPreviewStepsIsNamed() {
    for (OnlineFilter filter :
        List.of(new NullPreviews(), OnlineFilter.acceptAll().and(new NullPreviews()))) {
      fails(
          Pets.agent(folder).filter(filter),
          "NullPreviews.previewSteps() returned null, which it must not. Return an empty array");
    }
  }

  private record Previews(List<Integer> at) implements OnlineFilter {
    @Override
    public int[] previewSteps(int steps) {
      return at.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public Verdict judge(Slot slot, RgbImage image) {
      return Verdict.pass();
    }
  }

  /** They are not sorted for the filter: what it meant by another order is unknown. */
  @ParameterizedTest
  @ValueSource(strings = {"3, 1", "2, 2", "0, 2", "2, 10"})
  void aFilterWhosePreviewStepsDoNotAscendWithinTheStepsIsNamed(String steps) {
    List<Integer> at = Pattern.compile(", ").splitAsStream(steps).map(Integer::valueOf).toList();
    for (OnlineFilter filter :
        List.of(new Previews(at), OnlineFilter.acceptAll().and(new Previews(at)))) {
      fails(
          Pets.agent(folder).filter(filter),
          "Previews.previewSteps(10) returned ["
              + steps
              + "], but preview steps are from 1 to 9, ascending, each once");
    }
  }

  @Test
  void aFilterThatAnswersNullForItsFaultsIsNamedWithAllOtherFaults() {
    for (OnlineFilter filter :
        List.of(new NullFaults(), new NullFaults().and(OnlineFilter.acceptAll()))) {
      assertThatThrownBy(() -> Pets.agent(folder).filter(filter).attempts(0).build())
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(
              "NullFaults.faults() returned null, which it must not. Return an empty list")
          .hasMessageContaining("attempts(0)");
    }
  }

  @Test
  void aPartOfACompositeFilterThatAnswersNullIsNamed() {
    fails(
        Pets.agent(folder).filter(OnlineFilter.acceptAll().and(new NullFilter())),
        "NullFilter.judge() returned null");
  }

  @Test
  void aVerdictOfNoNumberIsRefusedWhereItIsMade() {
    assertThatThrownBy(() -> Verdict.pass(Map.of("cat", Double.NaN)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"cat\"");
    assertThatThrownBy(() -> Verdict.rejectWithQuality(Map.of(), Reason.other("dark"), Double.NaN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("quality");
  }

  @Test
  void aSamplerThatGeneratesNothingIsNamed() {
    fails(
        Pets.agent(folder).sampler(new Sampler((jobs, observer) -> {})),
        "the sampler odd",
        "12 jobs untaken");
  }

  @Test
  void aSamplerThatLosesAJobIsNamed() {
    fails(
        Pets.agent(folder)
            .filter(OnlineFilter.acceptAll())
            .sampler(
                new Sampler(
                    (jobs, observer) -> {
                      jobs.poll();
                      for (GenerationJob job = jobs.poll(); job != null; job = jobs.poll()) {
                        generate(job, observer);
                      }
                    })),
        "0 jobs untaken and 1 neither generated, dropped nor failed");
  }

  @Test
  void aSamplerThatEndsAJobTwiceOrOneThatItDoesNotHaveIsNamed() {
    fails(
        Pets.agent(folder)
            .sampler(
                new Sampler(
                    (jobs, observer) -> {
                      GenerationJob job = Objects.requireNonNull(jobs.poll());
                      generate(job, observer);
                      generate(job, observer);
                    })),
        "slot 0, attempt 0");
    GenerationJob foreign = new GenerationJob(99, 0, 1, new Prompt("a cat", ""));
    fails(
        Pets.agent(folder.resolve("other"))
            .sampler(new Sampler((jobs, observer) -> generate(foreign, observer))),
        "slot 99, attempt 0");
  }

  @Test
  void aNegativeSlotInAJournalIsNamedWithItsLine() throws IOException {
    Pets.agent(folder).build().run();
    Path manifest = folder.resolve("manifest.jsonl");
    Files.writeString(
        manifest, Files.readString(manifest).replaceFirst("\"slot\":0", "\"slot\":-1"));

    assertThatThrownBy(() -> Pets.agent(folder).build().run())
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("manifest.jsonl")
        .hasMessageContaining("line 1")
        .hasRootCauseMessage("slots and attempts count from 0, and this is slot -1, attempt 1");
  }

  @Test
  @NullUnmarked // That is what this test is about.
  void nullForAPartIsNamedAtTheCall() {
    ImageAugmentationAgent.Builder builder = ImageAugmentationAgent.builder();
    Map<String, Consumer<ImageAugmentationAgent.Builder>> calls =
        Map.of(
            "dataset", b -> b.dataset(null),
            "promptAgent", b -> b.promptAgent(null),
            "promptCritic", b -> b.promptCritic(null),
            "refinement", b -> b.refinement(null),
            "sampler", b -> b.sampler(null),
            "filter", b -> b.filter(null),
            "balance", b -> b.balance(null),
            "output", b -> b.output(null),
            "learnFrom", b -> b.learnFrom(null),
            "listener", b -> b.listener(null));

    calls.forEach(
        (name, call) ->
            assertThatThrownBy(() -> call.accept(builder))
                .isInstanceOf(NullPointerException.class)
                .hasMessage(name));
  }

  @Test
  void asJpegTheFilterJudgesTheDecodedFilesOfTheDataSet() throws IOException {
    List<RgbImage> judged = new CopyOnWriteArrayList<>();
    AugmentationReport report =
        Pets.agent(folder)
            .sampler(FakeSampler.of(job -> noise(job.seed())))
            .filter(
                (slot, image) -> {
                  judged.add(image);
                  return Verdict.pass();
                })
            .imageEncoding(ImageEncoding.JPEG)
            .build()
            .run();

    assertThat(VocDataset.open(report.dataset(), "train").images())
        .isNotEmpty()
        .allSatisfy(
            image -> {
              assertThat(report.dataset().resolve("JPEGImages/" + image.id() + ".jpg")).exists();
              assertThat(judged).contains(image.image());
            });
    assertThat(judged).noneMatch(image -> image.equals(noise(1)));
  }

  @Test
  @NullUnmarked
  void anAgentWithoutACriticOrADescriptionIsNamed() {
    PromptAgent withoutCritic =
        new OwnAgent() {
          @Override
          public PromptCritic critic() {
            return null;
          }
        };
    PromptAgent withoutDescription =
        new OwnAgent() {
          @Override
          public Description describe() {
            return null;
          }
        };

    fails(Pets.agent(folder).promptAgent(withoutCritic), "critic() returned null");
    fails(Pets.agent(folder).promptAgent(withoutDescription), "describe() returned null");
  }

  /** Writes one prompt for all. */
  private static class OwnAgent implements PromptAgent {
    @Override
    public String name() {
      return "own";
    }

    @Override
    public Draft propose(PromptRequest request) {
      return new Draft(new Prompt("a " + String.join(" and a ", request.slot().labels()), ""), 0);
    }

    @Override
    public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
      return propose(request);
    }
  }

  @Test
  void aRunIsResumedWithTheClassesThatItWasStartedWith() {
    Pets.agent(folder).build().writePrompts();

    fails(
        ImageAugmentationAgent.builder()
            .dataset(LabeledDataset.of(List.of("dog", "cat"), List.of()))
            .sampler(FakeSampler.of(Pets::noise))
            .output(folder),
        "classes [cat, dog], not [dog, cat]");
  }

  @Test
  void aMissingSettingsFileIsNotReplacedWhereThereAreImages() throws IOException {
    Pets.agent(folder).build().run();
    Files.delete(Run.open(folder).generationFile());

    assertThatThrownBy(() -> Pets.agent(folder).build().generate())
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("generation.json")
        .hasMessageContaining("Bring it back");
  }

  private static RgbImage noise(long seed) {
    byte[] pixels = new byte[16 * 16 * 3];
    new Random(seed).nextBytes(pixels);
    return new RgbImage(16, 16, pixels);
  }

  @Test
  void theDataSetHoldsTheVeryFilesThatTheFilterJudged() throws IOException {
    AugmentationReport report = Pets.agent(folder).build().run();

    Run run = Run.open(folder);
    for (ManifestEntry entry : run.manifest()) {
      Path written =
          report
              .dataset()
              .resolve(String.format(Locale.ROOT, "JPEGImages/2100_%06d.png", entry.slot() + 1));
      assertThat(written).hasSameBinaryContentAs(run.image(entry));
    }
    assertThat(VocDataset.open(report.dataset(), "train").images())
        .hasSameSizeAs(run.manifest())
        .first()
        .satisfies(
            image ->
                assertThat(image.image().pixels())
                    .isEqualTo(RgbImage.read(run.image(run.manifest().get(0))).pixels()));
  }

  private AugmentationListener onFirstAccepted(Runnable action) {
    return event -> {
      if (event instanceof AugmentationEvent.Accepted) {
        action.run();
      }
    };
  }

  @Test
  void anInterruptLeavesTheInterruptFlagSet() {
    Thread caller = Thread.currentThread();

    assertThatThrownBy(
            () -> Pets.agent(folder).listener(onFirstAccepted(caller::interrupt)).build().run())
        .isInstanceOf(CancelledException.class)
        .hasMessageContaining("start it again with the same folder");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void closingLeavesTheInterruptFlagAlone() {
    ImageAugmentationAgent[] agent = new ImageAugmentationAgent[1];
    agent[0] = Pets.agent(folder).listener(onFirstAccepted(() -> agent[0].close())).build();

    assertThatThrownBy(agent[0]::run).isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void closingAnAgentWhoseThreadWasInterruptedLeavesTheInterruptFlagSet() {
    Thread caller = Thread.currentThread();
    ImageAugmentationAgent[] agent = new ImageAugmentationAgent[1];
    agent[0] =
        Pets.agent(folder)
            .sampler(
                new Sampler(
                    (jobs, observer) -> {
                      caller.interrupt();
                      agent[0].close();
                      throw new CancelledException("interrupted", null);
                    }))
            .build();

    assertThatThrownBy(agent[0]::run).isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void closingAnAgentWhoseSamplerHasSeenAnInterruptLeavesTheInterruptFlagSet() {
    Thread caller = Thread.currentThread();
    ImageAugmentationAgent[] agent = new ImageAugmentationAgent[1];
    agent[0] =
        Pets.agent(folder)
            .listener(
                onFirstAccepted(
                    () -> {
                      caller.interrupt();
                      while (caller.getState() != Thread.State.BLOCKED) {
                        Thread.onSpinWait(); // Until the sampler waits for this thread to stop.
                      }
                      agent[0].close();
                    }))
            .build();

    assertThatThrownBy(agent[0]::run).isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void closingTheSamplerCancelsWithoutTheInterruptFlag() {
    FakeSampler sampler = FakeSampler.of(Pets::noise);

    assertThatThrownBy(
            () ->
                Pets.agent(folder)
                    .sampler(sampler)
                    .listener(onFirstAccepted(sampler::close))
                    .build()
                    .run())
        .isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void aClosedAgentDoesNothing() {
    ImageAugmentationAgent agent = Pets.agent(folder).build();
    agent.close();
    agent.close();

    for (Runnable use :
        List.<Runnable>of(
            agent::run, agent::writePrompts, agent::generate, agent::rewritePrompts)) {
      assertThatThrownBy(use::run)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void anAgentThatIsAtWorkRefusesMore() {
    ImageAugmentationAgent[] agent = new ImageAugmentationAgent[1];
    agent[0] =
        Pets.agent(folder)
            .listener(
                event -> {
                  if (event instanceof AugmentationEvent.PromptsFinished) {
                    agent[0].generate();
                  }
                })
            .build();

    assertThatThrownBy(agent[0]::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("at work already");
  }

  /** A sampler that takes what the observer throws for a failure of the job. */
  private static DiffusionSampler forgiving() {
    return new Sampler(
        (jobs, observer) -> {
          observer.previewSteps(10);
          for (GenerationJob job = jobs.poll(); job != null; job = jobs.poll()) {
            try {
              if (observer.onPreview(new FirstPreview(job))) {
                generate(job, observer);
              }
            } catch (RuntimeException e) {
              observer.onFailed(
                  job, new GenerationException(job.slot(), job.attempt(), 1, "broken", e));
            }
          }
        });
  }

  private record FirstPreview(GenerationJob job) implements Preview {
    @Override
    public int step() {
      return 1;
    }

    @Override
    public int steps() {
      return 10;
    }

    @Override
    public int functionEvaluations() {
      return 1;
    }

    @Override
    public float guidanceNorm() {
      return 0;
    }

    @Override
    public RgbImage image() {
      return Pets.noise(job);
    }
  }

  /** A filter whose previews fail. */
  private static final class BrokenPreviews implements OnlineFilter {
    @Override
    public int[] previewSteps(int steps) {
      return new int[] {1};
    }

    @Override
    public Verdict preview(Slot slot, Preview preview) {
      throw new IllegalStateException("broken preview");
    }

    @Override
    public Verdict judge(Slot slot, RgbImage image) {
      return Verdict.pass();
    }
  }

  @Test
  void aFilterThatFailsOnAPreviewEndsTheRunWhateverTheSamplerMakesOfIt() {
    ImageAugmentationAgent agent =
        Pets.agent(folder)
            .sampler(forgiving())
            .filter(new BrokenPreviews())
            .stopAfterFailures(0)
            .build();

    assertThatThrownBy(agent::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("broken preview");
    assertThat(Run.open(folder).attempts()).isEmpty();
  }

  @Test
  void aPreviewOfAJobThatTheSamplerDoesNotHaveEndsTheRunToo() {
    GenerationJob foreign = new GenerationJob(99, 0, 1, new Prompt("a cat", ""));
    fails(
        Pets.agent(folder)
            .sampler(
                new Sampler(
                    (jobs, observer) -> {
                      try {
                        observer.onPreview(new FirstPreview(foreign));
                      } catch (ConfigurationException e) {
                        for (GenerationJob job = jobs.poll(); job != null; job = jobs.poll()) {
                          generate(job, observer);
                        }
                      }
                    })),
        "slot 99, attempt 0");
  }

  /** An agent whose answers about its language model are odd. */
  private static final class OddAgent extends OwnAgent {
    private final @Nullable OptionalDouble weight;
    private final @Nullable ClassWords words;

    OddAgent(@Nullable OptionalDouble weight, @Nullable ClassWords words) {
      this.weight = weight;
      this.words = words;
    }

    @Override
    @NullUnmarked
    public OptionalDouble modelWeight() {
      return weight;
    }

    @Override
    @NullUnmarked
    public ClassWords words() {
      return words;
    }
  }

  @Test
  void anAgentWithoutWordsOrAWeightIsNamed() {
    OptionalDouble none = OptionalDouble.empty();
    fails(
        Pets.agent(folder.resolve("words")).promptAgent(new OddAgent(none, null)),
        "OddAgent.words() returned null");
    fails(
        Pets.agent(folder.resolve("words-and-critic"))
            .promptAgent(new OddAgent(none, null))
            .promptCritic(new RuleBasedPromptCritic()),
        "OddAgent.words() returned null");
    fails(
        Pets.agent(folder.resolve("weight")).promptAgent(new OddAgent(null, ClassWords.builtIn())),
        "OddAgent.modelWeight() returned null");
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, 7, -0.1})
  void aWeightOutOfRangeIsNamedWithTheClassThatReturnedIt(double weight) {
    fails(
        Pets.agent(folder)
            .promptAgent(new OddAgent(OptionalDouble.of(weight), ClassWords.builtIn())),
        "OddAgent.modelWeight() returned " + weight + ", which is not in [0, 1]");
  }

  @NullUnmarked // That is what these tests are about.
  private static final class NullScorer implements ImageScorer {
    @Override
    public List<String> classNames() {
      return Pets.CLASSES;
    }

    @Override
    public float[] score(RgbImage image) {
      return new float[2];
    }

    @Override
    public Description describe() {
      return null;
    }
  }

  @Test
  void aPartInsideAnotherWithoutADescriptionIsNamed() {
    OnlineFilter filter = OnlineFilter.of(new NullScorer());

    fails(Pets.agent(folder).filter(filter), "NullScorer.describe() returned null");
    fails(
        Pets.agent(folder).filter(filter.and(OnlineFilter.acceptAll())),
        "NullScorer.describe() returned null");
  }

  @Test
  @NullUnmarked
  void aSamplerWithoutNotesIsNamed() {
    DiffusionSampler sampler =
        new DiffusionSampler() {
          @Override
          public void generate(JobSource jobs, StepObserver observer) {}

          @Override
          public List<ModelNote> notes() {
            return null;
          }

          @Override
          public void close() {}
        };

    fails(Pets.agent(folder).sampler(sampler), "notes() returned null");
  }
}
