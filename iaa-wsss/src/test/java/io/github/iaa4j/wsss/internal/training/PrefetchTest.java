package io.github.iaa4j.wsss.internal.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PrefetchTest {

  @Test
  void givesTheBatchesInTheirOrder() throws InterruptedException {
    try (Prefetch<Integer> numbers = new Prefetch<>(new AtomicInteger()::incrementAndGet)) {
      for (int i = 1; i <= 20; i++) {
        assertThat(numbers.next()).isEqualTo(i);
      }
    }
  }

  @Test
  void throwsWhatTheSourceThrewWhenItsBatchIsDue() throws InterruptedException {
    AtomicInteger made = new AtomicInteger();
    try (Prefetch<Integer> numbers =
        new Prefetch<>(
            () -> {
              if (made.incrementAndGet() == 2) {
                throw new IllegalStateException("the second");
              }
              return made.get();
            })) {
      assertThat(numbers.next()).isOne();
      assertThatThrownBy(numbers::next)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the second");
    }
  }

  @Test
  void leavesNothingRunningWhenItIsClosedByAnInterruptedThread() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicBoolean running = new AtomicBoolean();
    Prefetch<Integer> numbers =
        new Prefetch<>(
            () -> {
              running.set(true);
              begun.countDown();
              try {
                Thread.sleep(50);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              running.set(false);
              return 0;
            });
    begun.await();

    Thread.currentThread().interrupt();
    numbers.close();

    assertThat(running).isFalse();
    assertThat(Thread.interrupted()).isTrue();
  }
}
