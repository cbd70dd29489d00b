package io.github.iaa4j.diffusion.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GenerationJob;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

class StagedQueuePropertiesTest {

  @Property(tries = 300)
  void boundsTheTasksUnderWay(
      @ForAll @IntRange(min = 1, max = 4) int stages,
      @ForAll @IntRange(min = 1, max = 4) int threads,
      @ForAll @IntRange(min = 1, max = 5) int batchSize,
      @ForAll Random chance)
      throws InterruptedException {
    AtomicInteger begun = new AtomicInteger();
    // There is always another job, so that no thread has to wait.
    StagedQueue<Integer> queue =
        new StagedQueue<>(
            () -> job(begun.getAndIncrement()), GenerationJob::slot, stages, batchSize);
    List<StagedQueue.@Nullable Batch<Integer>> held =
        new ArrayList<>(Collections.nCopies(threads, null));
    int ended = 0;
    for (int i = 0; i < 200; i++) {
      int thread = chance.nextInt(threads);
      StagedQueue.Batch<Integer> batch = held.get(thread);
      if (batch == null) {
        held.set(thread, queue.next());
      } else {
        boolean isLast = batch.stage() == stages - 1;
        List<Integer> survivors =
            isLast ? List.of() : batch.tasks().stream().filter(t -> chance.nextInt(3) > 0).toList();
        ended += batch.tasks().size() - survivors.size();
        queue.finish(batch, survivors);
        held.set(thread, null);
      }
      assertThat(begun.get() - ended)
          .isLessThanOrEqualTo((stages - 1) * (batchSize - 1) + threads * batchSize);
    }
  }

  private static GenerationJob job(int slot) {
    return new GenerationJob(slot, 0, slot, new Prompt("a bird", ""));
  }
}
