package io.github.iaa4j.core.dataset;

import java.awt.Dimension;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The outline of one object: polygons, or runs of pixels. Rasterised to the very pixels that
 * pycocotools gives, because that is what the masks of published results were made with.
 */
final class CocoOutline {

  /** Polygons are traced on a grid this many times as fine as the pixels. */
  private static final int SCALE = 5;

  /** Fewer than three points, x and y each, enclose nothing. */
  static final int MIN_NUMBERS = 6;

  /** A pixel's column is crossed between these two columns of its five fine ones. */
  private static final int LEFT_OF_CENTRE = 2;

  private final String field;
  private final double area;
  private final List<int[]> polygons;
  private final int height;
  private final int width;
  private final int @Nullable [] runs;
  private final @Nullable String malformation;

  private CocoOutline(
      String field,
      double area,
      List<int[]> polygons,
      int height,
      int width,
      int @Nullable [] runs,
      @Nullable String malformation) {
    this.field = field;
    this.area = area;
    this.polygons = polygons;
    this.height = height;
    this.width = width;
    this.runs = runs;
    this.malformation = malformation;
  }

  /** A malformed outline; {@link #problem()} says why. */
  static CocoOutline malformed(String field, String problem) {
    return new CocoOutline(field, Double.NaN, List.of(), 0, 0, null, problem);
  }

  /**
   * @param polygons x and y in turn, {@link #upsampled}; the object is what any of them encloses
   */
  static CocoOutline ofPolygons(String field, List<int[]> polygons) {
    return new CocoOutline(field, Double.NaN, List.copyOf(polygons), 0, 0, null, null);
  }

  /**
   * @param runs lengths of background and object in turn, down the columns, left to right
   */
  static CocoOutline ofRuns(String field, int height, int width, int[] runs) {
    return new CocoOutline(field, Double.NaN, List.of(), height, width, runs, null);
  }

  CocoOutline withArea(double stated) {
    return new CocoOutline(field, stated, polygons, height, width, runs, malformation);
  }

  /** The field of the file that it was read from, for messages. */
  String field() {
    return field;
  }

  /** The area that the annotation states, in pixels, or else the one that the outline has. */
  double area() {
    if (!Double.isNaN(area)) {
      return area;
    }
    double measured = 0;
    for (int[] polygon : polygons) {
      double twice = 0;
      for (int i = 0; i < polygon.length; i += 2) {
        int next = (i + 2) % polygon.length;
        twice += (double) polygon[i] * polygon[next + 1] - (double) polygon[next] * polygon[i + 1];
      }
      measured += Math.abs(twice) / (2 * SCALE * SCALE);
    }
    for (int i = 1; runs != null && i < runs.length; i += 2) {
      measured += runs[i];
    }
    return measured;
  }

  /**
   * Whether there is anything inside, as far as the outline itself can tell; {@link #rasterize}
   * knows. An outline without that is none: it has fewer than three points, points on one line,
   * less than a pixel, coordinates that are fractions of the image's size, or no run of the object.
   */
  boolean encloses() {
    if (runs == null) {
      return polygons.stream().anyMatch(polygon -> encloses(polygon, polygon.length));
    }
    for (int i = 1; i < runs.length; i += 2) {
      if (runs[i] != 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a polygon may have the centre of a pixel inside.
   *
   * @param polygon its first {@code length} numbers are x and y in turn, {@link #upsampled}
   */
  static boolean encloses(int[] polygon, int length) {
    if (length < MIN_NUMBERS) {
      return false;
    }
    int left = Integer.MAX_VALUE;
    int right = Integer.MIN_VALUE;
    int top = Integer.MAX_VALUE;
    int bottom = Integer.MIN_VALUE;
    boolean onOneLine = true;
    long edgeX = 0;
    long edgeY = 0;
    for (int i = 0; i + 1 < length; i += 2) {
      left = Math.min(left, polygon[i]);
      right = Math.max(right, polygon[i]);
      top = Math.min(top, polygon[i + 1]);
      bottom = Math.max(bottom, polygon[i + 1]);
      long x = (long) polygon[i] - polygon[0];
      long y = (long) polygon[i + 1] - polygon[1];
      if (edgeX == 0 && edgeY == 0) {
        edgeX = x;
        edgeY = y;
      }
      onOneLine &= edgeX * y == edgeY * x;
    }
    boolean fractions = left >= 0 && top >= 0 && right <= SCALE && bottom <= SCALE;
    boolean crossesAColumn =
        Math.floorDiv(left - LEFT_OF_CENTRE - 1, SCALE)
            != Math.floorDiv(right - LEFT_OF_CENTRE - 1, SCALE);
    return !onOneLine && !fractions && crossesAColumn && row(top) != row(bottom);
  }

  /**
   * Whether the only polygon is a rectangle along the axes: four corners, the first perhaps once
   * more at the end.
   */
  boolean isBox() {
    if (polygons.size() != 1) {
      return false;
    }
    int[] points = polygons.get(0);
    if (points.length != 8 && points.length != 10) {
      return false;
    }
    if (points.length == 10 && (points[8] != points[0] || points[9] != points[1])) {
      return false;
    }
    for (int i = 0; i < 4; i++) {
      int next = (i + 1) % 4;
      boolean sameX = points[2 * i] == points[2 * next];
      boolean sameY = points[2 * i + 1] == points[2 * next + 1];
      if (sameX == sameY) {
        return false;
      }
    }
    return true;
  }

  /** A coordinate on the fine grid. */
  static int upsampled(double coordinate) {
    return (int) (SCALE * coordinate + 0.5);
  }

  /**
   * Decodes pycocotools' string of runs: 5 bits a character, lowest first, the sixth bit saying
   * that more follow; from the fourth run on, the difference to the run two before.
   *
   * @return null if the text is malformed
   */
  static int @Nullable [] decompress(String text) {
    int[] runs = new int[text.length()];
    int count = 0;
    int at = 0;
    while (at < text.length()) {
      long value = 0;
      int shift = 0;
      int bits;
      do {
        if (at == text.length() || shift > 30) {
          return null;
        }
        bits = text.charAt(at++) - '0';
        if (bits < 0 || bits > 63) {
          return null;
        }
        value |= (long) (bits & 0x1f) << shift;
        shift += 5;
      } while ((bits & 0x20) != 0);
      if ((bits & 0x10) != 0) {
        value |= -1L << shift;
      }
      if (count > 2) {
        value += runs[count - 2];
      }
      if (value < 0 || value > Integer.MAX_VALUE) {
        return null;
      }
      runs[count++] = (int) value;
    }
    return Arrays.copyOf(runs, count);
  }

  /** What is wrong with it for an image of any size, or null. */
  @Nullable String problem() {
    if (malformation != null || runs == null) {
      return malformation;
    }
    long sum = 0;
    for (int length : runs) {
      if (length < 0) {
        return "its counts have the negative number " + length;
      }
      sum += length;
    }
    // No run at all is how some tools write an object without an outline.
    return runs.length == 0 || sum == (long) height * width
        ? null
        : "its counts add up to " + sum + " pixels, but there are " + (long) height * width;
  }

  /** The size of the image that runs are for; polygons fit any. */
  Optional<Dimension> statedSize() {
    return runs == null ? Optional.empty() : Optional.of(new Dimension(width, height));
  }

  /** That the runs of an outline are for another size of image, for a message. */
  static String otherSize(Dimension stated, Dimension image) {
    return "its size is ["
        + stated.height
        + ", "
        + stated.width
        + "], but the image's is ["
        + image.height
        + ", "
        + image.width
        + "]; write the height first, or take the image that was annotated";
  }

  /** What is wrong with it for an image of a size, or null. */
  @Nullable String problem(int imageWidth, int imageHeight) {
    if (runs != null && (height != imageHeight || width != imageWidth)) {
      return otherSize(new Dimension(width, height), new Dimension(imageWidth, imageHeight));
    }
    int reach = 2 * SCALE * Math.max(imageWidth, imageHeight);
    for (int[] polygon : polygons) {
      for (int value : polygon) {
        if (value < -reach || value > reach) {
          return "a polygon reaches far outside its image of "
              + imageWidth
              + " x "
              + imageHeight
              + "; fix it";
        }
      }
    }
    return problem();
  }

  /**
   * Writes an index over the object's pixels.
   *
   * @param mask of a size in which the outline has no {@link #problem(int, int)}
   * @return whether the object has a pixel
   */
  boolean rasterize(LabelMask mask, int index) {
    if (runs != null) {
      return rasterizeRuns(runs, mask, (byte) index);
    }
    boolean[] crossings = new boolean[mask.indices().length];
    boolean anyPixel = false;
    for (int[] polygon : polygons) {
      anyPixel |= encloses(polygon, polygon.length) && rasterize(polygon, crossings, mask, index);
    }
    return anyPixel;
  }

  /**
   * Writes an index over the pixels of a polygon.
   *
   * @param crossings as many as the mask has pixels, all false before and after
   * @return whether the polygon has a pixel
   */
  static boolean rasterize(int[] polygon, boolean[] crossings, LabelMask mask, int index) {
    trace(polygon, crossings, mask.width(), mask.height());
    return fill(crossings, mask, (byte) index);
  }

  private boolean rasterizeRuns(int[] lengths, LabelMask mask, byte index) {
    byte[] indices = mask.indices();
    boolean anyPixel = false;
    int at = 0;
    for (int i = 0; i < lengths.length; i++) {
      for (int end = at + lengths[i]; at < end; at++) {
        if (i % 2 == 1) {
          indices[at % height * width + at / height] = index;
          anyPixel = true;
        }
      }
    }
    return anyPixel;
  }

  /** Marks, in each column of pixels, the rows from which inside and outside change places. */
  private static void trace(int[] polygon, boolean[] crossings, int width, int height) {
    for (int i = 0; i < polygon.length; i += 2) {
      int x0 = polygon[i];
      int y0 = polygon[i + 1];
      int x1 = polygon[(i + 2) % polygon.length];
      int y1 = polygon[(i + 3) % polygon.length];
      boolean flat = Math.abs(x1 - x0) >= Math.abs(y1 - y0);
      // An edge is walked toward larger coordinates, so that both its neighbours round it alike.
      if (flat ? x0 > x1 : y0 > y1) {
        int x = x0;
        x0 = x1;
        x1 = x;
        int y = y0;
        y0 = y1;
        y1 = y;
      }
      int steps = flat ? x1 - x0 : y1 - y0;
      double slope = flat ? (double) (y1 - y0) / steps : (double) (x1 - x0) / steps;
      int u = x0;
      int v = y0;
      for (int t = 1; t <= steps; t++) {
        int nextU = flat ? x0 + t : (int) (x0 + slope * t + 0.5);
        int nextV = flat ? (int) (y0 + slope * t + 0.5) : y0 + t;
        if (nextU != u) {
          cross(Math.min(u, nextU), Math.min(v, nextV), crossings, width, height);
        }
        u = nextU;
        v = nextV;
      }
    }
  }

  private static void cross(int u, int v, boolean[] crossings, int width, int height) {
    if (Math.floorMod(u, SCALE) != LEFT_OF_CENTRE) {
      return;
    }
    int column = Math.floorDiv(u, SCALE);
    int row = Math.max(0, row(v));
    if (column >= 0 && column < width && row < height) {
      crossings[row * width + column] ^= true;
    }
  }

  /** The first row of pixels whose centre is not above a row of the fine grid. */
  private static int row(int v) {
    return -Math.floorDiv(LEFT_OF_CENTRE - v, SCALE);
  }

  private static boolean fill(boolean[] crossings, LabelMask mask, byte index) {
    boolean anyPixel = false;
    boolean[] inside = new boolean[mask.width()];
    for (int y = 0, at = 0; y < mask.height(); y++) {
      for (int x = 0; x < inside.length; x++, at++) {
        inside[x] ^= crossings[at];
        crossings[at] = false;
        if (inside[x]) {
          mask.indices()[at] = index;
          anyPixel = true;
        }
      }
    }
    return anyPixel;
  }
}
