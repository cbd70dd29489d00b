package io.github.iaa4j.diffusion.internal.text;

import io.github.iaa4j.diffusion.internal.model.NotFinite;
import io.github.iaa4j.diffusion.internal.model.TensorNames;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The inputs of the UNet for one row besides its latents and the timestep, the same at every step
 * of a run. Its arrays are shared between images and must not be changed.
 *
 * @param tokens S, of {@link TensorNames#ENCODER_HIDDEN_STATES}; rows of one run of the UNet have
 *     equally many
 * @param inputs values for each input of the UNet by its name, one row of each
 */
public record Conditioning(int tokens, Map<String, float[]> inputs) {

  /** The same with further inputs. */
  public Conditioning with(Map<String, float[]> further) {
    Map<String, float[]> all = new LinkedHashMap<>(inputs);
    all.putAll(further);
    return new Conditioning(tokens, all);
  }

  /** Whether no number is NaN or infinite. */
  public boolean isFinite() {
    return inputs.values().stream().allMatch(NotFinite::isFinite);
  }

  /** The row of an input. */
  public float[] input(String name) {
    return Objects.requireNonNull(inputs.get(name), name);
  }
}
