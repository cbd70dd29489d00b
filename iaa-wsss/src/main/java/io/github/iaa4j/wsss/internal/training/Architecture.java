package io.github.iaa4j.wsss.internal.training;

import io.github.iaa4j.wsss.internal.ModelFormat;

/**
 * The two networks.
 *
 * <p>The classifier has a receptive field of 31 pixels. With a wider one, the class maps of a small
 * image spread from the object over its surroundings, because nothing in the labels says where the
 * object is. The segmenter, whose pseudo masks do say it, adds a wider receptive field on top of
 * the classifier's backbone and starts from its weights.
 */
final class Architecture {

  /** The training output of the head that the class maps come from, {@code [B, C]}, logits. */
  static final String CAM_HEAD = "camHead";

  /** The training output of the head that classifies, {@code [B, C]}, logits. */
  static final String CLASSIFICATION_HEAD = "classificationHead";

  private static final int STRIDE_2_CHANNELS = 24;
  private static final int STRIDE_4_CHANNELS = 64;
  private static final int FEATURE_CHANNELS = 96;

  private Architecture() {}

  /**
   * Two heads on one backbone. The class maps are pooled by their mean, which makes maps that cover
   * whole objects; the classification head adds half the maximum, which finds small objects and so
   * classifies better.
   *
   * @param training whether the outputs are those that the loss reads, instead of those of the
   *     exported network; the weights are the same
   */
  static Network classifier(int classes, boolean training) {
    Network network = new Network();
    int features = backbone(network).features();
    int maps = network.classMaps(features, classes);
    int classified = network.pooling(network.classMaps(features, classes), 0.5f);
    if (training) {
      network.output(CAM_HEAD, network.pooling(maps, 0));
      network.output(CLASSIFICATION_HEAD, classified);
    } else {
      network.output(ModelFormat.CLASS_MAPS, maps);
      network.output(ModelFormat.PROBABILITIES, network.sigmoid(classified));
    }
    return network;
  }

  /** The backbone, a wider receptive field at stride 8, and a decoder back to stride 2. */
  static Network segmenter(int classes) {
    Network network = new Network();
    Backbone backbone = backbone(network);
    int wide =
        network.residual(network.convolution(backbone.features(), FEATURE_CHANNELS, 3, 2), 1);
    int quarter = network.concatenation(backbone.quarter(), network.upsampling(wide, 2));
    quarter = network.convolution(quarter, STRIDE_4_CHANNELS / 2, 1, 1);
    int half = network.concatenation(backbone.half(), network.upsampling(quarter, 2));
    half = network.convolution(half, STRIDE_2_CHANNELS, 3, 1);
    network.output(ModelFormat.LOGITS, network.classMaps(half, 1 + classes));
    return network;
  }

  /** Feature maps at strides 2, 4 and 4. */
  private record Backbone(int half, int quarter, int features) {}

  private static Backbone backbone(Network network) {
    int half = network.convolution(0, STRIDE_2_CHANNELS, 3, 2);
    int quarter = network.residual(network.convolution(half, STRIDE_4_CHANNELS, 3, 2), 1);
    return new Backbone(half, quarter, network.convolution(quarter, FEATURE_CHANNELS, 3, 1));
  }
}
