package io.github.iaa4j.wsss.internal;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.error.ConfigurationException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What every method of this module expects of the data set that it trains on. */
public final class TrainableData {

  private TrainableData() {}

  /**
   * Refuses a data set that no method can learn from.
   *
   * @throws ConfigurationException if it violates its contract, has no class, more than 254 classes
   *     or no image, or none of its images has a label
   */
  public static void require(LabeledDataset data) {
    List<String> faults = LabeledDataset.faults(data);
    if (!faults.isEmpty()) {
      throw new ConfigurationException(faults);
    }
    if (data.classNames().isEmpty()) {
      throw new ConfigurationException(
          "the data set has no classes, and training needs at least one");
    }
    if (data.classNames().size() > LabelMask.MAX_CLASSES) {
      throw new ConfigurationException(
          "the data set has "
              + data.classNames().size()
              + " classes, but a mask of one byte per pixel has room for at most "
              + LabelMask.MAX_CLASSES
              + "; leave out or merge classes");
    }
    if (data.images().isEmpty()) {
      throw new ConfigurationException(
          "the data set has no images, and training needs at least one");
    }
    if (data.images().stream().allMatch(image -> image.labels().isEmpty())) {
      throw new ConfigurationException(
          "none of the "
              + data.images().size()
              + " images of the data set has a label, and training learns from labels alone");
    }
    for (LabeledImage image : data.images()) {
      Set<String> unknown = new LinkedHashSet<>(image.labels());
      unknown.removeAll(data.classNames());
      if (!unknown.isEmpty()) {
        throw new ConfigurationException(
            "image "
                + image.id()
                + " has the labels "
                + unknown
                + ", but the data set's classes are "
                + data.classNames());
      }
    }
  }
}
