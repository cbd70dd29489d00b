package io.github.iaa4j.core.dataset;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What every {@link LabeledDataset} must keep to, whoever implements it. */
final class DatasetContract {

  /** Enough to see what is wrong; a data set of a thousand faults has one cause. */
  private static final int MAX_FAULTS = 10;

  private final List<String> faults = new ArrayList<>();

  private DatasetContract() {}

  static List<String> faults(List<String> classNames, List<? extends LabeledImage> images) {
    DatasetContract contract = new DatasetContract();
    contract.checkClasses(classNames);
    if (contract.faults.isEmpty()) {
      contract.checkImages(new LinkedHashSet<>(classNames), images);
    }
    List<String> faults = contract.faults;
    return List.copyOf(faults.subList(0, Math.min(faults.size(), MAX_FAULTS)));
  }

  private void checkClasses(List<String> classNames) {
    if (classNames == null) {
      faults.add("the data set's classNames() is null");
      return;
    }
    Set<String> seen = new HashSet<>();
    for (String name : classNames) {
      if (name == null || name.isBlank()) {
        faults.add("a class has no name among " + classNames);
      } else if (!seen.add(name)) {
        faults.add("the class \"" + name + "\" occurs twice among " + classNames);
      } else if (ClassList.isBackground(name)) {
        faults.add("the class \"" + name + "\" is background, which is not a class; leave it out");
      }
    }
  }

  private void checkImages(Set<String> classNames, List<? extends LabeledImage> images) {
    if (images == null) {
      faults.add("the data set's images() is null");
      return;
    }
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < images.size() && faults.size() < MAX_FAULTS; i++) {
      LabeledImage image = images.get(i);
      if (image == null) {
        faults.add("image number " + i + " is null");
      } else if (image.id() == null || image.id().isBlank()) {
        faults.add("image number " + i + " has no id");
      } else if (!ids.add(image.id())) {
        faults.add("two images have the id \"" + image.id() + "\"");
      } else {
        checkLabels(image.id(), image.labels(), classNames);
      }
    }
  }

  private void checkLabels(String id, List<String> labels, Set<String> classNames) {
    if (labels == null) {
      faults.add("the labels of image \"" + id + "\" are null");
      return;
    }
    Set<String> seen = new HashSet<>();
    for (String label : labels) {
      if (label == null || !classNames.contains(label)) {
        faults.add(
            "image \""
                + id
                + "\" has the label \""
                + label
                + "\", but the classes are "
                + classNames);
      } else if (!seen.add(label)) {
        faults.add("image \"" + id + "\" has the label \"" + label + "\" twice");
      }
    }
  }
}
