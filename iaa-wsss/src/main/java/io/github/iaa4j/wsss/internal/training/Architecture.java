package io.github.iaa4j.wsss.internal.training;

import io.github.iaa4j.wsss.internal.ModelFormat;
import java.util.Random;

/**
 * The two networks for small drawings.
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

  /** The names of the backbone's initializers, which both networks have, begin with this. */
  static final String BACKBONE = "backbone";

  private static final int STRIDE_2_CHANNELS = 24;
  private static final int STRIDE_4_CHANNELS = 64;
  private static final int FEATURE_CHANNELS = 96;

  private Architecture() {}

  /**
   * Two heads on one backbone. The class maps are pooled by their mean, which makes maps that cover
   * whole objects; the classification head adds half the maximum, which finds small objects and so
   * classifies better.
   *
   * @param random draws the weights
   */
  static SmallNetwork classifier(int classes, Random random) {
    SmallNetwork network = new SmallNetwork(random);
    String features = backbone(network).features();
    String maps = network.classMaps(features, classes);
    String classified = network.pooling(network.classMaps(features, classes), 0.5f);
    network.vectorOutput("Identity", CAM_HEAD, network.pooling(maps, 0));
    network.vectorOutput("Identity", CLASSIFICATION_HEAD, classified);
    network.mapOutput(ModelFormat.CLASS_MAPS, maps);
    network.vectorOutput("Sigmoid", ModelFormat.PROBABILITIES, classified);
    return network;
  }

  /**
   * The backbone, a wider receptive field at stride 8, and a decoder back to stride 2.
   *
   * @param random draws the weights
   */
  static SmallNetwork segmenter(int classes, Random random) {
    SmallNetwork network = new SmallNetwork(random);
    Backbone backbone = backbone(network);
    String wide =
        network.residual(network.convolution(backbone.features(), FEATURE_CHANNELS, 3, 2), 1);
    String quarter = network.concatenation(backbone.quarter(), network.upsampling(wide, 2));
    quarter = network.convolution(quarter, STRIDE_4_CHANNELS / 2, 1, 1);
    String half = network.concatenation(backbone.half(), network.upsampling(quarter, 2));
    half = network.convolution(half, STRIDE_2_CHANNELS, 3, 1);
    network.mapOutput(ModelFormat.LOGITS, network.classMaps(half, 1 + classes));
    return network;
  }

  /** Feature maps at strides 2, 4 and 4; the same names in both networks. */
  private record Backbone(String half, String quarter, String features) {}

  private static Backbone backbone(SmallNetwork network) {
    network.part(BACKBONE);
    String half = network.convolution(ModelFormat.INPUT, STRIDE_2_CHANNELS, 3, 2);
    String quarter = network.residual(network.convolution(half, STRIDE_4_CHANNELS, 3, 2), 1);
    String features = network.convolution(quarter, FEATURE_CHANNELS, 3, 1);
    network.part("head");
    return new Backbone(half, quarter, features);
  }
}
