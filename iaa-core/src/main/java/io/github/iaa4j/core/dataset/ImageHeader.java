package io.github.iaa4j.core.dataset;

import java.util.Optional;

/**
 * What a file says of its image before the pixels.
 *
 * @param width of the pixels as {@link ImageFile#readRgb(Path)} gives them
 * @param height of the pixels as {@link ImageFile#readRgb(Path)} gives them
 * @param orientation how those pixels must be turned to be seen upright
 */
record ImageHeader(int width, int height, Orientation orientation) {

  /**
   * How the pixels must be turned so that they have the size that an annotation states: not at all
   * where it is theirs, upright where it is that of the upright image. Nothing if neither is so. A
   * size cannot tell whether a square image was annotated upright, or one that is only mirrored or
   * upside down; those are not turned.
   */
  Optional<Orientation> turnToFit(int statedWidth, int statedHeight) {
    if (statedWidth == width && statedHeight == height) {
      return Optional.of(Orientation.UPRIGHT);
    }
    return orientation.swapsAxes() && statedWidth == height && statedHeight == width
        ? Optional.of(orientation)
        : Optional.empty();
  }

  /** The size, and the upright one where it differs, for people. */
  String sizes() {
    return width
        + " x "
        + height
        + (orientation.swapsAxes()
            ? " pixels, or "
                + height
                + " x "
                + width
                + " upright, by its EXIF orientation "
                + orientation.exifValue()
            : "");
  }
}
