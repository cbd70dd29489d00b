package io.github.iaa4j.core.wsss;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.settings.Description;
import java.nio.file.Path;

/**
 * A method of weakly supervised semantic segmentation: trains a model from image-level labels, and
 * opens it again. Implement it to compare a method of your own with and without generated images.
 *
 * <p>What a folder contains is known to the method alone. Implementations are immutable and safe
 * for use by several threads.
 *
 * @param <M> the model: a {@link WsssModel} if an online filter or pseudo masks are wanted, a
 *     {@link Segmenter} if the method gives masks only
 */
public interface WsssMethod<M extends Segmenter> {

  /**
   * Trains a model and saves it. Real and generated images are told apart by {@link
   * io.github.iaa4j.core.dataset.LabeledImage#generated()}; true masks are never read. The same
   * method and data set give the same model, as far as the method can promise that.
   *
   * @param data with at least one image that has a label
   * @param folder where the model is saved; created if it does not exist. A model in it is present
   *     only once it is complete
   * @return the model, open; owned by the caller
   * @throws io.github.iaa4j.core.error.ConfigurationException if the method cannot learn from this
   *     data set
   * @throws io.github.iaa4j.core.error.StorageException if the folder cannot be written
   * @throws io.github.iaa4j.core.error.CancelledException if the thread is interrupted; its
   *     interrupt flag stays set
   */
  M fit(LabeledDataset data, Path folder);

  /**
   * Opens a model that {@link #fit} saved.
   *
   * @return the model, open; owned by the caller
   * @throws io.github.iaa4j.core.error.ModelException if the folder has no model of this method, or
   *     it is damaged
   */
  M load(Path folder);

  /** Whether {@link #fit} saved a model in this folder. {@link #load} says whether it is intact. */
  boolean isPresent(Path folder);

  /**
   * What the method is and how it is set, for {@code comparison.json}. Two methods that would train
   * different models should have different descriptions.
   *
   * <p>The default names the class. That is complete for a class without fields; any other class
   * overrides this method and names its settings.
   */
  default Description describe() {
    return Description.ofClass(this);
  }
}
