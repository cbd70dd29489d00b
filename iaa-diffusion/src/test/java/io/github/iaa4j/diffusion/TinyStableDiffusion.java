package io.github.iaa4j.diffusion;

import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** A tiny model, and jobs for it. */
abstract class TinyStableDiffusion {

  static final Path TINY = Golden.path("tiny-sd");
  static final int STEPS = 4;

  static StableDiffusionBuilder tiny() {
    return load(TINY);
  }

  static StableDiffusionBuilder load(Path folder) {
    return StableDiffusion.builder(folder).scheduler("DDIMScheduler").steps(STEPS).threads(1);
  }

  static GenerationJob job(int slot, long seed, String text) {
    return new GenerationJob(slot, 0, seed, new Prompt(text, "blurry"));
  }

  static List<GenerationJob> jobs(int count) {
    return IntStream.range(0, count).mapToObj(i -> job(i, 1000 + i, "bird " + i % 3)).toList();
  }

  static Recorder generate(
      StableDiffusionBuilder builder, List<GenerationJob> jobs, Recorder recorder) {
    try (StableDiffusion model = builder.build()) {
      model.generate(JobSource.of(jobs), recorder);
    }
    return recorder;
  }
}
