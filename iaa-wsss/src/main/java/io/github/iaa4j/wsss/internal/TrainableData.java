package io.github.iaa4j.wsss.internal;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.error.ConfigurationException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What every method of this module expects of the data set that it trains on. */
public final class TrainableData {

  private static final Logger LOG = LoggerFactory.getLogger(TrainableData.class);

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
  }

  /**
   * Refuses validation images that no classifier can be measured on.
   *
   * @param data to train on
   * @throws ConfigurationException if they violate the contract of a data set, have other classes
   *     than {@code data}, or none of them has a label
   */
  public static void requireValidation(LabeledDataset validation, LabeledDataset data) {
    List<String> faults = LabeledDataset.faults(validation);
    if (!faults.isEmpty()) {
      throw new ConfigurationException(faults);
    }
    if (!validation.classNames().equals(data.classNames())) {
      throw new ConfigurationException(
          "the validation images have the classes "
              + validation.classNames()
              + ", but must have those of the training images, "
              + data.classNames());
    }
    if (validation.images().stream().allMatch(image -> image.labels().isEmpty())) {
      throw new ConfigurationException(
          "none of the "
              + validation.images().size()
              + " validation images has a label, and average precision is measured by labels");
    }
    Set<String> trained = new HashSet<>();
    data.images().forEach(image -> trained.add(image.id()));
    List<String> both =
        validation.images().stream().map(LabeledImage::id).filter(trained::contains).toList();
    if (!both.isEmpty()) {
      LOG.warn(
          "{} validation images have the ids of training images, such as {}. Where they are the"
              + " same images, validation cannot tell when to stop.",
          both.size(),
          both.get(0));
    }
  }
}
