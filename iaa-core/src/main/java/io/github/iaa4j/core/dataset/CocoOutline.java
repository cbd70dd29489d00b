package io.github.iaa4j.core.dataset;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The outline of one object: polygons, or runs of pixels. Rasterised to the very pixels that
 * pycocotools gives, because that is what the masks of published results were made with.
 */
final class CocoOutline {

  /** Polygons are traced on a grid this many times as fine as the pixels. */
  private static final int SCALE = 5;

  /** Fewer than three points, x and y each, enclose nothing. */
  static final int LEAST_NUMBERS = 6;

  /** A pixel's column is crossed between these two columns of its five fine ones. */
  private static final int LEFT_OF_CENTRE = 2;

  private final String field;
  private final double area;
  private final List<int[]> polygons;
  private final int height;
  private final int width;
  private final int @Nullable [] runs;

  private CocoOutline(
      String field,
      double area,
      List<int[]> polygons,
      int height,
      int width,
      int @Nullable [] runs) {
    this.field = field;
    this.area = area;
    this.polygons = polygons;
    this.height = height;
    this.width = width;
    this.runs = runs;
  }

  /**
   * @param polygons x and y in turn, {@link #upsampled}; the object is what any of them encloses
   */
  static CocoOutline ofPolygons(String field, List<int[]> polygons) {
    return new CocoOutline(field, Double.NaN, List.copyOf(polygons), 0, 0, null);
  }

  /**
   * @param runs lengths of background and object in turn, down the columns, left to right
   */
  static CocoOutline ofRuns(String field, int height, int width, int[] runs) {
    return new CocoOutline(field, Double.NaN, List.of(), height, width, runs);
  }

  CocoOutline withArea(double stated) {
    return new CocoOutline(field, stated, polygons, height, width, runs);
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

  /** Whether there is anything inside. An outline without that is none. */
  boolean encloses() {
    return runs != null
        ? encloses(runs)
        : polygons.stream().anyMatch(polygon -> polygon.length >= LEAST_NUMBERS);
  }

  /** Whether runs of background and object in turn have a pixel of the object. */
  static boolean encloses(int[] runs) {
    for (int i = 1; i < runs.length; i += 2) {
      if (runs[i] != 0) {
        return true;
      }
    }
    return false;
  }

  /** A coordinate on the fine grid. */
  static int upsampled(double coordinate) {
    return (int) (SCALE * coordinate + 0.5);
  }

  /**
   * Decodes pycocotools' string of runs: 5 bits a character, lowest first, the sixth bit saying
   * that more follow; from the fourth run on, the difference to the run two before.
   *
   * @return null if the text is no such string
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

  /**
   * Writes an index over the object's pixels.
   *
   * @return what is wrong with the outline in an image of the mask's size, or null
   */
  @Nullable String paint(LabelMask mask, int index) {
    if (runs != null) {
      return paintRuns(runs, mask, (byte) index);
    }
    boolean[] crossings = new boolean[mask.indices().length];
    int reach = 2 * SCALE * Math.max(mask.width(), mask.height());
    for (int[] polygon : polygons) {
      for (int value : polygon) {
        if (value < -reach || value > reach) {
          return "a polygon reaches far outside its image of "
              + mask.width()
              + " x "
              + mask.height();
        }
      }
      if (polygon.length >= LEAST_NUMBERS) {
        trace(polygon, crossings, mask.width(), mask.height());
        fill(crossings, mask, (byte) index);
      }
    }
    return null;
  }

  private @Nullable String paintRuns(int[] lengths, LabelMask mask, byte index) {
    if (height != mask.height() || width != mask.width()) {
      return "its size is ["
          + height
          + ", "
          + width
          + "], but the image's is ["
          + mask.height()
          + ", "
          + mask.width()
          + "]";
    }
    long sum = 0;
    for (int length : lengths) {
      if (length < 0) {
        return "its counts have the negative number " + length;
      }
      sum += length;
    }
    byte[] indices = mask.indices();
    // No run at all is how some tools write an object without an outline.
    if (lengths.length > 0 && sum != indices.length) {
      return "its counts add up to " + sum + " pixels, but there are " + indices.length;
    }
    int at = 0;
    for (int i = 0; i < lengths.length; i++) {
      for (int end = at + lengths[i]; at < end; at++) {
        if (i % 2 == 1) {
          indices[at % height * width + at / height] = index;
        }
      }
    }
    return null;
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
    int row = Math.max(0, -Math.floorDiv(LEFT_OF_CENTRE - v, SCALE));
    if (column >= 0 && column < width && row < height) {
      crossings[row * width + column] ^= true;
    }
  }

  private static void fill(boolean[] crossings, LabelMask mask, byte index) {
    boolean[] inside = new boolean[mask.width()];
    for (int y = 0, at = 0; y < mask.height(); y++) {
      for (int x = 0; x < inside.length; x++, at++) {
        inside[x] ^= crossings[at];
        crossings[at] = false;
        if (inside[x]) {
          mask.indices()[at] = index;
        }
      }
    }
  }
}
