package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.RgbImage;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts that answer NaN or infinity, as an overflow of float16 does: no way in makes an image. */
class NotFiniteTest {

  private static final RgbImage SOURCE = new RgbImage(32, 32, new byte[3 * 32 * 32]);

  @TempDir Path folder;

  @BeforeEach
  void copy() throws IOException {
    Golden.copy("tiny-sd", folder);
  }

  @ParameterizedTest
  @CsvSource({
    "unet, out_sample, 'at step 1 of 3, the latents became NaN or infinite in the UNet'",
    "vae_decoder, sample, 'the pixels, not the latents, became NaN or infinite in the VAE decoder'",
    "text_encoder, last_hidden_state, 'the embedding of the prompt became NaN or infinite'"
  })
  void failsASampleAndNamesThePartAndTheRemedy(String part, String output, String problem)
      throws IOException {
    for (float factor : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      Golden.copy("tiny-sd", folder);
      OnnxFile.multiply(graph(part), output, factor);

      assertThatThrownBy(() -> sample(load()))
          .isInstanceOfSatisfying(
              ModelException.class, e -> assertThat(e.file()).isEqualTo(graph(part)))
          .hasMessageContaining(problem)
          .hasMessageContaining("float32 export");
    }
  }

  @Test
  void namesAVaeThatWasFixedWhereTheDecoderOverflows() throws IOException {
    OnnxFile.multiply(graph("vae_decoder"), "sample", Float.NaN);

    assertThatThrownBy(() -> sample(load())).hasMessageContaining("sdxl-vae-fp16-fix");
  }

  @Test
  void failsASampleWhoseSourceImageIsLost() throws IOException {
    OnnxFile.multiply(graph("vae_encoder"), "latent_parameters", Float.NaN);

    assertThatThrownBy(() -> sample(load().imageToImage(job -> SOURCE, 0.9)))
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.file()).isEqualTo(graph("vae_encoder")))
        .hasMessageContaining("the latents of the image to start from became NaN");
  }

  @ParameterizedTest
  @CsvSource({
    "unet, out_sample, in the UNet",
    "vae_decoder, sample, in the VAE decoder",
    "text_encoder, last_hidden_state, in the text encoder",
    "vae_encoder, latent_parameters, in the VAE encoder"
  })
  void failsEachJobForTheSameReason(String part, String output, String problem) throws Exception {
    OnnxFile.multiply(graph(part), output, Float.NaN);

    List<GenerationException> failures =
        generate(load().imageToImage(job -> SOURCE, 0.9).threads(2), job -> true);

    assertThat(failures).hasSize(4).allMatch(failure -> failure.problem().contains(problem));
    assertThat(failures)
        .extracting(GenerationException::problem)
        .containsOnly(failures.get(0).problem());
  }

  /** What judges it would see black, and turn the image down for the wrong reason. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void failsAJobWhosePreviewIsLost(boolean verdict) throws Exception {
    OnnxFile.multiply(graph("vae_decoder"), "sample", Float.NaN);

    List<GenerationException> failures =
        generate(
            load(),
            preview -> {
              preview.image();
              return verdict;
            });

    assertThat(failures)
        .hasSize(4)
        .allMatch(failure -> failure.step() == 1)
        .allMatch(failure -> failure.problem().contains("the VAE decoder"));
  }

  @Test
  void blamesTheUnetWhereNoColoursCanBeFitted() throws IOException {
    OnnxFile.multiply(graph("unet"), "out_sample", Float.NaN);

    assertThatThrownBy(() -> load().previews(PreviewDecoder.LINEAR).build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.file()).isEqualTo(graph("unet")));
  }

  @ParameterizedTest
  @EnumSource(names = {"FULL", "LINEAR"})
  void generatesWhatIsFinite(PreviewDecoder previews) throws Exception {
    assertThat(
            generate(
                load().previews(previews),
                preview -> {
                  preview.image();
                  return true;
                }))
        .isEmpty();
  }

  private Path graph(String part) {
    return folder.resolve(part).resolve("model.onnx");
  }

  private StableDiffusionBuilder load() {
    return StableDiffusion.builder(folder).scheduler("DDIMScheduler").steps(3).batch(1);
  }

  private static void sample(StableDiffusionBuilder builder) {
    try (StableDiffusion model = builder.build()) {
      model.sample(model.initialNoise(7), "a red bird", "blurry");
    }
  }

  private interface Judge {
    boolean judge(Preview preview);
  }

  /** Generates four jobs; returns the failures. */
  private static List<GenerationException> generate(StableDiffusionBuilder builder, Judge judge) {
    List<GenerationJob> jobs = new ArrayList<>();
    for (int slot = 0; slot < 4; slot++) {
      jobs.add(new GenerationJob(slot, 0, slot, new Prompt("a red bird", "blurry")));
    }
    List<GenerationException> failures = new ArrayList<>();
    List<GeneratedImage> finished = new ArrayList<>();
    try (StableDiffusion model = builder.build()) {
      model.generate(
          JobSource.of(jobs),
          new StepObserver() {
            @Override
            public int[] previewSteps(int steps) {
              return new int[] {1};
            }

            @Override
            public boolean onPreview(Preview preview) {
              return judge.judge(preview);
            }

            @Override
            public void onGenerated(GeneratedImage generated) {
              synchronized (failures) {
                finished.add(generated);
              }
            }

            @Override
            public void onFailed(GenerationJob job, GenerationException failure) {
              synchronized (failures) {
                failures.add(failure);
              }
            }
          });
    }
    assertThat(finished).hasSize(4 - failures.size());
    return failures;
  }
}
