package io.github.iaa4j.examples;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.toyworld.ToyWorldCheckpoint;
import java.io.File;
import java.io.IOException;
import javax.imageio.ImageIO;

/** Stable Diffusion by itself: one prompt, one PNG. Any folder that Optimum exports will do. */
public final class GenerateOneImage {

  private GenerateOneImage() {}

  /**
   * @param args the prompt and the PNG file
   */
  public static void main(String[] args) throws IOException {
    try (StableDiffusion sampler =
        StableDiffusion.builder(ToyWorldCheckpoint.folder()).steps(20).guidance(5).build()) {
      RgbImage image = sampler.image(new Prompt(args[0], ""), 42);
      ImageIO.write(image.toBufferedImage(), "png", new File(args[1]));
    }
  }
}
