package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import io.github.iaa4j.core.error.DatasetException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Looks into some files of a data set, evenly spread: what lists and labels say of them may not be
 * so, and it would show nowhere else before a figure is published.
 */
final class SampleCheck {

  /** Files that are read at most: about a second of photos. */
  private static final int MOST = 200;

  private SampleCheck() {}

  private static <T> List<T> evenly(List<T> all) {
    int looked = Math.min(all.size(), MOST);
    return IntStream.range(0, looked)
        .mapToObj(i -> all.get((int) ((long) i * all.size() / looked)))
        .toList();
  }

  /** Adds how many images are turned by their EXIF orientation, or are none that can be read. */
  static <T extends LabeledImage> void turned(
      List<T> images, Predicate<T> isTurned, Notices notices) {
    List<T> sample = evenly(images);
    List<String> unreadable = new ArrayList<>();
    for (T image : sample) {
      try {
        if (isTurned.test(image)) {
          notices.add(Kind.TURNED_BY_EXIF, "", image.id(), sample.size());
        }
      } catch (DatasetException e) {
        unreadable.add(String.valueOf(e.getMessage()));
      }
    }
    addAll(Kind.UNREADABLE_IMAGES, unreadable, sample.size(), notices);
  }

  private static void addAll(Kind kind, List<String> faults, int looked, Notices notices) {
    if (!faults.isEmpty()) {
      notices.addAll(kind, faults.get(0), "", faults.size(), looked);
    }
  }

  /**
   * Adds what the masks of some images have against their labels: a wrong order of the classes,
   * masks of 0 and 255 alone or masks of other images.
   *
   * @param images those that have a mask
   */
  static void masks(List<? extends LabeledImage> images, List<String> classNames, Notices notices) {
    List<? extends LabeledImage> sample = evenly(images);
    List<String> unreadable = new ArrayList<>();
    for (LabeledImage image : sample) {
      try {
        Optional<LabelMask> mask = image.mask();
        if (mask.isPresent()) {
          Set<String> shown = shown(mask.get(), classNames);
          if (!shown.equals(new HashSet<>(image.labels()))) {
            notices.add(
                Kind.MASKS_THAT_CONTRADICT_LABELS,
                "",
                image.id()
                    + " (labels "
                    + image.labels()
                    + ", mask "
                    + classNames.stream().filter(shown::contains).toList()
                    + ")",
                sample.size());
          }
        }
      } catch (DatasetException e) {
        unreadable.add(String.valueOf(e.getMessage()));
      }
    }
    addAll(Kind.UNREADABLE_MASKS, unreadable, sample.size(), notices);
  }

  private static Set<String> shown(LabelMask mask, List<String> classNames) {
    boolean[] indices = new boolean[LabelMask.VOID + 1];
    for (byte index : mask.indices()) {
      indices[index & 0xff] = true;
    }
    Set<String> shown = new HashSet<>();
    for (int k = 0; k < classNames.size(); k++) {
      if (indices[k + 1]) {
        shown.add(classNames.get(k));
      }
    }
    return shown;
  }
}
