package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.DatasetException;
import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Compares masks with their images' labels. A wrong order of the classes, masks of 0 and 255 alone
 * or of other images show in it, and nowhere else before a figure is published.
 */
final class MaskCheck {

  /** Masks that are read at most, evenly spread: about a second of photos. */
  private static final int MOST = 200;

  private MaskCheck() {}

  /**
   * Adds what the masks of some images have against their labels.
   *
   * @param images those that have a mask
   */
  static void compare(List<LabeledImage> images, List<String> classNames, Notices notices) {
    int looked = Math.min(images.size(), MOST);
    List<String> unreadable = new ArrayList<>();
    for (int i = 0; i < looked; i++) {
      LabeledImage image = images.get((int) ((long) i * images.size() / looked));
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
                looked);
          }
        }
      } catch (DatasetException e) {
        unreadable.add(String.valueOf(e.getMessage()));
      }
    }
    for (String ignored : unreadable) {
      notices.add(Kind.UNREADABLE_MASKS, unreadable.get(0), "", looked);
    }
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
