package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.ConfigurationException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Images with image-level labels: the only supervision that weakly supervised training has.
 *
 * <p>A data set may be read by several threads at once, and what it returns never changes.
 * Implementations must have no {@link #faults}; for a list of images, {@link #of} is enough.
 */
public interface LabeledDataset {

  /** The classes, without background, in the order that masks and score vectors follow. */
  List<String> classNames();

  /** The images, in the order of the data set. Cheap to hold: pixels are read on demand. */
  List<LabeledImage> images();

  /**
   * What was skipped, left out or found to disagree when the data set was opened, for the people
   * who work with it. The first call may read some masks, which can take a few seconds.
   */
  default List<DatasetNotice> notices() {
    return List.of();
  }

  /** How many images have each class, in the order of {@link #classNames()}. */
  default int[] classCounts() {
    int[] counts = new int[classNames().size()];
    for (LabeledImage image : images()) {
      for (String label : image.labels()) {
        counts[classNames().indexOf(label)]++;
      }
    }
    return counts;
  }

  /**
   * How a data set violates this contract: a class or image that is null, has no name, occurs twice
   * or is background; a label that is not a class or occurs twice. Pixels are not read.
   *
   * @return one sentence without a full stop for each of the first faults, empty if there are none
   */
  static List<String> faults(LabeledDataset data) {
    return DatasetContract.faults(data.classNames(), data.images());
  }

  /**
   * One data set after the other, such as the real images and then the generated ones.
   *
   * @throws ConfigurationException if their classes or the order of their classes differ, or an id
   *     is in both
   */
  static LabeledDataset concat(LabeledDataset first, LabeledDataset second) {
    if (!first.classNames().equals(second.classNames())) {
      throw new ConfigurationException(
          "data sets can only be joined when they have the same classes in the same order, but one"
              + " has "
              + first.classNames()
              + " and the other "
              + second.classNames());
    }
    List<LabeledImage> images = new ArrayList<>(first.images());
    images.addAll(second.images());
    return of(
        first.classNames(),
        images,
        () -> Stream.of(first, second).flatMap(data -> data.notices().stream()).toList());
  }

  /**
   * A data set of the given images.
   *
   * @throws ConfigurationException if there are {@link #faults}
   */
  static LabeledDataset of(List<String> classNames, List<? extends LabeledImage> images) {
    return of(classNames, images, List::of);
  }

  private static LabeledDataset of(
      List<String> classNames,
      List<? extends LabeledImage> images,
      Supplier<List<DatasetNotice>> notices) {
    List<String> classes = List.copyOf(classNames);
    List<LabeledImage> all = List.copyOf(images);
    List<String> faults = DatasetContract.faults(classes, all);
    if (!faults.isEmpty()) {
      throw new ConfigurationException(faults);
    }
    return new LabeledDataset() {
      @Override
      public List<String> classNames() {
        return classes;
      }

      @Override
      public List<LabeledImage> images() {
        return all;
      }

      @Override
      public List<DatasetNotice> notices() {
        return notices.get();
      }
    };
  }
}
