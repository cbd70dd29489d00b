package io.github.iaa4j.diffusion.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class StagedQueueTest {

  @Test
  void fillsBatchesOfLaterStagesWithSurvivors() throws InterruptedException {
    StagedQueue<Integer> stages = stages(6, 2, 3);
    List<String> batches = new ArrayList<>();

    // Each first stage drops the first of its three.
    StagedQueue.Batch<Integer> batch;
    while ((batch = stages.next()) != null) {
      batches.add(batch.stage() + ":" + batch.tasks());
      stages.finish(
          batch, batch.stage() == 0 ? batch.tasks().subList(1, batch.tasks().size()) : List.of());
    }

    assertThat(batches).containsExactly("0:[0, 1, 2]", "0:[3, 4, 5]", "1:[1, 2, 4]", "1:[5]");
  }

  @Test
  void countsHowFullBatchesWere() throws InterruptedException {
    StagedQueue<Integer> stages = stages(5, 1, 4);

    stages.count(stages.next(), 20);
    stages.count(stages.next(), 20);

    assertThat(stages.occupancy()).isEqualTo(new Occupancy(5 * 20, 8 * 20));
    assertThat(stages.occupancy().share()).isEqualTo(0.625);
  }

  @Test
  void runsWhatFillsNoBatch() throws InterruptedException {
    StagedQueue<Integer> stages = stages(2, 1, 4);

    StagedQueue.Batch<Integer> batch = stages.next();
    assertThat(batch.tasks()).containsExactly(0, 1);
    stages.finish(batch, List.of());

    assertThat(stages.next()).isNull();
  }

  @Test
  void waitsForWorkThatOthersMayBring() throws Exception {
    AtomicInteger rejected = new AtomicInteger();
    AtomicInteger handedOut = new AtomicInteger();
    JobSource source =
        () -> handedOut.get() <= rejected.get() ? job(handedOut.getAndIncrement()) : null;
    StagedQueue<Integer> stages = new StagedQueue<>(source, GenerationJob::slot, 1, 1);
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      StagedQueue.Batch<Integer> first = stages.next();
      Future<StagedQueue.Batch<Integer>> waiting = other.submit(stages::next);

      rejected.set(1);
      stages.finish(first, List.of());

      StagedQueue.Batch<Integer> second = waiting.get(10, TimeUnit.SECONDS);
      assertThat(second.tasks()).containsExactly(1);
      stages.finish(second, List.of());
      assertThat(stages.next()).isNull();
    } finally {
      other.shutdownNow();
    }
  }

  private static void awaitIdle(StagedQueue<?> stages) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!stages.areIdle()) {
      assertThat(System.nanoTime()).as("nobody waits for work").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void aThreadThatWaitsRunsWhatItIsOffered() throws Exception {
    StagedQueue<Integer> stages = stages(1, 1, 1);
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      StagedQueue.Batch<Integer> only = stages.next();
      assertThat(stages.areIdle()).isFalse();
      Future<StagedQueue.Batch<Integer>> waiting = other.submit(stages::next);
      awaitIdle(stages);
      CompletableFuture<Boolean> ran = new CompletableFuture<>();

      stages.offer(() -> ran.complete(true));

      assertThat(ran.get(10, TimeUnit.SECONDS)).isTrue();
      stages.finish(only, List.of());
      assertThat(waiting.get(10, TimeUnit.SECONDS)).as("it goes on waiting for work").isNull();
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  void whoHelpsDoesNotAskForJobsAgain() throws Exception {
    AtomicInteger polls = new AtomicInteger();
    StagedQueue<Integer> stages =
        new StagedQueue<>(
            () -> polls.getAndIncrement() == 0 ? job(0) : null, GenerationJob::slot, 1, 1);
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      StagedQueue.Batch<Integer> only = stages.next();
      Future<StagedQueue.Batch<Integer>> waiting = other.submit(stages::next);
      for (int help = 0; help < 20; help++) {
        awaitIdle(stages);
        CompletableFuture<Boolean> ran = new CompletableFuture<>();
        stages.offer(() -> ran.complete(true));
        assertThat(ran.get(10, TimeUnit.SECONDS)).isTrue();
      }

      assertThat(polls).as("once for the job, once in vain").hasValue(2);
      stages.finish(only, List.of());
      assertThat(waiting.get(10, TimeUnit.SECONDS)).isNull();
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  void endsForAllWhoWait() throws Exception {
    StagedQueue<Integer> stages = stages(1, 1, 1);
    ExecutorService others = Executors.newFixedThreadPool(2);
    try {
      StagedQueue.Batch<Integer> only = stages.next();
      List<Future<StagedQueue.Batch<Integer>>> waiting =
          List.of(others.submit(stages::next), others.submit(stages::next));

      stages.finish(only, List.of());

      for (Future<StagedQueue.Batch<Integer>> future : waiting) {
        assertThat(future.get(10, TimeUnit.SECONDS)).isNull();
      }
      assertThat(stages.isStopped()).isFalse();
    } finally {
      others.shutdownNow();
    }
  }

  @Test
  void givesNothingOutAfterItWasStopped() throws InterruptedException {
    StagedQueue<Integer> stages = stages(9, 1, 1);

    stages.stop();

    assertThat(stages.next()).isNull();
    assertThat(stages.isStopped()).isTrue();
  }

  @Test
  void keepsTheFirstFailure() {
    StagedQueue<Integer> stages = stages(9, 1, 1);

    stages.fail(new IllegalStateException("first"));
    stages.fail(new IllegalStateException("second"));

    assertThat(stages.failure()).hasMessage("first");
  }

  @Test
  void passesOnWhatTheSourceThrows() {
    StagedQueue<Integer> stages =
        new StagedQueue<>(
            () -> {
              throw new IllegalStateException("no disk");
            },
            GenerationJob::slot,
            1,
            1);

    assertThatThrownBy(stages::next).hasMessage("no disk");
  }

  private static StagedQueue<Integer> stages(int jobs, int stages, int batch) {
    AtomicInteger next = new AtomicInteger();
    return new StagedQueue<>(
        () -> next.get() < jobs ? job(next.getAndIncrement()) : null,
        GenerationJob::slot,
        stages,
        batch);
  }

  private static GenerationJob job(int slot) {
    return new GenerationJob(slot, 0, slot, new Prompt("a bird", ""));
  }
}
