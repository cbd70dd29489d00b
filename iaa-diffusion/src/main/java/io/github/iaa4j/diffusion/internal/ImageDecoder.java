package io.github.iaa4j.diffusion.internal;

import ai.onnxruntime.OnnxTensor;
import io.github.iaa4j.core.dataset.RgbImage;
import java.util.Map;

/**
 * Latents to pixels, one image at a time, by the decoder of the autoencoder. Owns its buffers; for
 * one thread.
 */
public final class ImageDecoder implements AutoCloseable {

  private final Vae vae;
  private final int width;
  private final int height;
  private final FloatTensor input;
  private final FloatTensor output;
  private final Map<String, OnnxTensor> inputs;
  private final Map<String, OnnxTensor> outputs;
  private final float[] scaled;
  private final float[] pixels;

  /**
   * @param vae stays the caller's
   * @param width of the images, in pixels
   * @param height of the images, in pixels
   */
  public ImageDecoder(Vae vae, int width, int height) {
    this.vae = vae;
    this.width = width;
    this.height = height;
    long[] latentShape = {1, vae.latentChannels(), height / vae.scale(), width / vae.scale()};
    long[] imageShape = {1, 3, height, width};
    scaled = new float[Math.toIntExact(latentShape[1] * latentShape[2] * latentShape[3])];
    pixels = new float[3 * height * width];
    input = new FloatTensor(vae.graph(), latentShape, vae.inputType());
    output = new FloatTensor(vae.graph(), imageShape, vae.output().type());
    inputs = Map.of(Vae.INPUT, input.tensor());
    outputs = Map.of(vae.output().name(), output.tensor());
  }

  /**
   * Decodes one image.
   *
   * @param latents {@code [C, h, w]}, as the scheduler leaves them
   * @return {@code [3, H, W]}, 0 to 1; overwritten by the next call
   */
  public float[] decode(float[] latents) {
    vae.unscale(latents, scaled);
    input.put(0, scaled);
    vae.graph().run(inputs, outputs);
    output.get(0, pixels);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = Math.min(Math.max(pixels[i] / 2 + 0.5f, 0), 1);
    }
    return pixels;
  }

  /** The image of latents, each value rounded to the nearest of 256. */
  public RgbImage image(float[] latents) {
    decode(latents);
    int plane = width * height;
    byte[] rgb = new byte[3 * plane];
    for (int i = 0; i < plane; i++) {
      for (int c = 0; c < 3; c++) {
        rgb[3 * i + c] = (byte) Math.rint(pixels[c * plane + i] * 255f);
      }
    }
    return new RgbImage(width, height, rgb);
  }

  @Override
  public void close() {
    input.close();
    output.close();
  }
}
