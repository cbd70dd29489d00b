package io.github.iaa4j.wsss;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.wsss.WsssModel;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.wsss.crf.DenseCrf;
import io.github.iaa4j.wsss.internal.ActivationMaps;
import io.github.iaa4j.wsss.internal.InputScaling;
import io.github.iaa4j.wsss.internal.ModelCard;
import io.github.iaa4j.wsss.internal.ModelFolder;
import io.github.iaa4j.wsss.internal.ModelFormat;
import io.github.iaa4j.wsss.internal.SegmentMaps;
import io.github.iaa4j.wsss.pseudomask.BackgroundRule;
import io.github.iaa4j.wsss.pseudomask.Refinement;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * A trained model on ONNX Runtime, as {@link WsssTraining} writes it. Needs neither DJL nor
 * PyTorch.
 *
 * <p>Safe for use by several threads; each call computes on its caller's thread. On the CPU the
 * same model and image give the same bytes. {@link #close} does not wait: calls in progress end
 * normally, later ones throw {@link IllegalStateException}.
 */
public final class OnnxWsss implements WsssModel {

  private final ModelCard card;
  private final Device device;
  private final Graph classifier;
  private final Graph segmenter;
  private final ActivationMaps activationMaps;
  private final SegmentMaps segmentMaps;

  private OnnxWsss(ModelCard card, Device device, Graph classifier, Graph segmenter) {
    this.card = card;
    this.device = device;
    this.classifier = classifier;
    this.segmenter = segmenter;
    int classes = card.classNames().size();
    InputScaling scaling = card.scaling();
    this.activationMaps =
        new ActivationMaps(classifier, classes, scaling, card.settings().camScales());
    this.segmentMaps = new SegmentMaps(segmenter, classes, scaling, List.of(1.0));
  }

  /**
   * Whether a folder holds a model: whether {@code model.json}, which training writes last, is
   * there. {@link #load} says whether the model is intact.
   */
  public static boolean isPresent(Path modelFolder) {
    return ModelFolder.isPresent(modelFolder);
  }

  /**
   * Opens a model folder on the CPU.
   *
   * @return the model, open; owned by the caller
   * @throws ModelException if {@code classifier.onnx}, {@code segmenter.onnx} or {@code model.json}
   *     is missing or damaged
   */
  public static OnnxWsss load(Path modelFolder) {
    return load(modelFolder, Device.cpu());
  }

  /**
   * Opens a model folder on a device.
   *
   * @return the model, open; owned by the caller
   * @throws ModelException if {@code classifier.onnx}, {@code segmenter.onnx} or {@code model.json}
   *     is missing or damaged
   * @throws ConfigurationException if the device is not available
   */
  public static OnnxWsss load(Path modelFolder, Device device) {
    ModelFolder folder = ModelFolder.read(modelFolder);
    Graph classifier =
        Graph.load(
            modelFolder.resolve(ModelFolder.CLASSIFIER),
            folder.classifier(),
            device,
            ModelFolder.REMEDIES);
    Graph segmenter = null;
    try {
      segmenter =
          Graph.load(
              modelFolder.resolve(ModelFolder.SEGMENTER),
              folder.segmenter(),
              device,
              ModelFolder.REMEDIES);
      int classes = folder.card().classNames().size();
      Path card = modelFolder.resolve(ModelFolder.CARD);
      checkClasses(card, classes, channels(classifier, ModelFormat.CLASS_MAPS));
      checkClasses(card, classes, channels(segmenter, ModelFormat.LOGITS) - 1);
      return new OnnxWsss(folder.card(), device, classifier, segmenter);
    } catch (RuntimeException | Error e) {
      classifier.close();
      if (segmenter != null) {
        segmenter.close();
      }
      throw e;
    }
  }

  /** How many channels an output has, or -1 where the network does not say. */
  private static long channels(Graph network, String output) {
    long[] shape = network.outputShape(output);
    return shape.length < 2 ? -1 : shape[1];
  }

  private static void checkClasses(Path card, int named, long known) {
    if (named != known) {
      throw new ModelException(
          card,
          "classNames",
          "names "
              + named
              + " classes, but the networks in the same folder have "
              + known
              + ". Train the model again.",
          null);
    }
  }

  /**
   * The classes that the model was trained on, without background, in the order of the scores and
   * maps; also after {@link #close}.
   */
  @Override
  public List<String> classNames() {
    return card.classNames();
  }

  /**
   * The activation that a pixel must exceed to be foreground in {@linkplain #pseudoMask pseudo
   * masks}, in (0, 1). Chosen before training, without true masks.
   */
  public double backgroundThreshold() {
    return card.settings().backgroundThreshold();
  }

  /** How the pseudo masks that the model was trained on were refined. */
  public Refinement refinement() {
    return card.settings().refinement();
  }

  /** What was background in the pseudo masks that the model was trained on. */
  public BackgroundRule backgroundRule() {
    return card.settings().backgroundRule();
  }

  /** The loss of each step of the classifier's training, in order. */
  public List<Float> classifierLosses() {
    return card.classifierLosses();
  }

  /** The loss of each step of the segmenter's training, in order. */
  public List<Float> segmenterLosses() {
    return card.segmenterLosses();
  }

  /** The classifier's checksum, its image size, and the device where it is not the CPU. */
  @Override
  public Description describe() {
    Description description =
        Description.of("classifier")
            .with("sha256", card.classifierSha256())
            .with("imageSize", card.settings().imageSize());
    return device.isCpu() ? description : description.with("device", device);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The image's longer side is resized to the size that the model was trained on. Each
   * probability is the mean over the image and its mirror image.
   *
   * @throws IllegalStateException if the model is closed
   */
  @Override
  public float[] score(RgbImage image) {
    return activationMaps.probabilities(image);
  }

  /**
   * {@inheritDoc}
   *
   * <p>All zeros for a class whose map is nowhere positive.
   *
   * @throws ConfigurationException if the Java heap has no room for the maps
   */
  @Override
  public float[][] cams(RgbImage image) {
    return activationMaps.cams(
        image,
        IntStream.range(0, classNames().size()).boxed().toList(),
        image.width(),
        image.height());
  }

  /**
   * {@inheritDoc}
   *
   * @throws ConfigurationException if a label is not a class of the model
   */
  @Override
  public LabelMask pseudoMask(RgbImage image, Collection<String> labels) {
    return pseudoMask(image, labels, refinement(), backgroundRule());
  }

  /**
   * The pseudo mask of a training image with another refinement or background than the model was
   * trained with.
   *
   * @param labels the image-level labels, among {@link #classNames()}; no other class is in the
   *     mask
   * @return a mask of the image's size, with {@link LabelMask#VOID} where the rule has two
   *     thresholds and the pixel is between them
   * @throws ConfigurationException if a label is not a class of the model, or the Java heap has no
   *     room for the refinement
   * @throws IllegalStateException if the model is closed
   */
  public LabelMask pseudoMask(
      RgbImage image, Collection<String> labels, Refinement refinement, BackgroundRule background) {
    TreeSet<Integer> present = new TreeSet<>();
    for (String label : labels) {
      int index = card.classNames().indexOf(label);
      if (index < 0) {
        throw new ConfigurationException(
            "the label " + label + " is not one of the model's classes " + card.classNames());
      }
      present.add(index);
    }
    return activationMaps.pseudoMask(image, present, refinement, background);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The class probabilities are averaged over the image and its mirror image, and resized to the
   * image before the most probable class of each pixel is taken; no pixel is void.
   */
  @Override
  public LabelMask segment(RgbImage image) {
    return segmentMaps.segment(image, Optional.empty());
  }

  /**
   * As {@link #segment(RgbImage)}, with a dense CRF at the end, such as a {@link
   * io.github.iaa4j.wsss.crf.CrfPreset}'s.
   *
   * @return a mask of the image's size
   * @throws IllegalStateException if the model is closed
   */
  public LabelMask segment(RgbImage image, DenseCrf crf) {
    return segmentMaps.segment(image, Optional.of(crf));
  }

  /**
   * {@inheritDoc}
   *
   * <p>Does not wait: calls in progress end normally.
   */
  @Override
  public void close() {
    classifier.close();
    segmenter.close();
  }
}
