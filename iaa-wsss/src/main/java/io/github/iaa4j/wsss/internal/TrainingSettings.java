package io.github.iaa4j.wsss.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How a model is trained and run; the one place that knows the ranges.
 *
 * @param imageSize the side in pixels that images are resized to, a multiple of {@link
 *     ModelFormat#STRIDE} in [32, 512]
 * @param backgroundThreshold the activation that a pixel must exceed to be foreground, in (0, 1)
 * @param camScales multiples of {@code imageSize} at which class maps are read, each in [0.25, 4]
 * @param refinementSteps steps of affinity propagation before the threshold, in [0, 100]
 * @param seed of all random numbers in training
 * @param classifierSteps optimiser steps, at least 1
 * @param segmenterSteps optimiser steps, at least 1
 * @param batchSize images per step, at least 2
 * @param learningRate the peak of both stages, in (0, 1]
 * @param generatedShare the fraction of each batch that is generated, in [0, 1]
 */
public record TrainingSettings(
    int imageSize,
    double backgroundThreshold,
    List<Double> camScales,
    int refinementSteps,
    long seed,
    int classifierSteps,
    int segmenterSteps,
    int batchSize,
    double learningRate,
    double generatedShare) {

  private static final int MIN_IMAGE_SIZE = 32;
  private static final int MAX_IMAGE_SIZE = 512;
  private static final double MIN_SCALE = 0.25;
  private static final double MAX_SCALE = 4;
  private static final int MAX_REFINEMENT_STEPS = 100;

  /**
   * A setting that is out of range.
   *
   * @param setting its name
   * @param value what it is
   * @param allowed what it must be, such as {@code at least 1}
   */
  public record Fault(String setting, Object value, String allowed) {

    @Override
    public String toString() {
      return setting + " is " + value + ", but must be " + allowed;
    }
  }

  /** Copies its list. */
  public TrainingSettings {
    camScales = List.copyOf(camScales);
  }

  /** Every setting that is out of range. */
  public List<Fault> faults() {
    List<Fault> faults = new ArrayList<>();
    require(faults, classifierSteps >= 1, "classifierSteps", classifierSteps, "at least 1");
    require(faults, segmenterSteps >= 1, "segmenterSteps", segmenterSteps, "at least 1");
    require(faults, batchSize >= 2, "batchSize", batchSize, "at least 2");
    require(
        faults,
        imageSize >= MIN_IMAGE_SIZE
            && imageSize <= MAX_IMAGE_SIZE
            && imageSize % ModelFormat.STRIDE == 0,
        "imageSize",
        imageSize,
        String.format(
            Locale.ROOT,
            "a multiple of %d from %d to %d",
            ModelFormat.STRIDE,
            MIN_IMAGE_SIZE,
            MAX_IMAGE_SIZE));
    require(
        faults, learningRate > 0 && learningRate <= 1, "learningRate", learningRate, "in (0, 1]");
    require(
        faults,
        backgroundThreshold > 0 && backgroundThreshold < 1,
        "backgroundThreshold",
        backgroundThreshold,
        "in (0, 1)");
    require(
        faults,
        !camScales.isEmpty()
            && camScales.stream().allMatch(scale -> scale >= MIN_SCALE && scale <= MAX_SCALE),
        "camScales",
        camScales,
        "at least one number, each from 0.25 to 4");
    require(
        faults,
        refinementSteps >= 0 && refinementSteps <= MAX_REFINEMENT_STEPS,
        "refinementSteps",
        refinementSteps,
        "from 0 to " + MAX_REFINEMENT_STEPS);
    require(
        faults,
        generatedShare >= 0 && generatedShare <= 1,
        "generatedShare",
        generatedShare,
        "in [0, 1]");
    return faults;
  }

  private static void require(
      List<Fault> faults, boolean holds, String setting, Object value, String allowed) {
    if (!holds) {
      faults.add(new Fault(setting, value, allowed));
    }
  }
}
