package io.github.iaa4j.toyworld.internal;

import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.PathIterator;
import java.util.Arrays;

/**
 * A square of pixels that shapes are filled into: a pixel is filled if its centre is inside.
 *
 * <p>Java2D's own fills are not used because their edges may change with the Java release, and the
 * same seed must give the same pixels on all of them. This class uses only additions,
 * multiplications, divisions and comparisons of doubles, which Java defines to the last bit.
 */
final class Raster {
  /** The colour of a pixel that no shape has touched. */
  static final int NONE = -1;

  private static final double FLATNESS = 0.05;

  private final int size;
  private final int[] pixels;

  private double[] edges = new double[4 * 256];
  private int edgeCount;
  private double[] crossings = new double[64];
  private int[] directions = new int[64];

  Raster(int size) {
    this.size = size;
    this.pixels = new int[size * size];
  }

  /** Row by row, 0xRRGGBB or {@link #NONE}; the raster's own array. */
  int[] pixels() {
    return pixels;
  }

  void clear() {
    Arrays.fill(pixels, NONE);
  }

  /** Fills a shape by the non-zero rule. The transform maps its units to pixels. */
  void fill(Shape shape, AffineTransform transform, int rgb) {
    flatten(shape, transform);
    double top = size;
    double bottom = 0;
    for (int e = 0; e < edgeCount; e++) {
      top = Math.min(top, Math.min(edges[4 * e + 1], edges[4 * e + 3]));
      bottom = Math.max(bottom, Math.max(edges[4 * e + 1], edges[4 * e + 3]));
    }
    int last = Math.min(size - 1, (int) bottom);
    for (int y = (int) Math.max(0, top); y <= last; y++) {
      fillRow(y, rgb);
    }
  }

  private void fillRow(int y, int rgb) {
    double centre = y + 0.5;
    int n = 0;
    for (int e = 0; e < edgeCount; e++) {
      double x0 = edges[4 * e];
      double y0 = edges[4 * e + 1];
      double x1 = edges[4 * e + 2];
      double y1 = edges[4 * e + 3];
      boolean down = y0 <= centre && centre < y1;
      boolean up = y1 <= centre && centre < y0;
      if (down || up) {
        n = insert(n, x0 + (centre - y0) * (x1 - x0) / (y1 - y0), down ? 1 : -1);
      }
    }
    int winding = 0;
    for (int i = 0; i + 1 < n; i++) {
      winding += directions[i];
      if (winding != 0) {
        int from = (int) Math.max(0, Math.ceil(crossings[i] - 0.5));
        int to = (int) Math.min(size, Math.ceil(crossings[i + 1] - 0.5));
        if (from < to) {
          Arrays.fill(pixels, y * size + from, y * size + to, rgb);
        }
      }
    }
  }

  private int insert(int n, double x, int direction) {
    if (n == crossings.length) {
      crossings = Arrays.copyOf(crossings, 2 * n);
      directions = Arrays.copyOf(directions, 2 * n);
    }
    int at = n;
    while (at > 0 && crossings[at - 1] > x) {
      crossings[at] = crossings[at - 1];
      directions[at] = directions[at - 1];
      at--;
    }
    crossings[at] = x;
    directions[at] = direction;
    return n + 1;
  }

  private void flatten(Shape shape, AffineTransform transform) {
    edgeCount = 0;
    double[] c = new double[6];
    double startX = 0;
    double startY = 0;
    double x = 0;
    double y = 0;
    for (PathIterator i = shape.getPathIterator(transform, FLATNESS); !i.isDone(); i.next()) {
      switch (i.currentSegment(c)) {
        case PathIterator.SEG_MOVETO -> {
          edge(x, y, startX, startY);
          startX = c[0];
          startY = c[1];
          x = c[0];
          y = c[1];
        }
        case PathIterator.SEG_LINETO -> {
          edge(x, y, c[0], c[1]);
          x = c[0];
          y = c[1];
        }
        default -> {
          edge(x, y, startX, startY);
          x = startX;
          y = startY;
        }
      }
    }
    edge(x, y, startX, startY);
  }

  private void edge(double x0, double y0, double x1, double y1) {
    if (y0 == y1) {
      return;
    }
    if (4 * edgeCount == edges.length) {
      edges = Arrays.copyOf(edges, 2 * edges.length);
    }
    edges[4 * edgeCount] = x0;
    edges[4 * edgeCount + 1] = y0;
    edges[4 * edgeCount + 2] = x1;
    edges[4 * edgeCount + 3] = y1;
    edgeCount++;
  }
}
