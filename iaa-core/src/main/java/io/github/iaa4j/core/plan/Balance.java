package io.github.iaa4j.core.plan;

import io.github.iaa4j.core.ConfigurationException;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Decides how many images each class gets. The label sets are those that really occur together in
 * the data set, so no prompt has to put a cow into a living room with a bus.
 */
public final class Balance {

  private static final int DEFAULT_MAX_LABELS = 2;

  private enum Kind {
    TOP_UP,
    ADD
  }

  private final Kind kind;
  private final int images;
  private final int maxLabels;
  private final boolean inGroups;

  private Balance(Kind kind, int images, int maxLabels, boolean inGroups) {
    this.kind = kind;
    this.images = images;
    this.maxLabels = maxLabels;
    this.inGroups = inGroups;
  }

  /**
   * Adds images until each class appears in at least {@code images} of them, real and generated
   * together. Rare classes come first; label sets are drawn among those that hold the class which
   * lacks most, weighted by how often they occur and by how much their other classes lack too.
   *
   * @throws ConfigurationException if {@code images} is less than 1
   */
  public static Balance topUpTo(int images) {
    return new Balance(Kind.TOP_UP, positive(images), DEFAULT_MAX_LABELS, false);
  }

  /**
   * Adds this many images whose label sets are drawn as they occur in the data set: more images of
   * the same distribution, no balancing.
   *
   * @throws ConfigurationException if {@code images} is less than 1
   */
  public static Balance add(int images) {
    return new Balance(Kind.ADD, positive(images), DEFAULT_MAX_LABELS, false);
  }

  /**
   * Reads the text form, {@code topup:N} or {@code add:N}.
   *
   * @throws ConfigurationException if it is neither
   */
  public static Balance parse(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length == 2 && parts[1].matches("[0-9]{1,9}")) {
      int images = Integer.parseInt(parts[1]);
      if (parts[0].equals("topup")) {
        return topUpTo(images);
      }
      if (parts[0].equals("add")) {
        return add(images);
      }
    }
    throw new ConfigurationException(
        "balance \"" + text + "\" is neither topup:N nor add:N with a whole number N from 1");
  }

  /**
   * At most this many labels an image; the default is 2. Diffusion models lose objects when a
   * prompt names many. Of an image with more labels, each stands for itself.
   *
   * @throws ConfigurationException if {@code labels} is less than 1
   */
  public Balance atMostLabels(int labels) {
    return new Balance(kind, images, positive(labels), false);
  }

  /**
   * At most this many labels an image, and an image with more labels counts as its groups of this
   * many, so that dense scenes stay dense. With {@link #atMostLabels} they fall apart: most images
   * of COCO have more than two labels, and four of five planned images would have one.
   *
   * @throws ConfigurationException if {@code labels} is less than 1
   */
  public Balance together(int labels) {
    return new Balance(kind, images, positive(labels), true);
  }

  private static int positive(int value) {
    if (value < 1) {
      throw new ConfigurationException("a balance counts from 1, not " + value);
    }
    return value;
  }

  /**
   * The slots, in order. The same data set, balance and seed give the same slots.
   *
   * @throws ConfigurationException if no image of the data set has a label
   */
  public List<Slot> plan(LabeledDataset dataset, RunSeed seed) {
    List<LabelSet> sets = labelSets(dataset);
    SplittableRandom random = new SplittableRandom(seed.forPlan());
    List<Slot> slots = new ArrayList<>();
    if (kind == Kind.ADD) {
      while (slots.size() < images) {
        slots.add(slot(slots.size(), draw(sets, random, LabelSet::count), dataset));
      }
      return slots;
    }
    int[] lacking = new int[dataset.classNames().size()];
    int[] counts = dataset.classCounts();
    for (int k = 0; k < lacking.length; k++) {
      // A class that no image shows has no label set to draw from and cannot be topped up.
      lacking[k] = counts[k] == 0 ? 0 : Math.max(0, images - counts[k]);
    }
    while (true) {
      int rarest = 0;
      for (int k = 1; k < lacking.length; k++) {
        if (lacking[k] > lacking[rarest]) {
          rarest = k;
        }
      }
      if (lacking[rarest] <= 0) {
        return slots;
      }
      int wanted = rarest;
      List<LabelSet> holding = sets.stream().filter(set -> set.has(wanted)).toList();
      if (holding.isEmpty()) {
        holding = List.of(new LabelSet(new int[] {wanted}, 1));
      }
      int[] chosen = draw(holding, random, set -> set.count() * set.shareLacking(lacking));
      for (int k : chosen) {
        lacking[k]--;
      }
      slots.add(slot(slots.size(), chosen, dataset));
    }
  }

  private List<LabelSet> labelSets(LabeledDataset dataset) {
    Map<List<Integer>, Double> counts = new TreeMap<>(Balance::compare);
    boolean anyLabel = false;
    for (LabeledImage image : dataset.images()) {
      List<Integer> classes =
          image.labels().stream().map(dataset.classNames()::indexOf).sorted().toList();
      anyLabel |= !classes.isEmpty();
      if (!classes.isEmpty() && classes.size() <= maxLabels) {
        counts.merge(classes, 1.0, Double::sum);
      } else if (inGroups && !classes.isEmpty()) {
        List<List<Integer>> groups = groups(classes, maxLabels);
        groups.forEach(group -> counts.merge(group, 1.0 / groups.size(), Double::sum));
      } else {
        // Too many for one prompt: each of them alone is a label set that occurs.
        classes.forEach(k -> counts.merge(List.of(k), 1.0, Double::sum));
      }
    }
    if (!anyLabel) {
      throw new ConfigurationException(
          "no image of the data set has a label, so there is nothing to plan images for");
    }
    return counts.entrySet().stream()
        .map(
            entry ->
                new LabelSet(
                    entry.getKey().stream().mapToInt(Integer::intValue).toArray(),
                    entry.getValue()))
        .toList();
  }

  /** Every choice of {@code size} classes, ascending as they are. */
  private static List<List<Integer>> groups(List<Integer> classes, int size) {
    List<List<Integer>> groups = new ArrayList<>(List.of(List.of()));
    int left = classes.size();
    for (int k : classes) {
      left--;
      List<List<Integer>> longer = new ArrayList<>();
      for (List<Integer> group : groups) {
        if (group.size() < size) {
          List<Integer> with = new ArrayList<>(group);
          with.add(k);
          longer.add(with);
        }
      }
      groups.addAll(longer);
      int rest = left;
      groups.removeIf(group -> group.size() + rest < size);
    }
    return groups;
  }

  private static int compare(List<Integer> a, List<Integer> b) {
    return Arrays.compare(
        a.stream().mapToInt(Integer::intValue).toArray(),
        b.stream().mapToInt(Integer::intValue).toArray());
  }

  private interface Weight {
    double of(LabelSet set);
  }

  private static int[] draw(List<LabelSet> sets, SplittableRandom random, Weight weight) {
    double total = 0;
    for (LabelSet set : sets) {
      total += weight.of(set);
    }
    double at = random.nextDouble() * total;
    for (LabelSet set : sets) {
      at -= weight.of(set);
      if (at < 0) {
        return set.classes();
      }
    }
    return sets.get(sets.size() - 1).classes();
  }

  private static Slot slot(int ordinal, int[] classes, LabeledDataset dataset) {
    return new Slot(ordinal, Arrays.stream(classes).mapToObj(dataset.classNames()::get).toList());
  }

  /** The text form that {@link #parse} reads. */
  @Override
  public String toString() {
    return (kind == Kind.TOP_UP ? "topup:" : "add:") + images;
  }

  /** Classes (indices, ascending) that occur together, and in how many images. */
  private static final class LabelSet {
    private final int[] classes;
    private final double count;

    LabelSet(int[] classes, double count) {
      this.classes = classes;
      this.count = count;
    }

    int[] classes() {
      return classes;
    }

    double count() {
      return count;
    }

    boolean has(int wanted) {
      return Arrays.binarySearch(classes, wanted) >= 0;
    }

    /** The share of its classes that still lack images, squared so that full ones are avoided. */
    double shareLacking(int[] lacking) {
      double share =
          Arrays.stream(classes).filter(k -> lacking[k] > 0).count() / (double) classes.length;
      return share * share;
    }
  }
}
