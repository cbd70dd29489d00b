package io.github.iaa4j.wsss.internal;

/** The inputs and outputs of the two ONNX networks of a model folder: names and strides. */
public final class ModelFormat {

  /** The one input of both, {@code [B, 3, H, W]}, normalised as {@link InputScaling} says. */
  public static final String INPUT = "images";

  /** The classifier's class maps, {@code [B, C, H/4, W/4]}. */
  public static final String CLASS_MAPS = "classMaps";

  /** The classifier's probabilities, {@code [B, C]}, each in [0, 1]. */
  public static final String PROBABILITIES = "probabilities";

  /** The segmenter's logits, background first, {@code [B, 1 + C, H/2, W/2]}. */
  public static final String LOGITS = "logits";

  /** Heights and widths of the input are multiples of this. */
  public static final int STRIDE = 8;

  /** The stride of the segmenter's logits. */
  public static final int LOGIT_STRIDE = 2;

  private ModelFormat() {}
}
