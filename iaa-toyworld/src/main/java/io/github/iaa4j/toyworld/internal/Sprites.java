package io.github.iaa4j.toyworld.internal;

/**
 * The ten objects as lists of filled shapes, in their own units: about two units long, facing
 * right, y downwards. Classes differ in their silhouettes and in two or three parts with colours of
 * their own, never in the body colour.
 */
final class Sprites {
  static final int CAR = 3;

  private static final int INK = 0x1E1E24;
  private static final int GLASS = 0x9FD3EE;
  private static final int PINK = 0xF0A0A8;
  private static final int BEAK = 0xF2A11E;
  private static final int[] SKIN = {0xF3CDA8, 0xE2AC7E, 0xB97A4C, 0x83512F};
  private static final int[] HAIR = {0x2B1B12, 0x6B3F1D, 0xD9B24A, 0x9A9A9A};
  private static final int[] TROUSERS = {0x2F3E66, 0x3C3C42, 0x6A5B45, 0x7B8CA5};

  private Sprites() {}

  /** What was drawn, and what a caption may say about it. */
  record Drawn(Pen pen, Posture posture, boolean longHair) {}

  static Drawn draw(int classIndex, int body, double poseRange, ToyRandom r) {
    return switch (classIndex) {
      case 0 -> aeroplane(body, r);
      case 1 -> bird(body, r);
      case 2 -> boat(body, r);
      case CAR -> car(body, r);
      case 4 -> cat(body, poseRange, r);
      case 5 -> cow(body, poseRange, r);
      case 6 -> dog(body, poseRange, r);
      case 7 -> horse(body, poseRange, r);
      case 8 -> person(body, poseRange, r);
      case 9 -> sheep(body, r);
      default -> throw new IllegalArgumentException("class " + classIndex);
    };
  }

  /** The colour in the shade, which differs visibly even for black. */
  private static int shade(int c) {
    return Paint.luma(c) < 60 ? Paint.mix(c, 0xFFFFFF, 0.16) : Paint.scale(c, 0.72);
  }

  private static int contrast(int c) {
    return Paint.luma(c) < 90 ? 0xF4F1E8 : INK;
  }

  private static Drawn aeroplane(int body, ToyRandom r) {
    Pen p = new Pen();
    boolean flying = r.chance(0.7);
    double h = r.in(0.19, 0.25);
    double sweep = r.in(0.25, 0.45);
    int wing = Paint.mix(shade(body), 0x8A94A0, 0.45);
    // The far wing and the far stabiliser stand behind the fuselage.
    p.polygon(
        wing,
        0.28,
        -h * 0.6,
        0.0,
        -h * 0.6,
        -0.12 - sweep,
        -h - r.in(0.26, 0.38),
        0.02 - sweep,
        -h - 0.34);
    p.polygon(body, -0.62, -h * 0.5, -0.86, -h - 0.5, -1.1, -h - 0.52, -1.0, 0.0);
    p.polygon(shade(body), -0.76, -h - 0.27, -0.86, -h - 0.5, -1.1, -h - 0.52, -1.07, -h - 0.27);
    p.blob(
        body, 1.02, 0.05, 0.88, -h * 0.55, 0.55, -h, 0.0, -h, -0.55, -h * 0.95, -1.05, -h * 0.75,
        -1.05, -h * 0.2, -0.5, h * 0.85, 0.0, h, 0.6, h * 0.95, 0.93, h * 0.6);
    p.polygon(GLASS, 0.66, -h * 0.8, 0.88, -h * 0.45, 0.92, -h * 0.1, 0.66, -h * 0.1);
    for (int i = 0; i < 5; i++) {
      double x = -0.5 + i * 0.22;
      p.ellipse(x, -h * 0.35, 0.06, 0.065, INK);
    }
    if (!flying) {
      p.limb(0.6, h, 0.04, 0.6, h + 0.26, 0.04, INK);
      p.ellipse(0.6, h + 0.28, 0.09, 0.09, INK);
      p.limb(-0.2, h, 0.04, -0.2, h + 0.26, 0.04, INK);
      p.ellipse(-0.2, h + 0.28, 0.1, 0.1, INK);
    }
    p.ellipse(0.0, h * 0.9 + 0.06, 0.17, 0.09, INK);
    p.polygon(
        wing,
        0.3,
        h * 0.25,
        -0.12,
        h * 0.25,
        -0.35 - sweep,
        h + r.in(0.3, 0.48),
        -0.1 - sweep,
        h + 0.42);
    p.polygon(wing, -0.75, -h * 0.25, -0.95, -h * 0.25, -1.2, h * 0.6, -1.08, h * 0.6);
    return new Drawn(p, flying ? Posture.FLYING : Posture.LANDED, false);
  }

  private static Drawn bird(int body, ToyRandom r) {
    Pen p = new Pen();
    boolean flying = r.chance(0.45);
    int wing = shade(body);
    int belly = Paint.mix(body, 0xFFFFFF, Paint.luma(body) < 60 ? 0.35 : 0.5);
    double tilt = flying ? r.in(-0.15, 0.1) : r.in(-0.5, -0.2);
    if (flying) {
      double up = r.in(0.8, 1.05);
      p.polygon(Paint.scale(wing, 0.85), 0.25, -0.2, -0.05, -0.2, 0.05, -up * 0.9, 0.38, -up * 0.8);
    } else {
      double spread = r.in(0.08, 0.16);
      p.limb(-0.08, 0.35, 0.045, -0.08, 0.82, 0.045, BEAK);
      p.limb(-0.08, 0.82, 0.04, 0.1, 0.84, 0.04, BEAK);
      p.limb(-0.08 + spread * 2, 0.35, 0.045, -0.08 + spread * 2, 0.82, 0.045, BEAK);
      p.limb(-0.08 + spread * 2, 0.82, 0.04, 0.1 + spread * 2, 0.84, 0.04, BEAK);
    }
    p.polygon(
        wing, -0.35, -0.02, -0.98, flying ? -0.12 : 0.16, -1.0, flying ? 0.12 : 0.42, -0.35, 0.3);
    p.ellipse(0, 0.1, 0.56, 0.42, tilt, body);
    p.ellipse(0.12, 0.22, 0.36, 0.27, tilt, belly);
    double hx = flying ? 0.52 : 0.42;
    double hy = flying ? -0.18 : -0.4;
    p.polygon(BEAK, hx + 0.2, hy - 0.14, hx + 0.62, hy + 0.04, hx + 0.2, hy + 0.15);
    p.ellipse(hx, hy, 0.31, 0.3, body);
    p.ellipse(hx + 0.1, hy - 0.05, 0.1, 0.1, 0xFFFFFF);
    p.ellipse(hx + 0.12, hy - 0.05, 0.06, 0.06, INK);
    if (flying) {
      double up = r.in(0.75, 1.05);
      p.polygon(wing, 0.2, 0.05, -0.3, 0.1, -0.75, -up * 0.75, -0.5, -up, -0.1, -up * 0.7);
    } else {
      p.blob(wing, 0.2, -0.05, 0.1, 0.25, -0.3, 0.36, -0.72, 0.34, -0.4, -0.04, -0.1, -0.16);
    }
    return new Drawn(p, flying ? Posture.FLYING : Posture.STANDING, false);
  }

  private static Drawn boat(int body, ToyRandom r) {
    Pen p = new Pen();
    double top = r.in(0.25, 0.35);
    int sail = Paint.jitter(r, 0xF7F1DF, 5);
    int jib = r.chance(0.5) ? Paint.scale(sail, 0.9) : Paint.mix(body, 0xFFFFFF, 0.55);
    double mx = r.in(-0.12, 0.1);
    double high = r.in(0.95, 1.2);
    p.box(mx - 0.035, -high, mx + 0.035, top + 0.1, 0x6A4426);
    p.polygon(
        jib, mx - 0.08, -high + 0.15, mx - 0.08, top - 0.12, mx - r.in(0.6, 0.75), top - 0.12);
    p.polygon(
        sail, mx + 0.08, -high + 0.05, mx + 0.08, top - 0.1, mx + r.in(0.68, 0.85), top - 0.1);
    p.polygon(0xD8362E, mx + 0.03, -high - 0.02, mx + 0.03, -high - 0.2, mx - 0.25, -high - 0.1);
    double deep = r.in(0.42, 0.52);
    p.polygon(body, -0.98, top, 1.08, top - 0.05, 0.72, top + deep, -0.74, top + deep);
    p.polygon(
        contrast(body) == INK ? 0xFFFFFF : 0xE8E2D0,
        -0.95,
        top + 0.06,
        1.04,
        top + 0.01,
        1.0,
        top + 0.11,
        -0.9,
        top + 0.16);
    return new Drawn(p, Posture.FLOATING, false);
  }

  private static Drawn car(int body, ToyRandom r) {
    Pen p = new Pen();
    double roof = r.in(0.46, 0.6);
    double back = r.in(-0.85, -0.6);
    double front = r.in(0.35, 0.5);
    double sill = 0.42;
    p.polygon(body, back, 0.02, back + 0.2, -roof, front - 0.28, -roof, front + 0.1, 0.02);
    p.polygon(GLASS, back + 0.12, -0.02, back + 0.27, -roof + 0.1, -0.2, -roof + 0.1, -0.2, -0.02);
    p.polygon(
        GLASS, -0.1, -0.02, -0.1, -roof + 0.1, front - 0.32, -roof + 0.1, front - 0.04, -0.02);
    p.roundBox(-1.02, -0.06, 1.04, sill, 0.3, body);
    p.box(-1.0, sill - 0.14, 1.02, sill - 0.03, shade(body));
    p.ellipse(0.95, 0.1, 0.08, 0.09, 0xFFF2A8);
    p.ellipse(-0.97, 0.1, 0.05, 0.09, 0xC8281E);
    double w = r.in(0.25, 0.3);
    for (double x : new double[] {-0.58, 0.6}) {
      p.ellipse(x, sill, w, w, INK);
      p.ellipse(x, sill, w * 0.45, w * 0.45, 0xC9CDD2);
    }
    return new Drawn(p, Posture.PARKED, false);
  }

  private static void catHead(Pen p, double x, double y, double s, int body, ToyRandom r) {
    int eye = r.chance(0.5) ? 0x9BD35A : 0xF4D84A;
    for (int k = -1; k <= 1; k += 2) {
      p.polygon(
          body,
          x + k * 0.38 * s,
          y + 0.02 * s,
          x + k * 0.36 * s,
          y - 0.68 * s,
          x + k * 0.03 * s,
          y - 0.3 * s);
      p.polygon(
          PINK,
          x + k * 0.3 * s,
          y - 0.2 * s,
          x + k * 0.3 * s,
          y - 0.5 * s,
          x + k * 0.13 * s,
          y - 0.27 * s);
    }
    p.ellipse(x, y, 0.42 * s, 0.36 * s, body);
    for (int k = -1; k <= 1; k += 2) {
      p.ellipse(x + k * 0.17 * s, y - 0.04 * s, 0.1 * s, 0.11 * s, eye);
      p.ellipse(x + k * 0.17 * s, y - 0.04 * s, 0.045 * s, 0.1 * s, INK);
    }
    p.ellipse(x, y + 0.17 * s, 0.15 * s, 0.1 * s, Paint.mix(body, 0xFFFFFF, 0.6));
    p.polygon(0xE0707C, x - 0.07 * s, y + 0.09 * s, x + 0.07 * s, y + 0.09 * s, x, y + 0.17 * s);
  }

  private static Drawn cat(int body, double range, ToyRandom r) {
    Pen p = new Pen();
    int dark = shade(body);
    if (r.chance(0.45)) {
      double lift = r.in(-0.5, 0.15) * range;
      p.tail(-0.35, 0.8, 0.1, -1.15, 0.95, -0.98, lift, 0.08, dark);
      p.blob(
          body, 0.1, -0.35, 0.42, 0.05, 0.5, 0.6, 0.42, 0.92, -0.35, 0.92, -0.55, 0.55, -0.35,
          0.05);
      p.ellipse(0.12, 0.45, 0.2, 0.34, Paint.mix(body, 0xFFFFFF, 0.5));
      p.ellipse(0.3, 0.88, 0.15, 0.09, dark);
      p.ellipse(-0.02, 0.88, 0.15, 0.09, dark);
      catHead(p, 0.08, -0.42, r.in(0.98, 1.1), body, r);
      return new Drawn(p, Posture.SITTING, false);
    }
    double stride = r.in(0.0, 0.2) * range;
    double tip = r.in(-0.25, 0.25);
    p.tail(-0.68, 0.02, 0.1, -1.3, 0.05, -1.02 + tip, -0.9, 0.075, dark);
    p.limb(-0.42, 0.3, 0.12, -0.42 + stride, 0.86, 0.09, dark);
    p.limb(0.32, 0.3, 0.12, 0.32 + stride, 0.86, 0.09, dark);
    p.ellipse(-0.12, 0.12, 0.72, r.in(0.32, 0.38), body);
    p.limb(-0.58, 0.25, 0.14, -0.58 - stride, 0.86, 0.1, body);
    p.limb(0.5, 0.25, 0.14, 0.5 - stride, 0.86, 0.1, body);
    for (int i = 0; i < 3; i++) {
      double x = -0.45 + i * 0.24;
      p.polygon(dark, x, -0.22, x + 0.12, -0.22, x + 0.06, 0.14);
    }
    catHead(p, 0.68, -0.22, r.in(0.95, 1.1), body, r);
    return new Drawn(p, stride > 0.09 ? Posture.WALKING : Posture.STANDING, false);
  }

  private static Drawn cow(int body, double range, ToyRandom r) {
    Pen p = new Pen();
    int patch = Paint.luma(body) < 110 ? 0xF2EEE4 : 0x33241C;
    int far = shade(body);
    double stride = r.in(-0.1, 0.1) * range;
    double leg = r.in(0.85, 0.95);
    p.tail(-0.85, -0.35, 0.045, -1.15, -0.2, -1.02, 0.42, 0.045, far);
    p.ellipse(-1.02, 0.45, 0.08, 0.13, patch);
    p.limb(-0.45, 0.3, 0.12, -0.45 + stride, leg - 0.05, 0.1, far);
    p.limb(0.3, 0.3, 0.12, 0.3 + stride, leg - 0.05, 0.1, far);
    p.ellipse(-0.3, 0.42, 0.2, 0.17, PINK);
    p.roundBox(-0.92, -0.5, 0.66, 0.4, 0.4, body);
    p.limb(-0.72, 0.2, 0.15, -0.72 - stride, leg, 0.12, body);
    p.limb(0.5, 0.2, 0.15, 0.5 - stride, leg, 0.12, body);
    p.ellipse(-0.72 - stride, leg + 0.05, 0.14, 0.08, INK);
    p.ellipse(0.5 - stride, leg + 0.05, 0.14, 0.08, INK);
    double shift = r.in(-0.08, 0.08);
    p.blob(
        patch,
        -0.7 + shift,
        -0.42,
        -0.35 + shift,
        -0.46,
        -0.3 + shift,
        -0.1,
        -0.55 + shift,
        0.1,
        -0.78 + shift,
        -0.1);
    p.blob(
        patch,
        0.0 + shift,
        0.05,
        0.22 + shift,
        -0.18,
        0.42 + shift,
        0.02,
        0.3 + shift,
        0.28,
        0.06 + shift,
        0.28);
    double low = r.in(-0.12, 0.15) * range;
    p.polygon(body, 0.4, -0.48, 0.85, -0.55 + low, 0.85, 0.0 + low, 0.4, 0.25);
    double hx = 0.9;
    double hy = -0.4 + low;
    p.tail(hx - 0.06, hy - 0.25, 0.06, hx - 0.05, hy - 0.5, hx + 0.18, hy - 0.56, 0.03, 0xEADFC2);
    p.tail(hx - 0.2, hy - 0.22, 0.06, hx - 0.32, hy - 0.45, hx - 0.22, hy - 0.6, 0.03, 0xEADFC2);
    p.ellipse(hx - 0.3, hy - 0.1, 0.16, 0.08, 0.3, patch);
    p.ellipse(hx, hy, 0.26, 0.3, -0.35, body);
    p.ellipse(hx + 0.14, hy + 0.22, 0.22, 0.17, 0.1, PINK);
    p.ellipse(hx + 0.2, hy + 0.2, 0.04, 0.05, 0x8A4A50);
    p.ellipse(hx + 0.02, hy - 0.08, 0.065, 0.07, contrast(body));
    return new Drawn(p, Posture.STANDING, false);
  }

  private static Drawn dog(int body, double range, ToyRandom r) {
    Pen p = new Pen();
    int dark = Paint.luma(body) < 60 ? 0x6B4A32 : Paint.scale(body, 0.55);
    int far = shade(body);
    int collar = Paint.red(body) > 150 && Paint.green(body) < 110 ? 0x2456C8 : 0xD42A2A;
    boolean sitting = r.chance(0.3);
    double wag = r.in(-0.2, 0.2) * range;
    double hx;
    double hy;
    if (sitting) {
      p.tail(-0.5, 0.75, 0.1, -0.95, 0.75, -1.02, 0.25 + wag, 0.05, body);
      p.limb(0.22, 0.1, 0.13, 0.24, 0.88, 0.1, far);
      p.blob(
          body, 0.3, -0.3, 0.45, 0.15, 0.2, 0.6, -0.05, 0.92, -0.58, 0.92, -0.66, 0.5, -0.3, 0.0,
          0.0, -0.35);
      p.limb(0.36, 0.1, 0.13, 0.4, 0.88, 0.1, body);
      p.ellipse(0.46, 0.9, 0.15, 0.08, body);
      p.ellipse(-0.22, 0.87, 0.22, 0.1, far);
      hx = 0.28;
      hy = -0.5;
    } else {
      double stride = r.in(-0.18, 0.18) * range;
      p.tail(-0.66, -0.1, 0.1, -1.0, -0.2, -0.95 + wag, -0.72, 0.05, body);
      p.limb(-0.4, 0.25, 0.11, -0.4 + stride, 0.88, 0.09, far);
      p.limb(0.28, 0.25, 0.11, 0.28 + stride, 0.88, 0.09, far);
      p.blob(
          body, -0.75, 0.0, -0.45, -0.2, 0.2, -0.24, 0.55, -0.2, 0.6, 0.15, 0.35, 0.42, -0.2, 0.3,
          -0.6, 0.36);
      p.limb(-0.58, 0.2, 0.14, -0.58 - stride, 0.88, 0.1, body);
      p.limb(0.44, 0.2, 0.13, 0.44 - stride, 0.88, 0.1, body);
      hx = 0.6;
      hy = -0.5 + r.in(-0.06, 0.1) * range;
    }
    p.limb(hx - 0.16, hy + 0.42, 0.22, hx, hy, 0.2, body);
    p.limb(hx - 0.28, hy + 0.24, 0.075, hx + 0.12, hy + 0.36, 0.075, collar);
    p.ellipse(hx, hy, 0.3, 0.28, body);
    double snout = r.in(0.46, 0.56);
    p.limb(hx + 0.15, hy + 0.06, 0.18, hx + snout, hy + 0.1, 0.13, body);
    p.ellipse(hx + snout + 0.09, hy + 0.03, 0.09, 0.08, contrast(body) == INK ? INK : 0x000000);
    p.ellipse(hx + 0.14, hy - 0.08, 0.075, 0.08, 0xFFFFFF);
    p.ellipse(hx + 0.16, hy - 0.08, 0.05, 0.06, INK);
    p.blob(
        dark, hx - 0.22, hy - 0.28, hx - 0.02, hy - 0.2, hx + 0.02, hy + 0.2, hx - 0.12, hy + 0.42,
        hx - 0.32, hy + 0.3, hx - 0.34, hy - 0.05);
    return new Drawn(p, sitting ? Posture.SITTING : Posture.STANDING, false);
  }

  private static Drawn horse(int body, double range, ToyRandom r) {
    Pen p = new Pen();
    int mane = Paint.luma(body) < 90 ? 0xE9D9A8 : 0x2C1A12;
    int far = shade(body);
    double s1 = r.in(-0.22, 0.22) * range;
    double s2 = r.in(-0.22, 0.22) * range;
    double leg = r.in(0.95, 1.08);
    p.tail(-0.68, -0.2, 0.12, -1.08, -0.25, -1.0 + r.in(-0.08, 0.05), 0.55, 0.1, mane);
    p.limb(-0.44, 0.15, 0.11, -0.44 + s1, leg, 0.065, far);
    p.limb(0.3, 0.15, 0.1, 0.3 + s2, leg, 0.065, far);
    p.blob(
        body, -0.78, -0.1, -0.5, -0.32, 0.0, -0.26, 0.5, -0.34, 0.62, -0.05, 0.42, 0.22, -0.1, 0.2,
        -0.6, 0.24);
    p.limb(-0.6, 0.05, 0.16, -0.6 - s1, leg, 0.07, body);
    p.limb(0.46, 0.05, 0.14, 0.46 - s2, leg, 0.07, body);
    for (double x : new double[] {-0.6 - s1, 0.46 - s2}) {
      p.box(x - 0.09, leg - 0.04, x + 0.11, leg + 0.09, INK);
    }
    double nod = r.in(-0.08, 0.12) * range;
    double nx = 0.8;
    double ny = -0.95 + nod;
    p.polygon(body, 0.22, -0.28, nx - 0.2, ny - 0.05, nx + 0.1, ny + 0.12, 0.62, 0.02);
    p.limb(nx - 0.02, ny, 0.17, nx + 0.36, ny + 0.3, 0.12, body);
    p.ellipse(nx + 0.4, ny + 0.33, 0.1, 0.09, Paint.mix(body, INK, 0.45));
    p.polygon(body, nx - 0.16, ny - 0.08, nx - 0.08, ny - 0.36, nx + 0.06, ny - 0.12);
    p.blob(
        mane, nx - 0.02, ny - 0.2, nx - 0.14, ny + 0.08, 0.5, -0.5, 0.3, -0.22, 0.1, -0.26, 0.36,
        -0.66, nx - 0.28, ny - 0.14);
    p.ellipse(nx + 0.08, ny + 0.0, 0.06, 0.06, contrast(body));
    return new Drawn(
        p, Math.abs(s1) + Math.abs(s2) > 0.24 ? Posture.WALKING : Posture.STANDING, false);
  }

  private static Drawn person(int body, double range, ToyRandom r) {
    Pen p = new Pen();
    int skin = SKIN[r.below(SKIN.length)];
    int hair = HAIR[r.below(HAIR.length)];
    int legs = TROUSERS[r.below(TROUSERS.length)];
    if (Math.abs(Paint.luma(legs) - Paint.luma(body)) < 25) {
      legs = Paint.luma(body) > 110 ? 0x2B2F45 : 0xB9A88A;
    }
    boolean longHair = r.chance(0.45);
    double stride = r.in(0.03, 0.24) * range;
    double armA = r.in(-0.05, 0.35) * range;
    double armB = r.in(-0.05, 0.35) * range;
    boolean wave = r.chance(0.2 * range);
    double wide = r.in(0.27, 0.33);
    if (longHair) {
      p.blob(hair, 0, -1.12, 0.32, -0.9, 0.34, -0.42, 0.0, -0.36, -0.34, -0.42, -0.32, -0.9);
    }
    p.limb(-0.14, 0.25, 0.15, -0.16 - stride, 0.98, 0.12, legs);
    p.limb(0.14, 0.25, 0.15, 0.16 + stride, 0.98, 0.12, legs);
    p.ellipse(-0.12 - stride, 1.06, 0.19, 0.09, INK);
    p.ellipse(0.22 + stride, 1.06, 0.19, 0.09, INK);
    p.limb(-wide, -0.3, 0.12, -wide - 0.12 - armA, 0.16, 0.1, shade(body));
    p.ellipse(-wide - 0.13 - armA, 0.26, 0.1, 0.1, skin);
    double bx = wide + 0.14 + armB;
    double by = wave ? -0.72 : 0.16;
    p.limb(wide, -0.3, 0.12, bx, by, 0.1, shade(body));
    p.ellipse(bx + 0.01, by + (wave ? -0.1 : 0.1), 0.1, 0.1, skin);
    p.box(-0.09, -0.58, 0.09, -0.35, Paint.scale(skin, 0.9));
    p.roundBox(-wide - 0.07, -0.46, wide + 0.07, 0.34, 0.24, body);
    p.ellipse(0, -0.78, 0.27, 0.29, skin);
    p.blob(
        hair, -0.29, -0.72, -0.28, -0.98, 0.0, -1.12, 0.26, -0.98, 0.2, -0.9, -0.05, -0.9, -0.2,
        -0.78);
    p.ellipse(0.04, -0.76, 0.04, 0.05, INK);
    p.ellipse(0.18, -0.76, 0.04, 0.05, INK);
    return new Drawn(p, stride > 0.15 ? Posture.WALKING : Posture.STANDING, longHair);
  }

  private static Drawn sheep(int body, ToyRandom r) {
    Pen p = new Pen();
    int face = Paint.luma(body) < 90 ? 0xE9DEC8 : 0x2E2A2C;
    int wool = Paint.mix(body, 0xFFFFFF, 0.08);
    double leg = r.in(0.78, 0.9);
    for (double x : new double[] {-0.42, -0.22, 0.2, 0.4}) {
      p.limb(x, 0.3, 0.065, x, leg, 0.06, face);
    }
    int n = 11;
    double bump = r.in(0.2, 0.25);
    for (int i = 0; i < n; i++) {
      double a = 2 * Math.PI * (i + 0.5) / n;
      p.ellipse(
          -0.05 + 0.58 * StrictMath.cos(a), -0.03 + 0.36 * StrictMath.sin(a), bump, bump, wool);
    }
    p.ellipse(-0.05, -0.03, 0.62, 0.42, wool);
    int curl = shade(wool);
    for (double[] c : new double[][] {{-0.38, -0.1}, {-0.02, 0.14}, {0.12, -0.24}}) {
      p.ellipse(c[0], c[1], 0.13, 0.13, curl);
      p.ellipse(c[0] + 0.02, c[1] - 0.05, 0.12, 0.11, wool);
    }
    double hy = -0.18 + r.in(-0.08, 0.2);
    p.ellipse(0.52, hy - 0.08, 0.17, 0.08, -0.35, face);
    p.ellipse(0.72, hy + 0.06, 0.22, 0.29, -0.3, face);
    p.ellipse(0.64, hy - 0.2, 0.22, 0.13, wool);
    p.ellipse(0.76, hy + 0.0, 0.06, 0.065, 0xFFFFFF);
    p.ellipse(0.78, hy + 0.0, 0.035, 0.04, face == 0x2E2A2C ? 0x000000 : INK);
    return new Drawn(p, Posture.STANDING, false);
  }
}
