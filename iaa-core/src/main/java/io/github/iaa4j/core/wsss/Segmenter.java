package io.github.iaa4j.core.wsss;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import java.util.List;

/**
 * A trained model that gives masks: all that measuring a segmentation needs. One that is also a
 * classifier with activation maps is a {@link WsssModel}, and can serve as the scorer of an online
 * filter.
 *
 * <p>A model is open when its user gets it, and never trains; a {@link WsssMethod} trains one. Its
 * user closes it.
 *
 * <p>Implementations are safe for use by several threads: any method may be called while others are
 * in progress, and returns what it returns alone. A call in progress while another thread closes
 * the model ends normally or throws {@link IllegalStateException}; a later call throws it.
 */
public interface Segmenter extends AutoCloseable {

  /** The classes, without background, in the order of the masks' indices; also after closing. */
  List<String> classNames();

  /**
   * The mask of an image, made without knowledge of its labels.
   *
   * @param image of any size
   * @return a mask of the image's size
   * @throws IllegalStateException if the model is closed
   */
  LabelMask segment(RgbImage image);

  /**
   * Prepares to segment many images. By default each is segmented when its mask is asked for. A
   * model that is costly to start, such as an outside program, does all the work here, once.
   *
   * @param images each with an id of its own; their labels and true masks are not read
   * @return their masks, to be closed by the caller before the model
   * @throws IllegalStateException if the model is closed
   */
  default Masks segmentAll(List<? extends LabeledImage> images) {
    return image -> segment(image.image());
  }

  /** Releases what the model holds. Calling it again has no effect. */
  @Override
  void close();

  /** The masks of given images. Safe for use by several threads. */
  @FunctionalInterface
  interface Masks extends AutoCloseable {

    /**
     * The mask of one of the images that were given.
     *
     * @return a mask of the image's size
     */
    LabelMask of(LabeledImage image);

    /** Releases what holds the masks, such as files. Calling it again has no effect. */
    @Override
    default void close() {}
  }
}
