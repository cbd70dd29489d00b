package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.AugmentationEvent.Accepted;
import io.github.iaa4j.core.AugmentationEvent.ClassesUnplanned;
import io.github.iaa4j.core.AugmentationEvent.GenerationBegun;
import io.github.iaa4j.core.AugmentationEvent.GenerationFinished;
import io.github.iaa4j.core.AugmentationEvent.PromptWritten;
import io.github.iaa4j.core.AugmentationEvent.PromptsBegun;
import io.github.iaa4j.core.AugmentationEvent.PromptsFinished;
import io.github.iaa4j.core.AugmentationEvent.Revoked;
import io.github.iaa4j.core.AugmentationEvent.SlotExhausted;
import io.github.iaa4j.core.AugmentationEvent.SlotsWithoutPrompt;
import io.github.iaa4j.core.AugmentationEvent.Unaccepted;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.outcome.Outcome;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.testing.FakeSampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events add up, and what a run falls short of is said. */
class RunEventsTest {

  @TempDir private Path folder;

  /** Counts again what a run counts, from its events alone. */
  private static final class Recount implements AugmentationListener {
    private int prompts;
    private int accepted;
    private int unaccepted;
    private int revoked;
    private final List<Integer> exhausted = new ArrayList<>();
    private final List<AugmentationReport> reports = new ArrayList<>();
    private final List<String> unplanned = new ArrayList<>();

    @Override
    public void onEvent(AugmentationEvent event) {
      if (event instanceof PromptsBegun begun) {
        prompts = begun.done();
      } else if (event instanceof PromptWritten) {
        prompts++;
      } else if (event instanceof PromptsFinished finished) {
        assertThat(finished.prompts()).isEqualTo(prompts);
      } else if (event instanceof GenerationBegun begun) {
        assertThat(begun.done()).as("what an earlier stage or start left").isEqualTo(accepted);
        exhausted.clear();
      } else if (event instanceof Accepted) {
        accepted++;
      } else if (event instanceof Unaccepted) {
        unaccepted++;
      } else if (event instanceof Revoked) {
        accepted--;
        revoked++;
      } else if (event instanceof SlotExhausted slot) {
        exhausted.add(slot.slot());
      } else if (event instanceof GenerationFinished finished) {
        assertThat(finished.report().slots().accepted()).isEqualTo(accepted);
        assertThat(finished.report().slots().exhausted()).isEqualTo(exhausted.size());
        reports.add(finished.report());
      } else if (event instanceof ClassesUnplanned classes) {
        unplanned.addAll(classes.classNames());
      }
    }
  }

  /** Nine of ten first attempts are one picture; the others are noise that often fails. */
  private static FakeSampler repetitive() {
    return FakeSampler.of(
        job ->
            job.attempt() == 0 && job.slot() % 10 != 9
                ? FakeSampler.plain(16, 16, 0xffffff)
                : Pets.noise(job));
  }

  @Test
  void acceptedWithoutRevokedIsWhatTheReportCounts() {
    Recount recount = new Recount();

    AugmentationReport report =
        Pets.agent(folder)
            .sampler(repetitive())
            .filter(OnlineFilter.of(new Pets.FirstPixel()).rejectPreviewBelow(0.2).acceptFrom(0.7))
            .attempts(2)
            .distinct(4)
            .fillExhausted(true)
            .generationRounds(3)
            .listener(recount)
            .build()
            .run();

    assertThat(recount.revoked)
        .as("duplicates, and fallbacks of rewritten prompts")
        .isGreaterThan(9);
    assertThat(report.attempts().duplicates()).isPositive().isLessThan(recount.revoked);
    assertThat(recount.reports).hasSizeGreaterThan(1).endsWith(report);
    assertThat(recount.accepted).isEqualTo(report.slots().accepted());
    assertThat(AugmentationReport.of(Run.open(folder))).isEqualTo(report);
  }

  @Test
  void aResumedRunCountsOnFromWhereItWas() {
    Recount first = new Recount();
    Pets.agent(folder).attempts(1).listener(first).build().run();
    Recount second = new Recount();
    second.accepted = first.accepted;

    AugmentationReport report = Pets.agent(folder).attempts(1).listener(second).build().run();

    assertThat(first.accepted).isPositive();
    assertThat(second.unaccepted).isZero();
    assertThat(report).isEqualTo(first.reports.get(0));
  }

  @Test
  void aRevokedDuplicateIsSaid() {
    Recount recount = new Recount();

    AugmentationReport report =
        Pets.agent(folder)
            .filter(OnlineFilter.acceptAll())
            .sampler(repetitive())
            .distinct(4)
            .listener(recount)
            .build()
            .run();

    assertThat(recount.revoked).isEqualTo(10);
    assertThat(report.attempts().duplicates()).isEqualTo(10);
    assertThat(report.shortfalls())
        .containsExactly("10 accepted images repeated earlier ones and were revoked.");
    assertThat(Run.open(folder).attempts())
        .allMatch(attempt -> attempt.outcome() == Outcome.DUPLICATE)
        .allSatisfy(attempt -> assertThat(attempt.reasons().get(0).slot()).isZero());
  }

  @Test
  void aSlotThatARevocationLeavesWithoutAttemptsIsExhausted() {
    Recount recount = new Recount();

    AugmentationReport report =
        Pets.agent(folder)
            .filter(OnlineFilter.acceptAll())
            .sampler(repetitive())
            .distinct(4)
            .attempts(1)
            .listener(recount)
            .build()
            .run();

    assertThat(recount.exhausted).hasSize(10);
    assertThat(report.slots().exhausted()).isEqualTo(10);
    assertThat(report.slots().accepted()).isEqualTo(2);
    assertThat(report.shortfalls()).contains("10 slots used all their attempts and stay empty.");
  }

  @Test
  void aClassThatNoImageShowsIsSaidToGetNone() {
    Recount recount = new Recount();

    AugmentationReport report =
        Pets.agent(folder).balance(Balance.topUpTo(6)).listener(recount).build().run();

    assertThat(recount.unplanned).containsExactly("dog");
    assertThat(report.unplanned()).containsExactly("dog");
    assertThat(Run.open(folder).settings().unplanned()).containsExactly("dog");
    assertThat(report.shortfalls())
        .containsExactly(
            "No image is planned for dog, which the balance would top up: no image of the data set"
                + " shows it.");
  }

  @Test
  void aSlotWithoutAPromptIsSaid() throws IOException {
    Pets.agent(folder).filter(OnlineFilter.acceptAll()).build().writePrompts();
    Path prompts = folder.resolve("prompts.jsonl");
    List<String> lines = new ArrayList<>(Files.readAllLines(prompts));
    lines.remove(7);
    lines.remove(2);
    Files.write(prompts, lines);
    List<AugmentationEvent> events = new ArrayList<>();

    AugmentationReport report =
        Pets.agent(folder)
            .filter(OnlineFilter.acceptAll())
            .listener(events::add)
            .build()
            .generate();

    assertThat(events)
        .startsWith(new GenerationBegun(10, 0), new SlotsWithoutPrompt(List.of(2, 7)))
        .filteredOn(SlotsWithoutPrompt.class::isInstance)
        .hasSize(1);
    assertThat(report.slots()).isEqualTo(new AugmentationReport.Slots(12, 10, 0, 0, 2));
    assertThat(report.shortfalls())
        .containsExactly(
            "2 slots have no prompt and get no image. Write the prompts again to give them one.");
    assertThat(AugmentationReport.of(Run.open(folder))).isEqualTo(report);

    Pets.agent(folder).filter(OnlineFilter.acceptAll()).listener(events::add).build().run();
    assertThat(AugmentationReport.of(Run.open(folder)).shortfalls()).isEmpty();
    assertThat(events).filteredOn(SlotsWithoutPrompt.class::isInstance).hasSize(1);
  }

  @Test
  void aRunThatDeliversAllSaysNothing() {
    AugmentationReport report = Pets.agent(folder).filter(OnlineFilter.acceptAll()).build().run();

    assertThat(report.slots().accepted()).isEqualTo(12);
    assertThat(report.shortfalls()).isEmpty();
  }
}
