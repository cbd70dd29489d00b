package io.github.iaa4j.wsss;

/**
 * Is notified of the progress of a training: all steps of the classifier, then the pseudo masks of
 * all images, then all steps of the segmenter.
 *
 * <p>Called on the thread that trains, one call at a time, so it should be quick. An exception that
 * it throws ends the training and reaches the caller of {@code fit}.
 */
public interface TrainingListener {

  /**
   * The training goes on from a checkpoint. Steps up to here are not told again; pseudo masks are.
   *
   * @param classifierStep the last step of the classifier that was saved, at least 1
   * @param segmenterStep the last step of the segmenter that was saved; 0 if there was none
   */
  default void resumed(int classifierStep, int segmenterStep) {}

  /**
   * An optimiser step of the classifier is done.
   *
   * @param step from 1 to {@code steps}
   * @param steps of the classifier in all
   * @param loss the mean over this step's batch, before the step; at least 0
   */
  default void classifierStep(int step, int steps, float loss) {}

  /**
   * The classifier was measured on the validation images. What is kept is the first step with the
   * best measurement.
   *
   * @param step that was just done
   * @param meanAveragePrecision the mean over the classes that occur, in [0, 1]
   */
  default void classifierValidated(int step, double meanAveragePrecision) {}

  /**
   * A training image has its pseudo mask.
   *
   * @param done from 1 to {@code images}
   * @param images in all
   */
  default void pseudoMask(int done, int images) {}

  /**
   * An optimiser step of the segmenter is done.
   *
   * @param step from 1 to {@code steps}
   * @param steps of the segmenter in all
   * @param loss the mean over this step's batch, before the step; at least 0
   */
  default void segmenterStep(int step, int steps, float loss) {}
}
