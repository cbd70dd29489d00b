package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.run.AttemptRecord;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobFunction;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.StepObserver;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.testing.FakeSampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs whose attempts fail, as those of a model that answers NaN do. */
class FailingRunTest {

  private static final String OVERFLOW = "the latents became NaN. Export the UNet in float32.";

  @TempDir Path folder;

  private static JobFunction<RgbImage> failing(Predicate<GenerationJob> fails) {
    return job -> {
      if (fails.test(job)) {
        throw new GenerationException(
            job.slot(), job.attempt(), 2, job.slot() == 1 ? "no memory." : OVERFLOW, null);
      }
      return FakeSampler.plain(16, 16, 0x102030 * (job.slot() + 1));
    };
  }

  private ImageAugmentationAgent.Builder agent(int slots, DiffusionSampler sampler) {
    return ImageAugmentationAgent.builder()
        .dataset(
            LabeledDataset.of(List.of("cat"), List.of(PetAugmentation.photo("p", List.of("cat")))))
        .balance(Balance.add(slots))
        .sampler(sampler)
        .attempts(3)
        .output(folder);
  }

  @Test
  void stopsWhenTheFirstSixteenAttemptsAllFailAndTellsTheMostFrequentReason() {
    AtomicInteger attempted = new AtomicInteger();
    FakeSampler sampler =
        FakeSampler.of(
            job -> {
              attempted.incrementAndGet();
              return failing(any -> true).apply(job);
            });

    assertThatThrownBy(() -> agent(40, sampler).build().run())
        .isInstanceOfSatisfying(
            GenerationException.class,
            e -> {
              assertThat(e.problem()).isEqualTo(OVERFLOW);
              assertThat(e.slot()).isZero();
              assertThat(e.step()).isEqualTo(2);
            })
        .hasMessageContaining("the first 16 attempts all failed")
        .hasMessageContaining("15 of them failed like slot 0, attempt 0, step 2: " + OVERFLOW);
    assertThat(attempted).hasValue(16);
  }

  @Test
  void stopsAtTheEndOfARunThatHasFewerAttempts() {
    assertThatThrownBy(() -> agent(2, FakeSampler.of(failing(any -> true))).build().run())
        .isInstanceOf(GenerationException.class)
        .hasMessageContaining("the first 6 attempts all failed");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void goesOnAfterOneOfTheFirstAttemptsDidNotFail(int threads) {
    FakeSampler sampler = FakeSampler.of(failing(job -> job.slot() != 15)).threads(threads);

    AugmentationReport report = agent(20, sampler).build().run();

    assertThat(report.slots().accepted()).isEqualTo(1);
    assertThat(report.attempts().failed()).isEqualTo(19 * 3);
    assertThat(report.failures())
        .containsExactly(
            new AugmentationReport.Failure(Reason.failed(OVERFLOW), 18 * 3),
            new AugmentationReport.Failure(Reason.failed("no memory."), 3));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void stopsThoughALaterAttemptWouldNotFail(int threads) {
    FakeSampler sampler = FakeSampler.of(failing(job -> job.slot() < 16)).threads(threads);

    assertThatThrownBy(() -> agent(20, sampler).build().run())
        .isInstanceOf(GenerationException.class);
  }

  @Test
  void stopsAfterAsManyAsAreAskedFor() {
    assertThatThrownBy(
            () -> agent(9, FakeSampler.of(failing(any -> true))).stopAfterFailures(4).build().run())
        .hasMessageContaining("the first 4 attempts all failed");
  }

  @Test
  void neverStopsWhereThatIsAskedFor() {
    AugmentationReport report =
        agent(9, FakeSampler.of(failing(any -> true))).stopAfterFailures(0).build().run();

    assertThat(report.attempts().failed()).isEqualTo(27);
  }

  @Test
  void refusesANegativeNumber() {
    assertThatThrownBy(
            () -> agent(9, FakeSampler.of(failing(any -> true))).stopAfterFailures(-1).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("stopAfterFailures(-1)");
  }

  @Test
  void beginsAnewWithTheModelThatWasFixed() throws IOException {
    assertThatThrownBy(() -> agent(20, FakeSampler.of(failing(any -> true))).build().run())
        .isInstanceOf(GenerationException.class);
    assertThat(Run.open(folder).attempts()).hasSize(16);

    AugmentationReport report =
        agent(20, renamed("fixed", FakeSampler.of(failing(any -> false)))).build().run();

    assertThat(report.slots().accepted()).isEqualTo(20);
    assertThat(report.attempts().failed()).isZero();
    assertThat(Run.open(folder).manifest()).allMatch(entry -> entry.attempt() == 0);
    assertThat(Files.readString(folder.resolve("generation.json"))).contains("fixed");
  }

  @Test
  void keepsToItsModelOnceItHoldsAnImage() {
    agent(20, FakeSampler.of(failing(job -> job.slot() > 3))).build().run();

    ImageAugmentationAgent.Builder other =
        agent(20, renamed("other", FakeSampler.of(failing(any -> false))));
    assertThatThrownBy(() -> other.build().run())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("generation.json");
  }

  /** Slots 0 to 2 fail at first; the run dies after each number of failures that it may have. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void endsWithTheSameAttemptsAfterARestartAmongTheFirstFailures(int deadline) {
    Predicate<GenerationJob> fails = job -> job.slot() < 3 && job.attempt() < 2;
    AtomicInteger events = new AtomicInteger();
    ImageAugmentationAgent dying =
        agent(5, FakeSampler.of(failing(fails)))
            .listener(
                event -> {
                  if (event instanceof AugmentationEvent.Unaccepted
                      && events.incrementAndGet() == deadline) {
                    throw new IllegalStateException("dies");
                  }
                })
            .build();
    assertThatThrownBy(dying::run).hasMessage("dies");

    agent(5, FakeSampler.of(failing(fails))).build().run();

    assertThat(Run.open(folder).attempts())
        .extracting(AttemptRecord::slot)
        .containsExactly(0, 0, 1, 1, 2, 2);
    assertThat(Run.open(folder).manifest()).hasSize(5);
  }

  private static DiffusionSampler renamed(String name, FakeSampler sampler) {
    return new DiffusionSampler() {
      @Override
      public Description describe() {
        return Description.of(name);
      }

      @Override
      public void generate(JobSource jobs, StepObserver observer) {
        sampler.generate(jobs, observer);
      }

      @Override
      public void close() {
        sampler.close();
      }
    };
  }

  @Test
  void aRefusedStartLeavesTheFailedAttempts() {
    assertThatThrownBy(() -> agent(20, FakeSampler.of(failing(any -> true))).build().run())
        .isInstanceOf(GenerationException.class);

    ImageAugmentationAgent.Builder other = agent(20, FakeSampler.of(failing(any -> false))).seed(8);
    assertThatThrownBy(() -> other.build().generate())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("seed 0, not 8");

    assertThat(Run.open(folder).attempts()).hasSize(16);
  }
}
