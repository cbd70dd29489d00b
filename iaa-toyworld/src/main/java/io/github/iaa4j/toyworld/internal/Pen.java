package io.github.iaa4j.toyworld.internal;

import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects flat-coloured filled shapes, painted in order.
 *
 * <p>Only fills are used, and all trigonometry is {@link StrictMath}'s, because strokes and {@code
 * Math.sin} may differ in the last bit between machines.
 */
final class Pen {
  record Part(Shape shape, int rgb) {}

  private final List<Part> parts = new ArrayList<>();

  List<Part> parts() {
    return parts;
  }

  Pen fill(Shape shape, int rgb) {
    parts.add(new Part(shape, rgb));
    return this;
  }

  Pen ellipse(double cx, double cy, double rx, double ry, int rgb) {
    return fill(new Ellipse2D.Double(cx - rx, cy - ry, 2 * rx, 2 * ry), rgb);
  }

  Pen ellipse(double cx, double cy, double rx, double ry, double radians, int rgb) {
    AffineTransform t = rotation(radians);
    t.preConcatenate(AffineTransform.getTranslateInstance(cx, cy));
    return fill(t.createTransformedShape(new Ellipse2D.Double(-rx, -ry, 2 * rx, 2 * ry)), rgb);
  }

  Pen box(double x0, double y0, double x1, double y1, int rgb) {
    return fill(new Rectangle2D.Double(x0, y0, x1 - x0, y1 - y0), rgb);
  }

  Pen roundBox(double x0, double y0, double x1, double y1, double arc, int rgb) {
    return fill(new RoundRectangle2D.Double(x0, y0, x1 - x0, y1 - y0, arc, arc), rgb);
  }

  /** A straight-edged closed shape through x, y pairs. */
  Pen polygon(int rgb, double... xy) {
    Path2D.Double path = new Path2D.Double();
    path.moveTo(xy[0], xy[1]);
    for (int i = 2; i < xy.length; i += 2) {
      path.lineTo(xy[i], xy[i + 1]);
    }
    path.closePath();
    return fill(path, rgb);
  }

  /** A smooth closed shape through x, y pairs (Catmull-Rom). */
  Pen blob(int rgb, double... xy) {
    int n = xy.length / 2;
    Path2D.Double path = new Path2D.Double();
    path.moveTo(xy[0], xy[1]);
    for (int i = 0; i < n; i++) {
      int a = 2 * ((i + n - 1) % n);
      int b = 2 * i;
      int c = 2 * ((i + 1) % n);
      int d = 2 * ((i + 2) % n);
      path.curveTo(
          xy[b] + (xy[c] - xy[a]) / 6,
          xy[b + 1] + (xy[c + 1] - xy[a + 1]) / 6,
          xy[c] - (xy[d] - xy[b]) / 6,
          xy[c + 1] - (xy[d + 1] - xy[b + 1]) / 6,
          xy[c],
          xy[c + 1]);
    }
    path.closePath();
    return fill(path, rgb);
  }

  /** A straight limb with round ends and a half width from {@code w0} to {@code w1}. */
  Pen limb(double x0, double y0, double w0, double x1, double y1, double w1, int rgb) {
    double dx = x1 - x0;
    double dy = y1 - y0;
    double length = Math.max(1e-6, Math.sqrt(dx * dx + dy * dy));
    double nx = -dy / length;
    double ny = dx / length;
    polygon(
        rgb,
        x0 + nx * w0,
        y0 + ny * w0,
        x1 + nx * w1,
        y1 + ny * w1,
        x1 - nx * w1,
        y1 - ny * w1,
        x0 - nx * w0,
        y0 - ny * w0);
    ellipse(x0, y0, w0, w0, rgb);
    return ellipse(x1, y1, w1, w1, rgb);
  }

  /** A curved limb along a quadratic Bezier curve. */
  Pen tail(
      double x0,
      double y0,
      double w0,
      double xc,
      double yc,
      double x1,
      double y1,
      double w1,
      int rgb) {
    int pieces = 10;
    double px = x0;
    double py = y0;
    double pw = w0;
    for (int i = 1; i <= pieces; i++) {
      double t = i / (double) pieces;
      double x = (1 - t) * (1 - t) * x0 + 2 * t * (1 - t) * xc + t * t * x1;
      double y = (1 - t) * (1 - t) * y0 + 2 * t * (1 - t) * yc + t * t * y1;
      double w = w0 + (w1 - w0) * t;
      limb(px, py, pw, x, y, w, rgb);
      px = x;
      py = y;
      pw = w;
    }
    return this;
  }

  static AffineTransform rotation(double radians) {
    double c = StrictMath.cos(radians);
    double s = StrictMath.sin(radians);
    return new AffineTransform(c, s, -s, c, 0, 0);
  }
}
