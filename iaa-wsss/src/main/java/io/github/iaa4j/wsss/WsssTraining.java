package io.github.iaa4j.wsss;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.internal.Sha256;
import io.github.iaa4j.wsss.internal.ActivationMaps;
import io.github.iaa4j.wsss.internal.Architecture;
import io.github.iaa4j.wsss.internal.ModelCard;
import io.github.iaa4j.wsss.internal.ModelFolder;
import io.github.iaa4j.wsss.internal.OnnxNetwork;
import io.github.iaa4j.wsss.internal.Stages;
import io.github.iaa4j.wsss.internal.TrainingSet;
import io.github.iaa4j.wsss.internal.TrainingSet.Example;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Trains a model of weakly supervised semantic segmentation from image-level labels alone, in three
 * stages: a multi-label classifier; pseudo masks from its class activation maps; a segmenter on the
 * pseudo masks.
 *
 * <p>The number of optimiser steps is given, not the number of rounds through the data, so that a
 * run on more images trains no longer than one on fewer. Both networks are small and start from
 * random weights; images are resized to a square.
 *
 * <p>The same seed, images and options give the same bytes in the model files, on any number of
 * processors of the same kind. A thread takes sixteen images of a batch, so a batch of 32 keeps two
 * processors busy. A training may be run many times; only one at a time runs in a process.
 */
public final class WsssTraining {

  private final int classifierSteps;
  private final int segmenterSteps;
  private final int batchSize;
  private final int imageSize;
  private final long seed;
  private final double learningRate;
  private final double backgroundThreshold;
  private final List<Double> camScales;
  private final int refinementSteps;
  private final double generatedShare;
  private final TrainingListener listener;

  private WsssTraining(Builder builder) {
    classifierSteps = builder.classifierSteps;
    segmenterSteps = builder.segmenterSteps;
    batchSize = builder.batchSize;
    imageSize = builder.imageSize;
    seed = builder.seed;
    learningRate = builder.learningRate;
    backgroundThreshold = builder.backgroundThreshold;
    camScales = builder.camScales;
    refinementSteps = builder.refinementSteps;
    generatedShare = builder.generatedShare;
    listener = builder.listener;
  }

  /** A builder whose defaults suit a few hundred images of about 64x64 pixels on a few cores. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Trains on a data set and writes {@code classifier.onnx}, {@code segmenter.onnx} and {@code
   * model.json} into the folder, each atomically, the last one last. Real and generated images are
   * told apart by {@link LabeledImage#generated()}; masks are never read.
   *
   * @return the trained model, open; owned by the caller
   * @throws ConfigurationException if the data set has no class, more than 254 classes or no image,
   *     or none of its images has a label
   * @throws io.github.iaa4j.core.error.DatasetException if an image cannot be read
   * @throws io.github.iaa4j.core.error.StorageException if the folder cannot be written
   * @throws CancelledException if the thread is interrupted; an earlier model in the folder is then
   *     as it was
   */
  public OnnxWsss fit(LabeledDataset data, Path modelFolder) {
    check(data);
    List<String> classNames = data.classNames();
    int classes = classNames.size();
    synchronized (WsssTraining.class) {
      TrainingSet set = new TrainingSet(data, imageSize);
      Stages stages =
          new Stages(set, classes, imageSize, batchSize, learningRate, generatedShare, seed);

      List<Float> classifierLosses = new ArrayList<>();
      Stages.Trained classifier =
          stages.classifier(
              classifierSteps,
              (step, loss) -> {
                cancelIfInterrupted(modelFolder);
                classifierLosses.add(loss);
                listener.classifierStep(step, classifierSteps, loss);
              });

      List<LabelMask> masks = pseudoMasks(set, classes, classifier.onnx(), modelFolder);

      List<Float> segmenterLosses = new ArrayList<>();
      Stages.Trained segmenter =
          stages.segmenter(
              segmenterSteps,
              masks,
              classifier,
              (step, loss) -> {
                cancelIfInterrupted(modelFolder);
                segmenterLosses.add(loss);
                listener.segmenterStep(step, segmenterSteps, loss);
              });

      ModelFolder.write(
          modelFolder,
          classifier.onnx(),
          segmenter.onnx(),
          new ModelCard(
              classNames,
              imageSize,
              backgroundThreshold,
              camScales,
              refinementSteps,
              seed,
              classifierSteps,
              segmenterSteps,
              batchSize,
              learningRate,
              generatedShare,
              set.realCount(),
              set.generatedCount(),
              Sha256.hex(classifier.onnx()),
              Sha256.hex(segmenter.onnx()),
              classifierLosses,
              segmenterLosses));
    }
    return OnnxWsss.load(modelFolder);
  }

  private List<LabelMask> pseudoMasks(
      TrainingSet set, int classes, byte[] classifier, Path modelFolder) {
    Path file = modelFolder.resolve(ModelFolder.CLASSIFIER);
    List<Example> examples = set.examples();
    LabelMask[] masks = new LabelMask[examples.size()];
    try (OnnxNetwork network = new OnnxNetwork(file, classifier)) {
      ActivationMaps maps = new ActivationMaps(network, classes, imageSize, camScales);
      // In slices, so that the listener hears of them on this thread.
      int slice = 64;
      for (int start = 0; start < masks.length; start += slice) {
        cancelIfInterrupted(modelFolder);
        int from = start;
        int to = Math.min(masks.length, start + slice);
        IntStream.range(from, to)
            .parallel()
            .forEach(
                i -> {
                  Example example = examples.get(i);
                  masks[i] =
                      maps.pseudoMask(
                          example.image(),
                          example.labels(),
                          backgroundThreshold,
                          refinementSteps,
                          imageSize,
                          imageSize);
                });
        for (int i = from; i < to; i++) {
          listener.pseudoMask(i + 1, masks.length);
        }
      }
    }
    return List.of(masks);
  }

  private static void check(LabeledDataset data) {
    List<String> faults = LabeledDataset.faults(data);
    if (!faults.isEmpty()) {
      throw new ConfigurationException(faults);
    }
    if (data.classNames().isEmpty()) {
      throw new ConfigurationException(
          "the data set has no classes, and training needs at least one");
    }
    if (data.classNames().size() > LabelMask.MAX_CLASSES) {
      throw new ConfigurationException(
          "the data set has "
              + data.classNames().size()
              + " classes, but a mask of one byte a pixel tells at most "
              + LabelMask.MAX_CLASSES
              + " apart; leave classes out, or merge some");
    }
    if (data.images().isEmpty()) {
      throw new ConfigurationException(
          "the data set has no images, and training needs at least one");
    }
    if (data.images().stream().allMatch(image -> image.labels().isEmpty())) {
      throw new ConfigurationException(
          "none of the "
              + data.images().size()
              + " images of the data set has a label, and training has nothing else to learn from");
    }
    for (LabeledImage image : data.images()) {
      Set<String> unknown = new LinkedHashSet<>(image.labels());
      unknown.removeAll(data.classNames());
      if (!unknown.isEmpty()) {
        throw new ConfigurationException(
            "image "
                + image.id()
                + " has the labels "
                + unknown
                + ", but the data set's classes are "
                + data.classNames());
      }
    }
  }

  private static void cancelIfInterrupted(Path modelFolder) {
    if (Thread.interrupted()) {
      throw new CancelledException(modelFolder);
    }
  }

  /** Collects the options of a {@link WsssTraining}. */
  public static final class Builder {

    private int classifierSteps = 600;
    private int segmenterSteps = 400;
    private int batchSize = 32;
    private int imageSize = 64;
    private long seed;
    private double learningRate = 0.012;
    private double backgroundThreshold = 0.35;
    private List<Double> camScales = List.of(0.75, 1.0);
    private int refinementSteps = 20;
    private double generatedShare = 0.5;
    private TrainingListener listener = new TrainingListener() {};

    private Builder() {}

    /** Optimiser steps of the classifier, at least 1. Default 600. */
    public Builder classifierSteps(int steps) {
      this.classifierSteps = steps;
      return this;
    }

    /** Optimiser steps of the segmenter, at least 1. Default 400. */
    public Builder segmenterSteps(int steps) {
      this.segmenterSteps = steps;
      return this;
    }

    /** Images a step, at least 2. Default 32. */
    public Builder batchSize(int images) {
      this.batchSize = images;
      return this;
    }

    /**
     * The side in pixels that images are resized to, a multiple of 8 from 32 to 512. Default 64;
     * photos want 96 or more.
     */
    public Builder imageSize(int pixels) {
      this.imageSize = pixels;
      return this;
    }

    /** The source of all chance in training. Default 0. */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /** The highest learning rate of both stages, above 0 and at most 1. Default 0.012. */
    public Builder learningRate(double rate) {
      this.learningRate = rate;
      return this;
    }

    /** The activation that a pixel must exceed to be no background, in (0, 1). Default 0.35. */
    public Builder backgroundThreshold(double threshold) {
      this.backgroundThreshold = threshold;
      return this;
    }

    /**
     * The multiples of the image size at which class maps are read, each from 0.25 to 4. Default
     * 0.75 and 1.
     */
    public Builder camScales(double... scales) {
      List<Double> list = new ArrayList<>();
      for (double scale : scales) {
        list.add(scale);
      }
      this.camScales = List.copyOf(list);
      return this;
    }

    /**
     * How many times activations spread along the image's colours before they become a pseudo mask,
     * from 0 (not at all) to 100. Default 20.
     */
    public Builder refinementSteps(int steps) {
      this.refinementSteps = steps;
      return this;
    }

    /**
     * The share of each batch that is generated, in [0, 1], where the data set has both kinds of
     * images. Default 0.5.
     */
    public Builder generatedShare(double share) {
      this.generatedShare = share;
      return this;
    }

    /** Who hears of each step. Default nobody. */
    public Builder listener(TrainingListener listener) {
      this.listener = listener;
      return this;
    }

    /**
     * Checks the options.
     *
     * @throws ConfigurationException naming every option that is out of range
     */
    public WsssTraining build() {
      List<String> faults = new ArrayList<>();
      require(faults, classifierSteps >= 1, "classifierSteps", classifierSteps, "at least 1");
      require(faults, segmenterSteps >= 1, "segmenterSteps", segmenterSteps, "at least 1");
      require(faults, batchSize >= 2, "batchSize", batchSize, "at least 2");
      require(
          faults,
          imageSize >= 32 && imageSize <= 512 && imageSize % Architecture.STRIDE == 0,
          "imageSize",
          imageSize,
          "a multiple of " + Architecture.STRIDE + " from 32 to 512");
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
          !camScales.isEmpty() && camScales.stream().allMatch(s -> s >= 0.25 && s <= 4),
          "camScales",
          camScales,
          "at least one number, each from 0.25 to 4");
      require(
          faults,
          refinementSteps >= 0 && refinementSteps <= 100,
          "refinementSteps",
          refinementSteps,
          "from 0 to 100");
      require(
          faults,
          generatedShare >= 0 && generatedShare <= 1,
          "generatedShare",
          generatedShare,
          "in [0, 1]");
      if (!faults.isEmpty()) {
        throw new ConfigurationException(faults);
      }
      return new WsssTraining(this);
    }

    private static void require(
        List<String> faults, boolean holds, String option, Object value, String allowed) {
      if (!holds) {
        faults.add(String.format(Locale.ROOT, "%s is %s, but must be %s", option, value, allowed));
      }
    }
  }
}
