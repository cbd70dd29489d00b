package io.github.iaa4j.diffusion.internal.vae;

import ai.onnxruntime.OnnxTensor;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.diffusion.internal.model.NotFinite;
import io.github.iaa4j.diffusion.internal.model.NotFiniteException;
import io.github.iaa4j.onnx.internal.RowTensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Latents to pixels, one image at a time, by the decoder of the autoencoder. Owns its buffers; for
 * one thread.
 *
 * <p>Large images can be decoded in tiles that overlap by a quarter and are blended where they do,
 * as {@code AutoencoderKL.tiled_decode} of diffusers: the decoder needs memory for one tile, and
 * the pixels are nearly the same.
 */
public final class ImageDecoder implements AutoCloseable {

  private static final double OVERLAP = 0.25;

  private final Vae vae;
  private final int width;
  private final int height;
  private final int tile;
  private final float[] scaled;
  private final float[] pixels;
  private boolean isFinite;
  private final Map<String, Window> windows = new LinkedHashMap<>();

  /**
   * @param vae stays the caller's
   * @param width of the images, in pixels
   * @param height of the images, in pixels
   * @param tiled whether images larger than those that the autoencoder was trained on are decoded
   *     in tiles of that size
   */
  public ImageDecoder(Vae vae, int width, int height, boolean tiled) {
    this.vae = vae;
    this.width = width;
    this.height = height;
    tile = tiled ? vae.tile() : Integer.MAX_VALUE;
    scaled = new float[vae.latentChannels() * latentHeight() * latentWidth()];
    pixels = new float[3 * height * width];
  }

  /** Buffers for latents of one size. */
  private final class Window implements AutoCloseable {

    private final RowTensor input;
    private final RowTensor output;
    private final Map<String, OnnxTensor> inputs;
    private final Map<String, OnnxTensor> outputs;

    Window(int high, int wide) {
      long scale = vae.scale();
      input =
          new RowTensor(
              vae.graph(),
              1,
              vae.fixedRows(),
              new long[] {vae.latentChannels(), high, wide},
              vae.inputType());
      try {
        output =
            new RowTensor(
                vae.graph(),
                1,
                vae.fixedRows(),
                new long[] {3, high * scale, wide * scale},
                vae.output().type());
      } catch (RuntimeException | Error e) {
        input.close();
        throw e;
      }
      inputs = Map.of(vae.input(), input.tensor(0));
      outputs = Map.of(vae.output().name(), output.tensor(0));
    }

    void decode(float[] from, float[] into) {
      input.put(0, 0, from);
      vae.graph().run(inputs, outputs);
      output.get(0, into);
    }

    @Override
    public void close() {
      input.close();
      output.close();
    }
  }

  /**
   * Decodes one image.
   *
   * @param latents {@code [C, h, w]}, as the scheduler leaves them
   * @return {@code [3, H, W]}, 0 to 1; overwritten by the next call
   */
  public float[] decode(float[] latents) {
    vae.unscale(latents, scaled);
    if (latentHeight() <= tile && latentWidth() <= tile) {
      window(latentHeight(), latentWidth()).decode(scaled, pixels);
    } else {
      decodeTiles();
    }
    isFinite = NotFinite.isFinite(pixels);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = Math.min(Math.max(pixels[i] / 2 + 0.5f, 0), 1);
    }
    return pixels;
  }

  /** False if the last image has NaN or infinity, as where float16 overflows. */
  public boolean isFinite() {
    return isFinite;
  }

  private void decodeTiles() {
    int stride = (int) (tile * (1 - OVERLAP));
    int shared = (tile - stride) * vae.scale();
    Tile[] above = new Tile[(latentWidth() + stride - 1) / stride];
    for (int top = 0; top < latentHeight(); top += stride) {
      for (int left = 0, column = 0; left < latentWidth(); left += stride, column++) {
        Tile next = tile(top, left);
        if (top > 0) {
          next.blendBelow(above[column], shared);
        }
        if (left > 0) {
          next.blendRightOf(above[column - 1], shared);
        }
        above[column] = next;
        next.copyTo(top * vae.scale(), left * vae.scale(), stride * vae.scale());
      }
    }
  }

  private Tile tile(int top, int left) {
    int high = Math.min(tile, latentHeight() - top);
    int wide = Math.min(tile, latentWidth() - left);
    float[] latents = new float[vae.latentChannels() * high * wide];
    for (int c = 0; c < vae.latentChannels(); c++) {
      for (int y = 0; y < high; y++) {
        int from = (c * latentHeight() + top + y) * latentWidth() + left;
        System.arraycopy(scaled, from, latents, (c * high + y) * wide, wide);
      }
    }
    Tile tile = new Tile(high * vae.scale(), wide * vae.scale());
    window(high, wide).decode(latents, tile.values);
    return tile;
  }

  /** A decoded part of the image, {@code [3, high, wide]}. */
  private final class Tile {

    final int high;
    final int wide;
    final float[] values;

    Tile(int high, int wide) {
      this.high = high;
      this.wide = wide;
      values = new float[3 * high * wide];
    }

    void blendBelow(Tile above, int shared) {
      int extent = Math.min(shared, Math.min(above.high, high));
      for (int c = 0; c < 3; c++) {
        for (int y = 0; y < extent; y++) {
          float weight = y / (float) extent;
          int theirs = (c * above.high + above.high - extent + y) * above.wide;
          int ours = (c * high + y) * wide;
          for (int x = 0; x < wide; x++) {
            values[ours + x] = above.values[theirs + x] * (1 - weight) + values[ours + x] * weight;
          }
        }
      }
    }

    void blendRightOf(Tile left, int shared) {
      int extent = Math.min(shared, Math.min(left.wide, wide));
      for (int row = 0; row < 3 * high; row++) {
        for (int x = 0; x < extent; x++) {
          float weight = x / (float) extent;
          int theirs = (row + 1) * left.wide - extent + x;
          values[row * wide + x] =
              left.values[theirs] * (1 - weight) + values[row * wide + x] * weight;
        }
      }
    }

    void copyTo(int top, int left, int side) {
      int length = Math.min(side, wide);
      for (int c = 0; c < 3; c++) {
        for (int y = 0; y < Math.min(side, high); y++) {
          int into = (c * height + top + y) * width + left;
          System.arraycopy(values, (c * high + y) * wide, pixels, into, length);
        }
      }
    }
  }

  private Window window(int high, int wide) {
    return windows.computeIfAbsent(high + "x" + wide, size -> new Window(high, wide));
  }

  private int latentHeight() {
    return height / vae.scale();
  }

  private int latentWidth() {
    return width / vae.scale();
  }

  /**
   * The image of latents, each value rounded to the nearest of 256.
   *
   * @throws NotFiniteException if the decoder produces NaN or infinity
   */
  public RgbImage image(float[] latents) {
    decode(latents);
    if (!isFinite) {
      throw new NotFiniteException(NotFinite.PIXELS, vae.graph().file());
    }
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
    windows.values().forEach(Window::close);
  }
}
