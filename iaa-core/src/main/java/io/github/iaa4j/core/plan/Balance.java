package io.github.iaa4j.core.plan;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.error.ConfigurationException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Decides how many images each class gets. The label sets are those that really occur together in
 * the data set, so no prompt has to put a cow into a living room with a bus. Immutable, so safe for
 * use by several threads.
 */
public final class Balance {

  private static final int DEFAULT_MAX_LABELS = 2;

  /** As many digits as the text form has. */
  private static final int MAX_COUNT = 999_999_999;

  private static final int MAX_TOGETHER = 4;
  private static final int MAX_GROUPS = 10_000;
  private static final Pattern TEXT =
      Pattern.compile("(topup|add):([0-9]{1,9})(?::(together|atmost)([0-9]{1,9}))?");

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
   * lacks the most images, weighted by how often they occur and by how much their other classes
   * lack.
   *
   * @throws ConfigurationException if {@code images} is not from 1 to 999,999,999
   */
  public static Balance topUpTo(int images) {
    return new Balance(Kind.TOP_UP, positive(images), DEFAULT_MAX_LABELS, false);
  }

  /**
   * Adds this many images whose label sets are drawn as they occur in the data set: more images of
   * the same distribution, no balancing.
   *
   * @throws ConfigurationException if {@code images} is not from 1 to 999,999,999
   */
  public static Balance add(int images) {
    return new Balance(Kind.ADD, positive(images), DEFAULT_MAX_LABELS, false);
  }

  /**
   * Reads the text form that {@link #toString} writes: {@code topup:N} or {@code add:N}, with
   * {@code :together2} after it for {@link #together} or {@code :atmost3} for {@link
   * #atMostLabels}.
   *
   * @throws ConfigurationException if it is neither
   */
  public static Balance parse(String text) {
    Matcher form = TEXT.matcher(text);
    if (!form.matches()) {
      throw new ConfigurationException(
          "balance \""
              + text
              + "\" is neither topup:N nor add:N with a whole number N from 1, nor one of them with"
              + " :together1 to :together"
              + MAX_TOGETHER
              + " or :atmostN after it");
    }
    int images = Integer.parseInt(form.group(2));
    Balance balance = form.group(1).equals("topup") ? topUpTo(images) : add(images);
    if (form.group(3) == null) {
      return balance;
    }
    int labels = Integer.parseInt(form.group(4));
    return form.group(3).equals("together")
        ? balance.together(labels)
        : balance.atMostLabels(labels);
  }

  /**
   * At most this many labels per image. Defaults to 2. Diffusion models lose objects when a prompt
   * names many. An image with more labels counts as one set for each label.
   *
   * @throws ConfigurationException if {@code labels} is not from 1 to 999,999,999
   */
  public Balance atMostLabels(int labels) {
    return new Balance(kind, images, positive(labels), false);
  }

  /**
   * At most this many labels per image; an image with more counts as every group of this many of
   * its labels, so that dense scenes stay dense. With {@link #atMostLabels} they are split up: most
   * images of COCO have more than two labels, and four of five planned images would have one.
   *
   * @param labels from 1 to 4; diffusion models lose objects when a prompt names more
   * @throws ConfigurationException if {@code labels} is out of this range
   */
  public Balance together(int labels) {
    if (labels < 1 || labels > MAX_TOGETHER) {
      throw new ConfigurationException(
          "together(" + labels + "): 1 to " + MAX_TOGETHER + " labels fit into one image");
    }
    return new Balance(kind, images, labels, true);
  }

  private static int positive(int value) {
    if (value < 1 || value > MAX_COUNT) {
      throw new ConfigurationException(
          "a balance counts from 1 to " + MAX_COUNT + ", not " + value);
    }
    return value;
  }

  /**
   * The slots, in order. The same data set, balance and seed give the same slots.
   *
   * @throws ConfigurationException if no image of the data set has a label, or one image has enough
   *     labels for more than 10,000 groups of those that may stand {@link #together}
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
    List<List<LabelSet>> setsByClass = byClass(sets, lacking.length);
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
      int[] chosen =
          draw(setsByClass.get(rarest), random, set -> set.count() * set.shareLacking(lacking));
      for (int k : chosen) {
        lacking[k]--;
      }
      slots.add(slot(slots.size(), chosen, dataset));
    }
  }

  /** The sets that hold each class, in their order. */
  private static List<List<LabelSet>> byClass(List<LabelSet> sets, int classes) {
    List<List<LabelSet>> byClass = new ArrayList<>();
    for (int k = 0; k < classes; k++) {
      byClass.add(new ArrayList<>());
    }
    for (LabelSet set : sets) {
      for (int k : set.classes()) {
        byClass.get(k).add(set);
      }
    }
    return byClass;
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
        requireFewGroups(image, classes.size());
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

  private void requireFewGroups(LabeledImage image, int labels) {
    double groups = 1;
    for (int k = 0; k < maxLabels; k++) {
      groups = groups * (labels - k) / (k + 1);
    }
    if (groups > MAX_GROUPS) {
      throw new ConfigurationException(
          String.format(
              Locale.ROOT,
              "together(%d): image %s has %d labels, which make %.0f groups of %1$d, and at most %d"
                  + " are planned with. Let fewer stand together.",
              maxLabels,
              image.id(),
              labels,
              groups,
              MAX_GROUPS));
    }
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

  /**
   * The classes that are to be topped up but that no image of the data set shows: without a label
   * set to draw, no slot is planned for them. Empty where images are only added.
   */
  public List<String> unplannable(LabeledDataset dataset) {
    List<String> unplannable = new ArrayList<>();
    int[] counts = dataset.classCounts();
    for (int k = 0; kind == Kind.TOP_UP && k < counts.length; k++) {
      if (counts[k] == 0) {
        unplannable.add(dataset.classNames().get(k));
      }
    }
    return unplannable;
  }

  /** The text form that {@link #parse} reads: the same balance again. */
  @Override
  public String toString() {
    String text = (kind == Kind.TOP_UP ? "topup:" : "add:") + images;
    if (inGroups) {
      return text + ":together" + maxLabels;
    }
    return maxLabels == DEFAULT_MAX_LABELS ? text : text + ":atmost" + maxLabels;
  }

  /** Whether the other balance has the same text form, and so plans the same slots. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Balance that
        && kind == that.kind
        && images == that.images
        && maxLabels == that.maxLabels
        && inGroups == that.inGroups;
  }

  /** Consistent with {@link #equals}. */
  @Override
  public int hashCode() {
    return Objects.hash(kind, images, maxLabels, inGroups);
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

    /** The share of its classes that still lack images, squared so that full ones are avoided. */
    double shareLacking(int[] lacking) {
      double share =
          Arrays.stream(classes).filter(k -> lacking[k] > 0).count() / (double) classes.length;
      return share * share;
    }
  }
}
