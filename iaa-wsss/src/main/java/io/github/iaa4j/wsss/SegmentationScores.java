package io.github.iaa4j.wsss;

import io.github.iaa4j.core.wsss.MeasuredImages;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * The scores of predicted masks over a set of images, as PASCAL VOC counts: pixels are summed over
 * all images before anything is divided, and pixels whose truth is void are left out. All figures
 * are fractions in [0, 1]; papers print them in per cent. Immutable, so safe for use by several
 * threads.
 *
 * <p><b>Boundary F</b> is the contour score of Csurka, Larlus and Perronnin, <em>What is a good
 * evaluation measure for semantic segmentation?</em>, BMVC 2013. In one image, let B be the
 * boundary of a class in the true mask and P its boundary in the predicted mask. Precision is the
 * fraction of P that is closer to B than the tolerance, recall the fraction of B that is closer to
 * P, and F = 2 * precision * recall / (precision + recall), or 0 if both are 0. A class that is in
 * one of the two masks alone has 0. The score of an image is the mean over the classes, background
 * included, that are in either mask; the score of the set is the mean over its images. (The authors
 * of SegNet, arXiv 1511.00561, average over the classes of the true mask alone, which leaves
 * wrongly predicted classes out.)
 *
 * <ul>
 *   <li>The tolerance is 0.75 % of the image's diagonal: 4.7 pixels at 500 x 375. Distances are
 *       Euclidean, between the centres of pixels, and must be less than the tolerance. Up to a
 *       diagonal of 133 pixels only boundaries that coincide match.
 *   <li>The boundary of a class consists of its pixels that have a pixel of another class, or the
 *       edge of the image, above, below, to the left or to the right, as in MATLAB's bfscore.
 *   <li>Void is no class. Where the truth is void, the prediction is taken as void too, so a
 *       predicted boundary within VOC's void contours counts as one at their rim.
 * </ul>
 *
 * @param classes background, then the classes in the order of the data set
 * @param pixelAccuracy the fraction of pixels whose class is right; a pixel that is predicted as
 *     void is not
 * @param boundaryF boundary F of the set; NaN if boundaries were not measured, as in scores from
 *     counts alone
 * @param images how many images were measured and skipped
 */
public record SegmentationScores(
    List<ClassScores> classes, double pixelAccuracy, double boundaryF, MeasuredImages images) {

  /** Copies its list. */
  public SegmentationScores {
    classes = List.copyOf(classes);
  }

  /** "background", then the classes. */
  public List<String> classNames() {
    return classes.stream().map(ClassScores::name).toList();
  }

  /** The IoU of each class, in the order of {@link #classNames()}. */
  public List<Double> iou() {
    return classes.stream().map(ClassScores::iou).toList();
  }

  /**
   * The mean IoU (mIoU) over the classes that are in true or predicted masks, background included;
   * NaN if there are none.
   */
  public double meanIou() {
    return mean(ClassScores::iou);
  }

  /** The mean precision over the classes that are in predicted masks; NaN if there are none. */
  public double meanPrecision() {
    return mean(ClassScores::precision);
  }

  /** The mean recall over the classes that are in true masks; NaN if there are none. */
  public double meanRecall() {
    return mean(ClassScores::recall);
  }

  private double mean(ToDoubleFunction<ClassScores> figure) {
    return classes.stream()
        .mapToDouble(figure)
        .filter(value -> !Double.isNaN(value))
        .average()
        .orElse(Double.NaN);
  }

  /** The same scores, with boundary F. */
  SegmentationScores with(BoundaryScores boundaries) {
    List<Double> boundaryFs = boundaries.ofClasses();
    List<ClassScores> all = new ArrayList<>();
    for (int k = 0; k < classes.size(); k++) {
      ClassScores c = classes.get(k);
      all.add(new ClassScores(c.name(), c.iou(), c.precision(), c.recall(), boundaryFs.get(k)));
    }
    return new SegmentationScores(all, pixelAccuracy, boundaries.mean(), images);
  }

  /**
   * A table for people, in per cent: a line for each class, the means, and what they are based on.
   */
  @Override
  public String toString() {
    boolean boundaries = !Double.isNaN(boundaryF);
    int width = classes.stream().mapToInt(c -> c.name().length()).max().orElse(0);
    String name = "%-" + Math.max(width, 12) + "s ";
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, name + "%6s %9s %6s", "", "IoU", "precision", "recall"))
        .append(boundaries ? "  boundary F" : "")
        .append('\n');
    for (ClassScores c : classes) {
      text.append(String.format(Locale.ROOT, name, c.name()))
          .append(row(c.iou(), c.precision(), c.recall()))
          .append(boundaries ? "  " + " ".repeat(4) + percent(c.boundaryF()) : "")
          .append('\n');
    }
    text.append(String.format(Locale.ROOT, name, "mean"))
        .append(row(meanIou(), meanPrecision(), meanRecall()))
        .append('\n');
    text.append("mIoU ").append(percent(meanIou()).strip());
    text.append(", pixel accuracy ").append(percent(pixelAccuracy).strip());
    if (boundaries) {
      text.append(", boundary F of an image ").append(percent(boundaryF).strip());
    }
    return text.append('\n').append(images).toString();
  }

  private static String row(double iou, double precision, double recall) {
    return percent(iou) + "    " + percent(precision) + " " + percent(recall);
  }

  private static String percent(double fraction) {
    return Double.isNaN(fraction) ? "     -" : String.format(Locale.ROOT, "%6.1f", 100 * fraction);
  }
}
