package io.github.iaa4j.wsss;

/**
 * How well one class, or the background, was segmented over a set of images. A pixel whose truth is
 * void is in no count, and a pixel that is predicted as void is unlabelled: it is missed, but marks
 * no class. All figures are fractions in [0, 1].
 *
 * @param name of the class, or {@code background}
 * @param iou intersection over union: right pixels / (pixels that are or are predicted as the
 *     class); 0 for a class that was predicted but is in no true mask, NaN for a class that is in
 *     neither true nor predicted masks
 * @param precision right pixels / pixels that are predicted as the class: how much of what is
 *     marked is right; NaN if none are
 * @param recall right pixels / pixels that are the class: how much of the class was found; NaN if
 *     none are
 * @param boundaryF the mean of {@linkplain SegmentationScores#boundaryF() boundary F} over the
 *     images in whose true or predicted mask the class is; NaN if there are none, or if boundaries
 *     were not measured
 */
public record ClassScores(
    String name, double iou, double precision, double recall, double boundaryF) {}
