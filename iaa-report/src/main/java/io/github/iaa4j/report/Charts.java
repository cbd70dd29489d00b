package io.github.iaa4j.report;

import io.github.iaa4j.core.run.Comparison.Point;
import java.util.List;
import java.util.Locale;

/**
 * Charts as inline SVG. A server's Java has no fonts to draw text with; the browser has. Colours
 * come from the page's style sheet.
 */
final class Charts {

  private static final int WIDTH = 640;
  private static final int HEIGHT = 220;
  private static final int LEFT = 44;
  private static final int BOTTOM = 26;
  private static final int TOP = 10;
  private static final int ROW = 30;
  private static final int NAME_WIDTH = 104;
  private static final int GRID_LINES = 4;

  private Charts() {}

  /** Two loss curves over the optimiser steps. */
  static String losses(List<Point> before, List<Point> after) {
    int steps = Math.max(last(before), last(after));
    double highest = Math.max(highest(before), highest(after));
    if (steps == 0 || highest == 0) {
      return "";
    }
    StringBuilder svg = open(HEIGHT, "Loss over optimiser steps, before and after");
    for (int i = 0; i <= GRID_LINES; i++) {
      double y = y((double) i / GRID_LINES);
      svg.append(format("<line class=grid x1=%d x2=%d y1=%.1f y2=%.1f />", LEFT, WIDTH, y, y));
      svg.append(
          format(
              "<text x=%d y=%.1f text-anchor=end>%s</text>",
              LEFT - 6, y + 4, number(highest * i / GRID_LINES)));
    }
    for (int i = 0; i <= GRID_LINES; i++) {
      svg.append(
          format(
              "<text x=%.1f y=%d text-anchor=%s>%d</text>",
              LEFT + (WIDTH - LEFT) * (double) i / GRID_LINES,
              HEIGHT - 6,
              i == 0 ? "start" : i == GRID_LINES ? "end" : "middle",
              steps * i / GRID_LINES));
    }
    svg.append(curve(before, steps, highest, "before"));
    svg.append(curve(after, steps, highest, "after"));
    return svg.append("</svg>").toString();
  }

  private static String curve(List<Point> points, int steps, double highest, String style) {
    StringBuilder path = new StringBuilder();
    for (Point point : points) {
      double x = LEFT + (WIDTH - LEFT) * (double) point.step() / steps;
      path.append(format("%s%.1f %.1f", path.isEmpty() ? "M" : "L", x, y(point.loss() / highest)));
    }
    return "<path class=\"curve " + style + "\" d=\"" + path + "\" />";
  }

  /** A pair of bars a class, in percent. */
  static String pairs(List<String> names, List<Double> before, List<Double> after) {
    StringBuilder svg = open(names.size() * ROW, "IoU of each class, before and after");
    double scale = (WIDTH - NAME_WIDTH - 50) / 100.0;
    for (int k = 0; k < names.size(); k++) {
      int y = k * ROW;
      svg.append(
          format(
              "<text x=%d y=%d text-anchor=end>%s</text>",
              NAME_WIDTH - 8, y + 19, Html.text(names.get(k))));
      svg.append(bar(before.get(k) * 100, scale, y + 4, "before"));
      svg.append(bar(after.get(k) * 100, scale, y + 15, "after"));
    }
    return svg.append("</svg>").toString();
  }

  private static String bar(double percent, double scale, int y, String style) {
    if (Double.isNaN(percent)) {
      return "";
    }
    return format(
        "<rect class=%s x=%d y=%d width=%.1f height=10 rx=2 />"
            + "<text class=value x=%.1f y=%d>%.1f</text>",
        style,
        NAME_WIDTH,
        y,
        Math.max(1, percent * scale),
        NAME_WIDTH + percent * scale + 5,
        y + 9,
        percent);
  }

  private static StringBuilder open(int height, String label) {
    return new StringBuilder(
        format(
            "<svg viewBox=\"0 0 %d %d\" role=img aria-label=\"%s\">",
            WIDTH, height, Html.text(label)));
  }

  private static double y(double share) {
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share;
  }

  private static int last(List<Point> points) {
    return points.isEmpty() ? 0 : points.get(points.size() - 1).step();
  }

  private static double highest(List<Point> points) {
    return points.stream().mapToDouble(Point::loss).filter(Double::isFinite).max().orElse(0);
  }

  private static String number(double value) {
    return format(value < 1 ? "%.2f" : "%.1f", value);
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
