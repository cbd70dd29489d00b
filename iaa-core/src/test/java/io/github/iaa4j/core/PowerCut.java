package io.github.iaa4j.core;

import java.util.function.Predicate;

/** What a listener throws where a test lets a run die. */
final class PowerCut extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Whether a run ends before so many events that are {@linkplain #isProgress progress}. */
  static boolean finishes(ImageAugmentationAgent.Builder agent, int deadline) {
    return finishes(agent, deadline, PowerCut::isProgress);
  }

  /** Whether a run ends before so many events of a kind; at the last of them it dies. */
  static boolean finishes(
      ImageAugmentationAgent.Builder agent, int deadline, Predicate<AugmentationEvent> counts) {
    int[] left = {deadline};
    try {
      agent
          .listener(
              event -> {
                if (counts.test(event) && --left[0] <= 0) {
                  throw new PowerCut();
                }
              })
          .build()
          .run();
      return true;
    } catch (PowerCut e) {
      return false;
    }
  }

  /** Whether an event says that something is on the disk that was not. */
  static boolean isProgress(AugmentationEvent event) {
    return event instanceof AugmentationEvent.PromptWritten
        || event instanceof AugmentationEvent.Accepted
        || event instanceof AugmentationEvent.Unaccepted
        || event instanceof AugmentationEvent.Revoked;
  }
}
