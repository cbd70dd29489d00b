package io.github.iaa4j.wsss.internal.graph;

import ai.djl.training.tracker.Tracker;
import ai.djl.training.tracker.WarmUpTracker;

/** Learning rates by the step. */
public final class Schedules {

  private Schedules() {}

  /**
   * From the rate down to 0 as a power of what is left: {@code rate * (1 - step / steps)^power}, as
   * DeepLab trains. DJL's own has no power below 1 step's resolution and is not used.
   *
   * @param power usually 0.9
   */
  public static Tracker poly(double rate, int steps, double power) {
    return step -> (float) (rate * Math.pow(1 - Math.min(step, steps) / (double) steps, power));
  }

  /** From the rate down to 0 along half a cosine. */
  public static Tracker cosine(double rate, int steps) {
    return Tracker.cosine().setBaseValue((float) rate).setMaxUpdates(steps).build();
  }

  /** A schedule that begins after its learning rate has risen to its start, linearly from 0. */
  public static Tracker afterWarmUp(Tracker schedule, int steps) {
    return Tracker.warmUp()
        .setMainTracker(schedule)
        .optWarmUpSteps(steps)
        .optWarmUpBeginValue(0)
        .optWarmUpMode(WarmUpTracker.Mode.LINEAR)
        .build();
  }
}
