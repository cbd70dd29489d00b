package io.github.iaa4j.wsss;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.wsss.WsssMethod;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.wsss.internal.ModelCard;
import io.github.iaa4j.wsss.internal.TrainableData;
import io.github.iaa4j.wsss.internal.TrainingSettings;
import io.github.iaa4j.wsss.internal.training.PyTorch;
import io.github.iaa4j.wsss.internal.training.TrainingJob;
import io.github.iaa4j.wsss.pseudomask.BackgroundRule;
import io.github.iaa4j.wsss.pseudomask.Refinement;
import io.github.iaa4j.wsss.training.Optimizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a model of weakly supervised semantic segmentation from image-level labels alone, in three
 * stages: a multi-label classifier; pseudo masks from its class activation maps; a segmenter on the
 * pseudo masks.
 *
 * <p>The number of optimiser steps is given, not the number of epochs, so that a run on more images
 * trains no longer than one on fewer. Both networks share a {@link Builder#backbone backbone}, or
 * are small and start from random weights. Images keep their aspect ratio: networks are trained on
 * random square crops of them, and read whole images.
 *
 * <p>The same seed, images and options give the same bytes in the model files, on any number of
 * processors of the same kind, as long as the {@link Builder#device device} is the CPU. A thread
 * takes sixteen images of a batch, so a batch of 32 keeps two processors busy.
 *
 * <p>Needs PyTorch's native libraries for the platform: {@code ai.djl.pytorch:pytorch-native-cpu}
 * with its classifier, which this module does not bring. Nothing is downloaded. While PyTorch
 * loads, the system property {@code ai.djl.offline} is set; afterwards PyTorch computes each
 * operator on one thread in the whole process, unless {@code ai.djl.pytorch.num_threads} says
 * otherwise.
 *
 * <p>Memory: {@code 3 * side * side} bytes per training image at most, where side is {@code
 * imageSize} times the largest of {@code randomScale} and {@code camScales}, up to a quarter of the
 * heap; images beyond that are decoded each time they are drawn. Besides that {@code side * side}
 * bytes per pseudo mask.
 *
 * <p>Immutable and reusable. Safe for use by several threads; trainings in one process run one
 * after another.
 */
public final class WsssTraining implements WsssMethod<OnnxWsss> {

  private static final Logger LOG = LoggerFactory.getLogger(WsssTraining.class);

  /** DJL allows one open gradient collector per process. */
  private static final ReentrantLock TRAINING = new ReentrantLock();

  /** How much faster a head on a backbone learns, as DeepLab and IRN train. */
  private static final double HEAD_RATE_FACTOR = 10;

  private static final List<Double> DRAWING_SCALES = List.of(0.75, 1.0);
  private static final List<Double> PHOTOGRAPH_SCALES = List.of(0.5, 1.0, 1.5, 2.0);

  private final @Nullable Backbone backbone;
  private final TrainingSettings settings;
  private final @Nullable LabeledDataset validation;
  private final int checkpointEvery;
  private final Device device;
  private final TrainingListener listener;

  private WsssTraining(
      @Nullable Backbone backbone,
      TrainingSettings settings,
      @Nullable LabeledDataset validation,
      int checkpointEvery,
      Device device,
      TrainingListener listener) {
    this.backbone = backbone;
    this.settings = settings;
    this.validation = validation;
    this.checkpointEvery = checkpointEvery;
    this.device = device;
    this.listener = listener;
  }

  /** A builder whose defaults suit a few hundred images of about 64x64 pixels on a few cores. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Trains on a data set and writes {@code classifier.onnx}, {@code segmenter.onnx} and {@code
   * model.json} into the folder, each atomically, the last one last. Real and generated images are
   * told apart by {@link LabeledImage#generated()}; masks are never read. Waits while another
   * training runs in this process.
   *
   * <p>While it trains, the folder has a {@code checkpoint}. A training that was stopped or killed
   * goes on from it when the same training is called again, and ends with the same bytes.
   *
   * @param data read by several threads
   * @param modelFolder created if it does not exist
   * @return the trained model, open; owned by the caller
   * @throws ConfigurationException if the data set has no class, more than 254 classes or no image,
   *     or none of its images has a label; if PyTorch's native libraries are missing, with the
   *     artifact to add; if the device is not available; if the validation images have other
   *     classes or no label; if the folder has the checkpoint of a training with other images or
   *     options, with the first field that differs
   * @throws io.github.iaa4j.core.error.DatasetException if an image cannot be read
   * @throws io.github.iaa4j.core.error.ModelException if PyTorch or ONNX Runtime fails, such as for
   *     lack of memory
   * @throws io.github.iaa4j.core.error.StorageException if the folder cannot be written, an earlier
   *     model in it being unchanged; if it has a damaged checkpoint, or another process trains into
   *     it
   * @throws CancelledException if the thread is interrupted; its interrupt flag stays set, and an
   *     earlier model in the folder is unchanged
   * @throws IllegalStateException if it is called by the listener of a training
   */
  @Override
  public OnnxWsss fit(LabeledDataset data, Path modelFolder) {
    TrainableData.require(data);
    if (validation != null) {
      TrainableData.requireValidation(validation, data);
    }
    lock(modelFolder);
    try {
      device.requireAvailable();
      loadPyTorch();
      train(data, modelFolder);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw TrainingRun.cancelled(modelFolder, e);
    } finally {
      TRAINING.unlock();
    }
    return OnnxWsss.load(modelFolder, device);
  }

  /** As {@link OnnxWsss#load(Path, Device)}, on the device of this training. */
  @Override
  public OnnxWsss load(Path modelFolder) {
    return OnnxWsss.load(modelFolder, device);
  }

  /** As {@link OnnxWsss#isPresent}. */
  @Override
  public boolean isPresent(Path modelFolder) {
    return OnnxWsss.isPresent(modelFolder);
  }

  /** Every setting, the backbone, and the device where it is not the CPU. */
  @Override
  public Description describe() {
    Description own = settings.describe();
    Description withBackbone = backbone == null ? own : own.with("backbone", backbone.describe());
    return device.isCpu() ? withBackbone : withBackbone.with("device", device);
  }

  private static void lock(Path modelFolder) {
    if (TRAINING.isHeldByCurrentThread()) {
      throw new IllegalStateException("a listener of a training cannot start another training");
    }
    if (TRAINING.isLocked()) {
      LOG.info("{}: waiting for another training in this process to end", modelFolder);
    }
    try {
      TRAINING.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw TrainingRun.cancelled(modelFolder, e);
    }
  }

  private static void loadPyTorch() {
    try {
      PyTorch.load();
    } catch (NoClassDefFoundError e) {
      throw new ConfigurationException(
          "training needs DJL, and its class "
              + e.getMessage()
              + " is not on the class path. Add ai.djl.pytorch:pytorch-engine and"
              + " ai.djl.pytorch:pytorch-jni, on which iaa-wsss depends.");
    }
  }

  private void train(LabeledDataset data, Path modelFolder) throws InterruptedException {
    TrainingJob job =
        new TrainingJob(
            data,
            validation,
            backbone == null ? null : backbone.settings(),
            backbone == null ? ModelCard.SMALL_NETWORK : backbone.describe().toString(),
            settings,
            device,
            modelFolder,
            checkpointEvery);
    new TrainingRun(job, listener).run();
  }

  /** Collects the options of a {@link WsssTraining}. Not safe for use by several threads. */
  public static final class Builder {

    private int classifierSteps = 600;
    private int segmenterSteps = 400;
    private @Nullable Integer batchSize;
    private @Nullable Backbone backbone;
    private @Nullable Integer imageSize;
    private @Nullable Integer cropSize;
    private double @Nullable [] randomScale;
    private @Nullable Optimizer optimizer;
    private @Nullable Double learningRate;
    private long seed;
    private BackgroundRule backgroundRule = BackgroundRule.standard();
    private @Nullable List<Double> camScales;
    private @Nullable Refinement refinement;
    private List<Double> segmentScales = List.of(1.0);
    private double generatedShare = 0.5;
    private double generatedWeight = 1;
    private @Nullable LabeledDataset validation;
    private int validationEvery = 50;
    private int patience = 5;
    private int checkpointEvery = 100;
    private Device device = Device.cpu();
    private TrainingListener listener = new TrainingListener() {};

    private Builder() {}

    /** Optimiser steps of the classifier, at least 1. Defaults to 600. */
    public Builder classifierSteps(int steps) {
      this.classifierSteps = steps;
      return this;
    }

    /** Optimiser steps of the segmenter, at least 1. Defaults to 400. */
    public Builder segmenterSteps(int steps) {
      this.segmenterSteps = steps;
      return this;
    }

    /** Images per step, at least 2. Defaults to 32; with a backbone to 16. */
    public Builder batchSize(int images) {
      this.batchSize = images;
      return this;
    }

    /**
     * Fine-tunes a pretrained network in place of a small one from random weights, and changes the
     * defaults of the options that say so to those for photographs.
     */
    public Builder backbone(Backbone backbone) {
      this.backbone = Objects.requireNonNull(backbone, "backbone");
      return this;
    }

    /**
     * The long side in pixels that an image is resized to at scale 1, its aspect ratio kept, from
     * 32 to 2048. Defaults to 64; with a backbone to 512, about the size of PASCAL VOC's
     * photographs.
     */
    public Builder imageSize(int pixels) {
      this.imageSize = pixels;
      return this;
    }

    /**
     * The side in pixels of the square crops that networks are trained on, a multiple of 8 from 32
     * to 1024, and of the backbone's output stride. Defaults to {@link #imageSize}, rounded up to a
     * multiple of 8; with a backbone to 256.
     */
    public Builder cropSize(int pixels) {
      this.cropSize = pixels;
      return this;
    }

    /**
     * The range of scales, multiples of {@link #imageSize}, at which training images are cropped.
     * Defaults to 0.77 to 1.3; with a backbone to 0.5 to 1, so that most of a photograph is in a
     * crop of the default size.
     *
     * @param smallest from 0.1
     * @param largest at least {@code smallest}, at most 4
     */
    public Builder randomScale(double smallest, double largest) {
      this.randomScale = new double[] {smallest, largest};
      return this;
    }

    /**
     * How weights are changed at each step. Defaults to {@link Optimizer#muon()}; with a backbone
     * to {@link Optimizer#sgd()}.
     */
    public Builder optimizer(Optimizer optimizer) {
      this.optimizer = Objects.requireNonNull(optimizer, "optimizer");
      return this;
    }

    /** The seed of all random numbers in training. Defaults to 0. */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /**
     * The peak learning rate of both stages, above 0 and at most 1; heads on a backbone learn ten
     * times as fast. Defaults to 0.012; with a backbone to 0.01.
     */
    public Builder learningRate(double rate) {
      this.learningRate = rate;
      return this;
    }

    /** What is background in pseudo masks. Defaults to {@link BackgroundRule#standard()}. */
    public Builder backgroundRule(BackgroundRule rule) {
      this.backgroundRule = Objects.requireNonNull(rule, "rule");
      return this;
    }

    /**
     * The multiples of the image size at which class maps are read, each from 0.25 to 4. Defaults
     * to 0.75 and 1; with a backbone to 0.5, 1, 1.5 and 2, as IRN reads them.
     */
    public Builder camScales(double... scales) {
      this.camScales = DoubleStream.of(scales).boxed().toList();
      return this;
    }

    /** As {@link #camScales}, at which the trained model segments. Defaults to 1. */
    public Builder segmentScales(double... scales) {
      this.segmentScales = DoubleStream.of(scales).boxed().toList();
      return this;
    }

    /**
     * How activations are aligned with the image before they become a pseudo mask. Defaults to
     * {@link Refinement#forDrawings()}; with a backbone to {@link Refinement#forPhotographs()}.
     */
    public Builder refinement(Refinement refinement) {
      this.refinement = Objects.requireNonNull(refinement, "refinement");
      return this;
    }

    /**
     * The fraction of each batch that is generated, in [0, 1], if the data set has both kinds of
     * images. Defaults to 0.5.
     */
    public Builder generatedShare(double share) {
      this.generatedShare = share;
      return this;
    }

    /**
     * The weight of a generated image in the losses of both stages, in (0, 1]; a real one has 1.
     * Defaults to 1.
     */
    public Builder generatedWeight(double weight) {
      this.generatedWeight = weight;
      return this;
    }

    /**
     * Images that the classifier is not trained on. Its mean average precision on them is measured
     * every {@link #validationEvery} steps and after its last, from labels alone, and the weights
     * of the best measurement are kept. Defaults to none: the weights after the last step are kept.
     *
     * @param data with the classes of the training's images; read by several threads
     */
    public Builder validation(LabeledDataset data) {
      this.validation = Objects.requireNonNull(data, "data");
      return this;
    }

    /** Steps between two measurements on {@link #validation}, at least 1. Defaults to 50. */
    public Builder validationEvery(int steps) {
      this.validationEvery = steps;
      return this;
    }

    /**
     * How many measurements on {@link #validation} without improvement end the classifier's
     * training; 0 never ends it early. Defaults to 5.
     */
    public Builder patience(int measurements) {
      this.patience = measurements;
      return this;
    }

    /**
     * Steps between two checkpoints, at most so many of which are lost when the process is killed;
     * 0 writes none. Another is written when the classifier is trained. A checkpoint has 4 bytes
     * for each trained weight and as many or, with AdamW, twice as many for the optimiser, and in
     * the second stage 4 more for the classifier; it is forced to the disk. Before the first step,
     * every image is read once more, to tell whether a checkpoint fits. Defaults to 100.
     */
    public Builder checkpointEvery(int steps) {
      this.checkpointEvery = steps;
      return this;
    }

    /**
     * Where the classifier computes the pseudo masks, and where the trained model is opened.
     * PyTorch trains on the CPU. Defaults to {@link Device#cpu()}; on other devices model files may
     * differ from run to run.
     */
    public Builder device(Device device) {
      this.device = Objects.requireNonNull(device, "device");
      return this;
    }

    /** Is notified of each step. Defaults to a listener that does nothing. */
    public Builder listener(TrainingListener listener) {
      this.listener = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /**
     * Checks the options.
     *
     * @throws ConfigurationException naming every option that is out of range
     */
    public WsssTraining build() {
      boolean small = backbone == null;
      int longSide = imageSize == null ? (small ? 64 : 512) : imageSize;
      TrainingSettings settings =
          new TrainingSettings(
              longSide,
              cropSize == null ? (small ? (longSide + 7) / 8 * 8 : 256) : cropSize,
              randomScale == null ? (small ? 1 / 1.3 : 0.5) : randomScale[0],
              randomScale == null ? (small ? 1.3 : 1) : randomScale[1],
              backgroundRule,
              camScales != null ? camScales : small ? DRAWING_SCALES : PHOTOGRAPH_SCALES,
              segmentScales,
              refinement != null
                  ? refinement
                  : small ? Refinement.forDrawings() : Refinement.forPhotographs(),
              seed,
              classifierSteps,
              segmenterSteps,
              batchSize == null ? (small ? 32 : 16) : batchSize,
              learningRate == null ? (small ? 0.012 : 0.01) : learningRate,
              small ? 1 : HEAD_RATE_FACTOR,
              optimizer == null ? (small ? Optimizer.muon() : Optimizer.sgd()) : optimizer,
              generatedShare,
              generatedWeight,
              validationEvery,
              patience);
      List<String> faults = new ArrayList<>();
      settings.faults().forEach(fault -> faults.add(fault.toString()));
      if (checkpointEvery < 0) {
        faults.add("checkpointEvery is " + checkpointEvery + ", but must be at least 0");
      }
      if (!small && settings.optimizer().kind() == Optimizer.Kind.MUON) {
        faults.add(
            "the optimizer is MUON, which trains the small network alone; use SGD or AdamW with a"
                + " backbone");
      }
      if (!faults.isEmpty()) {
        throw new ConfigurationException(faults);
      }
      return new WsssTraining(backbone, settings, validation, checkpointEvery, device, listener);
    }
  }
}
