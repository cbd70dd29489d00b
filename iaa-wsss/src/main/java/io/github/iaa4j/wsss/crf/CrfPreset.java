package io.github.iaa4j.wsss.crf;

/**
 * The pairwise potentials of published weakly supervised segmentation, as their code has them. All
 * run ten iterations. A preset is the CRF alone: what a code base does before and after is
 * described here but not performed.
 */
public enum CrfPreset {

  /**
   * Seeds of PSA, SEAM and MCTformer: {@code crf_inference} in {@code tool/imutils.py} of
   * jiwoon-ahn/psa. Its background probability, {@code (1 - max CAM)^alpha} with alpha 4 and 32
   * (SEAM: 4 and 24; MCTformer: 1 and 12), belongs to the unary.
   */
  PSA(3, 3, 80, 13, 10),

  /**
   * Seeds of IRN and what builds on it: {@code crf_inference_label} in {@code misc/imutils.py} of
   * jiwoon-ahn/irn. Its unary has hard labels, {@link Unary#ofLabels} with a confidence of 0.7,
   * from two thresholds of the CAMs.
   */
  IRN(3, 3, 50, 5, 10),

  /**
   * Pseudo masks of CLIP-ES: {@code eval_cam_with_crf.py} of linyq2117/CLIP-ES. Its background is
   * {@code 1 - max CAM}, and {@link Marginals#mask(double)} with 0.95 leaves out what it leaves
   * out. It subtracts the mean from the image and lets dark bytes wrap around, which is not
   * imitated.
   */
  CLIP_ES(1, 3, 67, 3, 4),

  /** Final masks of ToCo (rulixiang/ToCo), DuPL and SeCo. */
  TOCO(1, 1, 121, 5, 4),

  /**
   * Final masks of kazuto1011/deeplab-pytorch, and of MoRe and ExCEL on VOC and WeakTr on COCO. It
   * subtracts the mean from the image as {@link #CLIP_ES} does.
   */
  DEEPLAB(1, 3, 67, 3, 4),

  /** Final masks of AFA (rulixiang/afa) and WeCLIP. */
  AFA(3, 3, 64, 5, 4),

  /** Final masks of MCTformer: {@code seg/infer_seg.py} of xulianuwa/MCTformer. */
  MCTFORMER(4, 3, 83, 5, 3),

  /**
   * Final masks of WeakTr on VOC: {@code OnlineRetraining/segm/eval/densecrf.py} of hustvl/WeakTr.
   */
  WEAKTR(3, 3, 83, 5, 3);

  private static final int ITERATIONS = 10;

  private final double gaussianSigma;
  private final double gaussianWeight;
  private final double bilateralSigmaXy;
  private final double bilateralSigmaRgb;
  private final double bilateralWeight;

  CrfPreset(
      double gaussianSigma,
      double gaussianWeight,
      double bilateralSigmaXy,
      double bilateralSigmaRgb,
      double bilateralWeight) {
    this.gaussianSigma = gaussianSigma;
    this.gaussianWeight = gaussianWeight;
    this.bilateralSigmaXy = bilateralSigmaXy;
    this.bilateralSigmaRgb = bilateralSigmaRgb;
    this.bilateralWeight = bilateralWeight;
  }

  /** A CRF with these potentials. */
  public DenseCrf crf() {
    return DenseCrf.builder()
        .gaussian(gaussianSigma, gaussianWeight)
        .bilateral(bilateralSigmaXy, bilateralSigmaRgb, bilateralWeight)
        .iterations(ITERATIONS)
        .build();
  }
}
