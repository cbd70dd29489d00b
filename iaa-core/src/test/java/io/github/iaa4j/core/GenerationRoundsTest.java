package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.prompt.GeneratedPrompt;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.prompt.TemplatePromptAgent;
import io.github.iaa4j.core.run.AttemptRecord;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.StepObserver;
import io.github.iaa4j.core.testing.FakeSampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

/** Generation in rounds: a prompt the model could not generate is rewritten and tried again. */
class GenerationRoundsTest extends RoundsOfCats {

  @Test
  void aSecondRoundFillsSlotsThatTheFirstLeftEmpty() {
    AugmentationReport first = agent(folder.resolve("one")).build().run();
    AugmentationReport both = agent(folder.resolve("two")).generationRounds(2).build().run();

    int empty = first.slots().planned() - first.slots().accepted();
    assertThat(empty).as("slots that round 1 leaves empty").isGreaterThan(8);
    assertThat(both.slots().accepted() - first.slots().accepted())
        .as("filled")
        .isGreaterThan(empty * 3 / 4);
  }

  @Test
  void theOldPromptWhatBecameOfItAndTheNewOneAreRoundsOfThePrompt() {
    agent(folder).generationRounds(2).build().run();

    Run run = Run.open(folder);
    assertThat(rewritten(run)).isNotEmpty();
    for (PromptRecord prompt : rewritten(run)) {
      RefinedPrompt.Round old = prompt.givenUp().get(0);
      assertThat(old.attempts()).isEqualTo(3);
      assertThat(old.critique())
          .startsWith("Painted 3 times without success: does not show cat (3)");
      assertThat(old.text()).isNotEqualTo(prompt.text());
      assertThat(prompt.rounds().get(prompt.rounds().size() - 1).attempts()).isNull();
      assertThat(prompt.rounds()).extracting(RefinedPrompt.Round::text).contains(prompt.text());
    }
  }

  @Test
  void theAttemptsOfARoundAreKeptAndTheNextHasSeedsOfItsOwn() {
    AugmentationReport report = agent(folder).generationRounds(2).build().run();

    Run run = Run.open(folder);
    Set<Integer> slots = new HashSet<>();
    rewritten(run).forEach(prompt -> slots.add(prompt.slot()));
    for (int slot : slots) {
      assertThat(run.attempts())
          .filteredOn(attempt -> attempt.slot() == slot)
          .extracting(AttemptRecord::attempt)
          .startsWith(0, 1, 2);
    }
    assertThat(run.manifest())
        .filteredOn(entry -> slots.contains(entry.slot()))
        .isNotEmpty()
        .allMatch(entry -> entry.attempt() >= 3);
    assertThat(report.attempts().all()).isEqualTo(run.manifest().size() + run.attempts().size());
  }

  @Test
  void theRunSaysOfEachPromptWhatItCostAndWhy() {
    agent(folder).generationRounds(2).build().run();

    Run run = Run.open(folder);
    List<GeneratedPrompt> generated = run.experience().prompts();
    assertThat(generated).hasSize(40 + rewritten(run).size());
    assertThat(generated.stream().mapToInt(GeneratedPrompt::attempts).sum())
        .isEqualTo(run.manifest().size() + run.attempts().size());
    assertThat(generated.stream().mapToLong(GeneratedPrompt::functionEvaluations).sum())
        .isEqualTo(AugmentationReport.of(run).functionEvaluations().all());
    assertThat(generated)
        .filteredOn(prompt -> !prompt.accepted())
        .isNotEmpty()
        .allSatisfy(
            prompt ->
                assertThat(prompt.reasons())
                    .containsOnlyKeys(List.of(Reason.missing("cat")))
                    .containsValue(3));
  }

  @Test
  void aFinishedRunGoesOnInASecondRoundAndThenHasNothingLeftToDo() throws IOException {
    agent(folder).build().run();
    int first = Run.open(folder).manifest().size();

    agent(folder).generationRounds(2).build().generate();
    SortedMap<String, String> after = FolderContents.of(folder);
    agent(folder).generationRounds(2).build().run();

    assertThat(Run.open(folder).manifest()).hasSizeGreaterThan(first);
    assertThat(FolderContents.of(folder)).isEqualTo(after);
  }

  @Test
  void aPromptThatAPersonEditedIsNeverRewritten() throws IOException {
    agent(folder).build().writePrompts();
    Path prompts = folder.resolve("prompts.jsonl");
    List<String> lines = new ArrayList<>(Files.readAllLines(prompts));
    lines.set(0, lines.get(0).replaceFirst("\"text\":\"[^\"]*\"", "\"text\":\"my red cat\""));
    Files.write(prompts, lines);

    agent(folder).generationRounds(3).build().run();

    assertThat(Run.open(folder).prompts().get(0).text()).isEqualTo("my red cat");
    assertThat(Run.open(folder).prompts().get(0).givenUp()).isEmpty();
    assertThat(rewritten(Run.open(folder))).isNotEmpty();
  }

  @Test
  void aFallbackGivesWayToAnAcceptedImage() {
    agent(folder).fillExhausted(true).build().run();
    List<ManifestEntry> kept =
        Run.open(folder).manifest().stream().filter(ManifestEntry::isFallback).toList();

    agent(folder).fillExhausted(true).generationRounds(2).build().generate();

    Run run = Run.open(folder);
    assertThat(kept).hasSizeGreaterThan(8);
    for (ManifestEntry before : kept) {
      ManifestEntry now =
          run.manifest().stream().filter(e -> e.slot() == before.slot()).findFirst().orElseThrow();
      if (now.isFallback()) {
        continue; // Neither round could generate it: the best of both is there.
      }
      assertThat(run.attempts())
          .filteredOn(a -> a.slot() == before.slot() && a.attempt() == before.attempt())
          .singleElement()
          .satisfies(a -> assertThat(a.reasons()).containsExactly(Reason.missing("cat")))
          .satisfies(a -> assertThat(a.scores()).isEqualTo(before.scores()));
    }
    assertThat(run.manifest()).filteredOn(ManifestEntry::isFallback).hasSizeLessThan(kept.size());
  }

  @Test
  void rewritingBeforeAllImagesAreGeneratedIsRefused() throws IOException {
    agent(folder).build().run();
    agent(folder).build().rewritePrompts();

    assertThatThrownBy(() -> agent(folder).build().rewritePrompts())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("neither an image nor used all their attempts")
        .hasMessageContaining("Generate their images first");
  }

  @Test
  void anAgentThatWritesTheSameAgainJustTriesMoreSeeds() {
    AugmentationReport report =
        agent(folder)
            .promptAgent(new TemplatePromptAgent())
            .sampler(FakeSampler.of(job -> FakeSampler.plain(16, 16, 0)))
            .generationRounds(3)
            .build()
            .run();

    assertThat(report.slots().accepted()).isZero();
    assertThat(report.attempts().all()).isEqualTo(40 * 3 * 3);
  }

  @Test
  void aRunThatHasLearntFromAnotherAvoidsWhatFailedThere() {
    agent(folder.resolve("teacher")).build().run();
    AugmentationReport plain = agent(folder.resolve("plain")).seed(4).build().run();

    AugmentationReport taught =
        agent(folder.resolve("taught"))
            .seed(4)
            .learnFrom(Run.open(folder.resolve("teacher")).experience())
            .build()
            .run();

    assertThat(1000.0 * taught.slots().accepted() / taught.functionEvaluations().all())
        .isGreaterThan(1.5 * 1000.0 * plain.slots().accepted() / plain.functionEvaluations().all());
  }

  @Test
  void goingOnWithoutWhatWasLearntIsRefused() {
    agent(folder.resolve("teacher")).build().run();
    agent(folder.resolve("taught"))
        .learnFrom(Run.open(folder.resolve("teacher")).experience())
        .build()
        .writePrompts();

    assertThatThrownBy(() -> agent(folder.resolve("taught")).build().writePrompts())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("learnt experience (prompts 40");
  }

  @Test
  void duplicatesAreToldApartFromRejectedImages() {
    agent(folder)
        .balance(Balance.add(2))
        .sampler(FakeSampler.of(job -> FakeSampler.plain(16, 16, 0xc8c8c8)))
        .distinct(4)
        .generationRounds(2)
        .build()
        .run();

    GeneratedPrompt repeating = Run.open(folder).experience().prompts().get(1);
    assertThat(repeating.attempts()).isEqualTo(3);
    assertThat(repeating.repeats()).isEqualTo(3);
    assertThat(repeating.reasons()).isEmpty();
    assertThat(rewritten(Run.open(folder)).get(0).givenUp().get(0).critique())
        .startsWith("Painted 3 times without success: repeats the image of another slot (3).");
  }

  /** Has no memory left. */
  private static final class Failing implements DiffusionSampler {

    @Override
    public void generate(JobSource jobs, StepObserver observer) {
      for (GenerationJob job = jobs.poll(); job != null; job = jobs.poll()) {
        observer.onFailed(
            job,
            new GenerationException(job.slot(), job.attempt(), 0, "out of memory for a cat", null));
      }
    }

    @Override
    public void close() {}
  }

  @Test
  void failedAttemptsAreToldApartFromRejectedOnes() {
    agent(folder)
        .balance(Balance.add(1))
        .sampler(new Failing())
        .stopAfterFailures(0)
        .generationRounds(2)
        .build()
        .run();

    GeneratedPrompt failing = Run.open(folder).experience().prompts().get(0);
    assertThat(failing.attempts()).isEqualTo(3);
    assertThat(failing.failures()).isEqualTo(3);
    assertThat(failing.reasons()).isEmpty();
    assertThat(rewritten(Run.open(folder)).get(0).givenUp().get(0).critique())
        .isEqualTo("Painted 3 times without success: could not be painted (3).");
  }
}
