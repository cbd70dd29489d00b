package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.AugmentationReport.ClassCount;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.IaaException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.outcome.Outcome;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.testing.FakeSampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageAugmentationAgentTest extends PetAugmentation {

  @Test
  void fillsEverySlotWithAnAcceptedImageOfItsLabels() {
    AugmentationReport report = agent(folder).build().run();

    Run run = Run.open(folder);
    assertThat(report.slots().accepted())
        .isEqualTo(report.slots().planned())
        .isGreaterThanOrEqualTo(16);
    assertThat(run.manifest())
        .extracting(ManifestEntry::slot)
        .containsExactlyElementsOf(IntStream.range(0, report.slots().planned()).boxed().toList());
    assertThat(run.manifest())
        .allSatisfy(
            entry -> assertThat(entry.scores().keySet()).containsExactlyElementsOf(entry.labels()))
        .allSatisfy(entry -> assertThat(entry.scores().values()).allMatch(score -> score >= 0.5));
  }

  @Test
  void countsEveryAttemptOnce() {
    AugmentationReport report = agent(folder).build().run();

    assertThat(report.attempts().dropped()).isPositive();
    assertThat(report.attempts().rejected()).isPositive();
    assertThat(report.attempts().all())
        .isEqualTo(report.slots().accepted() + Run.open(folder).attempts().size());
    assertThat(report.functionEvaluations().all())
        .isGreaterThan(report.functionEvaluations().unaccepted())
        .isLessThan(report.attempts().all() * 10L);
  }

  @Test
  void writesTheAcceptedImagesAsAVocDataSetThatReadsBack() {
    AugmentationReport report = agent(folder).build().run();

    VocDataset dataset = VocDataset.open(report.dataset(), "train", List.of("cat", "dog"));
    assertThat(dataset.images())
        .hasSize(report.slots().accepted())
        .allMatch(LabeledImage::generated);
    assertThat(dataset.classCounts())
        .containsExactly(
            report.classes().values().stream().mapToInt(ClassCount::accepted).toArray());
  }

  @Test
  void bringsEachClassUpToTheBalance() {
    AugmentationReport report = agent(folder).build().run();

    int[] real = PETS.classCounts();
    assertThat(real[0] + accepted(report, "cat")).isGreaterThanOrEqualTo(20);
    assertThat(real[1] + accepted(report, "dog")).isGreaterThanOrEqualTo(20);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5})
  void threadsDoNotChangeOneByte(int threads) throws IOException {
    agent(folder.resolve("one")).build().run();

    agent(folder.resolve("many"))
        .sampler(FakeSampler.of(PetAugmentation::noise).threads(threads))
        .build()
        .run();

    assertThat(FolderContents.of(folder.resolve("many")))
        .isEqualTo(FolderContents.of(folder.resolve("one")));
  }

  @Test
  void aSlotWhoseAttemptsRunOutStaysEmpty() {
    List<AugmentationEvent> events = new ArrayList<>();

    AugmentationReport report =
        agent(folder)
            .sampler(FakeSampler.of(job -> FakeSampler.plain(16, 16, 0x000000)))
            .attempts(2)
            .listener(events::add)
            .build()
            .run();

    assertThat(report.slots().accepted()).isZero();
    assertThat(report.attempts().all()).isEqualTo(2 * report.slots().planned());
    assertThat(events)
        .filteredOn(AugmentationEvent.SlotExhausted.class::isInstance)
        .hasSize(report.slots().planned());
  }

  @Test
  void aSlotWhoseAttemptsRunOutFallsBackOnTheBestOfItsRejectedImages() {
    choosy(folder).build().run();

    Run run = Run.open(folder);
    List<ManifestEntry> fallbacks =
        run.manifest().stream().filter(ManifestEntry::isFallback).toList();
    assertThat(fallbacks).isNotEmpty();
    for (ManifestEntry entry : fallbacks) {
      assertThat(run.attempts())
          .filteredOn(a -> a.slot() == entry.slot() && a.outcome() == Outcome.REJECTED)
          .allMatch(a -> least(a.scores()) <= least(entry.scores()))
          .noneMatch(a -> a.attempt() == entry.attempt());
      assertThat(folder.resolve(entry.file())).exists();
    }
    Set<Integer> filled =
        run.manifest().stream().map(ManifestEntry::slot).collect(Collectors.toSet());
    assertThat(run.attempts())
        .filteredOn(a -> !filled.contains(a.slot()))
        .allMatch(a -> a.outcome() == Outcome.DROPPED);
    assertThat(folder.resolve("rejected")).isEmptyDirectory();
  }

  private static double least(Map<String, Double> scores) {
    return scores.values().stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  @Test
  void noPromptIsWrittenThatNobodyCanPaint() {
    ImageAugmentationAgent agent =
        ImageAugmentationAgent.builder()
            .dataset(PETS)
            .balance(Balance.topUpTo(20))
            .output(folder)
            .build();

    assertThatThrownBy(agent::run).hasMessageContaining("sampler");
    assertThat(folder.resolve("prompts.jsonl")).doesNotExist();
  }

  @Test
  void whereNoClassLacksImagesTheRunIsDoneAtOnce() {
    AugmentationReport report = agent(folder).balance(Balance.topUpTo(1)).build().run();

    assertThat(report.slots().planned()).isZero();
    assertThat(report.slots().accepted()).isZero();
  }

  @Test
  void anInterruptWhilePromptsAreWrittenCancels() {
    ImageAugmentationAgent agent =
        agent(folder)
            .listener(
                event -> {
                  if (event instanceof AugmentationEvent.PromptWritten) {
                    Thread.currentThread().interrupt();
                  }
                })
            .build();

    assertThatThrownBy(agent::writePrompts).isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(Run.open(folder).prompts()).hasSize(1);
  }

  @Test
  void anAuditGeneratesDropsToTheEndAndCountsWhatTheJudgeSays() {
    AugmentationReport report = agent(folder).auditShare(1).build().run();

    assertThat(report.attempts().dropped()).isZero();
    assertThat(report.audit().attempts())
        .isPositive()
        .isEqualTo(report.attempts().rejected() - rejectedUnaudited());
    assertThat(report.audit().accepted()).isZero(); // The fake's previews are its finished images.
  }

  private int rejectedUnaudited() {
    return (int) Run.open(folder).attempts().stream().filter(attempt -> !attempt.audited()).count();
  }

  @Test
  void ofTwoAlikeImagesTheLaterSlotIsGeneratedAgain() {
    AugmentationReport report =
        agent(folder)
            .filter(OnlineFilter.acceptAll())
            // Every first attempt is the same picture.
            .sampler(
                FakeSampler.of(
                    job ->
                        noise(job.attempt() == 0 ? new GenerationJob(0, 0, 1, job.prompt()) : job)))
            .distinct(2)
            .build()
            .run();

    assertThat(report.attempts().duplicates()).isEqualTo(report.slots().planned() - 1);
    assertThat(report.slots().accepted()).isEqualTo(report.slots().planned());
    assertThat(Run.open(folder).attempts()).allMatch(a -> a.outcome() == Outcome.DUPLICATE);
    assertThat(Run.open(folder).manifest().get(0).attempt()).isZero();
    assertThat(folder.resolve("images")).isDirectoryContaining("glob:**000000-0.png");
    assertThat(folder.resolve("images").toFile().list()).hasSize(report.slots().planned());
  }

  @Test
  void anInterruptCancelsAndTheRunGoesOnLater() throws IOException {
    agent(folder.resolve("whole")).build().run();

    ImageAugmentationAgent cancelled =
        agent(folder.resolve("cancelled"))
            .listener(
                event -> {
                  if (event instanceof AugmentationEvent.Accepted accepted
                      && accepted.entry().slot() == 3) {
                    Thread.currentThread().interrupt();
                  }
                })
            .build();
    assertThatThrownBy(cancelled::run).isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).as("the interrupt is passed on").isTrue();
    agent(folder.resolve("cancelled")).build().run();

    assertThat(FolderContents.of(folder.resolve("cancelled")))
        .isEqualTo(FolderContents.of(folder.resolve("whole")));
  }

  @Test
  void closingTheAgentCancelsItsRun() {
    List<ImageAugmentationAgent> self = new ArrayList<>();
    ImageAugmentationAgent agent =
        agent(folder)
            .listener(
                event -> {
                  if (event instanceof AugmentationEvent.Accepted) {
                    self.get(0).close();
                  }
                })
            .build();
    self.add(agent);

    assertThatThrownBy(agent::run)
        .isInstanceOf(CancelledException.class)
        .hasMessageContaining(folder + ": the run was cancelled");
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(Run.open(folder).manifest()).isNotEmpty();
  }

  @Test
  void twoRunsInOneFolderAreRefused() {
    List<Throwable> seen = new ArrayList<>();

    agent(folder)
        .listener(
            event -> {
              if (event instanceof AugmentationEvent.GenerationBegun) {
                try {
                  agent(folder).build().generate();
                } catch (IaaException e) {
                  seen.add(e);
                }
              }
            })
        .build()
        .run();

    assertThat(seen)
        .singleElement()
        .isInstanceOf(StorageException.class)
        .asString()
        .contains("of this process is working on this run");
  }

  @Test
  void everyFaultOfTheConfigurationIsNamedAtOnce() {
    assertThatThrownBy(
            () ->
                ImageAugmentationAgent.builder()
                    .attempts(0)
                    .distinct(99)
                    .auditShare(-1)
                    .promptsInFlight(0)
                    .build())
        .isInstanceOfSatisfying(
            ConfigurationException.class, e -> assertThat(e.faults()).hasSize(6))
        .hasMessageContaining("dataset")
        .hasMessageContaining("output")
        .hasMessageContaining("attempts(0)");
  }

  @Test
  void aFilterThatDoesNotKnowAClassIsRefused() {
    LabeledDataset birds = LabeledDataset.of(List.of("bird"), List.of(photo("b", List.of("bird"))));

    assertThatThrownBy(() -> agent(folder).dataset(birds).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("bird");
  }

  @Test
  void aFolderThatIsAFileIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");

    assertThatThrownBy(() -> agent(file).build().run())
        .isInstanceOf(StorageException.class)
        .hasMessageContaining(file.toString());
  }
}
