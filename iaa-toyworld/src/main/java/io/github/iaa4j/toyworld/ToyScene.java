package io.github.iaa4j.toyworld;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import java.util.List;

/**
 * A drawn scene, with its mask, caption and objects. Immutable, so safe for use by several threads.
 *
 * @param image 64 x 64 pixels
 * @param mask of the same size; k + 1 where {@link ToyWorld#CLASS_NAMES} k is visible
 * @param labels the classes in the mask, in class order
 * @param caption an English description
 * @param objects from the farthest to the nearest
 * @param setting one of {@link ToyWorld#SETTING_NAMES}
 */
public record ToyScene(
    RgbImage image,
    LabelMask mask,
    List<String> labels,
    String caption,
    List<ToyObject> objects,
    String setting) {
  /** Copies the lists. */
  public ToyScene {
    labels = List.copyOf(labels);
    objects = List.copyOf(objects);
  }
}
