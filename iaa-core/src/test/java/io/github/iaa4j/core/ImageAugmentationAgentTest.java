package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.AugmentationReport.ClassCount;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.IaaException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.filter.ImageScorer;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.Verdict;
import io.github.iaa4j.core.outcome.Outcome;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.prompt.RefinementLoop;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.testing.FakeSampler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageAugmentationAgentTest {

  @TempDir Path folder;

  /** Ten images: nine with a cat, three of those with a dog too, and one with a dog alone. */
  private static final LabeledDataset PETS =
      LabeledDataset.of(
          List.of("cat", "dog"),
          IntStream.range(0, 10)
              .mapToObj(
                  i ->
                      photo(
                          "p" + i,
                          i == 9 ? List.of("dog") : i < 3 ? List.of("cat", "dog") : List.of("cat")))
              .toList());

  /** Scores an image by its first pixel: red is how surely it shows a cat, green a dog. */
  private static final ImageScorer FIRST_PIXEL =
      new ImageScorer() {
        @Override
        public List<String> classNames() {
          return List.of("cat", "dog");
        }

        @Override
        public float[] score(RgbImage image) {
          return new float[] {(image.pixels()[0] & 0xff) / 255f, (image.pixels()[1] & 0xff) / 255f};
        }
      };

  static LabeledImage photo(String id, List<String> labels) {
    return LabeledImage.of(id, labels, () -> FakeSampler.plain(16, 16, 0x808080));
  }

  /** Noise from the job's seed: about half of the attempts pass a threshold of one half. */
  private static RgbImage noise(GenerationJob job) {
    byte[] pixels = new byte[16 * 16 * 3];
    new SplittableRandom(job.seed()).nextBytes(pixels);
    return new RgbImage(16, 16, pixels);
  }

  private ImageAugmentationAgent.Builder agent(Path output) {
    return ImageAugmentationAgent.builder()
        .dataset(PETS)
        .sampler(FakeSampler.of(ImageAugmentationAgentTest::noise))
        .filter(OnlineFilter.of(FIRST_PIXEL).rejectPreviewBelow(0.3).acceptFrom(0.5))
        .balance(Balance.topUpTo(20))
        .seed(7)
        .attempts(64)
        .output(output);
  }

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

  private static int accepted(AugmentationReport report, String className) {
    return Objects.requireNonNull(report.classes().get(className)).accepted();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5})
  void threadsDoNotChangeOneByte(int threads) throws IOException {
    agent(folder.resolve("one")).build().run();

    agent(folder.resolve("many"))
        .sampler(FakeSampler.of(ImageAugmentationAgentTest::noise).threads(threads))
        .build()
        .run();

    assertThat(FolderContents.of(folder.resolve("many")))
        .isEqualTo(FolderContents.of(folder.resolve("one")));
  }

  @Test
  void aRunThatDiesAtAnyEventGoesOnToTheSameBytes() throws IOException {
    agent(folder.resolve("undisturbed")).build().run();
    SortedMap<String, String> expected = FolderContents.of(folder.resolve("undisturbed"));

    for (int deadline : new int[] {3, 10, 31}) {
      Path disturbed = folder.resolve("dies" + deadline);
      for (int start = 1; !finishes(disturbed, deadline); start++) {
        assertThat(start).as("starts, each with some progress").isLessThan(200);
      }
      assertThat(FolderContents.of(disturbed))
          .as("dying every %s events", deadline)
          .isEqualTo(expected);
    }
  }

  private static final class PowerCut extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private boolean finishes(Path output, int deadline) {
    return finishes(agent(output), deadline);
  }

  private static boolean finishes(ImageAugmentationAgent.Builder agent, int deadline) {
    int[] left = {deadline};
    try {
      agent
          .listener(
              event -> {
                boolean progress =
                    event instanceof AugmentationEvent.PromptWritten
                        || event instanceof AugmentationEvent.Accepted
                        || event instanceof AugmentationEvent.Unaccepted
                        || event instanceof AugmentationEvent.Revoked;
                if (progress && --left[0] <= 0) {
                  throw new PowerCut();
                }
              })
          .build()
          .run();
      return true;
    } catch (PowerCut e) {
      return false;
    }
  }

  @Test
  void aTornLastLineIsForgotten() throws IOException {
    agent(folder.resolve("a")).build().run();
    SortedMap<String, String> expected = FolderContents.of(folder.resolve("a"));

    Path manifest = folder.resolve("a/manifest.jsonl");
    byte[] bytes = Files.readAllBytes(manifest);
    Files.write(manifest, Arrays.copyOf(bytes, bytes.length - 40));
    agent(folder.resolve("a")).build().run();

    assertThat(FolderContents.of(folder.resolve("a"))).isEqualTo(expected);
  }

  @Test
  void aDamagedLineIsNamed() throws IOException {
    agent(folder).build().run();
    Path prompts = folder.resolve("prompts.jsonl");
    List<String> lines = new ArrayList<>(Files.readAllLines(prompts));
    lines.set(2, "{\"slot\": ");
    Files.write(prompts, lines);

    assertThatThrownBy(() -> agent(folder).build().generate())
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("prompts.jsonl")
        .hasMessageContaining("line 3");
  }

  @Test
  void anEditedPromptIsGeneratedAgainAndTheOthersStay() throws IOException {
    agent(folder).build().run();
    List<ManifestEntry> before = Run.open(folder).manifest();
    Path prompts = folder.resolve("prompts.jsonl");
    String text = Files.readString(prompts);
    String old = before.get(0).prompt();
    Files.writeString(prompts, text.replace("\"text\":\"" + old + "\"", "\"text\":\"a big cat\""));

    agent(folder).build().generate();

    List<ManifestEntry> after = Run.open(folder).manifest();
    assertThat(after.get(0).prompt()).isEqualTo("a big cat");
    assertThat(after.subList(1, after.size())).isEqualTo(before.subList(1, before.size()));
  }

  @Test
  void aDeletedImageIsGeneratedAgainAsItWas() throws IOException {
    agent(folder).build().run();
    SortedMap<String, String> expected = FolderContents.of(folder);
    Files.delete(folder.resolve(Run.open(folder).manifest().get(3).file()));

    agent(folder).build().run();

    assertThat(FolderContents.of(folder)).isEqualTo(expected);
  }

  @Test
  void anImageThatWasChangedIsNamed() throws IOException {
    agent(folder).build().run();
    Path image = folder.resolve(Run.open(folder).manifest().get(3).file());
    Files.write(image, "no picture".getBytes(StandardCharsets.UTF_8));

    assertThatThrownBy(() -> agent(folder).build().run())
        .isInstanceOf(StorageException.class)
        .hasMessageContaining(image.getFileName().toString())
        .hasMessageContaining("checksum");
  }

  @Test
  void goingOnWithAnotherSeedIsRefused() {
    agent(folder).build().writePrompts();

    assertThatThrownBy(() -> agent(folder).seed(8).build().writePrompts())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("seed 7, not 8");
  }

  @Test
  void goingOnWithAnotherFilterIsRefused() {
    agent(folder).build().run();

    assertThatThrownBy(() -> agent(folder).filter(OnlineFilter.acceptAll()).build().run())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("generation.json");
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

  private ImageAugmentationAgent.Builder choosy(Path output) {
    return agent(output)
        .filter(OnlineFilter.of(FIRST_PIXEL).rejectPreviewBelow(0.3).acceptFrom(0.9))
        .attempts(4)
        .fillExhausted(true);
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
  void fallbacksAreTheSameBytesWhereverTheRunDies() throws IOException {
    choosy(folder.resolve("whole")).build().run();
    SortedMap<String, String> expected = FolderContents.of(folder.resolve("whole"));

    for (int deadline : new int[] {3, 10}) {
      Path disturbed = folder.resolve("dies" + deadline);
      for (int start = 1; !finishes(choosy(disturbed), deadline); start++) {
        assertThat(start).isLessThan(200);
      }
      assertThat(FolderContents.of(disturbed))
          .as("dying every %s events", deadline)
          .isEqualTo(expected);
    }
  }

  @Test
  void anImageWhoseLabelsWereEditedIsGeneratedAgain() throws IOException {
    agent(folder).build().run();
    Path prompts = folder.resolve("prompts.jsonl");
    List<String> lines = new ArrayList<>(Files.readAllLines(prompts));
    lines.set(0, lines.get(0).replaceFirst("\"labels\":\\[[^]]*]", "\"labels\":[\"cat\",\"dog\"]"));
    Files.write(prompts, lines);

    agent(folder).build().generate();

    assertThat(Run.open(folder).manifest().get(0).labels()).containsExactly("cat", "dog");
  }

  @Test
  void aRunWhoseImagesAreAllGoneIsNotThrownAway() throws IOException {
    agent(folder).build().run();
    Files.move(folder.resolve("images"), folder.resolve("elsewhere"));
    String manifest = Files.readString(folder.resolve("manifest.jsonl"));

    assertThatThrownBy(() -> agent(folder).build().generate())
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("manifest.jsonl")
        .hasMessageContaining("Bring the folder images/ back");
    assertThat(folder.resolve("manifest.jsonl")).hasContent(manifest.strip());
  }

  @Test
  void generationSettingsMayChangeWhileNothingIsGenerated() {
    assertThatThrownBy(
            () ->
                agent(folder)
                    .listener(
                        event -> {
                          if (event instanceof AugmentationEvent.GenerationBegun) {
                            throw new PowerCut();
                          }
                        })
                    .build()
                    .run())
        .isInstanceOf(PowerCut.class);

    assertThat(agent(folder).attempts(3).build().run().attempts().all()).isPositive();
  }

  @Test
  void filtersAndLoopsOfOnesOwnGoOnInAnotherProcess() {
    RefinementLoop lambda =
        (request, writer, critic) -> SelfRefinement.until(0).refine(request, writer, critic);
    OnlineFilter filter = (slot, image) -> Verdict.pass();

    assertThat(lambda.describe().name()).isEqualTo("a lambda");
    assertThat(filter.describe().name()).isEqualTo("a lambda");
    assertThat(FIRST_PIXEL.describe().name()).isEqualTo(FIRST_PIXEL.getClass().getName());
  }

  @Test
  void aWrongLastLineWithoutANewlineIsNamedRatherThanCutOff() throws IOException {
    agent(folder).build().run();
    Path prompts = folder.resolve("prompts.jsonl");
    String text = Files.readString(prompts);
    Files.writeString(prompts, text + "{\"slot\": 99, \"labels\": \"cat\"}");

    assertThatThrownBy(() -> agent(folder).build().generate())
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("prompts.jsonl");
    assertThat(Files.readString(prompts)).startsWith(text).hasSizeGreaterThan(text.length());
  }

  @Test
  void aPromptWrittenByHandNeedsNoMoreThanSlotLabelsAndText() throws IOException {
    agent(folder).build().writePrompts();
    Files.writeString(
        folder.resolve("prompts.jsonl"), "{\"slot\":0,\"labels\":[\"cat\"],\"text\":\"a cat\"}\n");

    assertThat(agent(folder).build().generate().slots().accepted()).isEqualTo(1);
    assertThat(Run.open(folder).prompts().get(0).rounds()).isEmpty();
  }

  @Test
  void anEmptyLabelIsNamed() throws IOException {
    agent(folder).build().writePrompts();
    Files.writeString(
        folder.resolve("prompts.jsonl"),
        "{\"slot\":0,\"labels\":[\"cat\", null],\"text\":\"a cat\"}\n");

    assertThatThrownBy(() -> agent(folder).build().generate())
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("slot 0")
        .hasMessageContaining("labels");
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
