package io.github.iaa4j.wsss.internal;

/**
 * The two networks. They share their body, an encoder to stride 8 and a way back up that joins what
 * the encoder saw at each stride; so the segmenter starts from the classifier's body.
 */
public final class Architecture {

  /** The classifier's output of class maps, {@code [B, C, H/4, W/4]}. */
  public static final String CLASS_MAPS = "classMaps";

  /** The classifier's output of probabilities, {@code [B, C]}. */
  public static final String PROBABILITIES = "probabilities";

  /** The segmenter's output of logits, background first, {@code [B, 1 + C, H/2, W/2]}. */
  public static final String LOGITS = "logits";

  /** Heights and widths that the networks read are multiples of this. */
  public static final int STRIDE = 8;

  /** The stride of the class maps. */
  static final int MAP_STRIDE = 4;

  /** The stride of the segmenter's logits. */
  static final int LOGIT_STRIDE = 2;

  static final String CAM_SCORES = "camScores";
  static final String JUDGE_SCORES = "judgeScores";

  private static final int[] WIDTHS = {24, 48, 96};

  private Architecture() {}

  /**
   * Two heads on one body. The class maps are pooled by their plain mean, which makes maps that
   * cover whole objects; the judge adds half the maximum, which finds small objects and so gives
   * better labels.
   *
   * @param training whether the outputs are those that the loss reads, rather than those that users
   *     read; the weights are the same
   */
  static Network classifier(int classes, boolean training) {
    Network network = new Network();
    int features = body(network).quarter();
    int maps = network.classMaps(features, classes);
    int judged = network.pooling(network.classMaps(features, classes), 0.5f);
    if (training) {
      network.output(CAM_SCORES, network.pooling(maps, 0));
      network.output(JUDGE_SCORES, judged);
    } else {
      network.output(CLASS_MAPS, maps);
      network.output(PROBABILITIES, network.sigmoid(judged));
    }
    return network;
  }

  /** The body, one more join at stride 2, and a logit for background and each class. */
  static Network segmenter(int classes) {
    Network network = new Network();
    Body body = body(network);
    int joined = network.concatenation(body.half(), network.upsampling(body.quarter(), 2));
    int features = network.unit(joined, 2 * WIDTHS[0], 3, 1);
    network.output(LOGITS, network.classMaps(features, 1 + classes));
    return network;
  }

  /** Feature maps at strides 2 and 4. */
  private record Body(int half, int quarter) {}

  private static Body body(Network network) {
    int half = network.unit(0, WIDTHS[0], 3, 2);
    int quarter = network.residual(network.unit(half, WIDTHS[1], 3, 2), 1);
    int eighth = network.unit(quarter, WIDTHS[2], 3, 2);
    eighth = network.residual(network.residual(eighth, 1), 1);
    int joined = network.concatenation(quarter, network.upsampling(eighth, 2));
    return new Body(half, network.unit(joined, WIDTHS[1], 3, 1));
  }
}
