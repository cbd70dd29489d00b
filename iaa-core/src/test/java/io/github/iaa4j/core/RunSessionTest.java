package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.StorageException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How an operation on a run's folder ends that was interrupted, closed or both. */
class RunSessionTest {

  @TempDir Path folder;

  private RunSession session;

  @BeforeEach
  void open() {
    session = new RunSession(new RunFolder(folder));
  }

  @AfterEach
  void clearFlag() {
    Thread.interrupted();
  }

  private void assertCancelled(RunSession.Operation<String> operation) {
    assertThatThrownBy(() -> session.run("the work", operation))
        .isInstanceOf(CancelledException.class)
        .hasMessageContaining("the work was cancelled");
  }

  private static void assertFlag(boolean isSet) {
    assertThat(Thread.currentThread().isInterrupted()).isEqualTo(isSet);
  }

  /** Waits in vain for what cancels it. */
  private static String waiting() throws InterruptedException {
    Thread.sleep(60_000);
    return "not cancelled";
  }

  @Test
  void anInterruptLeavesItsFlag() {
    assertCancelled(
        () -> {
          Thread.currentThread().interrupt();
          return waiting();
        });

    assertFlag(true);
  }

  @Test
  void anInterruptBeforeItBeginsLeavesItsFlag() {
    Thread.currentThread().interrupt();

    assertCancelled(RunSessionTest::waiting);

    assertFlag(true);
  }

  @Test
  void closingLeavesNoFlag() {
    assertCancelled(
        () -> {
          session.close();
          return waiting();
        });

    assertFlag(false);
  }

  @Test
  void anInterruptThatClosingFollowsLeavesItsFlag() {
    assertCancelled(
        () -> {
          Thread.currentThread().interrupt();
          session.close();
          return waiting();
        });

    assertFlag(true);
  }

  @Test
  void anInterruptThatWasTakenBeforeClosingLeavesItsFlag() {
    assertCancelled(
        () -> {
          Thread.currentThread().interrupt();
          try {
            return waiting();
          } catch (InterruptedException e) {
            session.close();
            throw e;
          }
        });

    assertFlag(true);
  }

  @Test
  void anInterruptAfterClosingLeavesItsFlag() {
    assertCancelled(
        () -> {
          session.close();
          try {
            return waiting();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw e;
          }
        });

    assertFlag(true);
  }

  @Test
  void nothingRunsAfterClosing() {
    session.close();
    session.close();

    assertThatThrownBy(() -> session.run("the work", () -> "run"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertFlag(false);
  }

  @Test
  void aClosedAgentSaysSoWhateverElseItLacks() {
    ImageAugmentationAgent agent =
        ImageAugmentationAgent.builder().dataset(Pets.CATS).output(folder).build();
    agent.close();

    assertThatThrownBy(agent::run).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(agent::generate).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(agent::writePrompts).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(agent::rewritePrompts).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void twoSessionsNeverWorkInOneFolder() {
    RunSession other = new RunSession(new RunFolder(folder));

    String result =
        session.run(
            "the work",
            () -> {
              assertThatThrownBy(() -> other.run("the other work", () -> "both"))
                  .isInstanceOf(StorageException.class)
                  .hasMessageContaining("of this process is working on this run");
              return "one";
            });

    assertThat(result).isEqualTo("one");
    assertThat(other.run("the other work", () -> "later")).isEqualTo("later");
  }
}
