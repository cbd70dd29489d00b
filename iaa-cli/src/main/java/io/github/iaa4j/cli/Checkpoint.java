package io.github.iaa4j.cli;

import io.github.iaa4j.toyworld.ToyWorldCheckpoint;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A Stable Diffusion folder and how it is usually guided.
 *
 * @param folder in the Hugging Face ONNX layout
 * @param usualGuidance the default guidance scale
 */
record Checkpoint(Path folder, double usualGuidance) {

  private static final double USUAL_GUIDANCE = 7.5;

  /** Small models need, and stand, less guidance than Stable Diffusion. */
  private static final double TOY_WORLD_GUIDANCE = 5;

  /** The given folder, or the built-in checkpoint of Toy World. */
  static Checkpoint of(@Nullable Path asked) {
    return asked == null
        ? new Checkpoint(ToyWorldCheckpoint.folder(), TOY_WORLD_GUIDANCE)
        : new Checkpoint(asked, USUAL_GUIDANCE);
  }
}
