package io.github.iaa4j.wsss.internal;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.wsss.crf.DenseCrf;
import io.github.iaa4j.wsss.crf.Unary;
import io.github.iaa4j.wsss.internal.InputScaling.Size;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Masks from an exported segmenter, at the aspect ratio of each image. Safe for use by several
 * threads.
 */
public final class SegmentMaps {

  private final MirroredPair segmenter;
  private final int classes;
  private final InputScaling scaling;
  private final List<Double> scales;

  /**
   * @param classes without background
   * @param scales at which the image is read, multiples of the size that {@code scaling} gives
   */
  public SegmentMaps(Graph segmenter, int classes, InputScaling scaling, List<Double> scales) {
    this.segmenter = new MirroredPair(segmenter, scaling);
    this.classes = classes;
    this.scaling = scaling;
    this.scales = List.copyOf(scales);
  }

  /**
   * The most probable class of each pixel. Probabilities are the mean, over all scales, the image
   * and its mirror image, of the softmax of the logits.
   *
   * @param crf decides at scale 1, with the mean as its unary probabilities; what is enlarged to
   *     the image are its marginals then
   */
  public LabelMask segment(RgbImage image, Optional<DenseCrf> crf) {
    List<Planes> terms =
        scales.stream()
            .map(
                scale ->
                    segmenter.maps(image, scale, ModelFormat.LOGITS, 1 + classes, this::softmax))
            .toList();
    if (crf.isPresent()) {
      terms = List.of(marginals(crf.get(), image, terms));
    }
    return Planes.argmax(
        terms, image.width(), image.height(), IntStream.rangeClosed(0, classes).toArray());
  }

  private Planes marginals(DenseCrf crf, RgbImage image, List<Planes> terms) {
    Size size = scaling.working(image.width(), image.height());
    RgbImage working = Pixels.resize(image, size);
    float[][] means = new float[1 + classes][Math.toIntExact(size.pixels())];
    for (int k = 0; k < means.length; k++) {
      for (Planes term : terms) {
        float[] resized = term.resized(k, size.width(), size.height());
        for (int i = 0; i < resized.length; i++) {
          means[k][i] += resized[i] / (2 * terms.size());
        }
      }
    }
    Unary unary = Unary.ofProbabilities(means, size.width(), size.height());
    return new Planes(size.width(), size.height(), crf.infer(working, unary).probabilities());
  }

  private void softmax(float[] logits, int plane) {
    int channels = 1 + classes;
    for (int start = 0; start < logits.length; start += channels * plane) {
      for (int i = start; i < start + plane; i++) {
        float maximum = Float.NEGATIVE_INFINITY;
        for (int k = 0; k < channels; k++) {
          maximum = Math.max(maximum, logits[i + k * plane]);
        }
        float total = 0;
        for (int k = 0; k < channels; k++) {
          float value = (float) Math.exp(logits[i + k * plane] - maximum);
          logits[i + k * plane] = value;
          total += value;
        }
        for (int k = 0; k < channels; k++) {
          logits[i + k * plane] /= total;
        }
      }
    }
  }
}
