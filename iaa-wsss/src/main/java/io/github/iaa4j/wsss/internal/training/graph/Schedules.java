package io.github.iaa4j.wsss.internal.training.graph;

import ai.djl.training.tracker.PolynomialDecayTracker;
import ai.djl.training.tracker.Tracker;
import ai.djl.training.tracker.WarmUpTracker;
import io.github.iaa4j.wsss.training.Optimizer;

/** Learning rates by the step. */
public final class Schedules {

  private static final double POWER = 0.9;

  private Schedules() {}

  /** The schedule of an optimiser from a peak. */
  public static Tracker of(Optimizer optimizer, double rate, int steps) {
    int rising = (int) Math.round(optimizer.warmUp() * steps);
    if (optimizer.schedule() == Optimizer.Schedule.COSINE) {
      return optimizer.warmUp() == 0
          ? cosine(rate, steps)
          : warmCosine(rate, steps, optimizer.warmUp());
    }
    Tracker falling = poly(rate, steps - rising, POWER);
    return rising == 0 ? falling : afterWarmUp(falling, rising);
  }

  /**
   * From the rate down to 0 as a power of what is left, as DeepLab trains: {@code rate * (1 - step
   * / steps)^power}.
   *
   * @param power usually 0.9
   */
  public static Tracker poly(double rate, int steps, double power) {
    return PolynomialDecayTracker.builder()
        .setBaseValue((float) rate)
        .setEndLearningRate(0)
        .setDecaySteps(steps)
        .optPower((float) power)
        .build();
  }

  /**
   * Up to the rate in a straight line, and from there down to 0 along half a cosine. DJL's warm-up
   * begins a step later and does not count towards its cosine.
   *
   * @param warmUp the fraction of the steps that the rise takes, in (0, 1)
   */
  public static Tracker warmCosine(double rate, int steps, double warmUp) {
    return step -> {
      double progress = (double) step / steps;
      double share =
          progress < warmUp
              ? Math.min(1, (progress + 1.0 / steps) / warmUp)
              : 0.5 * (1 + Math.cos(Math.PI * (progress - warmUp) / (1 - warmUp)));
      return (float) (rate * share);
    };
  }

  /** From the rate down to 0 along half a cosine. */
  public static Tracker cosine(double rate, int steps) {
    return Tracker.cosine()
        .setBaseValue((float) rate)
        .optFinalValue(0)
        .setMaxUpdates(steps)
        .build();
  }

  /**
   * A schedule that begins after its learning rate has risen to its start in a straight line.
   *
   * @param steps of the rise; the first has one part in so many of the start
   */
  public static Tracker afterWarmUp(Tracker schedule, int steps) {
    return Tracker.warmUp()
        .setMainTracker(schedule)
        .optWarmUpSteps(steps)
        .optWarmUpBeginValue(schedule.getNewValue(0) / steps)
        .optWarmUpMode(WarmUpTracker.Mode.LINEAR)
        .build();
  }
}
