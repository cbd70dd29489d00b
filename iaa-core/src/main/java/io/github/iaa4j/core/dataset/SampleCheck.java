package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import io.github.iaa4j.core.error.DatasetException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Looks into some files of a data set, evenly spread: what lists and labels say of them may not be
 * so, and it would show nowhere else before a figure is published.
 */
final class SampleCheck {

  /** Files that are read at most: about a second of photos. */
  private static final int MAX_FILES = 200;

  private SampleCheck() {}

  /** Looks at one image of a sample; how many the sample has is for the notice. */
  private interface Look<T> {
    void at(T image, int sampleSize);
  }

  /** Looks at some of the images and adds how many of them cannot be read. */
  private static <T> void look(List<T> all, Kind unreadableKind, Notices notices, Look<T> look) {
    int size = Math.min(all.size(), MAX_FILES);
    List<String> unreadable = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      try {
        look.at(all.get((int) ((long) i * all.size() / size)), size);
      } catch (DatasetException e) {
        unreadable.add(String.valueOf(e.getMessage()));
      }
    }
    if (!unreadable.isEmpty()) {
      notices.addAll(unreadableKind, unreadable.get(0), "", unreadable.size(), size);
    }
  }

  /** Adds how many images are turned by their EXIF orientation, or cannot be read. */
  static <T extends LabeledImage> void turned(
      List<T> images, Predicate<T> isTurned, Notices notices) {
    look(
        images,
        Kind.UNREADABLE_IMAGES,
        notices,
        (image, size) -> {
          if (isTurned.test(image)) {
            notices.add(Kind.TURNED_BY_EXIF, "", image.id(), size);
          }
        });
  }

  /**
   * Adds what the masks of some images have against their labels: a wrong order of the classes,
   * masks of 0 and 255 alone or masks of other images.
   *
   * @param images those that have a mask
   */
  static void masks(List<? extends LabeledImage> images, List<String> classNames, Notices notices) {
    look(
        images,
        Kind.UNREADABLE_MASKS,
        notices,
        (image, size) -> {
          Optional<LabelMask> mask = image.mask();
          if (mask.isEmpty()) {
            return;
          }
          Set<String> shown = shown(mask.get(), classNames);
          if (!shown.equals(new HashSet<>(image.labels()))) {
            List<String> inOrder = classNames.stream().filter(shown::contains).toList();
            notices.add(
                Kind.MASKS_THAT_CONTRADICT_LABELS,
                "",
                image.id() + " (labels " + image.labels() + ", mask " + inOrder + ")",
                size);
          }
        });
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
