package io.github.iaa4j.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DaemonThreadsTest {

  @Test
  void theThreadsAreNamedAndDoNotKeepTheProcessAlive() throws InterruptedException {
    boolean[] ran = new boolean[1];
    Thread thread = DaemonThreads.named("iaa-test").newThread(() -> ran[0] = true);

    assertThat(thread.isDaemon()).isTrue();
    assertThat(thread.getName()).isEqualTo("iaa-test");

    thread.start();
    thread.join();
    assertThat(ran[0]).isTrue();
  }
}
