package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Fault;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.RuleBasedPromptAgent;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.testing.FakeSampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rounds of a run that died, and the journal of its rewrites. */
class GenerationRoundsResumeTest extends RoundsOfCats {

  @Test
  void roundsAreTheSameBytesWhereverTheRunDiesAndHoweverManyThreadsPaint() throws IOException {
    rounds(folder.resolve("whole")).build().run();
    SortedMap<String, String> expected = FolderContents.of(folder.resolve("whole"));
    assertThat(rewritten(Run.open(folder.resolve("whole")))).isNotEmpty();

    for (int deadline : new int[] {5, 40}) {
      Path disturbed = folder.resolve("dies" + deadline);
      for (int start = 1; !PowerCut.finishes(rounds(disturbed), deadline); start++) {
        assertThat(start).as("starts, each with some progress").isLessThan(300);
      }
      assertThat(FolderContents.of(disturbed))
          .as("dying every %s events", deadline)
          .isEqualTo(expected);
    }
    rounds(folder.resolve("threads"))
        .sampler(FakeSampler.of(RoundsOfCats::generate).threads(3))
        .build()
        .run();
    assertThat(FolderContents.of(folder.resolve("threads"))).isEqualTo(expected);
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
}
