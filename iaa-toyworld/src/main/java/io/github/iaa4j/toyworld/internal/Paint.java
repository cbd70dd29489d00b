package io.github.iaa4j.toyworld.internal;

/** Opaque colours as 0xRRGGBB, and the arithmetic on them. */
final class Paint {
  private Paint() {}

  static int rgb(double r, double g, double b) {
    return clamp(r) << 16 | clamp(g) << 8 | clamp(b);
  }

  static int mix(int a, int b, double t) {
    return rgb(
        red(a) + (red(b) - red(a)) * t,
        green(a) + (green(b) - green(a)) * t,
        blue(a) + (blue(b) - blue(a)) * t);
  }

  static int scale(int c, double f) {
    return rgb(red(c) * f, green(c) * f, blue(c) * f);
  }

  /**
   * A similar colour: each channel moves by up to {@code amount}, all channels by up to twice that.
   */
  static int jitter(ToyRandom r, int c, double amount) {
    double all = r.in(-1.6, 1.6) * amount;
    return rgb(
        red(c) + all + r.in(-amount, amount),
        green(c) + all + r.in(-amount, amount),
        blue(c) + all + r.in(-amount, amount));
  }

  static double luma(int c) {
    return 0.299 * red(c) + 0.587 * green(c) + 0.114 * blue(c);
  }

  static int red(int c) {
    return c >> 16 & 255;
  }

  static int green(int c) {
    return c >> 8 & 255;
  }

  static int blue(int c) {
    return c & 255;
  }

  private static int clamp(double v) {
    return (int) Math.max(0, Math.min(255, v + 0.5));
  }
}
