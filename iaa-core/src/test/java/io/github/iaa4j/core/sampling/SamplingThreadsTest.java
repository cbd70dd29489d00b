package io.github.iaa4j.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.testing.FakeSampler;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What may be called by several threads at once. */
@Timeout(20)
class SamplingThreadsTest {

  private static final int THREADS = 4;
  private static final Prompt PROMPT = new Prompt("a photo of a cat", "");

  private final ExecutorService executor = Executors.newFixedThreadPool(THREADS);

  @AfterEach
  void stop() {
    executor.shutdownNow();
  }

  private static List<GenerationJob> jobs(int count) {
    return IntStream.range(0, count).mapToObj(k -> new GenerationJob(k, 0, k, PROMPT)).toList();
  }

  @Test
  void aSourceOfAListHandsOutEachJobOnce() throws Exception {
    List<GenerationJob> jobs = jobs(10_000);
    JobSource source = JobSource.of(jobs);
    Queue<GenerationJob> polled = new ConcurrentLinkedQueue<>();
    CountDownLatch ready = new CountDownLatch(THREADS);
    List<Future<?>> ends = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      ends.add(
          executor.submit(
              () -> {
                ready.countDown();
                ready.await();
                GenerationJob job;
                while ((job = source.poll()) != null) {
                  polled.add(job);
                }
                return null;
              }));
    }
    for (Future<?> end : ends) {
      end.get(10, TimeUnit.SECONDS);
    }

    assertThat(polled).containsExactlyInAnyOrderElementsOf(jobs);
    assertThat(source.poll()).isNull();
  }

  @Test
  void aSourceOfAListKeepsItsOrder() {
    List<GenerationJob> jobs = new ArrayList<>(jobs(3));
    JobSource source = JobSource.of(jobs);
    jobs.clear();

    assertThat(IntStream.range(0, 3).mapToObj(k -> source.poll()))
        .containsExactlyElementsOf(jobs(3));
  }

  @Test
  void anObserverIsCalledBySeveralThreadsButNeverTwiceAtOnceForAJob() {
    CountDownLatch bothAtWork = new CountDownLatch(2);
    Map<Integer, AtomicInteger> calls = new ConcurrentHashMap<>();
    Set<Integer> overlapping = ConcurrentHashMap.newKeySet();
    StepObserver observer =
        new StepObserver() {
          @Override
          public int[] previewSteps(int steps) {
            return new int[] {1, 5, steps - 1};
          }

          @Override
          public boolean onPreview(Preview preview) {
            int slot = preview.job().slot();
            AtomicInteger inside = calls.computeIfAbsent(slot, k -> new AtomicInteger());
            if (inside.incrementAndGet() != 1) {
              overlapping.add(slot);
            }
            bothAtWork.countDown();
            awaitUninterrupted(bothAtWork);
            inside.decrementAndGet();
            return true;
          }

          @Override
          public void onGenerated(GeneratedImage generated) {}

          @Override
          public void onFailed(GenerationJob job, GenerationException failure) {
            throw failure;
          }
        };

    FakeSampler.of(job -> FakeSampler.plain(4, 4, job.slot()))
        .threads(THREADS)
        .generate(JobSource.of(jobs(200)), observer);

    assertThat(calls).hasSize(200);
    assertThat(overlapping).isEmpty();
  }

  @Test
  void aSamplerServesSeveralCallersAtOnce() throws Exception {
    try (DiffusionSampler sampler =
        FakeSampler.of(job -> FakeSampler.plain(4, 4, (int) job.seed())).threads(2)) {
      List<Future<List<RgbImage>>> results = new ArrayList<>();
      for (int caller = 0; caller < THREADS; caller++) {
        long seed = 1_000L * caller;
        results.add(executor.submit(() -> sampler.images(List.of(PROMPT, PROMPT, PROMPT), seed)));
      }

      for (int caller = 0; caller < THREADS; caller++) {
        int seed = 1_000 * caller;
        assertThat(results.get(caller).get(10, TimeUnit.SECONDS))
            .containsExactly(
                FakeSampler.plain(4, 4, seed),
                FakeSampler.plain(4, 4, seed + 1),
                FakeSampler.plain(4, 4, seed + 2));
      }
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).as("two threads are at work").isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
