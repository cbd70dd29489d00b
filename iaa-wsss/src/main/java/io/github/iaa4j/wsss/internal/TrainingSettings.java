package io.github.iaa4j.wsss.internal;

import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.wsss.pseudomask.BackgroundRule;
import io.github.iaa4j.wsss.pseudomask.Refinement;
import io.github.iaa4j.wsss.training.Optimizer;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How a model is trained and run; the one place that knows the ranges.
 *
 * @param imageSize the long side in pixels of an image at scale 1, in [32, 2048]
 * @param cropSize the side in pixels of the square crops of training, a multiple of {@link
 *     ModelFormat#STRIDE} in [32, 1024]
 * @param minScale the smallest scale of training, in [0.1, 4]
 * @param maxScale the largest scale of training, in [minScale, 4]
 * @param backgroundRule what is background in pseudo masks
 * @param camScales multiples of {@code imageSize} at which class maps are read, each in [0.25, 4]
 * @param segmentScales multiples of {@code imageSize} at which an image is segmented, each in
 *     [0.25, 4]
 * @param refinement how activations are refined before the background rule
 * @param seed of all random numbers in training
 * @param classifierSteps optimiser steps, at least 1
 * @param segmenterSteps optimiser steps, at least 1
 * @param batchSize images per step, at least 2
 * @param learningRate the peak of both stages, in (0, 1]
 * @param headRateFactor how much faster than a backbone its heads learn, in [1, 100]
 * @param optimizer of both stages
 * @param generatedShare the fraction of each batch that is generated, in [0, 1]
 * @param generatedWeight the weight of a generated image in the losses of both stages, in (0, 1]
 * @param validationEvery steps between two measurements of the classifier on validation images, at
 *     least 1
 * @param patience measurements without improvement that end the classifier's training, at least 0;
 *     0 never ends it
 */
public record TrainingSettings(
    int imageSize,
    int cropSize,
    double minScale,
    double maxScale,
    BackgroundRule backgroundRule,
    List<Double> camScales,
    List<Double> segmentScales,
    Refinement refinement,
    long seed,
    int classifierSteps,
    int segmenterSteps,
    int batchSize,
    double learningRate,
    double headRateFactor,
    Optimizer optimizer,
    double generatedShare,
    double generatedWeight,
    int validationEvery,
    int patience) {

  private static final int MIN_SIZE = 32;
  private static final int MAX_IMAGE_SIZE = 2048;
  private static final int MAX_CROP_SIZE = 1024;
  private static final double MIN_SCALE = 0.25;
  private static final double MAX_SCALE = 4;

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

  /** Copies its lists. */
  public TrainingSettings {
    camScales = List.copyOf(camScales);
    segmentScales = List.copyOf(segmentScales);
  }

  /** All settings, each by its name. */
  public Description describe() {
    Description description = Description.of("CAM, pseudo masks, segmenter");
    for (RecordComponent setting : TrainingSettings.class.getRecordComponents()) {
      try {
        description = description.with(setting.getName(), setting.getAccessor().invoke(this));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("a record's own accessor is accessible", e);
      }
    }
    return description;
  }

  /** Every setting that is out of range. */
  public List<Fault> faults() {
    List<Fault> faults = new ArrayList<>();
    require(faults, classifierSteps >= 1, "classifierSteps", classifierSteps, "at least 1");
    require(faults, segmenterSteps >= 1, "segmenterSteps", segmenterSteps, "at least 1");
    require(faults, batchSize >= 2, "batchSize", batchSize, "at least 2");
    addFaultsOfSizes(faults);
    require(
        faults,
        headRateFactor >= 1 && headRateFactor <= 100,
        "headRateFactor",
        headRateFactor,
        "from 1 to 100");
    require(
        faults, learningRate > 0 && learningRate <= 1, "learningRate", learningRate, "in (0, 1]");
    requireScales(faults, "camScales", camScales);
    requireScales(faults, "segmentScales", segmentScales);
    require(
        faults,
        generatedShare >= 0 && generatedShare <= 1,
        "generatedShare",
        generatedShare,
        "in [0, 1]");
    require(
        faults,
        generatedWeight > 0 && generatedWeight <= 1,
        "generatedWeight",
        generatedWeight,
        "in (0, 1]");
    require(faults, validationEvery >= 1, "validationEvery", validationEvery, "at least 1");
    require(faults, patience >= 0, "patience", patience, "at least 0");
    return faults;
  }

  private static void requireScales(List<Fault> faults, String setting, List<Double> scales) {
    require(
        faults,
        !scales.isEmpty()
            && scales.stream().allMatch(scale -> scale >= MIN_SCALE && scale <= MAX_SCALE),
        setting,
        scales,
        "at least one number, each from 0.25 to 4");
  }

  private void addFaultsOfSizes(List<Fault> faults) {
    require(
        faults,
        imageSize >= MIN_SIZE && imageSize <= MAX_IMAGE_SIZE,
        "imageSize",
        imageSize,
        "from " + MIN_SIZE + " to " + MAX_IMAGE_SIZE);
    require(
        faults,
        cropSize >= MIN_SIZE && cropSize <= MAX_CROP_SIZE && cropSize % ModelFormat.STRIDE == 0,
        "cropSize",
        cropSize,
        String.format(
            Locale.ROOT,
            "a multiple of %d from %d to %d",
            ModelFormat.STRIDE,
            MIN_SIZE,
            MAX_CROP_SIZE));
    require(
        faults, minScale >= 0.1 && minScale <= MAX_SCALE, "minScale", minScale, "from 0.1 to 4");
    require(
        faults,
        maxScale >= minScale && maxScale <= MAX_SCALE,
        "maxScale",
        maxScale,
        "from minScale to 4");
  }

  private static void require(
      List<Fault> faults, boolean holds, String setting, Object value, String allowed) {
    if (!holds) {
      faults.add(new Fault(setting, value, allowed));
    }
  }
}
