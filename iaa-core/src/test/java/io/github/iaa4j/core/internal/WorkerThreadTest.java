package io.github.iaa4j.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkerThreadTest {

  @Test
  void itIsNamedAndDoesNotKeepTheProcessAlive() {
    AtomicBoolean ran = new AtomicBoolean();
    WorkerThread worker = new WorkerThread("iaa-test", () -> ran.set(true));

    assertThat(worker.isDaemon()).isTrue();
    assertThat(worker.getName()).isEqualTo("iaa-test");

    worker.start();
    worker.join(() -> {});
    assertThat(ran).isTrue();
  }

  @Test
  void anInterruptStopsItAndItsFlagStandsWhileItIsWaitedFor() {
    Thread caller = Thread.currentThread();
    AtomicInteger stops = new AtomicInteger();
    AtomicBoolean flag = new AtomicBoolean();
    WorkerThread worker =
        new WorkerThread(
            "iaa-test",
            () -> {
              caller.interrupt();
              while (caller.getState() != Thread.State.BLOCKED) {
                Thread.onSpinWait();
              }
              flag.set(caller.isInterrupted());
            });

    worker.start();
    worker.join(stops::incrementAndGet);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(flag).isTrue();
    assertThat(stops).hasPositiveValue();
    assertThat(worker.isAlive()).isFalse();
  }
}
