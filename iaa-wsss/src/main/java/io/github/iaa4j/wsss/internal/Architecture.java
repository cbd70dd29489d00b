package io.github.iaa4j.wsss.internal;

/**
 * The two networks.
 *
 * <p>The classifier sees 31 pixels around a place and no more. With a wider view, the maps of a
 * small image spread from the object over its surroundings, as nothing in the labels says where the
 * object is. The segmenter, which is told where, adds a wider view on top of the classifier's body
 * and starts from its weights.
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

  private static final int HALF = 24;
  private static final int QUARTER = 64;
  private static final int FEATURES = 96;

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
    int features = body(network).features();
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

  /** The body, a wider view at stride 8, and the way back up to stride 2. */
  static Network segmenter(int classes) {
    Network network = new Network();
    Body body = body(network);
    int wide = network.residual(network.unit(body.features(), FEATURES, 3, 2), 1);
    int quarter = network.concatenation(body.quarter(), network.upsampling(wide, 2));
    quarter = network.unit(quarter, QUARTER / 2, 1, 1);
    int half = network.concatenation(body.half(), network.upsampling(quarter, 2));
    half = network.unit(half, HALF, 3, 1);
    network.output(LOGITS, network.classMaps(half, 1 + classes));
    return network;
  }

  /** Feature maps at strides 2, 4 and 4. */
  private record Body(int half, int quarter, int features) {}

  private static Body body(Network network) {
    int half = network.unit(0, HALF, 3, 2);
    int quarter = network.residual(network.unit(half, QUARTER, 3, 2), 1);
    return new Body(half, quarter, network.unit(quarter, FEATURES, 3, 1));
  }
}
