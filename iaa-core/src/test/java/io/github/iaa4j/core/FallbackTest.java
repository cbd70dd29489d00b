package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.Verdict;
import io.github.iaa4j.core.internal.Folders;
import io.github.iaa4j.core.outcome.Outcome;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.GeneratedPrompt;
import io.github.iaa4j.core.prompt.GenerationExperience;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.testing.FakeSampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Slots that used all their attempts take a rejected image, and may have to give it back. */
class FallbackTest {

  private static final int PICTURES = 4;

  @TempDir private Path folder;

  /** One of few pictures; a later one has more red in its first pixel. */
  private static RgbImage picture(GenerationJob job) {
    int picture = new SplittableRandom(job.seed()).nextInt(PICTURES);
    byte[] pixels = new byte[16 * 16 * 3];
    new SplittableRandom(picture).nextBytes(pixels);
    pixels[0] = (byte) (60 * (picture + 1));
    return new RgbImage(16, 16, pixels);
  }

  /** Accepts one of the pictures; the others are good for a fallback, and all stand once. */
  private static ImageAugmentationAgent.Builder fewPictures(Path output) {
    return Pets.agent(output)
        .sampler(FakeSampler.of(FallbackTest::picture))
        .filter(OnlineFilter.of(new Pets.FirstPixel()).acceptFrom(0.9))
        .balance(Balance.add(6))
        .attempts(3)
        .fillExhausted(true)
        .distinct(4);
  }

  /** Whether a run ends before so many of these events. */
  @Test
  void revokedFallbacksEndInTheSameBytesWhereverTheRunDies() throws IOException {
    List<AugmentationEvent> events = new ArrayList<>();
    fewPictures(folder.resolve("whole")).listener(events::add).build().run();
    SortedMap<String, String> expected = FolderContents.of(folder.resolve("whole"));
    assertThat(events)
        .filteredOn(
            event ->
                event instanceof AugmentationEvent.Revoked revoked && revoked.entry().isFallback())
        .as("fallbacks that are revoked, so that another takes their place")
        .hasSizeGreaterThan(3);

    for (int at = 1; at <= events.size(); at++) {
      Path output = folder.resolve("dies" + at);
      assertThat(PowerCut.finishes(fewPictures(output), at, event -> true)).isFalse();
      assertThatEachAttemptStandsInOneJournal(Run.open(output));
      fewPictures(output).build().run();
      assertThat(FolderContents.of(output)).as("died at event %s", at).isEqualTo(expected);
    }
    for (int every : new int[] {1, 3}) {
      Path output = folder.resolve("dies-every" + every);
      for (int starts = 1; !PowerCut.finishes(fewPictures(output), every); starts++) {
        assertThat(starts).as("starts, each with some progress").isLessThan(events.size());
      }
      assertThat(FolderContents.of(output)).as("dying every %s events", every).isEqualTo(expected);
    }
  }

  private static void assertThatEachAttemptStandsInOneJournal(Run run) {
    List<String> all = new ArrayList<>();
    run.manifest().forEach(entry -> all.add(entry.slot() + "-" + entry.attempt()));
    run.attempts().forEach(attempt -> all.add(attempt.slot() + "-" + attempt.attempt()));
    assertThat(all).doesNotHaveDuplicates();
    assertThat(run.manifest()).extracting(ManifestEntry::slot).doesNotHaveDuplicates();
  }

  @Test
  void aFallbackWhoseImageIsDeletedIsGeneratedAgainAsItWas() throws IOException {
    fewPictures(folder).build().run();
    SortedMap<String, String> expected = FolderContents.of(folder);
    ManifestEntry fallback =
        Run.open(folder).manifest().stream()
            .filter(ManifestEntry::isFallback)
            .filter(entry -> entry.attempt() < 2)
            .findFirst()
            .orElseThrow();
    Files.delete(folder.resolve(fallback.file()));

    fewPictures(folder).build().run();

    assertThat(FolderContents.of(folder)).isEqualTo(expected);
  }

  /** Rejects all images, and notes which it was asked about. */
  private static final class Judge implements OnlineFilter {
    private final List<RgbImage> asked = new ArrayList<>();

    @Override
    public Verdict judge(Slot slot, RgbImage image) {
      asked.add(image);
      double quality = (image.pixels()[0] & 0xff) / 255.0;
      return Verdict.rejectWithQuality(Map.of("cat", quality), Reason.missing("cat"), quality);
    }

    @Override
    public Description describe() {
      return Description.of("judge");
    }
  }

  private ImageAugmentationAgent.Builder judged(Judge judge) {
    return Pets.agent(folder).filter(judge).balance(Balance.add(5)).attempts(2).fillExhausted(true);
  }

  @Test
  void theManifestSaysWhyTheFilterRejectedAFallback() {
    judged(new Judge()).build().run();

    assertThat(Run.open(folder).manifest())
        .hasSize(5)
        .allSatisfy(
            entry ->
                assertThat(entry.fallback())
                    .isEqualTo(
                        new ManifestEntry.Fallback(
                            List.of(Reason.missing("cat")),
                            entry.scores().getOrDefault("cat", -1.0))));
  }

  @Test
  void aResumedRunAsksTheJudgeNothingThatItHasAnswered() {
    Judge judge = new Judge();
    judged(judge).build().run();
    assertThat(judge.asked).hasSize(10);

    judged(judge).generationRounds(3).build().run();

    assertThat(judge.asked).hasSize(30).doesNotHaveDuplicates();
    assertThat(Run.open(folder).manifest())
        .as("fallbacks of a prompt that was rewritten since")
        .anyMatch(entry -> entry.attempt() < 4);

    Judge again = new Judge();
    judged(again).generationRounds(3).build().run();
    assertThat(again.asked).as("of a finished run").isEmpty();
  }

  /** All attempts are one picture, which the filter rejects. */
  private ImageAugmentationAgent.Builder repeated() {
    return judged(new Judge())
        .sampler(FakeSampler.of(job -> FakeSampler.plain(16, 16, 0x808080)))
        .balance(Balance.add(2))
        .attempts(1)
        .distinct(4);
  }

  @Test
  void aRevokedFallbackIsLearntAsWhatTheFilterRejected() {
    repeated().build().run();

    Run run = Run.open(folder);
    assertThat(run.attempts())
        .singleElement()
        .satisfies(a -> assertThat(a.outcome()).isEqualTo(Outcome.DUPLICATE))
        .satisfies(
            a ->
                assertThat(a.reasons())
                    .containsExactly(Reason.missing("cat"), Reason.duplicateOfSlot(0)));
    GeneratedPrompt repeating = run.experience().prompts().get(1);
    assertThat(repeating.repeats()).isZero();
    assertThat(repeating.accepted()).isFalse();
    assertThat(repeating.reasons()).isEqualTo(Map.of(List.of(Reason.missing("cat")), 1));
    assertThat(run.experience().expectation(List.of("cat"), repeating.prompt().text()))
        .isLessThan(0.5);
  }

  @Test
  void whatIsLearntDoesNotDependOnAKill() {
    assertThatThrownBy(
            () ->
                repeated()
                    .listener(
                        event -> {
                          if (event instanceof AugmentationEvent.Revoked) {
                            throw new PowerCut();
                          }
                        })
                    .build()
                    .run())
        .isInstanceOf(PowerCut.class);
    GenerationExperience killed = Run.open(folder).experience();

    repeated().build().run();

    assertThat(killed.prompts()).isEqualTo(Run.open(folder).experience().prompts());
  }

  @Test
  void rejectedImagesThatAreDeletedBeforeTheRunIsOverAreGeneratedAgainAsTheyWere()
      throws IOException {
    fewPictures(folder.resolve("whole")).build().run();
    SortedMap<String, String> expected = FolderContents.of(folder.resolve("whole"));

    for (int at = 8; at <= 30; at++) {
      Path output = folder.resolve("dies" + at);
      assertThat(PowerCut.finishes(fewPictures(output), at)).isFalse();
      Folders.delete(output.resolve("rejected"));
      fewPictures(output).build().run();
      assertThat(FolderContents.of(output)).as("died at event %s", at).isEqualTo(expected);
    }
  }

  @Test
  void aFinishedRunWhoseRejectedImagesAreDeletedKeepsItsImagesAndNamesTheOthersNoMore()
      throws IOException {
    fewPictures(folder).keepRejected(true).build().run();
    SortedMap<String, String> expected = keptImages(folder);
    assertThat(Run.open(folder).attempts()).anyMatch(attempt -> attempt.file() != null);
    Folders.delete(folder.resolve("rejected"));

    fewPictures(folder).keepRejected(true).build().run();

    assertThat(keptImages(folder)).isEqualTo(expected);
    assertThat(Run.open(folder).attempts()).allMatch(attempt -> attempt.file() == null);
  }

  /** What a run delivers. */
  private static SortedMap<String, String> keptImages(Path run) throws IOException {
    SortedMap<String, String> contents = FolderContents.of(run);
    contents
        .keySet()
        .removeIf(file -> !file.matches("(images|dataset)/.*|manifest.jsonl|prompts.jsonl"));
    return contents;
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 3, 4, 5})
  void keepingRejectedImagesDoesNotChangeWhichAreAccepted(long seed) throws IOException {
    for (boolean keeps : new boolean[] {false, true}) {
      fewPictures(folder.resolve("keeps-" + keeps))
          .seed(seed)
          .generationRounds(3)
          .attempts(2)
          .keepRejected(keeps)
          .build()
          .run();
    }

    assertThat(keptImages(folder.resolve("keeps-true")))
        .isEqualTo(keptImages(folder.resolve("keeps-false")));
  }
}
