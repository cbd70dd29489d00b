package io.github.iaa4j.diffusion;

/**
 * One image with all its precision, for comparing implementations.
 *
 * @param latents {@code [1, C, h, w]}, float32: the latents after the last step, before the decoder
 *     and its scaling factor (what diffusers gives for {@code output_type="latent"})
 * @param image {@code [1, 3, H, W]}, float32, RGB, 0 to 1
 */
public record Sample(Npy latents, Npy image) {}
