package io.github.iaa4j.diffusion.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.Golden;
import io.github.iaa4j.diffusion.PreviewDecoder;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.onnx.internal.Graph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is left of a model that was not loaded to the end. */
class LoadFailureTest {

  private static final Path TINY = Golden.path("tiny-sd");

  @ParameterizedTest
  @CsvSource({"text_encoder, unet", "vae_decoder, unet", "unet, vae_decoder"})
  void leavesNoSessionOpenWhenAPartHasAnotherGraph(String part, String other, @TempDir Path folder)
      throws IOException {
    Golden.copy("tiny-sd", folder);
    Files.copy(
        TINY.resolve(other).resolve("model.onnx"),
        folder.resolve(part).resolve("model.onnx"),
        StandardCopyOption.REPLACE_EXISTING);
    int before = Graph.open();

    assertThatThrownBy(() -> load(folder)).isInstanceOf(ModelException.class);

    assertThat(Graph.open()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({
    "text_encoder, unet",
    "text_encoder_2, unet",
    "text_encoder_2, text_encoder",
    "vae_decoder, unet",
    "unet, vae_decoder"
  })
  void leavesNoSessionOfXlOpenWhenAPartHasAnotherGraph(
      String part, String other, @TempDir Path folder) throws IOException {
    Golden.xl(folder);
    Files.copy(
        folder.resolve(other).resolve("model.onnx"),
        folder.resolve(part).resolve("model.onnx"),
        StandardCopyOption.REPLACE_EXISTING);
    int before = Graph.open();

    assertThatThrownBy(() -> load(folder)).isInstanceOf(ModelException.class);

    assertThat(Graph.open()).isEqualTo(before);
  }

  @Test
  void holdsFourSessionsOfXlUntilItIsClosed(@TempDir Path folder) throws IOException {
    Golden.xl(folder);
    int before = Graph.open();

    StableDiffusion model = load(folder);

    assertThat(Graph.open()).isEqualTo(before + 4);
    model.close();
    model.close();
    assertThat(Graph.open()).isEqualTo(before);
  }

  @Test
  void leavesNoSessionOpenWhenThePreviewDecoderHasAnotherGraph(@TempDir Path folder)
      throws IOException {
    Golden.layers(folder, "tiny-sd", "tiny-sd-preview");
    Files.copy(
        TINY.resolve("unet/model.onnx"),
        folder.resolve("vae_preview/model.onnx"),
        StandardCopyOption.REPLACE_EXISTING);
    int before = Graph.open();

    assertThatThrownBy(() -> previewing(folder)).isInstanceOf(ModelException.class);

    assertThat(Graph.open()).isEqualTo(before);
  }

  @Test
  void holdsASessionOfThePreviewDecoderUntilItIsClosed(@TempDir Path folder) throws IOException {
    Golden.layers(folder, "tiny-sd", "tiny-sd-preview");
    int before = Graph.open();

    StableDiffusion model = previewing(folder);

    assertThat(Graph.open()).isEqualTo(before + 4);
    model.close();
    model.close();
    assertThat(Graph.open()).isEqualTo(before);
  }

  private static StableDiffusion previewing(Path folder) {
    return StableDiffusion.builder(folder)
        .scheduler("DDIMScheduler")
        .batch(1)
        .previews(PreviewDecoder.TINY)
        .build();
  }

  @Test
  void stopsTryingBatchesWhenInterrupted() {
    int before = Graph.open();
    Thread.currentThread().interrupt();

    assertThatThrownBy(
            () -> StableDiffusion.builder(TINY).scheduler("DDIMScheduler").batch(64).build())
        .isInstanceOf(CancelledException.class)
        .hasMessageContaining("tiny-sd");

    assertThat(Thread.interrupted()).isTrue();
    assertThat(Graph.open()).isEqualTo(before);
  }

  @Test
  void holdsOneSessionAPartUntilItIsClosed() {
    int before = Graph.open();

    StableDiffusion model = load(TINY);

    assertThat(Graph.open()).isEqualTo(before + 3);
    model.close();
    assertThat(Graph.open()).isEqualTo(before);
  }

  private static StableDiffusion load(Path folder) {
    return StableDiffusion.builder(folder).scheduler("DDIMScheduler").batch(1).build();
  }
}
