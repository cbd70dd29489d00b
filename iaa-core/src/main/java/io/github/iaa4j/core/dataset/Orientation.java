package io.github.iaa4j.core.dataset;

import java.util.Arrays;

/** How stored pixels must be turned to be seen upright, as EXIF tag 0x0112 states it. */
enum Orientation {
  UPRIGHT(1, false, false, false),
  MIRRORED(2, false, true, false),
  UPSIDE_DOWN(3, false, true, true),
  UPSIDE_DOWN_MIRRORED(4, false, false, true),
  TRANSPOSED(5, true, false, false),
  QUARTER_CLOCKWISE(6, true, false, true),
  TRANSVERSED(7, true, true, true),
  QUARTER_COUNTERCLOCKWISE(8, true, true, false);

  private final int exifValue;
  private final boolean swapsAxes;
  private final boolean fromRight;
  private final boolean fromBottom;

  Orientation(int exifValue, boolean swapsAxes, boolean fromRight, boolean fromBottom) {
    this.exifValue = exifValue;
    this.swapsAxes = swapsAxes;
    this.fromRight = fromRight;
    this.fromBottom = fromBottom;
  }

  /** The value of the EXIF tag, 1 to 8. */
  int exifValue() {
    return exifValue;
  }

  /** Whether the upright image is as wide as the stored one is high. */
  boolean swapsAxes() {
    return swapsAxes;
  }

  /** The image turned upright; the same one if it is. */
  RgbImage upright(RgbImage stored) {
    if (this == UPRIGHT) {
      return stored;
    }
    int storedWidth = stored.width();
    int storedHeight = stored.height();
    int width = swapsAxes ? storedHeight : storedWidth;
    int height = swapsAxes ? storedWidth : storedHeight;
    byte[] from = stored.pixels();
    byte[] pixels = new byte[from.length];
    for (int y = 0, out = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int column = swapsAxes ? y : x;
        int row = swapsAxes ? x : y;
        int at =
            3
                * ((fromBottom ? storedHeight - 1 - row : row) * storedWidth
                    + (fromRight ? storedWidth - 1 - column : column));
        pixels[out++] = from[at];
        pixels[out++] = from[at + 1];
        pixels[out++] = from[at + 2];
      }
    }
    return new RgbImage(width, height, pixels);
  }

  /**
   * What a block of EXIF says, which is a TIFF file's header and first directory.
   *
   * @param bytes hold the block from {@code start} to {@code end}
   * @return {@link #UPRIGHT} too where the block is damaged, or has no such tag or another value
   */
  static Orientation ofTiff(byte[] bytes, int start, int end) {
    long value = TiffTags.value(TiffTags.ORIENTATION, bytes, start, end).orElse(1);
    return Arrays.stream(values())
        .filter(orientation -> orientation.exifValue == value)
        .findFirst()
        .orElse(UPRIGHT);
  }
}
