package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.filter.ImageScorer;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Fault;
import io.github.iaa4j.core.prompt.GeneratedPrompt;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.prompt.RuleBasedPromptAgent;
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
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Generation in rounds: a prompt the model could not generate is rewritten and tried again. */
class GenerationRoundsTest {

  @TempDir private Path folder;

  private static final LabeledDataset CATS =
      LabeledDataset.of(
          List.of("cat", "dog"), IntStream.range(0, 4).mapToObj(i -> photo("p" + i)).toList());

  private static final ImageScorer FIRST_PIXEL =
      new ImageScorer() {
        @Override
        public List<String> classNames() {
          return List.of("cat", "dog");
        }

        @Override
        public float[] score(RgbImage image) {
          return new float[] {(image.pixels()[0] & 0xff) / 255f, 0};
        }
      };

  private static LabeledImage photo(String id) {
    return LabeledImage.of(id, List.of("cat"), () -> FakeSampler.plain(16, 16, 0x808080));
  }

  /**
   * A model that cannot generate warm colours: those come out at 0 to 0.4, all else at 0.5 to 1.
   */
  private static RgbImage generate(GenerationJob job) {
    boolean warm = job.prompt().text().matches(".*\\b(red|orange|yellow|brown|purple)\\b.*");
    byte[] pixels = new byte[16 * 16 * 3];
    SplittableRandom random = new SplittableRandom(job.seed());
    random.nextBytes(pixels);
    pixels[0] = (byte) (warm ? random.nextInt(102) : 128 + random.nextInt(127));
    return new RgbImage(16, 16, pixels);
  }

  private ImageAugmentationAgent.Builder agent(Path output) {
    return ImageAugmentationAgent.builder()
        .dataset(CATS)
        .sampler(FakeSampler.of(GenerationRoundsTest::generate))
        .filter(OnlineFilter.of(FIRST_PIXEL).rejectPreviewBelow(0.1).acceptFrom(0.45))
        .balance(Balance.add(40))
        .seed(3)
        .attempts(3)
        .output(output);
  }

  private static List<PromptRecord> rewritten(Run run) {
    return run.prompts().stream().filter(prompt -> !prompt.givenUp().isEmpty()).toList();
  }

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
  void roundsAreTheSameBytesWhereverTheRunDiesAndHoweverManyThreadsPaint() throws IOException {
    rounds(folder.resolve("whole")).build().run();
    SortedMap<String, String> expected = FolderContents.of(folder.resolve("whole"));
    assertThat(rewritten(Run.open(folder.resolve("whole")))).isNotEmpty();

    for (int deadline : new int[] {5, 40}) {
      Path disturbed = folder.resolve("dies" + deadline);
      for (int start = 1; !finishes(disturbed, deadline); start++) {
        assertThat(start).as("starts, each with some progress").isLessThan(300);
      }
      assertThat(FolderContents.of(disturbed))
          .as("dying every %s events", deadline)
          .isEqualTo(expected);
    }
    rounds(folder.resolve("threads"))
        .sampler(FakeSampler.of(GenerationRoundsTest::generate).threads(3))
        .build()
        .run();
    assertThat(FolderContents.of(folder.resolve("threads"))).isEqualTo(expected);
  }

  private ImageAugmentationAgent.Builder rounds(Path output) {
    return agent(output)
        .fillExhausted(true)
        .generationRounds(3)
        .attempts(2)
        .promptsInFlight(3)
        .balance(Balance.add(16));
  }

  private static final class PowerCut extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private boolean finishes(Path output, int deadline) {
    int[] left = {deadline};
    try {
      rounds(output)
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

  /** Counts what is asked of the rules. */
  private static final class Counting implements PromptAgent {
    private final PromptAgent rules = new RuleBasedPromptAgent();
    private final AtomicInteger firstRevisions = new AtomicInteger();

    @Override
    public String name() {
      return rules.name();
    }

    @Override
    public Draft propose(PromptRequest request) {
      return rules.propose(request);
    }

    @Override
    public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
      if (critique.has(Fault.Kind.NO_IMAGE_ACCEPTED)) {
        firstRevisions.incrementAndGet();
      }
      return rules.revise(request, previous, critique);
    }
  }

  @Test
  void whatWasRewrittenBeforeAKillIsNotAskedAgain() {
    agent(folder).build().run();
    Counting counting = new Counting();
    int[] left = {4};
    assertThatThrownBy(
            () ->
                agent(folder)
                    .promptAgent(counting)
                    .listener(
                        event -> {
                          if (event instanceof AugmentationEvent.PromptWritten && --left[0] == 0) {
                            throw new PowerCut();
                          }
                        })
                    .build()
                    .rewritePrompts())
        .isInstanceOf(PowerCut.class);
    assertThat(folder.resolve("rewrites.jsonl")).exists();
    assertThat(rewritten(Run.open(folder))).as("before all are there").isEmpty();

    List<PromptRecord> rewritten = agent(folder).promptAgent(counting).build().rewritePrompts();

    assertThat(counting.firstRevisions).hasValue(rewritten.size());
    assertThat(rewritten(Run.open(folder))).isEqualTo(rewritten);
    assertThat(folder.resolve("rewrites.jsonl")).doesNotExist();
  }

  @Test
  void aPromptThatIsEditedWhileOthersAreRewrittenStaysEdited() throws IOException {
    agent(folder).build().run();
    int[] left = {4};
    assertThatThrownBy(
            () ->
                agent(folder)
                    .listener(
                        event -> {
                          if (event instanceof AugmentationEvent.PromptWritten && --left[0] == 0) {
                            throw new PowerCut();
                          }
                        })
                    .build()
                    .rewritePrompts())
        .isInstanceOf(PowerCut.class);
    String line = Files.readAllLines(folder.resolve("rewrites.jsonl")).get(0);
    String slot = line.substring(0, line.indexOf(','));
    Path prompts = folder.resolve("prompts.jsonl");
    Files.write(
        prompts,
        Files.readAllLines(prompts).stream()
            .map(
                each ->
                    each.startsWith(slot + ",")
                        ? each.replaceFirst("\"text\":\"[^\"]*\"", "\"text\":\"my white cat\"")
                        : each)
            .toList());

    agent(folder).generationRounds(2).build().run();

    assertThat(Run.open(folder).prompts())
        .filteredOn(prompt -> prompt.text().equals("my white cat"))
        .singleElement()
        .satisfies(prompt -> assertThat(prompt.givenUp()).isEmpty());
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

  @ParameterizedTest
  @ValueSource(strings = {"manifest.jsonl", "attempts.jsonl"})
  void aRoundThatDiesWhileItsFilesArePutInOrderLosesNothing(String full) throws IOException {
    Path whole = folder.resolve("whole");
    Path broken = folder.resolve("broken");
    for (Path run : List.of(whole, broken)) {
      agent(run).fillExhausted(true).build().run();
      agent(run).fillExhausted(true).build().rewritePrompts();
    }
    agent(whole).fillExhausted(true).build().generate();

    // What is to become the file cannot be written.
    Path inTheWay = Files.createDirectories(broken.resolve("." + full + ".tmp/file"));
    assertThatThrownBy(() -> agent(broken).fillExhausted(true).build().generate())
        .isInstanceOf(StorageException.class)
        .hasMessageContaining(full);
    Files.delete(inTheWay);
    Files.delete(broken.resolve("." + full + ".tmp"));
    agent(broken).fillExhausted(true).build().generate();

    assertThat(FolderContents.of(broken)).isEqualTo(FolderContents.of(whole));
  }

  /** Rewrites what it remembers into the prompt. */
  private static final class Remembering implements PromptAgent {
    private final PromptAgent rules = new RuleBasedPromptAgent();

    @Override
    public String name() {
      return "remembering";
    }

    @Override
    public Draft propose(PromptRequest request) {
      return rules.propose(request);
    }

    @Override
    public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
      return new Draft(
          new Prompt("a white cat, %08x".formatted(request.memory().hashCode()), ""), 0);
    }

    @Override
    public PromptCritic critic() {
      return (request, prompt) -> new PromptCritic.Review(new Critique(1, ""), 0);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 64})
  void howManyAreRewrittenAtOnceDoesNotChangeOneByte(int inFlight) throws IOException {
    Path one = folder.resolve("one");
    Path many = folder.resolve("many");

    agent(one).promptAgent(new Remembering()).generationRounds(2).build().run();
    agent(many)
        .promptAgent(new Remembering())
        .generationRounds(2)
        .promptsInFlight(inFlight)
        .build()
        .run();

    assertThat(rewritten(Run.open(one))).hasSizeGreaterThan(8);
    assertThat(FolderContents.of(many)).isEqualTo(FolderContents.of(one));
  }

  @Test
  void aJournalOfRewritesThatAKillLeftBehindIsDeleted() throws IOException {
    agent(folder).generationRounds(2).build().run();
    SortedMap<String, String> finished = FolderContents.of(folder);
    Set<Integer> slots = new HashSet<>();
    rewritten(Run.open(folder)).forEach(prompt -> slots.add(prompt.slot()));
    List<String> lines = Files.readAllLines(folder.resolve("prompts.jsonl"));
    Files.write(folder.resolve("rewrites.jsonl"), slots.stream().map(lines::get).toList());

    agent(folder).generationRounds(2).build().generate();

    assertThat(FolderContents.of(folder)).isEqualTo(finished);
  }

  @Test
  void aJournalOfRewritesThatStillWaitIsKept() throws IOException {
    agent(folder).build().run();
    agent(folder.resolve("other")).build().run();
    agent(folder.resolve("other")).build().rewritePrompts();
    String line = Files.readAllLines(folder.resolve("other/prompts.jsonl")).get(slotToRewrite());
    Files.writeString(folder.resolve("rewrites.jsonl"), line + "\n");

    agent(folder).build().generate();

    assertThat(folder.resolve("rewrites.jsonl")).hasContent(line);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"slot\":3,\"text\":\"a cat\"}",
        "{\"slot\":3,\"labels\":[\"cat\"]}",
        "{\"slot\":-3,\"labels\":[\"cat\"],\"text\":\"a cat\"}",
        "{\"slot\":3,\"labels\":"
      })
  void aBrokenLineInTheJournalOfRewritesIsNamed(String line) throws IOException {
    agent(folder).build().run();
    Files.writeString(
        folder.resolve("rewrites.jsonl"),
        "{\"slot\":1,\"labels\":[\"cat\"],\"text\":\"a cat\"}\n" + line + "\n");

    for (Consumer<ImageAugmentationAgent> work :
        List.<Consumer<ImageAugmentationAgent>>of(
            ImageAugmentationAgent::generate, ImageAugmentationAgent::rewritePrompts)) {
      assertThatThrownBy(() -> work.accept(agent(folder).build()))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("rewrites.jsonl")
          .hasMessageContaining("line 2 is malformed");
    }
  }

  @Test
  void aTornLastLineInTheJournalOfRewritesIsForgotten() throws IOException {
    agent(folder.resolve("whole")).generationRounds(2).build().run();
    agent(folder.resolve("torn")).build().run();
    Files.writeString(folder.resolve("torn/rewrites.jsonl"), "{\"slot\":3,\"labels\":");

    agent(folder.resolve("torn")).generationRounds(2).build().run();

    assertThat(FolderContents.of(folder.resolve("torn")))
        .isEqualTo(FolderContents.of(folder.resolve("whole")));
  }

  private int slotToRewrite() {
    return rewritten(Run.open(folder.resolve("other"))).get(0).slot();
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
