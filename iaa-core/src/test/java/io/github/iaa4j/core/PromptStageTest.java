package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.plan.RunSeed;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.GenerationExperience;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.PromptSettings;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.run.RunSettings;
import io.github.iaa4j.core.settings.Description;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromptStageTest {

  private static final List<String> CLASSES = List.of("cat", "dog");
  private static final List<Slot> PLAN = plan(40);

  @TempDir Path folder;

  /** Label sets as they come: cat, cat, cat and dog, dog, cat, cat, … */
  private static List<Slot> plan(int slots) {
    List<List<String>> sets =
        List.of(
            List.of("cat"), List.of("cat"), List.of("cat", "dog"), List.of("dog"), List.of("cat"));
    List<Slot> plan = new ArrayList<>();
    for (int i = 0; i < slots; i++) {
      plan.add(new Slot(i, sets.get(i % sets.size())));
    }
    return plan;
  }

  /** Writes down what it may look at, and keeps every request. */
  private static final class Mirror implements PromptAgent {

    final Map<Integer, PromptRequest> requests = new ConcurrentHashMap<>();

    @Override
    public String name() {
      return "mirror";
    }

    @Override
    public Draft propose(PromptRequest request) {
      requests.put(request.slot().ordinal(), request);
      return new Draft(
          new Prompt(
              "slot %d, turn %s, memory %08x"
                  .formatted(
                      request.slot().ordinal(), request.occurrence(), request.memory().hashCode()),
              ""),
          0);
    }

    @Override
    public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
      throw new AssertionError("the first prompt passes");
    }

    @Override
    public PromptCritic critic() {
      return (request, prompt) -> new PromptCritic.Review(new Critique(1, ""), 0);
    }
  }

  private static RunFolder run(Path path) {
    Description part = Description.of("part");
    RunFolder folder = new RunFolder(path);
    folder.writeSettings(
        new RunSettings(
            RunSettings.FORMAT,
            7,
            "",
            CLASSES,
            "add:1",
            new PromptSettings(part, part, part, null),
            List.of(),
            List.of()));
    return folder;
  }

  private static ExaminedModels examined(PromptAgent agent, PromptCritic critic) {
    Description part = Description.of("part");
    return new ExaminedModels(
        new PromptSettings(part, part, part, null), agent, critic, settings -> {});
  }

  private static List<PromptRecord> write(
      Path folder, PromptAgent agent, int inFlight, AugmentationListener listener)
      throws InterruptedException {
    return new PromptStage(
            run(folder),
            examined(agent, agent.critic()),
            SelfRefinement.until(0.8),
            new RunSeed(7),
            inFlight,
            GenerationExperience.none(),
            listener)
        .write(PLAN, CLASSES);
  }

  @Test
  void aSlotRemembersAllEarlierPromptsForItsLabelsAndNoOthers() throws Exception {
    Mirror mirror = new Mirror();

    List<PromptRecord> written = write(folder, mirror, 3, event -> {});

    for (Slot slot : PLAN) {
      assertThat(mirror.requests.get(slot.ordinal()).memory())
          .isEqualTo(
              written.subList(0, slot.ordinal()).stream()
                  .filter(record -> record.labels().equals(slot.labels()))
                  .map(PromptRecord::text)
                  .toList());
    }
  }

  @Test
  void slotsWithTheSameLabelsTakeTurns() throws Exception {
    Mirror mirror = new Mirror();

    write(folder, mirror, 3, event -> {});

    assertThat(mirror.requests.get(0).occurrence().index()).isZero();
    assertThat(mirror.requests.get(1).occurrence().index()).isEqualTo(1);
    assertThat(mirror.requests.get(3).occurrence().index()).isZero();
    assertThat(mirror.requests.get(9).occurrence().index()).isEqualTo(5);
    assertThat(mirror.requests.get(9).occurrence().seed())
        .isEqualTo(mirror.requests.get(0).occurrence().seed())
        .isNotEqualTo(mirror.requests.get(3).occurrence().seed());
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 8, 64})
  void howManyAreInFlightDoesNotChangeOneByte(int inFlight) throws Exception {
    Path one = folder.resolve("one");
    Path many = folder.resolve("many");

    write(one, new Mirror(), 1, event -> {});
    write(many, new Mirror(), inFlight, event -> {});

    assertThat(prompts(many)).isEqualTo(prompts(one));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 17, 39})
  void aRunThatDiesGoesOnToTheSameBytes(int after) throws Exception {
    Path whole = folder.resolve("whole");
    Path broken = folder.resolve("broken");
    write(whole, new Mirror(), 4, event -> {});
    List<AugmentationEvent> seen = new ArrayList<>();

    assertThatThrownBy(
            () ->
                write(
                    broken,
                    new Mirror(),
                    4,
                    event -> {
                      seen.add(event);
                      if (seen.size() > after) {
                        throw new IllegalStateException("power cut");
                      }
                    }))
        .hasMessage("power cut");
    assertThat(prompts(whole)).startsWith(prompts(broken));
    write(broken, new Mirror(), 3, event -> {});

    assertThat(prompts(broken)).isEqualTo(prompts(whole));
  }

  @Test
  void whatWasWrittenIsNotAskedForAgain() throws Exception {
    write(folder, new Mirror(), 4, event -> {});
    Mirror second = new Mirror();

    assertThat(write(folder, second, 4, event -> {})).hasSize(PLAN.size());
    assertThat(second.requests).isEmpty();
  }

  @Test
  void slotsWithOtherLabelsAreWrittenMeanwhile() throws Exception {
    CountDownLatch met = new CountDownLatch(3);
    Mirror waiting = new Mirror();
    PromptAgent agent =
        new PromptAgent() {
          @Override
          public String name() {
            return "waiting";
          }

          @Override
          public Draft propose(PromptRequest request) {
            if (request.occurrence().index() == 0) {
              met.countDown();
              try {
                assertThat(met.await(1, TimeUnit.MINUTES)).isTrue();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            }
            return waiting.propose(request);
          }

          @Override
          public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
            return waiting.revise(request, previous, critique);
          }

          @Override
          public PromptCritic critic() {
            return waiting.critic();
          }
        };

    // Three label sets: the first slot of each waits for the first slots of the others.
    assertThat(write(folder, agent, 3, event -> {})).hasSize(PLAN.size());
  }

  @Test
  void oneAtATimeGoesInTheOrderOfThePlan() throws Exception {
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    Mirror mirror = new Mirror();
    PromptCritic critic =
        (request, prompt) -> {
          order.add(request.slot().ordinal());
          return new PromptCritic.Review(new Critique(1, ""), 0);
        };

    new PromptStage(
            run(folder),
            examined(mirror, critic),
            SelfRefinement.until(0.8),
            new RunSeed(7),
            1,
            GenerationExperience.none(),
            event -> {})
        .write(PLAN, CLASSES);

    assertThat(order).isEqualTo(PLAN.stream().map(Slot::ordinal).toList());
  }

  @Test
  void aFailureIsToldAsItIsAndWhatStoodBeforeItStays() {
    Mirror mirror = new Mirror();
    PromptCritic failing =
        (request, prompt) -> {
          if (request.slot().ordinal() == 11) {
            throw LlmException.builder(LlmException.Kind.UNREACHABLE, "the line is dead")
                .permanent(true)
                .build();
          }
          return new PromptCritic.Review(new Critique(1, ""), 0);
        };

    assertThatThrownBy(
            () ->
                new PromptStage(
                        run(folder),
                        examined(mirror, failing),
                        SelfRefinement.until(0.8),
                        new RunSeed(7),
                        4,
                        GenerationExperience.none(),
                        event -> {})
                    .write(PLAN, CLASSES))
        .isInstanceOf(LlmException.class)
        .hasMessage("the line is dead");
    assertThat(new HashSet<>(Run.open(folder).prompts().stream().map(PromptRecord::slot).toList()))
        .hasSize(11);
  }

  private static String prompts(Path folder) throws IOException {
    return Files.readString(folder.resolve("prompts.jsonl"));
  }

  @Test
  void aSlotRemembersTheNewestTwoHundredWhereThereAreMore() throws Exception {
    Mirror mirror = new Mirror();
    List<Slot> cats = IntStream.range(0, 230).mapToObj(i -> new Slot(i, List.of("cat"))).toList();

    List<PromptRecord> written = stage(run(folder), mirror, 3).write(cats, CLASSES);

    assertThat(mirror.requests.get(200).memory()).hasSize(200);
    assertThat(mirror.requests.get(229).memory())
        .isEqualTo(written.subList(29, 229).stream().map(PromptRecord::text).toList());
    assertThat(mirror.requests.get(229).occurrence().index()).isEqualTo(229);
  }

  private static PromptStage stage(RunFolder run, PromptAgent agent, int inFlight) {
    return new PromptStage(
        run,
        examined(agent, agent.critic()),
        SelfRefinement.until(0.8),
        new RunSeed(7),
        inFlight,
        GenerationExperience.none(),
        event -> {});
  }

  /** Fails at the first cat once cats and dogs are begun, and is slow to leave those. */
  private static final class SlowToLeave implements PromptAgent {
    private final Thread caller = Thread.currentThread();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final AtomicBoolean daemon = new AtomicBoolean();
    private final AtomicBoolean left = new AtomicBoolean();

    @Override
    public String name() {
      return "slow to leave";
    }

    @Override
    public Draft propose(PromptRequest request) {
      if (request.slot().labels().equals(List.of("cat"))) {
        await(begun);
        throw LlmException.builder(LlmException.Kind.UNREACHABLE, "the line is dead")
            .permanent(true)
            .build();
      }
      if (request.slot().ordinal() == 2) {
        daemon.set(Thread.currentThread().isDaemon());
        begun.countDown();
        await(new CountDownLatch(1));
        // Only now, interrupted, and only while the caller waits for it.
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
        while (caller.getState() != Thread.State.TIMED_WAITING && System.nanoTime() < end) {
          Thread.onSpinWait();
        }
        left.set(true);
      }
      return new Draft(new Prompt("a dog", ""), 0);
    }

    private static void await(CountDownLatch latch) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
      return propose(request);
    }
  }

  @Test
  void nothingIsUsedAnyMoreOnceItHasFailed() throws Exception {
    SlowToLeave agent = new SlowToLeave();
    PromptStage stage = stage(run(folder), agent, 3);

    assertThatThrownBy(() -> stage.write(PLAN, CLASSES)).hasMessage("the line is dead");

    assertThat(agent.left).isTrue();
    assertThat(agent.daemon).isTrue();
  }
}
