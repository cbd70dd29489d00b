package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.gson.JsonPrimitive;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GeneratedImage;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.ModelNote;
import io.github.iaa4j.core.sampling.StepObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Exports whose graphs take one batch, one size or one length of text alone. */
class FixedShapesTest {

  @TempDir Path folder;

  @BeforeEach
  void copy() throws IOException {
    Golden.copy("tiny-sd", folder);
  }

  /** As exports without dynamic axes have every graph. */
  private void fixBatch(int rows) throws IOException {
    for (String name : List.of("sample", "encoder_hidden_states", "out_sample")) {
      OnnxFile.fix(graph("unet"), name, 0, rows);
    }
    for (String name : List.of("input_ids", "last_hidden_state")) {
      OnnxFile.fix(graph("text_encoder"), name, 0, rows);
    }
    for (String name : List.of("latent_sample", "sample")) {
      OnnxFile.fix(graph("vae_decoder"), name, 0, rows);
    }
    for (String name : List.of("sample", "latent_parameters")) {
      OnnxFile.fix(graph("vae_encoder"), name, 0, rows);
    }
  }

  private void fixSize(int height, int width) throws IOException {
    for (String name : List.of("sample", "out_sample")) {
      OnnxFile.fix(graph("unet"), name, 2, height);
      OnnxFile.fix(graph("unet"), name, 3, width);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 8})
  void generatesWhatTheOpenExportDoesWhateverTheBatchIsFixedTo(int rows) throws IOException {
    float[] open = sample(load());
    fixBatch(rows);

    assertThat(sample(load())).containsExactly(open, within(1e-4f));
    assertThat(sample(load().guidance(1))).hasSameSizeAs(open);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "1, 2, 1", "2, 1, 2", "2, 3, 1", "2, 2, 3", "4, 2, 1", "3, 1, 2"})
  void generatesTheSameBytesWhateverThreadsAndBatch(int rows, int threads, int batch)
      throws Exception {
    fixBatch(rows);
    Map<Integer, RgbImage> alone = new ConcurrentHashMap<>();
    for (int slot = 0; slot < 5; slot++) {
      alone.putAll(generate(load().threads(1).batch(1), slot));
    }

    assertThat(generate(load().threads(threads).batch(batch), 0, 1, 2, 3, 4)).isEqualTo(alone);
    assertThat(generate(load().threads(threads), 0, 1, 2, 3, 4)).isEqualTo(alone);
  }

  @Test
  void startsFromImagesWithAnEncoderOfAFixedBatch() throws IOException {
    RgbImage source = new RgbImage(32, 32, new byte[3 * 32 * 32]);
    float[] open = sample(load().imageToImage(job -> source, 0.6));
    fixBatch(2);

    assertThat(sample(load().imageToImage(job -> source, 0.6)))
        .containsExactly(open, within(1e-4f));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void steersWithControlNetsOfAFixedBatch(int rows) throws IOException {
    Golden.copy("tiny-sd-control", folder);
    RgbImage edges = new RgbImage(32, 32, new byte[3 * 32 * 32]);
    Path net = folder.resolve("controlnet");
    float[] open = sample(load().controlNet(ControlNet.of(net, job -> edges)));
    for (String name : List.of("sample", "encoder_hidden_states", "controlnet_cond")) {
      OnnxFile.fix(net.resolve("model.onnx"), name, 0, rows);
    }

    assertThat(sample(load().controlNet(ControlNet.of(net, job -> edges))))
        .containsExactly(open, within(1e-4f));
  }

  @Test
  void tellsThatTheBatchIsFixed() throws IOException {
    try (StableDiffusion usual = load().build()) {
      assertThat(usual.notes()).extracting(ModelNote::field).doesNotContain("sample");
    }
    fixBatch(2);

    try (StableDiffusion model = load().build()) {
      assertThat(model.notes())
          .anySatisfy(
              note -> {
                assertThat(note.file()).isEqualTo(graph("unet").toString());
                assertThat(note.found()).isEqualTo("fixed to batches of 2");
              });
    }
  }

  /** As the first exports of diffusers took one for each row. */
  @Test
  void tellsEachRowItsTimestepWhereTheGraphTakesSoMany() throws IOException {
    float[] open = sample(load());
    OnnxFile.edit(
        graph("unet"),
        model ->
            model
                .getGraphBuilder()
                .getNodeBuilderList()
                .forEach(
                    node -> {
                      for (int i = 0; i < node.getInputCount(); i++) {
                        if (node.getInput(i).equals("timestep")) {
                          node.setInput(i, "first timestep");
                        }
                      }
                    }));
    OnnxFile.edit(
        graph("unet"),
        model -> {
          var built = model.getGraphBuilder();
          built.addInitializer(
              TensorProto.newBuilder()
                  .setName("zero")
                  .setDataType(TensorProto.DataType.INT64.getNumber())
                  .addDims(1)
                  .addInt64Data(0));
          built.addNode(0, OnnxFile.node("Gather", "first timestep", "timestep", "zero"));
        });
    OnnxFile.fix(graph("unet"), "timestep", 0, 2);

    assertThat(sample(load())).containsExactly(open, within(1e-4f));
  }

  @Test
  void refusesInputsThatAreFixedToDifferentBatches() throws IOException {
    OnnxFile.fix(graph("unet"), "sample", 0, 2);
    OnnxFile.fix(graph("unet"), "encoder_hidden_states", 0, 1);

    assertThatThrownBy(() -> load().build())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("batches of different sizes")
        .hasMessageContaining("with an open batch");
  }

  @Test
  void generatesInTheOnlySizeThatTheGraphTakes() throws IOException {
    fixSize(4, 6);
    try (StableDiffusion model = load().build()) {
      assertThat(model.width()).isEqualTo(24);
      assertThat(model.height()).isEqualTo(16);
      assertThat(model.notes()).extracting(ModelNote::field).contains("sample_size");
      assertThat(model.sample(model.initialNoise(1), "a red bird", "").image().shape())
          .containsExactly(1, 3, 16, 24);
    }
    try (StableDiffusion model = load().size(24, 16).build()) {
      assertThat(model.latentShape()).containsExactly(1, 4, 4, 6);
    }
  }

  @Test
  void refusesAnotherSizeThanTheGraphTakes() throws IOException {
    fixSize(8, 8);

    assertThatThrownBy(() -> load().size(64, 32).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("size 64 x 32")
        .hasMessageContaining(graph("unet").toString())
        .hasMessageContaining("32 wide and 32 high");
  }

  @Test
  void takesTheSizeThatTheDecoderAloneFixes() throws IOException {
    OnnxFile.fix(graph("vae_decoder"), "latent_sample", 2, 4);
    OnnxFile.fix(graph("vae_decoder"), "latent_sample", 3, 4);

    try (StableDiffusion model = load().build()) {
      assertThat(model.height()).isEqualTo(16);
    }
    assertThatThrownBy(() -> load().size(32, 32).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("vae_decoder");
  }

  @Test
  void refusesPartsThatFixDifferentSizes() throws IOException {
    fixSize(8, 8);
    OnnxFile.fix(graph("vae_decoder"), "latent_sample", 2, 4);

    assertThatThrownBy(() -> load().build())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("takes latents of 4")
        .hasMessageContaining("takes 8");
  }

  /** The graphs of tiny-sd take 24 tokens alone. */
  @Test
  void padsTextsToTheLengthThatTheGraphsTake() throws IOException {
    float[] usual = sample(load());
    Path tokenizer = folder.resolve("tokenizer/tokenizer_config.json");
    OnnxFile.config(tokenizer, "model_max_length", new JsonPrimitive(20));

    try (StableDiffusion model = load().build()) {
      assertThat(model.maxPromptTokens()).isEqualTo(24);
      assertThat(model.notes())
          .anySatisfy(
              note -> {
                assertThat(note.field()).isEqualTo("model_max_length");
                assertThat(note.found()).isEqualTo("20");
                assertThat(note.taken()).startsWith("24 tokens");
              });
    }
    assertThat(sample(load())).isEqualTo(usual);
    assertThat(StableDiffusion.tokenCounter(folder).limit()).isEqualTo(24);
  }

  private Path graph(String part) {
    return folder.resolve(part).resolve("model.onnx");
  }

  private StableDiffusionBuilder load() {
    return StableDiffusion.builder(folder).scheduler("DDIMScheduler").steps(3).threads(1);
  }

  private static float[] sample(StableDiffusionBuilder builder) {
    try (StableDiffusion model = builder.build()) {
      return model.sample(model.initialNoise(7), "a red bird", "blurry").latents().values();
    }
  }

  private static Map<Integer, RgbImage> generate(StableDiffusionBuilder builder, int... slots) {
    List<GenerationJob> jobs = new ArrayList<>();
    IntStream.of(slots)
        .forEach(
            slot -> jobs.add(new GenerationJob(slot, 0, slot, new Prompt("bird " + slot, "dark"))));
    Map<Integer, RgbImage> images = new ConcurrentHashMap<>();
    try (StableDiffusion model = builder.build()) {
      model.generate(
          JobSource.of(jobs),
          new StepObserver() {
            @Override
            public int[] previewSteps(int steps) {
              return new int[] {1};
            }

            @Override
            public void onGenerated(GeneratedImage generated) {
              images.put(generated.job().slot(), generated.image());
            }

            @Override
            public void onFailed(GenerationJob job, GenerationException failure) {
              throw failure;
            }
          });
    }
    assertThat(images.keySet())
        .containsExactlyInAnyOrderElementsOf(Arrays.stream(slots).boxed().toList());
    return images;
  }
}
