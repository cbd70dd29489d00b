package io.github.iaa4j.examples;

import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GeneratedImage;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.sampling.StepObserver;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.toyworld.ToyWorldCheckpoint;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import javax.imageio.ImageIO;

/** Stable Diffusion by itself: one prompt, one PNG. Any folder that Optimum exports will do. */
public final class GenerateOneImage {

  private GenerateOneImage() {}

  /**
   * @param args the prompt and the PNG file
   */
  public static void main(String[] args) throws InterruptedException {
    Queue<GenerationJob> jobs =
        new ArrayDeque<>(List.of(new GenerationJob(0, 0, 42, new Prompt(args[0], ""))));
    try (StableDiffusion sampler =
        StableDiffusion.load(ToyWorldCheckpoint.folder()).steps(20).guidance(5).build()) {
      sampler.generate(jobs::poll, new SaveAs(new File(args[1])));
    }
  }

  private record SaveAs(File file) implements StepObserver {
    @Override
    public int[] previewSteps(int steps) {
      return new int[0];
    }

    @Override
    public boolean onPreview(Preview preview) {
      return true;
    }

    @Override
    public void onGenerated(GeneratedImage painting) {
      try {
        ImageIO.write(painting.image().toBufferedImage(), "png", file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void onFailed(GenerationJob job, GenerationException failure) {
      throw failure;
    }
  }
}
