package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.filter.ImageScorer;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.sampling.GeneratedImage;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.sampling.StepObserver;
import io.github.iaa4j.core.settings.Description;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.io.TempDir;

/** Runs with parts that do what a test tells them to. */
abstract class RunOfPets {

  @TempDir Path folder;

  static OnlineFilter filter(float... scores) {
    return OnlineFilter.of(
        new ImageScorer() {
          @Override
          public List<String> classNames() {
            return Pets.CLASSES;
          }

          @Override
          public float[] score(RgbImage image) {
            return scores.clone();
          }
        });
  }

  /** A sampler that does with the jobs what it is told to. */
  record Sampler(BiConsumer<JobSource, StepObserver> work) implements DiffusionSampler {
    @Override
    public Description describe() {
      return Description.of("odd");
    }

    @Override
    public void generate(JobSource jobs, StepObserver observer) {
      work.accept(jobs, observer);
    }

    @Override
    public void close() {}
  }

  static void generate(GenerationJob job, StepObserver observer) {
    observer.onGenerated(new GeneratedImage(job, Pets.noise(job), 10));
  }

  void fails(ImageAugmentationAgent.Builder agent, String... message) {
    assertThatThrownBy(() -> agent.build().run())
        .isInstanceOf(ConfigurationException.class)
        .message()
        .contains(message);
  }

  static RgbImage noise(long seed) {
    byte[] pixels = new byte[16 * 16 * 3];
    new Random(seed).nextBytes(pixels);
    return new RgbImage(16, 16, pixels);
  }

  record FirstPreview(GenerationJob job) implements Preview {
    @Override
    public int step() {
      return 1;
    }

    @Override
    public int steps() {
      return 10;
    }

    @Override
    public int functionEvaluations() {
      return 1;
    }

    @Override
    public float guidanceNorm() {
      return 0;
    }

    @Override
    public RgbImage image() {
      return Pets.noise(job);
    }
  }
}
