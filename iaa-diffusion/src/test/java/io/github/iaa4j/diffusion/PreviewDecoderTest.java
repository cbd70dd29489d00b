package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GeneratedImage;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.sampling.StepObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class PreviewDecoderTest {

  private static final int STEPS = 4;
  private static final int JOBS = 3;

  @TempDir Path folder;

  @BeforeEach
  void copy() throws IOException {
    Golden.layers(folder, "tiny-sd", "tiny-sd-preview");
  }

  @ParameterizedTest
  @EnumSource(PreviewDecoder.class)
  void changesNoFinishedImage(PreviewDecoder decoder) {
    Seen usual = generate(model());

    assertThat(generate(model().previews(decoder)).images).isEqualTo(usual.images).hasSize(JOBS);
  }

  @ParameterizedTest
  @EnumSource(value = PreviewDecoder.class, names = "FULL", mode = EnumSource.Mode.EXCLUDE)
  void showsOtherPreviewsOfTheSizeOfTheImage(PreviewDecoder decoder) {
    Seen usual = generate(model());

    Seen seen = generate(model().previews(decoder));

    assertThat(seen.previews).hasSize(JOBS);
    seen.previews.forEach(
        (slot, preview) -> {
          assertThat(preview).isNotEqualTo(usual.previews.get(slot));
          assertThat(preview.width()).isEqualTo(32);
          assertThat(preview.height()).isEqualTo(32);
        });
  }

  @ParameterizedTest
  @EnumSource(PreviewDecoder.class)
  void showsTheSamePreviewsWhateverThreadsAndBatch(PreviewDecoder decoder) {
    Seen alone = generate(model().threads(1).batch(1).previews(decoder));

    Seen together = generate(model().threads(2).batch(3).previews(decoder));

    assertThat(together.previews).isEqualTo(alone.previews);
  }

  /** Latents of image to image do not begin at noise; those that are fitted to always do. */
  @Test
  void fitsTheSameMapWhereJobsStartFromImages() {
    RgbImage grey = new RgbImage(32, 32, new byte[3 * 32 * 32]);

    Seen seen = generate(model().imageToImage(job -> grey, 0.5).previews(PreviewDecoder.LINEAR), 1);

    assertThat(seen.previews).hasSize(JOBS);
    assertThat(seen.images).hasSize(JOBS);
  }

  @Test
  void isTheFullOneByDefault() {
    assertThat(generate(model()).previews)
        .isEqualTo(generate(model().previews(PreviewDecoder.FULL)).previews);
  }

  @Test
  void isRecordedWhereItIsNotTheDefault() {
    try (StableDiffusion full = model().previews(PreviewDecoder.FULL).build();
        StableDiffusion linear = model().previews(PreviewDecoder.LINEAR).build();
        StableDiffusion tiny = model().previews(PreviewDecoder.TINY).build()) {
      assertThat(DescribedOptions.of(full)).isEmpty();
      assertThat(DescribedOptions.of(linear)).isEqualTo(Map.of("previews", "linear"));
      assertThat(DescribedOptions.checksum(linear)).isEqualTo(DescribedOptions.checksum(full));
      assertThat(DescribedOptions.of(tiny)).isEqualTo(Map.of("previews", "tiny"));
      assertThat(DescribedOptions.checksum(tiny)).isNotEqualTo(DescribedOptions.checksum(full));
    }
  }

  @Test
  void isMissedInAFolderWithoutOne() {
    assertThatThrownBy(
            () ->
                StableDiffusion.builder(Golden.path("tiny-sd"))
                    .previews(PreviewDecoder.TINY)
                    .build())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("vae_preview");
  }

  @Test
  void stopsFittingWhenInterrupted() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> model().batch(1).previews(PreviewDecoder.LINEAR).build())
        .isInstanceOf(CancelledException.class);

    assertThat(Thread.interrupted()).isTrue();
  }

  private StableDiffusionBuilder model() {
    return StableDiffusion.builder(folder).scheduler("DDIMScheduler").steps(STEPS).threads(1);
  }

  private static Seen generate(StableDiffusionBuilder builder) {
    return generate(builder, 2);
  }

  private static Seen generate(StableDiffusionBuilder builder, int previewStep) {
    List<GenerationJob> jobs = new ArrayList<>();
    for (int i = 0; i < JOBS; i++) {
      jobs.add(new GenerationJob(i, 0, i, new Prompt("a photo of bird number " + i, "")));
    }
    Seen seen = new Seen(previewStep);
    try (StableDiffusion model = builder.build()) {
      model.generate(JobSource.of(jobs), seen);
    }
    return seen;
  }

  /** Lets every image go on. */
  private static final class Seen implements StepObserver {

    final Map<Integer, RgbImage> previews = new ConcurrentHashMap<>();
    final Map<Integer, RgbImage> images = new ConcurrentHashMap<>();
    private final int previewStep;

    Seen(int previewStep) {
      this.previewStep = previewStep;
    }

    @Override
    public int[] previewSteps(int steps) {
      return new int[] {previewStep};
    }

    @Override
    public boolean onPreview(Preview preview) {
      previews.put(preview.job().slot(), preview.image());
      return true;
    }

    @Override
    public void onGenerated(GeneratedImage generated) {
      images.put(generated.job().slot(), generated.image());
    }

    @Override
    public void onFailed(GenerationJob job, GenerationException failure) {
      throw failure;
    }
  }
}
