package io.github.iaa4j.wsss.internal.training.graph;

import java.util.Arrays;

/** Axes and shapes as ONNX counts them. */
final class Axes {

  private Axes() {}

  /** An axis counted from the front. */
  static int of(long axis, int rank) {
    return (int) (axis < 0 ? axis + rank : axis);
  }

  /** Axes counted from the front. */
  static int[] of(long[] axes, int rank) {
    return Arrays.stream(axes).mapToInt(axis -> of(axis, rank)).toArray();
  }

  /** The product of some of the lengths. */
  static long product(long[] shape, int from, int to) {
    long product = 1;
    for (int i = from; i < to; i++) {
      product *= shape[i];
    }
    return product;
  }

  /** The shape that two shapes broadcast to. */
  static long[] broadcast(long[] a, long[] b) {
    long[] result = new long[Math.max(a.length, b.length)];
    for (int i = 0; i < result.length; i++) {
      int fromEnd = result.length - i;
      long x = fromEnd > a.length ? 1 : a[a.length - fromEnd];
      long y = fromEnd > b.length ? 1 : b[b.length - fromEnd];
      if (x != y && x != 1 && y != 1) {
        throw new IllegalArgumentException(
            Arrays.toString(a) + " and " + Arrays.toString(b) + " do not broadcast");
      }
      result[i] = x == 1 ? y : x;
    }
    return result;
  }

  /** The shape of Reshape: 0 keeps a length, unless {@code allowZero}; -1 is computed. */
  static long[] reshaped(long[] from, long[] wanted, boolean allowZero) {
    long[] shape = wanted.clone();
    int open = -1;
    long known = 1;
    for (int i = 0; i < shape.length; i++) {
      if (shape[i] == 0 && !allowZero) {
        shape[i] = from[i];
      }
      if (shape[i] == -1) {
        open = i;
      } else {
        known *= shape[i];
      }
    }
    long size = product(from, 0, from.length);
    if (open >= 0) {
      shape[open] = known == 0 ? 0 : size / known;
      known *= shape[open];
    }
    if (known != size) {
      throw new IllegalArgumentException(
          Arrays.toString(from) + " has no shape " + Arrays.toString(wanted));
    }
    return shape;
  }

  static long[] unsqueezed(long[] shape, long[] axes) {
    int rank = shape.length + axes.length;
    boolean[] isNew = new boolean[rank];
    for (int axis : of(axes, rank)) {
      isNew[axis] = true;
    }
    long[] result = new long[rank];
    int at = 0;
    for (int i = 0; i < rank; i++) {
      result[i] = isNew[i] ? 1 : shape[at++];
    }
    return result;
  }

  /**
   * @param axes null for all of length 1
   */
  static long[] squeezed(long[] shape, long @org.jspecify.annotations.Nullable [] axes) {
    boolean[] goes = new boolean[shape.length];
    if (axes == null) {
      for (int i = 0; i < shape.length; i++) {
        goes[i] = shape[i] == 1;
      }
    } else {
      for (int axis : of(axes, shape.length)) {
        goes[axis] = true;
      }
    }
    long[] result = new long[shape.length];
    int count = 0;
    for (int i = 0; i < shape.length; i++) {
      if (!goes[i]) {
        result[count++] = shape[i];
      }
    }
    return Arrays.copyOf(result, count);
  }

  /**
   * The positions that a slice takes.
   *
   * @param step not 0; negative ones go backwards
   */
  static long[] sliced(long length, long start, long end, long step) {
    long first = start < 0 ? start + length : start;
    long last = end < 0 ? end + length : end;
    first = step > 0 ? clamp(first, 0, length) : clamp(first, 0, length - 1);
    last = step > 0 ? clamp(last, 0, length) : clamp(last, -1, length - 1);
    // An end before the first element stays there, however far.
    if (step < 0 && end < -length) {
      last = -1;
    }
    long count = Math.max(0, (last - first + step - Long.signum(step)) / step);
    long[] positions = new long[(int) count];
    for (int i = 0; i < count; i++) {
      positions[i] = first + i * step;
    }
    return positions;
  }

  private static long clamp(long value, long low, long high) {
    return Math.max(low, Math.min(high, value));
  }

  /** The lengths of Split's outputs. */
  static long[] splitLengths(Call call, long length) {
    long[] given = call.integers(1, "split");
    if (given != null) {
      return given;
    }
    long parts = call.node().integer("num_outputs", call.node().outputs().size());
    long each = (length + parts - 1) / parts;
    long[] lengths = new long[(int) parts];
    Arrays.fill(lengths, each);
    lengths[lengths.length - 1] = length - each * (parts - 1);
    return lengths;
  }

  /** A slice's start, end, step and axis, each for the same number of axes. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Slices(long[] starts, long[] ends, int[] axes, long[] steps) {

    static Slices of(Call call) {
      long[] starts = call.integers(1, "starts");
      long[] ends = call.integers(2, "ends");
      if (starts == null || ends == null) {
        throw new IllegalArgumentException("it has no starts and ends");
      }
      long[] axes = call.integers(3, "axes");
      long[] steps = call.integers(4, "steps");
      int rank = call.shape(0).length;
      int[] counted = new int[starts.length];
      for (int i = 0; i < counted.length; i++) {
        counted[i] = axes == null ? i : Axes.of(axes[i], rank);
      }
      if (steps == null) {
        steps = new long[starts.length];
        Arrays.fill(steps, 1);
      }
      return new Slices(starts, ends, counted, steps);
    }
  }

  /** Positions along an axis, those that count from its end counted from its start. */
  static long[] positions(long[] indices, long length) {
    return Arrays.stream(indices).map(i -> i < 0 ? i + length : i).toArray();
  }
}
