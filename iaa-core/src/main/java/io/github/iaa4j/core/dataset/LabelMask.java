package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.DatasetException;
import io.github.iaa4j.core.internal.AtomicFiles;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A semantic mask, {@code [H, W]} of one byte a pixel: 0 is background, k + 1 is class k of the
 * data set, {@link #VOID} is left out of every count.
 *
 * <p>Not copied on the way in or out, as {@link RgbImage}.
 */
public final class LabelMask {

  /** The index of pixels that belong to nothing and are ignored in evaluation, as VOC has it. */
  public static final int VOID = 255;

  /** The most classes that a mask can distinguish besides background and {@link #VOID}. */
  public static final int MAX_CLASSES = VOID - 1;

  private final int width;
  private final int height;
  private final byte[] indices;

  /**
   * @param width in pixels, at least 1
   * @param height in pixels, at least 1
   * @param indices {@code [height, width]}, unsigned; owned by the mask from now on
   * @throws IllegalArgumentException if the sizes do not fit together
   */
  public LabelMask(int width, int height, byte[] indices) {
    if (width < 1 || height < 1 || (long) width * height != indices.length) {
      throw new IllegalArgumentException(
          "a mask of " + width + " x " + height + " does not have " + indices.length + " bytes");
    }
    this.width = width;
    this.height = height;
    this.indices = indices;
  }

  /**
   * Reads a mask from a PNG with a palette or in grey, of at most 8 bits. The stored values are the
   * indices; a palette's colours are never looked at.
   *
   * @param classCount how many classes there are, 0 to {@link #MAX_CLASSES}, so that indices 0 to
   *     {@code classCount} and {@link #VOID} are allowed
   * @throws DatasetException if the file is missing, truncated, not such a PNG, claims more than 64
   *     million pixels, or holds another index
   */
  public static LabelMask read(Path file, int classCount) {
    return read(file, Map.of(), identity(classCount), classCount);
  }

  /**
   * Reads a mask of a data set, whose files may hold other indices, or colours.
   *
   * @throws DatasetException as {@link #read(Path, int)}, or if it holds a colour that is not a
   *     class
   */
  static LabelMask read(Path file, ClassList classes) {
    return read(file, classes.colours(), classes.ownIndices(), classes.highestIndex());
  }

  /** Indices that mean what they are, up to a highest one. */
  private static int[] identity(int classCount) {
    int[] own = new int[VOID + 1];
    Arrays.setAll(own, index -> index <= classCount || index == VOID ? index : -1);
    return own;
  }

  private static LabelMask read(Path file, Map<Integer, Integer> colours, int[] own, int highest) {
    LabelMask mask = MaskPng.read(file, colours);
    for (int i = 0; i < mask.indices.length; i++) {
      int index = mask.indices[i] & 0xff;
      if (own[index] < 0) {
        throw new DatasetException(
            file,
            "x " + i % mask.width + ", y " + i / mask.width,
            "index "
                + index
                + " is not a class: 0 is background, 1 to "
                + highest
                + " are the classes, 255 is void; give all class names, or fix the mask",
            null);
      }
      mask.indices[i] = (byte) own[index];
    }
    return mask;
  }

  /**
   * Writes the mask as a PNG with a palette of the VOC colours, whole or not at all; as {@link
   * VocWriter} does, so that it has a place in {@code SegmentationClass}. Missing parent folders
   * are created.
   *
   * @param classNames the classes in the order of the indices; where all are names of VOC, the file
   *     has VOC's own indices 1 to 20
   * @throws io.github.iaa4j.core.error.StorageException if the file cannot be written
   */
  public void write(Path file, List<String> classNames) {
    AtomicFiles.writeUnforced(file, new MaskPngWriter(classNames).png(this));
  }

  /** Width in pixels. */
  public int width() {
    return width;
  }

  /** Height in pixels. */
  public int height() {
    return height;
  }

  /**
   * The index at a pixel, 0 to 255.
   *
   * @param x from 0 at the left, less than the width
   * @param y from 0 at the top, less than the height
   * @throws IndexOutOfBoundsException if the pixel is outside of the mask
   */
  public int at(int x, int y) {
    return indices[Objects.checkIndex(y, height) * width + Objects.checkIndex(x, width)] & 0xff;
  }

  /** {@code [height, width]}, unsigned; the mask's own array, which must not be changed. */
  public byte[] indices() {
    return indices;
  }

  /**
   * The inverse of this mask: 1 where this has background, 0 where it has a class or {@link #VOID}.
   * Useful for inpainting around the objects.
   */
  public LabelMask background() {
    byte[] background = new byte[indices.length];
    for (int i = 0; i < indices.length; i++) {
      background[i] = (byte) (indices[i] == 0 ? 1 : 0);
    }
    return new LabelMask(width, height, background);
  }

  /** Whether the other is a mask of the same size with the same indices. */
  @Override
  public boolean equals(Object other) {
    return other instanceof LabelMask mask
        && mask.width == width
        && mask.height == height
        && Arrays.equals(mask.indices, indices);
  }

  /** A hash over the size and all indices; takes time in proportion to the pixels. */
  @Override
  public int hashCode() {
    return Objects.hash(width, height, Arrays.hashCode(indices));
  }

  /** The size, such as {@code LabelMask[64 x 64]}. */
  @Override
  public String toString() {
    return "LabelMask[" + width + " x " + height + "]";
  }
}
