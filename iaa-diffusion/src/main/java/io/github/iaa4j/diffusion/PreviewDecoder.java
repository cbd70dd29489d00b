package io.github.iaa4j.diffusion;

import io.github.iaa4j.core.sampling.Preview;

/**
 * What decodes the images of previews from the latents that the model predicts. Finished images are
 * always decoded by {@code vae_decoder/}.
 */
public enum PreviewDecoder {

  /** {@code vae_decoder/}, as for finished images. */
  FULL,

  /**
   * {@code vae_preview/} in the model's folder: {@code config.json} and {@code model.onnx} of a
   * small decoder of the same latents, {@code AutoencoderTiny} of diffusers (such as TAESD) or a
   * small {@code AutoencoderKL}. Scaling and size come from its own config: an {@code
   * AutoencoderTiny} takes latents that are divided by its own {@code scaling_factor}, 1, not by
   * that of the model. Images of a different size are scaled bilinearly.
   */
  TINY,

  /**
   * A linear map from the channels of a latent to red, green and blue, scaled bilinearly from the
   * size of the latents. It is fitted while the model is loaded, by least squares, to images that
   * the model generates for a few seeds without a prompt; that costs about what generating these
   * images costs.
   *
   * <p>All pixels of a latent get their mean colour, so previews are blurred: {@link
   * Preview#image()} keeps layout and colours and loses texture. On Toy World's checkpoint the map
   * explains 91.5 % of the variance of these colours in previews of other prompts; previews have a
   * PSNR of 20 dB against those of {@link #FULL}. Deterministic on a CPU.
   *
   * <p>Masks and the images of ControlNets are replaced by noise for the fit; how well it fits then
   * was not measured.
   */
  LINEAR
}
