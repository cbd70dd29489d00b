package io.github.iaa4j.toyworld.internal;

import java.awt.Shape;
import java.awt.geom.Path2D;
import java.util.List;

/** Draws the settings: vertical gradients and a few large shapes, no texture. */
final class Backdrop {
  /** The settings; their indices are what {@link #draw} takes. */
  static final List<String> NAMES =
      List.of(
          "grass", "sea", "street", "night", "snow", "desert", "forest", "sky", "beach", "farm",
          "room");

  static final int NIGHT = 3;
  static final int SKY = 7;
  static final int ROOM = 10;

  /** A horizon so low that nothing fits below it. */
  static final double NO_GROUND = 0.9;

  /**
   * A drawn setting.
   *
   * @param gradient the background
   * @param pen the shapes on it, in the unit square, y downwards
   * @param horizon objects stand below this y
   * @param light a factor for the colours of objects
   */
  record Drawn(Gradient gradient, Pen pen, double horizon, double light) {}

  /**
   * Two vertical gradients: from the first colour to the second above a line, from the third to the
   * fourth below it.
   */
  record Gradient(double line, int top, int aboveLine, int belowLine, int bottom) {
    /** The colour at a y of the unit square. */
    int at(double y) {
      return y < line
          ? Paint.mix(top, aboveLine, y / line)
          : Paint.mix(belowLine, bottom, (y - line) / (1 - line));
    }
  }

  private final ToyRandom r;
  private final Pen pen = new Pen();
  private final int day;
  private final int haze;
  private double horizon;
  private double light = 1;

  private Backdrop(ToyRandom r) {
    this.r = r;
    horizon = r.in(0.32, 0.52);
    day = Paint.jitter(r, 0x8CC4F0, 8);
    haze = Paint.jitter(r, 0xDCEBF5, 6);
  }

  /**
   * Draws a setting.
   *
   * @param setting an index into {@link #NAMES}
   */
  static Drawn draw(int setting, ToyRandom r) {
    Backdrop backdrop = new Backdrop(r);
    Gradient gradient = backdrop.gradient(setting);
    return new Drawn(gradient, backdrop.pen, backdrop.horizon, backdrop.light);
  }

  /** Draws the shapes of a setting and returns the gradient behind them. */
  private Gradient gradient(int setting) {
    return switch (setting) {
      case 0 -> grass();
      case 1 -> sea();
      case 2 -> street();
      case NIGHT -> night();
      case 4 -> snow();
      case 5 -> desert();
      case 6 -> forest();
      case SKY -> sky();
      case 8 -> beach();
      case 9 -> farm();
      case ROOM -> room();
      default -> throw new IllegalArgumentException("setting " + setting);
    };
  }

  private Gradient grass() {
    Gradient gradient =
        new Gradient(
            horizon, day, haze, Paint.jitter(r, 0x8CCB5A, 8), Paint.jitter(r, 0x4E9A38, 8));
    int hill = Paint.jitter(r, 0x6FB152, 8);
    pen.ellipse(r.in(0, 0.45), horizon + 0.1, r.in(0.35, 0.55), r.in(0.14, 0.24), hill);
    pen.ellipse(
        r.in(0.55, 1), horizon + 0.1, r.in(0.35, 0.55), r.in(0.13, 0.22), Paint.scale(hill, 1.08));
    pen.fill(ground(horizon + 0.08, r.in(-0.03, 0.03)), Paint.jitter(r, 0x79BE4C, 7));
    pen.fill(ground(r.in(0.7, 0.85), r.in(-0.08, 0.08)), Paint.jitter(r, 0x58A53C, 7));
    return gradient;
  }

  private Gradient sea() {
    int water = Paint.jitter(r, 0x2E7FB8, 10);
    Gradient gradient =
        new Gradient(
            horizon, day, haze, Paint.mix(water, 0xFFFFFF, 0.15), Paint.scale(water, 0.72));
    if (r.chance(0.5)) {
      pen.ellipse(r.in(0.15, 0.85), r.in(0.08, 0.2), 0.08, 0.08, 0xFFF0B0);
    }
    for (int i = 0; i < 7; i++) {
      double y = horizon + 0.06 + i * (1 - horizon) / 7 + r.in(-0.02, 0.02);
      double w = 0.08 + 0.1 * (y - horizon);
      pen.ellipse(r.in(0, 0.5), y, w * 1.6, 0.012, Paint.mix(water, 0xFFFFFF, 0.42));
      pen.ellipse(r.in(0.5, 1), y + 0.03, w * 1.6, 0.012, Paint.mix(water, 0xFFFFFF, 0.42));
    }
    return gradient;
  }

  private Gradient street() {
    horizon = r.in(0.5, 0.6);
    Gradient gradient =
        new Gradient(
            horizon, day, haze, Paint.jitter(r, 0x6A6A70, 7), Paint.jitter(r, 0x55555C, 6));
    int[] walls = {0xB08A72, 0xC9B79C, 0x9AA0AA, 0xA9705E, 0xD0C8BC};
    double x = r.in(-0.15, 0);
    while (x < 1) {
      double w = r.in(0.2, 0.34);
      double top = r.in(0.04, 0.26);
      int wall = Paint.jitter(r, walls[r.below(walls.length)], 6);
      pen.box(x, top, x + w, horizon, wall);
      int pane = Paint.scale(wall, 0.62);
      for (double wy = top + 0.06; wy < horizon - 0.12; wy += 0.15) {
        pen.box(x + w * 0.16, wy, x + w * 0.4, wy + 0.08, pane);
        pen.box(x + w * 0.6, wy, x + w * 0.84, wy + 0.08, pane);
      }
      x += w;
    }
    pen.box(0, horizon - 0.02, 1, horizon + 0.07, Paint.jitter(r, 0xB9B6B0, 6));
    double dash = r.in(0.72, 0.82);
    double at = r.in(-0.2, 0);
    while (at < 1) {
      pen.box(at, dash, at + 0.17, dash + 0.035, 0xECE6CC);
      at += 0.32;
    }
    horizon += 0.04;
    return gradient;
  }

  private Gradient night() {
    light = 0.82;
    int dark = Paint.jitter(r, 0x141C40, 5);
    Gradient gradient =
        new Gradient(
            horizon + 0.1,
            dark,
            Paint.mix(dark, 0x4A5690, 0.55),
            Paint.jitter(r, 0x2A3350, 5),
            Paint.jitter(r, 0x1C2238, 4));
    double mx = r.in(0.12, 0.88);
    double my = r.in(0.1, 0.2);
    pen.ellipse(mx, my, 0.085, 0.085, 0xF6F0CC);
    if (r.chance(0.5)) {
      pen.ellipse(mx + 0.04, my - 0.02, 0.07, 0.07, Paint.mix(dark, 0x4A5690, 0.12));
    }
    for (int i = 0; i < 9; i++) {
      pen.ellipse(r.unit(), r.in(0, horizon), 0.009, 0.009, 0xE8ECFF);
    }
    pen.ellipse(r.in(0, 0.4), horizon + 0.14, 0.5, 0.14, Paint.mix(dark, 0x000000, 0.35));
    pen.ellipse(r.in(0.6, 1), horizon + 0.14, 0.5, 0.1, Paint.mix(dark, 0x000000, 0.25));
    pen.fill(ground(horizon + 0.12, r.in(-0.02, 0.02)), Paint.jitter(r, 0x263050, 4));
    return gradient;
  }

  private Gradient snow() {
    Gradient gradient =
        new Gradient(
            horizon,
            Paint.jitter(r, 0xB4CDE4, 6),
            0xE6EEF6,
            0xF4F8FC,
            Paint.jitter(r, 0xD2DEEC, 5));
    for (int i = 0, n = 2 + r.below(3); i < n; i++) {
      double x = r.unit();
      double s = r.in(0.75, 1.2);
      double y = horizon + 0.06;
      pen.box(x - 0.015, y - 0.04, x + 0.015, y + 0.03, 0x5A4030);
      for (int k = 0; k < 3; k++) {
        double ty = y - 0.03 - k * 0.09 * s;
        double w = (0.12 - k * 0.03) * s;
        pen.polygon(0x3E6B55, x - w, ty, x + w, ty, x, ty - 0.15 * s);
        pen.polygon(
            0xF6FAFE, x - w * 0.5, ty - 0.075 * s, x + w * 0.5, ty - 0.075 * s, x, ty - 0.15 * s);
      }
    }
    pen.fill(ground(horizon + 0.06, r.in(-0.04, 0.04)), 0xEFF4FA);
    pen.fill(ground(r.in(0.68, 0.85), r.in(-0.1, 0.1)), Paint.jitter(r, 0xDDE7F2, 4));
    return gradient;
  }

  private Gradient desert() {
    Gradient gradient =
        new Gradient(
            horizon,
            Paint.jitter(r, 0xF3C98A, 8),
            Paint.jitter(r, 0xFBE6B8, 6),
            Paint.jitter(r, 0xE6BE78, 6),
            Paint.jitter(r, 0xC8924C, 8));
    pen.ellipse(r.in(0.1, 0.9), r.in(0.1, 0.22), 0.08, 0.08, 0xFFF6D8);
    pen.ellipse(r.in(0, 0.4), horizon + 0.1, 0.42, 0.14, Paint.jitter(r, 0xDDAE68, 6));
    pen.ellipse(r.in(0.6, 1), horizon + 0.12, 0.46, 0.2, Paint.jitter(r, 0xD4A25C, 6));
    double x = r.chance(0.5) ? r.in(0.04, 0.25) : r.in(0.75, 0.96);
    pen.fill(ground(horizon + 0.1, r.in(-0.05, 0.05)), Paint.jitter(r, 0xDDB06C, 6));
    if (r.chance(0.75)) {
      int cactus = Paint.jitter(r, 0x4F7F46, 6);
      pen.limb(x, horizon + 0.14, 0.028, x, horizon - 0.14, 0.028, cactus);
      pen.limb(x, horizon + 0.03, 0.02, x - 0.08, horizon + 0.02, 0.02, cactus);
      pen.limb(x - 0.08, horizon + 0.02, 0.02, x - 0.08, horizon - 0.06, 0.02, cactus);
      pen.limb(x, horizon - 0.01, 0.02, x + 0.08, horizon - 0.02, 0.02, cactus);
      pen.limb(x + 0.08, horizon - 0.02, 0.02, x + 0.08, horizon - 0.1, 0.02, cactus);
    }
    pen.fill(ground(r.in(0.72, 0.88), r.in(-0.1, 0.1)), Paint.jitter(r, 0xCD9A54, 6));
    return gradient;
  }

  private Gradient forest() {
    horizon = r.in(0.55, 0.66);
    int leaf = Paint.jitter(r, 0x2F5F38, 8);
    Gradient gradient =
        new Gradient(
            horizon,
            Paint.scale(leaf, 0.85),
            Paint.mix(leaf, 0x9CC08A, 0.45),
            Paint.jitter(r, 0x5E7A3C, 7),
            Paint.jitter(r, 0x4A4A2A, 7));
    int trunk = Paint.jitter(r, 0x5B3B24, 7);
    double x = r.in(-0.02, 0.1);
    while (x < 1) {
      double w = r.in(0.03, 0.06);
      pen.polygon(
          trunk,
          x,
          0,
          x + w,
          0,
          x + w * 1.25,
          horizon + r.in(0.0, 0.1),
          x - w * 0.25,
          horizon + 0.05);
      x += r.in(0.17, 0.3);
    }
    for (int i = 0; i < 6; i++) {
      pen.ellipse(
          i * 0.2 + r.in(-0.05, 0.05),
          r.in(-0.02, 0.06),
          0.16,
          r.in(0.1, 0.16),
          Paint.scale(leaf, r.in(0.85, 1.2)));
    }
    return gradient;
  }

  private Gradient sky() {
    horizon = NO_GROUND;
    int top = Paint.jitter(r, 0x4F9BE2, 12);
    Gradient gradient = new Gradient(1.0, top, Paint.mix(top, 0xFFFFFF, 0.6), top, top);
    for (int i = 0, n = 2 + r.below(3); i < n; i++) {
      double x = r.unit();
      double y = r.in(0.1, 0.95);
      double s = r.in(0.7, 1.3);
      int cloud = Paint.jitter(r, 0xF4F8FC, 3);
      pen.ellipse(x, y, 0.17 * s, 0.045 * s, cloud);
      pen.ellipse(x - 0.06 * s, y - 0.025 * s, 0.08 * s, 0.055 * s, cloud);
      pen.ellipse(x + 0.05 * s, y - 0.035 * s, 0.09 * s, 0.065 * s, cloud);
    }
    return gradient;
  }

  private Gradient beach() {
    double shore = horizon + r.in(0.12, 0.2);
    int water = Paint.jitter(r, 0x3FA3C8, 9);
    Gradient gradient = new Gradient(horizon, day, haze, water, Paint.mix(water, 0xFFFFFF, 0.2));
    pen.fill(ground(shore - 0.02, r.in(-0.05, 0.05)), 0xF2F7F5);
    pen.fill(ground(shore + 0.015, r.in(-0.05, 0.05)), Paint.jitter(r, 0xF0DCA8, 5));
    pen.fill(ground(r.in(0.78, 0.9), r.in(-0.06, 0.06)), Paint.jitter(r, 0xE4CB90, 5));
    if (r.chance(0.6)) {
      double x = r.chance(0.5) ? r.in(0.03, 0.2) : r.in(0.8, 0.97);
      double top = horizon - r.in(0.18, 0.26);
      pen.tail(x, shore + 0.08, 0.025, x + 0.05, (top + shore) / 2, x, top, 0.018, 0x8A6238);
      for (int k = -2; k <= 2; k++) {
        pen.ellipse(x + k * 0.055, top + Math.abs(k) * 0.025, 0.085, 0.022, k * 0.35, 0x3C8A48);
      }
    }
    horizon = shore;
    return gradient;
  }

  private Gradient farm() {
    Gradient gradient =
        new Gradient(
            horizon, day, haze, Paint.jitter(r, 0xC2C862, 7), Paint.jitter(r, 0x8FA040, 7));
    double x = r.chance(0.5) ? r.in(0.02, 0.18) : r.in(0.5, 0.66);
    double w = r.in(0.3, 0.4);
    double top = horizon - r.in(0.16, 0.22);
    int barn = Paint.jitter(r, 0xA83A32, 7);
    pen.box(x, top, x + w, horizon + 0.05, barn);
    pen.polygon(
        0x6E5A52,
        x - 0.03,
        top + 0.01,
        x + w * 0.22,
        top - 0.13,
        x + w * 0.78,
        top - 0.13,
        x + w + 0.03,
        top + 0.01);
    pen.box(x + w * 0.34, top + 0.08, x + w * 0.66, horizon + 0.05, 0xEEE6DA);
    pen.box(x + w * 0.39, top + 0.11, x + w * 0.61, horizon + 0.05, Paint.scale(barn, 0.6));
    pen.fill(ground(horizon + 0.05, 0), Paint.jitter(r, 0xBFC65E, 6));
    int fence = 0xF0EBE0;
    pen.box(0, horizon + 0.03, 1, horizon + 0.052, fence);
    pen.box(0, horizon + 0.085, 1, horizon + 0.107, fence);
    for (double fx = r.in(0, 0.15); fx < 1; fx += 0.2) {
      pen.box(fx, horizon, fx + 0.03, horizon + 0.14, fence);
    }
    pen.fill(ground(r.in(0.7, 0.85), r.in(-0.06, 0.06)), Paint.jitter(r, 0x9DAE48, 6));
    return gradient;
  }

  private Gradient room() {
    horizon = r.in(0.5, 0.64);
    int[] walls = {0xE6D5BC, 0xD9C9D6, 0xC9D6C4, 0xE2C7B0, 0xC8D2DE};
    int wall = Paint.jitter(r, walls[r.below(walls.length)], 6);
    int floor = Paint.jitter(r, 0xA8754A, 9);
    Gradient gradient =
        new Gradient(horizon, wall, Paint.scale(wall, 0.95), floor, Paint.scale(floor, 0.82));
    pen.box(0, horizon - 0.03, 1, horizon, 0xF4EEE4);
    double x = r.in(0.05, 0.6);
    pen.box(x, 0.08, x + 0.32, horizon - 0.18, 0xFBF7EE);
    pen.box(x + 0.025, 0.105, x + 0.15, horizon - 0.205, Paint.jitter(r, 0xA9D5F2, 6));
    pen.box(x + 0.17, 0.105, x + 0.295, horizon - 0.205, Paint.jitter(r, 0xA9D5F2, 6));
    int curtain = Paint.jitter(r, walls[r.below(walls.length)], 6);
    pen.box(x - 0.06, 0.04, x + 0.02, horizon - 0.12, Paint.scale(curtain, 0.72));
    pen.box(x + 0.3, 0.04, x + 0.38, horizon - 0.12, Paint.scale(curtain, 0.72));
    if (r.chance(0.6)) {
      pen.ellipse(
          r.in(0.3, 0.7), r.in(0.8, 0.88), r.in(0.35, 0.45), 0.09, Paint.jitter(r, 0x8A5A6A, 9));
    }
    return gradient;
  }

  /** The area below a curve that falls by {@code slope} from left to right. */
  private static Shape ground(double y, double slope) {
    Path2D.Double path = new Path2D.Double();
    path.moveTo(-0.1, y - slope);
    path.curveTo(0.3, y - slope - 0.04, 0.7, y + slope + 0.04, 1.1, y + slope);
    path.lineTo(1.1, 1.1);
    path.lineTo(-0.1, 1.1);
    path.closePath();
    return path;
  }
}
