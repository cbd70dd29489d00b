package io.github.iaa4j.wsss;

/**
 * Hears how a training goes on. Called on the training thread, so it should be quick; what it
 * throws ends the training.
 */
public interface TrainingListener {

  /**
   * One optimiser step of the classifier is done.
   *
   * @param step from 1 to {@code steps}
   * @param loss of this step's batch, before the step
   */
  default void classifierStep(int step, int steps, float loss) {}

  /**
   * One training image has its pseudo mask.
   *
   * @param done from 1 to {@code images}
   */
  default void pseudoMask(int done, int images) {}

  /**
   * One optimiser step of the segmenter is done.
   *
   * @param step from 1 to {@code steps}
   * @param loss of this step's batch, before the step
   */
  default void segmenterStep(int step, int steps, float loss) {}
}
