package io.github.iaa4j.diffusion;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GenerationJob;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Models that start from images of their jobs, and such images. */
abstract class ImageGuided {

  static final Path TINY = Golden.path("tiny-sd");
  static final int SIZE = 32;
  static final RgbImage SOURCE = image(1);
  static final LabelMask LEFT_HALF = leftHalf();

  @TempDir static Path inpainting;
  @TempDir static Path controlled;

  @BeforeAll
  static void copy() throws IOException {
    Golden.copy("tiny-sd", inpainting);
    Golden.copy("tiny-sd-inpaint", inpainting);
    Golden.copy("tiny-sd", controlled);
    Golden.copy("tiny-sd-control", controlled);
  }

  static StableDiffusionBuilder load(Path folder, String scheduler) {
    return load(folder, scheduler, 4);
  }

  static StableDiffusionBuilder load(Path folder, String scheduler, @Nullable Integer steps) {
    StableDiffusionBuilder builder =
        StableDiffusion.builder(folder).scheduler(scheduler).threads(1).batch(1);
    return steps == null ? builder : builder.steps(steps);
  }

  static ControlNet control(String name) {
    return ControlNet.of(controlled.resolve(name), job -> image(job));
  }

  static RgbImage image(GenerationJob job) {
    return image(job.slot());
  }

  static RgbImage image(long seed) {
    byte[] rgb = new byte[3 * SIZE * SIZE];
    new SplittableRandom(seed).nextBytes(rgb);
    return new RgbImage(SIZE, SIZE, rgb);
  }

  static LabelMask leftHalf() {
    byte[] indices = new byte[SIZE * SIZE];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = (byte) (i % SIZE < SIZE / 2 ? 3 : 0);
    }
    return new LabelMask(SIZE, SIZE, indices);
  }

  static GenerationJob job(int slot, long seed) {
    return new GenerationJob(slot, 0, seed, new Prompt("a red bird", "blurry"));
  }

  static List<GenerationJob> jobs(int count) {
    return IntStream.range(0, count).mapToObj(i -> job(i, 1000 + i)).toList();
  }

  static Recorder generate(
      StableDiffusionBuilder builder, List<GenerationJob> jobs, Recorder recorder) {
    AtomicInteger next = new AtomicInteger();
    try (StableDiffusion model = builder.build()) {
      model.generate(
          () -> {
            int i = next.getAndIncrement();
            return i < jobs.size() ? jobs.get(i) : null;
          },
          recorder);
    }
    return recorder;
  }
}
