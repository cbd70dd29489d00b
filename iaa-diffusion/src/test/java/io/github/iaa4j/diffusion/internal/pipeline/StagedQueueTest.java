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
    StagedQueue<Integer> queue = queue(6, 2, 3);
    List<String> batches = new ArrayList<>();

    // Each first stage drops the first of its three.
    StagedQueue.Batch<Integer> batch;
    while ((batch = queue.next()) != null) {
      batches.add(batch.stage() + ":" + batch.tasks());
      queue.finish(
          batch, batch.stage() == 0 ? batch.tasks().subList(1, batch.tasks().size()) : List.of());
    }

    assertThat(batches).containsExactly("0:[0, 1, 2]", "0:[3, 4, 5]", "1:[1, 2, 4]", "1:[5]");
  }

  @Test
  void countsHowFullBatchesWere() throws InterruptedException {
    StagedQueue<Integer> queue = queue(5, 1, 4);

    queue.count(queue.next(), 20);
    queue.count(queue.next(), 20);

    assertThat(queue.occupancy()).isEqualTo(new Occupancy(5 * 20, 8 * 20));
    assertThat(queue.occupancy().share()).isEqualTo(0.625);
  }

  @Test
  void runsWhatFillsNoBatch() throws InterruptedException {
    StagedQueue<Integer> queue = queue(2, 1, 4);

    StagedQueue.Batch<Integer> batch = queue.next();
    assertThat(batch.tasks()).containsExactly(0, 1);
    queue.finish(batch, List.of());

    assertThat(queue.next()).isNull();
  }

  @Test
  void waitsForWorkThatOthersMayLeadTo() throws Exception {
    AtomicInteger rejected = new AtomicInteger();
    AtomicInteger handedOut = new AtomicInteger();
    JobSource source =
        () -> handedOut.get() <= rejected.get() ? job(handedOut.getAndIncrement()) : null;
    StagedQueue<Integer> queue = new StagedQueue<>(source, GenerationJob::slot, 1, 1);
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      StagedQueue.Batch<Integer> first = queue.next();
      Future<StagedQueue.Batch<Integer>> waiting = other.submit(queue::next);

      rejected.set(1);
      queue.finish(first, List.of());

      StagedQueue.Batch<Integer> second = waiting.get(10, TimeUnit.SECONDS);
      assertThat(second.tasks()).containsExactly(1);
      queue.finish(second, List.of());
      assertThat(queue.next()).isNull();
    } finally {
      other.shutdownNow();
    }
  }

  private static void awaitIdle(StagedQueue<?> queue) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!queue.areIdle()) {
      assertThat(System.nanoTime()).as("nobody waits for work").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void aWaitingThreadRunsWhatItIsOffered() throws Exception {
    StagedQueue<Integer> queue = queue(1, 1, 1);
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      StagedQueue.Batch<Integer> only = queue.next();
      assertThat(queue.areIdle()).isFalse();
      Future<StagedQueue.Batch<Integer>> waiting = other.submit(queue::next);
      awaitIdle(queue);
      CompletableFuture<Boolean> ran = new CompletableFuture<>();

      queue.offer(() -> ran.complete(true));

      assertThat(ran.get(10, TimeUnit.SECONDS)).isTrue();
      queue.finish(only, List.of());
      assertThat(waiting.get(10, TimeUnit.SECONDS)).as("it waits for work again").isNull();
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  void aThreadThatHelpsDoesNotPollAgain() throws Exception {
    AtomicInteger polls = new AtomicInteger();
    StagedQueue<Integer> queue =
        new StagedQueue<>(
            () -> polls.getAndIncrement() == 0 ? job(0) : null, GenerationJob::slot, 1, 1);
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      StagedQueue.Batch<Integer> only = queue.next();
      Future<StagedQueue.Batch<Integer>> waiting = other.submit(queue::next);
      for (int help = 0; help < 20; help++) {
        awaitIdle(queue);
        CompletableFuture<Boolean> ran = new CompletableFuture<>();
        queue.offer(() -> ran.complete(true));
        assertThat(ran.get(10, TimeUnit.SECONDS)).isTrue();
      }

      assertThat(polls).as("once for the job, once in vain").hasValue(2);
      queue.finish(only, List.of());
      assertThat(waiting.get(10, TimeUnit.SECONDS)).isNull();
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  void endsForAllThreadsThatWait() throws Exception {
    StagedQueue<Integer> queue = queue(1, 1, 1);
    ExecutorService others = Executors.newFixedThreadPool(2);
    try {
      StagedQueue.Batch<Integer> only = queue.next();
      List<Future<StagedQueue.Batch<Integer>>> waiting =
          List.of(others.submit(queue::next), others.submit(queue::next));

      queue.finish(only, List.of());

      for (Future<StagedQueue.Batch<Integer>> future : waiting) {
        assertThat(future.get(10, TimeUnit.SECONDS)).isNull();
      }
      assertThat(queue.isStopped()).isFalse();
    } finally {
      others.shutdownNow();
    }
  }

  @Test
  void givesNothingOutAfterItWasStopped() throws InterruptedException {
    StagedQueue<Integer> queue = queue(9, 1, 1);

    queue.stop();

    assertThat(queue.next()).isNull();
    assertThat(queue.isStopped()).isTrue();
  }

  @Test
  void keepsTheFirstFailure() {
    StagedQueue<Integer> queue = queue(9, 1, 1);

    queue.fail(new IllegalStateException("first"));
    queue.fail(new IllegalStateException("second"));

    assertThat(queue.failure()).hasMessage("first");
  }

  @Test
  void passesOnWhatTheSourceThrows() {
    StagedQueue<Integer> queue =
        new StagedQueue<>(
            () -> {
              throw new IllegalStateException("no disk");
            },
            GenerationJob::slot,
            1,
            1);

    assertThatThrownBy(queue::next).hasMessage("no disk");
  }

  private static StagedQueue<Integer> queue(int jobs, int stages, int batch) {
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
