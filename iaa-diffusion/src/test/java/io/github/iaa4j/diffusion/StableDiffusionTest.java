package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GeneratedImage;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.Preview;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class StableDiffusionTest extends TinyStableDiffusion {

  @ParameterizedTest
  @CsvSource({"1, 2", "2, 1", "1, 4", "2, 3", "1, 7"})
  void generatesTheSameBytesWhateverThreadsAndBatch(int threads, int batch) {
    Map<Integer, RgbImage> alone = new ConcurrentHashMap<>();
    for (GenerationJob job : jobs(7)) {
      alone.putAll(generate(tiny().threads(1).batch(1), List.of(job), new Recorder()).images);
    }

    Recorder together = generate(tiny().threads(threads).batch(batch), jobs(7), new Recorder());

    assertThat(together.images).isEqualTo(alone);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "EulerAncestralDiscreteScheduler",
        "DDPMScheduler",
        "LCMScheduler",
        "HeunDiscreteScheduler",
        "PNDMScheduler",
        "DPMSolverSinglestepScheduler",
        "UniPCMultistepScheduler"
      })
  void drawsNoiseAndKeepsHistoryForEachImageAlone(String scheduler) {
    Recorder alone = generate(tiny().scheduler(scheduler).batch(1), jobs(4), new Recorder());

    Recorder parked =
        generate(tiny().scheduler(scheduler).threads(2).batch(2), jobs(4), new Recorder(1, 2, 3));

    assertThat(parked.images).isEqualTo(alone.images);
    assertThat(parked.images.values()).doesNotHaveDuplicates();
  }

  @Test
  void generatesTheSameBytesWhateverThePreviewsDrop() {
    Recorder all = generate(tiny(), jobs(6), new Recorder());

    Recorder some =
        generate(tiny().threads(2).batch(2), jobs(6), new Recorder(1, 3).dropping(0, 4));

    assertThat(some.images.keySet()).containsExactlyInAnyOrder(1, 2, 3, 5);
    some.images.forEach((slot, image) -> assertThat(image).isEqualTo(all.images.get(slot)));
  }

  @Test
  void generatesOtherImagesForOtherSeedsAndPrompts() {
    GenerationJob one = job(0, 7, "a red bird");
    GenerationJob otherSeed = job(1, 8, "a red bird");
    GenerationJob otherPrompt = job(2, 7, "two black cats");

    Map<Integer, RgbImage> images =
        generate(tiny(), List.of(one, otherSeed, otherPrompt), new Recorder()).images;

    assertThat(images.values()).doesNotHaveDuplicates().hasSize(3);
  }

  @Test
  void startsFromTheNoiseOfTheSeed() {
    try (StableDiffusion model = tiny().build()) {
      Recorder recorder = new Recorder();
      model.generate(JobSource.of(List.of(job(0, 42, "a red bird"))), recorder);

      float[] image = model.sample(model.initialNoise(42), "a red bird", "blurry").image().values();

      byte[] pixels = recorder.images.get(0).pixels();
      int plane = 32 * 32;
      for (int i = 0; i < plane; i++) {
        assertThat(pixels[3 * i] & 0xff).isEqualTo((int) Math.rint(image[i] * 255));
      }
    }
  }

  @Test
  void countsUnetRowsAndStepsInPreviews() {
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    Recorder recorder =
        new Recorder(1, 3) {
          @Override
          public boolean onPreview(Preview preview) {
            seen.add(preview.step() + "/" + preview.steps() + " " + preview.functionEvaluations());
            assertThat(preview.guidanceNorm()).isPositive();
            return true;
          }
        };

    generate(tiny(), jobs(1), recorder);

    assertThat(seen).containsExactly("1/4 2", "3/4 6");
    assertThat(recorder.rows.get(0)).isEqualTo(8);
  }

  @Test
  void countsBothEvaluationsOfAStepOfHeun() {
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    Recorder recorder =
        new Recorder(3) {
          @Override
          public boolean onPreview(Preview preview) {
            seen.add(preview.step() + "/" + preview.steps() + " " + preview.functionEvaluations());
            return true;
          }
        };

    generate(tiny().scheduler("HeunDiscreteScheduler"), jobs(1), recorder);

    assertThat(seen).containsExactly("3/7 6");
    assertThat(recorder.rows.get(0)).isEqualTo(14);
  }

  @Test
  void spendsHalfTheRowsWithoutGuidance() {
    List<Float> norms = new ArrayList<>();
    Recorder recorder =
        new Recorder(2) {
          @Override
          public boolean onPreview(Preview preview) {
            norms.add(preview.guidanceNorm());
            return true;
          }
        };

    generate(tiny().guidance(1), jobs(1), recorder);

    assertThat(recorder.rows.get(0)).isEqualTo(STEPS);
    assertThat(norms).containsExactly(0f);
  }

  @Test
  void previewsTheImageThatTheModelPredicts() {
    Map<Integer, RgbImage> previews = new ConcurrentHashMap<>();
    Recorder recorder =
        new Recorder(1, 3) {
          @Override
          public boolean onPreview(Preview preview) {
            previews.put(preview.step(), preview.image());
            return true;
          }
        };

    generate(tiny(), jobs(1), recorder);

    RgbImage last = recorder.images.get(0);
    assertThat(difference(previews.get(3), last)).isLessThan(difference(previews.get(1), last));
  }

  @Test
  void refusesThePreviewImageAfterItsCall() {
    List<Preview> kept = new ArrayList<>();
    Recorder recorder =
        new Recorder(1) {
          @Override
          public boolean onPreview(Preview preview) {
            kept.add(preview);
            return false;
          }
        };

    generate(tiny(), jobs(1), recorder);

    assertThatThrownBy(() -> kept.get(0).image()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void pollsTheSourceAgainWhenAnImageIsFinished() {
    Queue<GenerationJob> queue = new ArrayDeque<>(List.of(job(0, 0, "a red bird")));
    Recorder recorder =
        new Recorder() {
          @Override
          public void onGenerated(GeneratedImage generated) {
            super.onGenerated(generated);
            int slot = generated.job().slot();
            if (slot < 3) {
              synchronized (queue) {
                queue.add(job(slot + 1, slot + 1, "a red bird"));
              }
            }
          }
        };
    try (StableDiffusion model = tiny().threads(3).batch(2).build()) {
      model.generate(
          () -> {
            synchronized (queue) {
              return queue.poll();
            }
          },
          recorder);
    }

    assertThat(recorder.images.keySet()).containsExactlyInAnyOrder(0, 1, 2, 3);
  }

  @Test
  void failsJobsWhoseLatentsAreNotFinite() {
    try (StableDiffusion model =
        tiny().scheduler("EulerDiscreteScheduler").guidance(3e38).batch(2).build()) {
      Recorder recorder = new Recorder().keepingFailures();

      model.generate(JobSource.of(jobs(2)), recorder);

      assertThat(recorder.images).isEmpty();
      assertThat(recorder.failures).containsOnlyKeys(0, 1);
      assertThat(recorder.failures.get(0)).hasMessageContaining("NaN");
    }
  }

  @Test
  void generatesOneImageInOneLine() {
    Recorder recorder = generate(tiny(), List.of(job(0, 42, "a red bird")), new Recorder());

    try (StableDiffusion model = tiny().build()) {
      assertThat(model.image(new Prompt("a red bird", "blurry"), 42))
          .isEqualTo(recorder.images.get(0));
    }
  }

  @Test
  void generatesAnImageForEachPromptWithSeedsThatCountUp() {
    List<Prompt> prompts =
        List.of(new Prompt("a red bird", ""), new Prompt("a boat", ""), new Prompt("a cat", ""));
    try (StableDiffusion model = tiny().threads(2).batch(2).build()) {
      List<RgbImage> images = model.images(prompts, 7);

      assertThat(images)
          .containsExactly(
              model.image(prompts.get(0), 7),
              model.image(prompts.get(1), 8),
              model.image(prompts.get(2), 9));
    }
  }

  @Test
  void namesThePromptWhoseImageFailed() {
    try (StableDiffusion model =
        tiny().scheduler("EulerDiscreteScheduler").guidance(3e38).threads(1).batch(1).build()) {
      assertThatThrownBy(
              () -> model.images(List.of(new Prompt("a bird", ""), new Prompt("a boat", "")), 1))
          .isInstanceOfSatisfying(GenerationException.class, e -> assertThat(e.slot()).isZero())
          .hasMessageContaining("NaN");
    }
  }

  @Test
  void measuresHowFullItsBatchesWere() {
    try (StableDiffusion model = tiny().batch(2).build()) {
      assertThat(model.batchOccupancy()).isEqualTo(1);

      model.generate(JobSource.of(jobs(3)), new Recorder());

      assertThat(model.batchOccupancy()).isEqualTo(0.75);
    }
  }

  @Test
  void generatesForSeveralCallersAtOnce() throws InterruptedException {
    try (StableDiffusion model = tiny().threads(1).build()) {
      Recorder expected = new Recorder();
      model.generate(JobSource.of(jobs(3)), expected);
      List<Recorder> recorders = List.of(new Recorder(), new Recorder());
      CountDownLatch done = new CountDownLatch(2);
      for (Recorder recorder : recorders) {
        new Thread(
                () -> {
                  try {
                    model.generate(JobSource.of(jobs(3)), recorder);
                  } finally {
                    done.countDown();
                  }
                })
            .start();
      }
      done.await();

      assertThat(recorders).allSatisfy(r -> assertThat(r.images).isEqualTo(expected.images));
    }
  }

  private static long difference(RgbImage one, RgbImage other) {
    long difference = 0;
    for (int i = 0; i < one.pixels().length; i++) {
      difference += Math.abs((one.pixels()[i] & 0xff) - (other.pixels()[i] & 0xff));
    }
    return difference;
  }
}
