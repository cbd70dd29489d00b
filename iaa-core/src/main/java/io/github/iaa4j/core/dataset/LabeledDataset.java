package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.ConfigurationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Images with image-level labels: all the supervision that weakly supervised work has. */
public interface LabeledDataset {

  /** The classes, without background, in the order that masks and score vectors follow. */
  List<String> classNames();

  /** The images, in the order of the data set. Cheap to hold: pixels are read on demand. */
  List<LabeledImage> images();

  /**
   * What was passed over, left out or found to disagree when the data set was opened, to be told to
   * whoever works with it. The first call may read some masks, and so take a few seconds.
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
   * One data set after the other, such as the real images and then the generated ones.
   *
   * @throws ConfigurationException if their classes differ, or in order
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
   * A data set of images that are already at hand.
   *
   * @throws ConfigurationException if a class is there twice or is background, or an image has a
   *     label that is no class
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
    if (Set.copyOf(classes).size() < classes.size()) {
      throw new ConfigurationException("a class is there twice among " + classes);
    }
    for (String name : classes) {
      if (ClassList.isBackground(name)) {
        throw new ConfigurationException(
            "the class \"" + name + "\" is background, which is no class; leave it out");
      }
    }
    for (LabeledImage image : all) {
      if (!classes.containsAll(image.labels())) {
        throw new ConfigurationException(
            "image "
                + image.id()
                + " has the labels "
                + image.labels()
                + ", but the classes are "
                + classes);
      }
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
