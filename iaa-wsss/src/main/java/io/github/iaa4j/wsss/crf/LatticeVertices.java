package io.github.iaa4j.wsss.crf;

import java.util.Arrays;

/**
 * The vertices of a permutohedral lattice that have a point near them, and the blur along its axes.
 *
 * <p>Along an axis each vertex has at most one neighbour on either side, so the vertices of an axis
 * form chains. A chain is blurred in one walk that holds three vertices at a time, in place; a
 * vertex without neighbours is in none and not touched.
 */
final class LatticeVertices {

  private static final int MIN_CAPACITY = 1 << 10;

  /** 2^64 divided by the golden ratio: Fibonacci hashing. */
  private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

  /** Open addressing with linear probing: key + 1, 0 where there is none. */
  private long[] table = new long[MIN_CAPACITY];

  private int[] idOfSlot = new int[MIN_CAPACITY];

  /** By id, in the order of their first points. */
  private long[] keys = new long[MIN_CAPACITY / 2];

  private int count;

  int count() {
    return count;
  }

  /** The id of the vertex with this key, which is added if it is new. */
  int add(long key) {
    int slot = slotOf(key);
    if (table[slot] != 0) {
      return idOfSlot[slot];
    }
    if (count == keys.length) {
      resize(2 * table.length);
      slot = slotOf(key);
    }
    table[slot] = key + 1;
    idOfSlot[slot] = count;
    keys[count] = key;
    return count++;
  }

  private int slotOf(long key) {
    int mask = table.length - 1;
    int slot = (int) ((key * GOLDEN_RATIO) >>> 32) & mask;
    while (table[slot] != 0 && table[slot] != key + 1) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void resize(int capacity) {
    if (capacity < 0) {
      throw new ArithmeticException("more vertices than " + count);
    }
    table = new long[capacity];
    idOfSlot = new int[capacity];
    keys = Arrays.copyOf(keys, capacity / 2);
    for (int id = 0; id < count; id++) {
      int slot = slotOf(keys[id]);
      table[slot] = keys[id] + 1;
      idOfSlot[slot] = id;
    }
  }

  /**
   * The chains along an axis, one behind the other.
   *
   * @param step what a step along the axis adds to a key
   * @return the ids of the vertices in each chain; the last of a chain is negated bit by bit
   */
  int[] chains(long step) {
    int[] next = new int[count];
    boolean[] hasPrevious = new boolean[count];
    int chained = 0;
    for (int id = 0; id < count; id++) {
      int slot = slotOf(keys[id] + step);
      next[id] = table[slot] == 0 ? -1 : idOfSlot[slot];
      if (next[id] >= 0) {
        hasPrevious[next[id]] = true;
      }
    }
    for (int id = 0; id < count; id++) {
      if (hasPrevious[id] || next[id] >= 0) {
        chained++;
      }
    }
    int[] chains = new int[chained];
    int filled = 0;
    for (int id = 0; id < count; id++) {
      if (!hasPrevious[id] && next[id] >= 0) {
        for (int at = id; at >= 0; at = next[at]) {
          chains[filled++] = at;
        }
        chains[filled - 1] = ~chains[filled - 1];
      }
    }
    return chains;
  }
}
