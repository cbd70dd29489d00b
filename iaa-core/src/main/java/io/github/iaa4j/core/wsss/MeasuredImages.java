package io.github.iaa4j.core.wsss;

/**
 * How many images a figure is based on, and why the others of the data set are not among them.
 *
 * @param measured how many images were measured
 * @param skippedGenerated how many were skipped because a diffusion model generated them
 * @param skippedWithoutMask how many real images were skipped because they have no true mask
 */
public record MeasuredImages(int measured, int skippedGenerated, int skippedWithoutMask) {

  /** All images of the data set. */
  public int total() {
    return measured + skippedGenerated + skippedWithoutMask;
  }

  /** A line for people, such as {@code measured on 8 of 10 images; skipped: 2 generated}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append("measured on ").append(measured).append(" of ").append(total()).append(" images");
    if (measured < total()) {
      text.append("; skipped: ");
      if (skippedGenerated > 0) {
        text.append(skippedGenerated).append(" generated");
      }
      if (skippedWithoutMask > 0) {
        text.append(skippedGenerated > 0 ? ", " : "")
            .append(skippedWithoutMask)
            .append(" without a true mask");
      }
    }
    return text.toString();
  }
}
