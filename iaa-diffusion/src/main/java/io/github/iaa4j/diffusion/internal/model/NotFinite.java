package io.github.iaa4j.diffusion.internal.model;

import io.github.iaa4j.onnx.internal.OnnxHeader;
import java.nio.file.Path;

/** Where numbers first were NaN or infinite: the part of a model at fault, and what to do. */
public enum NotFinite {
  /** The embedding of a text. */
  TEXT("the embedding of the prompt", "the text encoder"),
  /** The latents of an image that a job starts from. */
  SOURCE("the latents of the image to start from", "the VAE encoder"),
  /** Latents in the denoising loop. */
  LATENTS("the latents", "the UNet"),
  /** The latents are finite, and what the decoder makes of them is not. */
  PIXELS("the pixels, not the latents,", "the VAE decoder");

  private static final String FLOAT32 = "optimum-cli export onnx --dtype fp32";

  private final String what;
  private final String part;

  NotFinite(String what, String part) {
    this.what = what;
    this.part = part;
  }

  /**
   * What happened and what to do, the same for each image that fails so.
   *
   * @param graph the file of the part at fault
   */
  public String problem(Path graph) {
    OnnxHeader header = OnnxHeader.read(graph);
    boolean isHalf = header != null && header.isHalf();
    String remedy =
        switch (this) {
          case TEXT -> "Take its float32 export (" + FLOAT32 + ")";
          case SOURCE, PIXELS ->
              "Take its float32 export ("
                  + FLOAT32
                  + ") or, for SDXL, a VAE that was fixed for float16, such as sdxl-vae-fp16-fix";
          case LATENTS ->
              "Take its float32 export ("
                  + FLOAT32
                  + "); where only some images fail, lower the guidance";
        };
    return what
        + " became NaN or infinite in "
        + part
        + (isHalf
            ? ", whose weights are float16, which overflows easily. "
            : ", as happens where float16 overflows and in damaged files. ")
        + remedy
        + ".";
  }

  /** Whether no number is NaN or infinite. */
  public static boolean isFinite(float[] values) {
    // Zero times NaN or infinity is NaN, and NaN stays in a sum. Four sums, as each waits for its
    // last addition.
    float sum = 0;
    float second = 0;
    float third = 0;
    float fourth = 0;
    int i = 0;
    for (; i < values.length - 3; i += 4) {
      sum += 0 * values[i];
      second += 0 * values[i + 1];
      third += 0 * values[i + 2];
      fourth += 0 * values[i + 3];
    }
    for (; i < values.length; i++) {
      sum += 0 * values[i];
    }
    return sum + second + third + fourth == 0;
  }
}
