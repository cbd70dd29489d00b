package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.testing.FakeSampler;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Runs that are interrupted or closed. */
class RunCancellationTest extends RunOfPets {

  private AugmentationListener onFirstAccepted(Runnable action) {
    return event -> {
      if (event instanceof AugmentationEvent.Accepted) {
        action.run();
      }
    };
  }

  @Test
  void anInterruptLeavesTheInterruptFlagSet() {
    Thread caller = Thread.currentThread();

    assertThatThrownBy(
            () -> Pets.agent(folder).listener(onFirstAccepted(caller::interrupt)).build().run())
        .isInstanceOf(CancelledException.class)
        .hasMessageContaining("start it again with the same folder");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void closingLeavesTheInterruptFlagAlone() {
    ImageAugmentationAgent[] agent = new ImageAugmentationAgent[1];
    agent[0] = Pets.agent(folder).listener(onFirstAccepted(() -> agent[0].close())).build();

    assertThatThrownBy(agent[0]::run).isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void closingAnAgentWhoseThreadWasInterruptedLeavesTheInterruptFlagSet() {
    Thread caller = Thread.currentThread();
    ImageAugmentationAgent[] agent = new ImageAugmentationAgent[1];
    agent[0] =
        Pets.agent(folder)
            .sampler(
                new Sampler(
                    (jobs, observer) -> {
                      caller.interrupt();
                      agent[0].close();
                      throw new CancelledException("interrupted", null);
                    }))
            .build();

    assertThatThrownBy(agent[0]::run).isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void closingAnAgentWhoseSamplerHasSeenAnInterruptLeavesTheInterruptFlagSet() {
    Thread caller = Thread.currentThread();
    ImageAugmentationAgent[] agent = new ImageAugmentationAgent[1];
    agent[0] =
        Pets.agent(folder)
            .listener(
                onFirstAccepted(
                    () -> {
                      caller.interrupt();
                      while (caller.getState() != Thread.State.BLOCKED) {
                        Thread.onSpinWait(); // Until the sampler waits for this thread to stop.
                      }
                      agent[0].close();
                    }))
            .build();

    assertThatThrownBy(agent[0]::run).isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void closingTheSamplerCancelsWithoutTheInterruptFlag() {
    FakeSampler sampler = FakeSampler.of(Pets::noise);

    assertThatThrownBy(
            () ->
                Pets.agent(folder)
                    .sampler(sampler)
                    .listener(onFirstAccepted(sampler::close))
                    .build()
                    .run())
        .isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void aClosedAgentDoesNothing() {
    ImageAugmentationAgent agent = Pets.agent(folder).build();
    agent.close();
    agent.close();

    for (Runnable use :
        List.<Runnable>of(
            agent::run, agent::writePrompts, agent::generate, agent::rewritePrompts)) {
      assertThatThrownBy(use::run)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void anAgentThatIsAtWorkRefusesMore() {
    ImageAugmentationAgent[] agent = new ImageAugmentationAgent[1];
    agent[0] =
        Pets.agent(folder)
            .listener(
                event -> {
                  if (event instanceof AugmentationEvent.PromptsFinished) {
                    agent[0].generate();
                  }
                })
            .build();

    assertThatThrownBy(agent[0]::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("at work already");
  }
}
