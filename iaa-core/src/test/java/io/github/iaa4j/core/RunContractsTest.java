package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.ImageEncoding;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.Verdict;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.RuleBasedPromptCritic;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.ModelNote;
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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run promises to those who call it, and what it asks of the parts that are plugged in. */
class RunContractsTest extends RunOfPets {

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
