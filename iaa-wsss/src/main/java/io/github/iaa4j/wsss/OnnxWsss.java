package io.github.iaa4j.wsss;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.wsss.WsssModel;
import io.github.iaa4j.wsss.internal.ActivationMaps;
import io.github.iaa4j.wsss.internal.Architecture;
import io.github.iaa4j.wsss.internal.ModelCard;
import io.github.iaa4j.wsss.internal.ModelFolder;
import io.github.iaa4j.wsss.internal.OnnxNetwork;
import io.github.iaa4j.wsss.internal.SegmentMaps;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * A trained model on ONNX Runtime, as {@link WsssTraining} writes it. Safe for use by many threads;
 * each call computes on its caller's thread.
 */
public final class OnnxWsss implements WsssModel {

  private final ModelCard card;
  private final OnnxNetwork classifier;
  private final OnnxNetwork segmenter;
  private final ActivationMaps activationMaps;
  private final SegmentMaps segmentMaps;

  private OnnxWsss(ModelCard card, OnnxNetwork classifier, OnnxNetwork segmenter) {
    this.card = card;
    this.classifier = classifier;
    this.segmenter = segmenter;
    int classes = card.classNames().size();
    this.activationMaps =
        new ActivationMaps(classifier, classes, card.imageSize(), card.camScales());
    this.segmentMaps = new SegmentMaps(segmenter, classes, card.imageSize());
  }

  /**
   * Opens a model folder.
   *
   * @throws ModelException if {@code classifier.onnx}, {@code segmenter.onnx} or {@code model.json}
   *     is missing or damaged
   */
  public static OnnxWsss load(Path modelFolder) {
    ModelFolder folder = ModelFolder.read(modelFolder);
    OnnxNetwork classifier =
        new OnnxNetwork(modelFolder.resolve(ModelFolder.CLASSIFIER), folder.classifier());
    OnnxNetwork segmenter = null;
    try {
      segmenter = new OnnxNetwork(modelFolder.resolve(ModelFolder.SEGMENTER), folder.segmenter());
      int classes = folder.card().classNames().size();
      Path card = modelFolder.resolve(ModelFolder.CARD);
      checkClasses(card, classes, classifier.channels(Architecture.CLASS_MAPS));
      checkClasses(card, classes, segmenter.channels(Architecture.LOGITS) - 1);
      return new OnnxWsss(folder.card(), classifier, segmenter);
    } catch (RuntimeException | Error e) {
      classifier.close();
      if (segmenter != null) {
        segmenter.close();
      }
      throw e;
    }
  }

  private static void checkClasses(Path card, int named, long known) {
    if (named != known) {
      throw new ModelException(
          card,
          "classNames",
          "names "
              + named
              + " classes, but the networks beside it know "
              + known
              + ". Train the model again.",
          null);
    }
  }

  @Override
  public List<String> classNames() {
    return card.classNames();
  }

  /** The loss of each step of the classifier's training, in order. */
  public List<Float> classifierLosses() {
    return card.classifierLosses();
  }

  /** The loss of each step of the segmenter's training, in order. */
  public List<Float> segmenterLosses() {
    return card.segmenterLosses();
  }

  /** The classifier by its checksum. */
  @Override
  public Description describe() {
    return Description.of("classifier").with("sha256", card.classifierSha256());
  }

  @Override
  public float[] score(RgbImage image) {
    return activationMaps.probabilities(image);
  }

  @Override
  public float[][] cams(RgbImage image) {
    return activationMaps.cams(image, image.width(), image.height());
  }

  /**
   * {@inheritDoc}
   *
   * @throws ConfigurationException if a label is no class of the model
   */
  @Override
  public LabelMask pseudoMask(RgbImage image, Collection<String> labels) {
    TreeSet<Integer> present = new TreeSet<>();
    for (String label : labels) {
      int index = card.classNames().indexOf(label);
      if (index < 0) {
        throw new ConfigurationException(
            "the label " + label + " is none of the model's classes " + card.classNames());
      }
      present.add(index);
    }
    return activationMaps.pseudoMask(
        image,
        present,
        card.backgroundThreshold(),
        card.refinementSteps(),
        image.width(),
        image.height());
  }

  @Override
  public LabelMask segment(RgbImage image) {
    return segmentMaps.segment(image);
  }

  @Override
  public void close() {
    classifier.close();
    segmenter.close();
  }
}
