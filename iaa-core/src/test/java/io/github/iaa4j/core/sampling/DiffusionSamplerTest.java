package io.github.iaa4j.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.testing.FakeSampler;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every sampler can do once it has {@link DiffusionSampler#generate}. */
@Timeout(20)
class DiffusionSamplerTest {

  private static final Prompt CAT = new Prompt("a photo of a cat", "");
  private static final Prompt DOG = new Prompt("a photo of a dog", "blurry");

  private static RgbImage imageOf(GenerationJob job) {
    return FakeSampler.plain(4, 4, (int) (31 * job.seed()) + job.prompt().hashCode());
  }

  @Test
  void generatesOneImageInOneLine() {
    try (DiffusionSampler sampler = FakeSampler.of(DiffusionSamplerTest::imageOf)) {
      RgbImage image = sampler.image(DOG, 42);

      assertThat(image).isEqualTo(imageOf(new GenerationJob(0, 0, 42, DOG)));
    }
  }

  @Test
  void keepsTheOrderOfThePromptsAndCountsTheSeedUp() {
    List<Prompt> prompts = IntStream.range(0, 40).mapToObj(k -> k % 3 == 0 ? CAT : DOG).toList();
    try (DiffusionSampler sampler = FakeSampler.of(DiffusionSamplerTest::imageOf).threads(4)) {
      List<RgbImage> images = sampler.images(prompts, 7);

      assertThat(images)
          .isEqualTo(
              IntStream.range(0, 40).mapToObj(k -> sampler.image(prompts.get(k), 7 + k)).toList());
    }
  }

  @Test
  void generatesNothingForNoPrompts() {
    try (DiffusionSampler sampler = FakeSampler.of(DiffusionSamplerTest::imageOf)) {
      assertThat(sampler.images(List.of(), 1)).isEmpty();
    }
  }

  @Test
  void throwsTheFailureOfAnImageAndBeginsNoMore() {
    List<Integer> begun = Collections.synchronizedList(new ArrayList<>());
    DiffusionSampler sampler =
        FakeSampler.of(
            job -> {
              begun.add(job.slot());
              if (job.slot() == 1) {
                throw new GenerationException(1, 0, 3, "the latents became NaN", null);
              }
              return imageOf(job);
            });

    assertThatThrownBy(() -> sampler.images(List.of(CAT, DOG, CAT, DOG), 1))
        .isInstanceOfSatisfying(
            GenerationException.class, failure -> assertThat(failure.slot()).isEqualTo(1))
        .hasMessageContaining("NaN");

    assertThat(begun).containsExactly(0, 1);
  }

  @Test
  void noticesASamplerThatForgetsAJob() {
    DiffusionSampler sampler = new Forgetful(FakeSampler.of(DiffusionSamplerTest::imageOf));

    assertThatThrownBy(() -> sampler.image(CAT, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("without an image for job 0 of 1")
        .hasMessageContaining("onGenerated or onFailed");
  }

  @Test
  void anInterruptEndsItAndLeavesTheFlagSet() {
    Thread caller = Thread.currentThread();
    DiffusionSampler sampler =
        FakeSampler.of(
            job -> {
              caller.interrupt();
              return imageOf(job);
            });

    assertThatThrownBy(() -> sampler.images(Collections.nCopies(1_000, CAT), 1))
        .isInstanceOf(CancelledException.class)
        .hasMessageContaining("interrupted");

    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void closingEndsItAndLeavesTheFlagAlone() {
    DiffusionSampler[] sampler = new DiffusionSampler[1];
    sampler[0] =
        FakeSampler.of(
            job -> {
              sampler[0].close();
              return imageOf(job);
            });

    assertThatThrownBy(() -> sampler[0].images(Collections.nCopies(1_000, CAT), 1))
        .isInstanceOf(CancelledException.class)
        .hasMessageContaining("closed");

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThatThrownBy(() -> sampler[0].image(CAT, 1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anObserverNeedsOneMethodOnly() {
    List<GenerationJob> jobs =
        List.of(new GenerationJob(0, 0, 1, CAT), new GenerationJob(1, 0, 2, DOG));
    List<GenerationJob> finished = new ArrayList<>();
    DiffusionSampler sampler =
        FakeSampler.of(
            job -> {
              if (job.slot() == 0) {
                throw new GenerationException(0, 0, 3, "the latents became NaN", null);
              }
              return imageOf(job);
            });

    sampler.generate(JobSource.of(jobs), generated -> finished.add(generated.job()));

    assertThat(finished).containsExactly(jobs.get(1));
  }

  @Test
  void whatAnObserverThrowsIsThrownToTheCaller() {
    DiffusionSampler sampler = FakeSampler.of(DiffusionSamplerTest::imageOf).threads(3);
    List<GenerationJob> jobs =
        IntStream.range(0, 50).mapToObj(k -> new GenerationJob(k, 0, k, CAT)).toList();

    assertThatThrownBy(
            () ->
                sampler.generate(
                    JobSource.of(jobs),
                    generated -> {
                      throw new IllegalArgumentException("a full disk");
                    }))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a full disk");
  }

  @Test
  void anObserverWhosePreviewStepsDoNotAscendIsRefused() {
    DiffusionSampler sampler = FakeSampler.of(DiffusionSamplerTest::imageOf);

    assertThatThrownBy(() -> sampler.generate(JobSource.of(List.of()), new Descending()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("Descending.previewSteps(10) returned [5, 3]");
  }

  private static final class Descending implements StepObserver {

    @Override
    public int[] previewSteps(int steps) {
      return new int[] {5, 3};
    }

    @Override
    public void onGenerated(GeneratedImage generated) {}
  }

  /** Reports no image. */
  private record Forgetful(DiffusionSampler sampler) implements DiffusionSampler {

    @Override
    public void generate(JobSource jobs, StepObserver observer) {
      sampler.generate(jobs, generated -> {});
    }

    @Override
    public void close() {
      sampler.close();
    }
  }
}
