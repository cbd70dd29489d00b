package io.github.iaa4j.toyworld.internal;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import java.awt.geom.AffineTransform;
import java.awt.geom.PathIterator;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Makes one scene: chooses its objects, places them, draws at four times the size and averages.
 *
 * <p>Owns its rasters and clears them between scenes, so each thread needs a composer of its own.
 */
public final class Composer {
  /** Width and height of a scene in pixels. */
  public static final int SIZE = 64;

  /** The backgrounds. */
  public static final List<String> SETTINGS = Backdrop.NAMES;

  /** The body colours. */
  public static final List<String> COLOURS =
      List.of(
          "red", "blue", "green", "yellow", "orange", "purple", "brown", "black", "white", "grey");

  private static final int[] BODY = {
    0xD2302C, 0x2C5CCB, 0x2E9440, 0xF0CF32, 0xEE8424, 0x8440AE, 0x84522C, 0x2A2A30, 0xF2F2F0,
    0x92969C
  };

  /** From here on {@link #COLOURS} have no hue, and a strong jitter would give them one. */
  private static final int FIRST_NEUTRAL = 7;

  private static final int SCALE = 4;
  private static final int BIG = SIZE * SCALE;
  private static final int OUTLINE = 3;

  /** The fraction of an object's area that must be visible; else the objects are placed again. */
  private static final double MIN_VISIBLE = 0.63;

  /** The same in most scenes. */
  private static final double USUAL_MIN_VISIBLE = 0.85;

  private static final int MIN_PIXELS = 60;

  private final Raster canvas = new Raster(BIG);
  private final Raster layer = new Raster(BIG);
  private final Raster probe = new Raster(SIZE);
  private final byte[] ids = new byte[BIG * BIG];
  private final boolean[] grown = new boolean[BIG * BIG];

  /**
   * A drawn object.
   *
   * @param area visible pixels over all pixels
   * @param x0 left edge of the visible pixels
   * @param y0 upper edge
   * @param x1 right edge, exclusive
   * @param y1 lower edge, exclusive
   */
  public record Thing(
      int classIndex,
      int colour,
      boolean facesRight,
      Posture posture,
      boolean longHair,
      double area,
      int x0,
      int y0,
      int x1,
      int y1) {
    /** {@code small}, {@code medium} or {@code large}. */
    public String size() {
      return area < 0.1 ? "small" : area < 0.18 ? "medium" : "large";
    }

    double centreX() {
      return (x0 + x1) / (2.0 * SIZE);
    }

    double centreY() {
      return (y0 + y1) / (2.0 * SIZE);
    }
  }

  /**
   * A finished scene.
   *
   * @param mask k + 1 where class k is visible
   * @param things from the farthest to the nearest
   */
  public record Picture(
      RgbImage image, LabelMask mask, int setting, List<Thing> things, String caption) {}

  /** How many points each kind of path segment has: move, line, quadratic, cubic, close. */
  private static final int[] POINTS = {1, 1, 2, 3, 0};

  /** An object before it is drawn. */
  private static final class Plan {
    final int classIndex;
    final int colour;
    final int rgb;
    final boolean facesRight;
    final double targetArea;
    final double lean;
    final double stretch;
    final Sprites.Drawn drawn;

    /** The outline of the object in its pose, in its own units. */
    final Rectangle2D bounds;

    /** The area of the object in its pose, in its own square units. */
    double ownArea;

    /** From the object's units to the unit square of the scene. */
    AffineTransform place = new AffineTransform();

    double foot;

    Plan(int classIndex, int objects, boolean small, Variety variety, ToyRandom r) {
      this.classIndex = classIndex;
      this.colour = variety.colour(classIndex, r);
      this.rgb = Paint.jitter(r, BODY[colour], colour >= FIRST_NEUTRAL ? 5 : 9);
      this.facesRight = r.chance(0.5);
      this.targetArea = variety.area(objects, small, r);
      double pose = variety.pose();
      double leaning = r.in(-0.07, 0.07) * pose * (classIndex == Sprites.CAR ? 0.5 : 1);
      this.stretch = r.in(1 - 0.14 * pose, 1 + 0.14 * pose);
      this.drawn = Sprites.draw(classIndex, rgb, pose, r);
      this.lean = leaning + (drawn.posture() == Posture.FLYING ? r.in(-0.22, 0.16) : 0);
      this.bounds = bounds(posed(1));
    }

    AffineTransform posed(double scale) {
      AffineTransform t = Pen.rotation(lean);
      t.scale(scale * stretch * (facesRight ? 1 : -1), scale / stretch);
      return t;
    }

    private Rectangle2D bounds(AffineTransform t) {
      Rectangle2D all = new Rectangle2D.Double();
      double[] c = new double[6];
      for (Pen.Part part : drawn.pen().parts()) {
        // Not getBounds2D: for curves it includes the control points up to Java 18, and not later.
        for (PathIterator i = part.shape().getPathIterator(t); !i.isDone(); i.next()) {
          int points = POINTS[i.currentSegment(c)];
          for (int k = 0; k < points; k++) {
            all.add(c[2 * k], c[2 * k + 1]);
          }
        }
      }
      return all;
    }
  }

  /** Makes a scene; the same arguments give the same scene. */
  public Picture compose(long seed, boolean narrow) {
    Variety variety = narrow ? Variety.NARROW : Variety.BROAD;
    ToyRandom r = new ToyRandom(seed);
    int[] classes = variety.classes(r);
    int setting = variety.setting(classes, r);
    boolean small = r.chance(0.1);
    List<Plan> plans = new ArrayList<>();
    for (int classIndex : classes) {
      Plan plan = new Plan(classIndex, classes.length, small, variety, r);
      plan.ownArea = ownArea(plan);
      plans.add(plan);
    }
    Backdrop.Drawn backdrop = Backdrop.draw(setting, r);
    List<Plan> order = arrange(plans, backdrop.horizon(), r);
    paint(order, setting, backdrop);
    return reduce(order, setting, r);
  }

  private double ownArea(Plan plan) {
    double side = Math.max(plan.bounds.getWidth(), plan.bounds.getHeight());
    AffineTransform fit = AffineTransform.getScaleInstance(SIZE / side, SIZE / side);
    fit.translate(-plan.bounds.getX(), -plan.bounds.getY());
    fit.concatenate(plan.posed(1));
    probe.clear();
    fill(probe, plan.drawn.pen(), fit, 1);
    int count = 0;
    for (int pixel : probe.pixels()) {
      if (pixel != Raster.NONE) {
        count++;
      }
    }
    return count * (side / SIZE) * (side / SIZE);
  }

  /** Places the objects so that each is visible enough; from the farthest to the nearest. */
  private List<Plan> arrange(List<Plan> plans, double horizon, ToyRandom r) {
    double shrink = 1;
    double shown = r.chance(0.65) ? USUAL_MIN_VISIBLE : MIN_VISIBLE;
    for (int attempt = 1; ; attempt++) {
      int[] slots = shuffled(plans.size(), r);
      for (int i = 0; i < slots.length; i++) {
        place(plans.get(i), slots[i], slots.length, shrink, horizon, r);
      }
      List<Plan> order = new ArrayList<>(plans);
      order.sort(Comparator.comparingDouble(plan -> plan.foot));
      if (eachIsVisible(order, shown)) {
        return order;
      }
      if (attempt % 12 == 0) {
        shrink *= 0.92;
      }
    }
  }

  private static int[] shuffled(int n, ToyRandom r) {
    int[] slots = new int[n];
    for (int i = 0; i < n; i++) {
      int j = r.below(i + 1);
      slots[i] = slots[j];
      slots[j] = i;
    }
    return slots;
  }

  private static void place(
      Plan plan, int slot, int slots, double shrink, double horizon, ToyRandom r) {
    double widest = slots == 1 ? 1.0 : slots == 2 ? 0.74 : 0.6;
    double highest = 0.96;
    double limit = Math.min(widest / plan.bounds.getWidth(), highest / plan.bounds.getHeight());
    double scale = shrink * Math.min(Math.sqrt(plan.targetArea / plan.ownArea), limit);
    double w = plan.bounds.getWidth() * scale;
    double h = plan.bounds.getHeight() * scale;
    double across = Math.min(1, Math.max(0, (slot + r.in(-0.1, 1.1)) / slots));
    double x = -0.04 + (1.08 - w) * across;
    double y;
    if (plan.drawn.posture() == Posture.FLYING || horizon >= Backdrop.NO_GROUND) {
      y = r.in(0, Math.max(0.01, Math.min(1 - h, 0.62)));
    } else {
      double nearest = 0.985;
      double farthest = Math.min(0.97, Math.max(horizon + 0.1, h + 0.01));
      y = r.in(farthest, nearest) - h;
    }
    plan.foot = y + h;
    plan.place = AffineTransform.getTranslateInstance(x, y);
    plan.place.translate(-plan.bounds.getX() * scale, -plan.bounds.getY() * scale);
    plan.place.concatenate(plan.posed(scale));
  }

  private boolean eachIsVisible(List<Plan> order, double shown) {
    byte[] owner = new byte[SIZE * SIZE];
    for (int i = 0; i < order.size(); i++) {
      probe.clear();
      fill(probe, order.get(i).drawn.pen(), toPixels(order.get(i), SIZE), 1);
      for (int k = 0; k < owner.length; k++) {
        if (probe.pixels()[k] != Raster.NONE) {
          owner[k] = (byte) (i + 1);
        }
      }
    }
    int[] visible = new int[order.size() + 1];
    for (byte o : owner) {
      visible[o]++;
    }
    for (int i = 0; i < order.size(); i++) {
      Plan plan = order.get(i);
      // The pose keeps areas, so the determinant is the square of the scale.
      double whole = plan.ownArea * Math.abs(plan.place.getDeterminant()) * SIZE * SIZE;
      if (visible[i + 1] < Math.max(shown * whole, MIN_PIXELS)) {
        return false;
      }
    }
    return true;
  }

  private static AffineTransform toPixels(Plan plan, int size) {
    AffineTransform t = AffineTransform.getScaleInstance(size, size);
    t.concatenate(plan.place);
    return t;
  }

  private static void fill(Raster raster, Pen pen, AffineTransform t, double light) {
    for (Pen.Part part : pen.parts()) {
      raster.fill(part.shape(), t, light == 1 ? part.rgb() : Paint.scale(part.rgb(), light));
    }
  }

  /** Fills the canvas and the ids: 0 for the background, i + 1 for object i of the order. */
  private void paint(List<Plan> order, int setting, Backdrop.Drawn backdrop) {
    int[] pixels = canvas.pixels();
    for (int y = 0; y < BIG; y++) {
      Arrays.fill(pixels, y * BIG, (y + 1) * BIG, backdrop.gradient().at((y + 0.5) / BIG));
    }
    fill(canvas, backdrop.pen(), AffineTransform.getScaleInstance(BIG, BIG), 1);
    Arrays.fill(ids, (byte) 0);
    for (int i = 0; i < order.size(); i++) {
      Plan plan = order.get(i);
      layer.clear();
      fill(layer, plan.drawn.pen(), toPixels(plan, BIG), backdrop.light());
      grow();
      int edge = Paint.scale(plan.rgb, 0.38 * backdrop.light());
      if (setting == Backdrop.NIGHT && Paint.luma(plan.rgb) < 110) {
        // A dark outline would not separate a dark object from the night.
        edge = Paint.mix(plan.rgb, 0xB8C0DC, 0.5);
      }
      for (int k = 0; k < grown.length; k++) {
        if (grown[k]) {
          int inside = layer.pixels()[k];
          pixels[k] = inside == Raster.NONE ? edge : inside;
          ids[k] = (byte) (i + 1);
        }
      }
    }
  }

  /** The pixels of the layer's object and all within the outline's width of them. */
  private void grow() {
    Arrays.fill(grown, false);
    for (int y = 0; y < BIG; y++) {
      for (int x = 0; x < BIG; x++) {
        if (inside(x, y)) {
          grown[y * BIG + x] = true;
          if (!(inside(x - 1, y) && inside(x + 1, y) && inside(x, y - 1) && inside(x, y + 1))) {
            growDisc(x, y);
          }
        }
      }
    }
  }

  private boolean inside(int x, int y) {
    return x >= 0 && x < BIG && y >= 0 && y < BIG && layer.pixels()[y * BIG + x] != Raster.NONE;
  }

  private void growDisc(int x, int y) {
    for (int v = Math.max(0, y - OUTLINE); v <= Math.min(BIG - 1, y + OUTLINE); v++) {
      for (int u = Math.max(0, x - OUTLINE); u <= Math.min(BIG - 1, x + OUTLINE); u++) {
        if ((u - x) * (u - x) + (v - y) * (v - y) <= OUTLINE * OUTLINE + 1) {
          grown[v * BIG + u] = true;
        }
      }
    }
  }

  /** Averages colours, gives each pixel the id that covers most of it, and finds the boxes. */
  private Picture reduce(List<Plan> order, int setting, ToyRandom r) {
    int n = order.size();
    byte[] rgb = new byte[SIZE * SIZE * 3];
    byte[] mask = new byte[SIZE * SIZE];
    int[] count = new int[n + 1];
    int[][] box = new int[n + 1][];
    for (int i = 0; i <= n; i++) {
      box[i] = new int[] {SIZE, SIZE, 0, 0};
    }
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        average(x, y, rgb);
        int id = majority(x, y, n);
        if (id > 0) {
          mask[y * SIZE + x] = (byte) (order.get(id - 1).classIndex + 1);
        }
        count[id]++;
        box[id][0] = Math.min(box[id][0], x);
        box[id][1] = Math.min(box[id][1], y);
        box[id][2] = Math.max(box[id][2], x + 1);
        box[id][3] = Math.max(box[id][3], y + 1);
      }
    }
    List<Thing> things = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      Plan plan = order.get(i);
      int[] b = box[i + 1];
      things.add(
          new Thing(
              plan.classIndex,
              plan.colour,
              plan.facesRight,
              plan.drawn.posture(),
              plan.drawn.longHair(),
              count[i + 1] / (double) (SIZE * SIZE),
              b[0],
              b[1],
              b[2],
              b[3]));
    }
    return new Picture(
        new RgbImage(SIZE, SIZE, rgb),
        new LabelMask(SIZE, SIZE, mask),
        setting,
        List.copyOf(things),
        new Captions(r, setting).describe(things));
  }

  private void average(int x, int y, byte[] rgb) {
    int red = 0;
    int green = 0;
    int blue = 0;
    for (int v = y * SCALE; v < (y + 1) * SCALE; v++) {
      for (int u = x * SCALE; u < (x + 1) * SCALE; u++) {
        int c = canvas.pixels()[v * BIG + u];
        red += Paint.red(c);
        green += Paint.green(c);
        blue += Paint.blue(c);
      }
    }
    int n = SCALE * SCALE;
    int at = 3 * (y * SIZE + x);
    rgb[at] = (byte) ((red + n / 2) / n);
    rgb[at + 1] = (byte) ((green + n / 2) / n);
    rgb[at + 2] = (byte) ((blue + n / 2) / n);
  }

  /** The nearest object wins a tie. */
  private int majority(int x, int y, int objects) {
    int[] votes = new int[objects + 1];
    for (int v = y * SCALE; v < (y + 1) * SCALE; v++) {
      for (int u = x * SCALE; u < (x + 1) * SCALE; u++) {
        votes[ids[v * BIG + u]]++;
      }
    }
    int best = 0;
    for (int i = 1; i <= objects; i++) {
      if (votes[i] >= votes[best]) {
        best = i;
      }
    }
    return best;
  }
}
