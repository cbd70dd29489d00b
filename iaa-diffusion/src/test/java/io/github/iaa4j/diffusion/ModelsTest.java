package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GenerationJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** SDXL, Stable Diffusion 2 and latent consistency models: what is asked of a folder and a run. */
class ModelsTest {

  private static final String LONG =
      "a photo of a red bird on a green meadow in the morning light, two black cats and a small white"
          + " dog sit on the grass, the boat sails on the blue sea";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ORTStableDiffusionXLPipeline",
        "StableDiffusionXLImg2ImgPipeline",
        "ORTStableDiffusionXLImg2ImgPipeline",
        "StableDiffusionXLInpaintPipeline",
        "ORTStableDiffusionXLInpaintPipeline",
        "StableDiffusionXLControlNetPipeline",
        "ORTStableDiffusionXLControlNetPipeline",
        "StableDiffusionXLControlNetImg2ImgPipeline",
        "StableDiffusionXLControlNetInpaintPipeline"
      })
  void readsTheFormsOfAPipelineAndTheNamesThatOptimumGivesThem(String name) throws IOException {
    Golden.xl(folder);
    change("model_index.json", "_class_name", new JsonPrimitive(name));

    try (StableDiffusion model = load().build()) {
      assertThat(model.latentShape()).containsExactly(1, 4, 8, 8);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "StableDiffusionXLInstructPix2PixPipeline",
        "StableDiffusionXLImg2ImgControlNetPipeline",
        "StableDiffusion3Pipeline"
      })
  void refusesOtherPipelines(String name) throws IOException {
    Golden.xl(folder);
    change("model_index.json", "_class_name", new JsonPrimitive(name));

    assertThatThrownBy(() -> load().build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("_class_name"))
        .hasMessageContaining(name);
  }

  @Test
  void refusesWholeTimestepsWhereTheSchedulerTellsLogarithms() throws IOException {
    Golden.playground(folder);
    // An older export, whose UNet takes int64.
    Golden.copy("tiny-sdxl/unet", folder.resolve("unet"));

    assertThatThrownBy(() -> load().build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("timestep"))
        .hasMessageContaining("EDMDPMSolverMultistepScheduler")
        .hasMessageContaining("INT64")
        .hasMessageContaining("newer Optimum");
  }

  @Test
  void refusesTheRefinerOfXl() throws IOException {
    Golden.xl(folder);
    change("model_index.json", "requires_aesthetics_score", new JsonPrimitive(true));

    assertThatThrownBy(() -> load().build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("requires_aesthetics_score"))
        .hasMessageContaining("Load the base model");
  }

  @Test
  void refusesUnetsThatAreToldOfOtherSizes() throws IOException {
    Golden.xl(folder);
    change("unet/config.json", "projection_class_embeddings_input_dim", new JsonPrimitive(64));

    assertThatThrownBy(() -> load().build())
        .isInstanceOfSatisfying(
            ModelException.class,
            e -> assertThat(e.field()).isEqualTo("projection_class_embeddings_input_dim"))
        .hasMessageContaining("expected 72")
        .hasMessageContaining("found 64");
  }

  @ParameterizedTest
  @CsvSource({"addition_embed_type, text", "class_embed_type, timestep", "encoder_hid_dim_type, a"})
  void refusesUnetsThatAreAskedWithSomethingElse(String key, String value) throws IOException {
    Golden.xl(folder);
    change("unet/config.json", key, new JsonPrimitive(value));

    assertThatThrownBy(() -> load().build())
        .isInstanceOfSatisfying(ModelException.class, e -> assertThat(e.field()).isEqualTo(key))
        .hasMessageContaining(value);
  }

  @Test
  void refusesAnUnetOfXlInAnotherPipeline() throws IOException {
    Golden.xl(folder);
    change("model_index.json", "_class_name", new JsonPrimitive("StableDiffusionPipeline"));

    assertThatThrownBy(() -> load().build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("addition_embed_type"));
  }

  @Test
  void saysHowToExportHiddenStatesForXl() throws IOException {
    Golden.xl(folder);
    takeTextEncoderOf("tiny-sd");

    assertThatThrownBy(() -> load().build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("hidden_states.1"))
        .hasMessageContaining("output_hidden_states");
  }

  @Test
  void saysWhatASecondEncoderWithoutProjectionLacks() throws IOException {
    Golden.xl(folder);
    for (String name : List.of("model.onnx", "config.json")) {
      Files.copy(
          folder.resolve("text_encoder").resolve(name),
          folder.resolve("text_encoder_2").resolve(name),
          StandardCopyOption.REPLACE_EXISTING);
    }

    assertThatThrownBy(() -> load().build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("text_embeds"))
        .hasMessageContaining("CLIPTextModelWithProjection");
  }

  @Test
  void generatesAnEmptyNegativePromptWithoutZerosWhereTheFolderSaysSo() throws IOException {
    Golden.xl(folder);
    Npy zeros = latents(load());
    change("model_index.json", "force_zeros_for_empty_prompt", new JsonPrimitive(false));

    assertThat(latents(load()).values()).isNotEqualTo(zeros.values());
  }

  @Test
  void tellsXlOfOriginalSizeAndCrop() throws IOException {
    Golden.xl(folder);
    Npy usual = latents(load());

    assertThat(latents(load().originalSize(32, 32).crop(0, 0)).values()).isEqualTo(usual.values());
    assertThat(latents(load().originalSize(64, 32)).values()).isNotEqualTo(usual.values());
    assertThat(latents(load().crop(8, 0)).values()).isNotEqualTo(usual.values());
    try (StableDiffusion model = load().originalSize(64, 48).crop(8, 4).build()) {
      assertThat(DescribedOptions.of(model))
          .containsExactly(Map.entry("crop", "8, 4"), Map.entry("originalSize", "64 x 48"));
    }
  }

  @Test
  void refusesOriginalSizeAndCropWithOtherModels() throws IOException {
    Golden.sd2(folder);

    assertThatThrownBy(() -> load().originalSize(64, 64).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("originalSize");
    assertThatThrownBy(() -> load().crop(0, 0).build()).isInstanceOf(ConfigurationException.class);
  }

  @Test
  void countsTheSecondEncoderInTheChecksum() throws IOException {
    Golden.xl(folder);
    String before = checksum();
    Files.writeString(folder.resolve("text_encoder_2/notes.txt"), "changed");

    assertThat(checksum()).isNotEqualTo(before);
  }

  @Test
  void spendsOneRowAStepOnLatentConsistencyModelsAtAnyGuidance() throws Exception {
    Golden.lcm(folder);
    Recorder recorder = new Recorder();

    try (StableDiffusion model = load().guidance(8.5).build()) {
      model.generate(jobs("a red bird")::poll, recorder);
      assertThat(model.describe().settings()).containsEntry("guidanceScale", "8.5");
    }

    assertThat(recorder.rows.get(0)).isEqualTo(2);
    assertThat(latents(load().guidance(8.5)).values())
        .isNotEqualTo(latents(load().guidance(4)).values());
  }

  @Test
  void refusesGuidanceOptionsThatMeanNothingToLatentConsistencyModels() throws IOException {
    Golden.lcm(folder);

    assertThatThrownBy(() -> load().guidanceRescale(0.7).build())
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> load().guidanceInterval(0, 0.5).build())
        .isInstanceOf(ConfigurationException.class);
  }

  @Test
  void refusesImagesToStartFromWithLatentConsistencyModels() throws IOException {
    Golden.lcm(folder);
    RgbImage image = new RgbImage(32, 32, new byte[3 * 32 * 32]);

    assertThatThrownBy(() -> load().imageToImage(job -> image, 0.8).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("imageToImage")
        .hasMessageContaining("noise alone");
  }

  @Test
  void refusesLatentConsistencyModelsWithoutAnInputForGuidance() throws IOException {
    Golden.lcm(folder);
    change("unet/config.json", "time_cond_proj_dim", JsonNull.INSTANCE);

    assertThatThrownBy(() -> load().build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("time_cond_proj_dim"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd2", "tiny-sdxl"})
  void generatesPlainPromptsAlikeWhereWeightsAndLongPromptsAreRead(String model)
      throws IOException {
    Golden.layers(folder, "tiny-sd", "tiny-clip", model);
    Npy usual = latents(load());

    assertThat(latents(load().promptWeights().longPrompts()).values()).isEqualTo(usual.values());
  }

  @Test
  void readsBracketsAsTextUnlessTold() throws IOException {
    Golden.sd2(folder);

    try (StableDiffusion plain = load().build();
        StableDiffusion weighted = load().promptWeights().build()) {
      assertThat(plain.promptTokens("a (red:1.3) bird"))
          .isGreaterThan(plain.promptTokens("a red bird"));
      assertThat(weighted.promptTokens("a (red:1.3) bird"))
          .isEqualTo(weighted.promptTokens("a red bird"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd2", "tiny-sdxl"})
  void generatesPromptsOfOtherLengthsInOneBatchAsAlone(String name) throws Exception {
    Golden.layers(folder, "tiny-sd", "tiny-clip", name);
    Map<Integer, RgbImage> alone = new ConcurrentHashMap<>();
    String[] prompts = {"a red bird", LONG, "two black cats", LONG + " at night"};
    try (StableDiffusion model = load().longPrompts().threads(1).build()) {
      assertThat(model.tokenCounter()).as("no prompt is too long").isNull();
      for (GenerationJob job : jobs(prompts)) {
        Recorder recorder = new Recorder();
        model.generate(new ArrayDeque<>(List.of(job))::poll, recorder);
        alone.putAll(recorder.images);
      }
    }

    Recorder together = new Recorder();
    try (StableDiffusion model = load().longPrompts().threads(1).batch(4).build()) {
      model.generate(jobs(prompts)::poll, together);
    }

    assertThat(together.images).isEqualTo(alone);
    assertThat(together.images.values()).hasSize(4).doesNotHaveDuplicates();
  }

  @Test
  void cutsNothingOffLongPrompts() throws IOException {
    Golden.sd2(folder);

    try (StableDiffusion model = load().longPrompts().build()) {
      assertThat(model.promptTokens(LONG)).isLessThan(model.maxPromptTokens());
    }
    assertThat(latents(load().longPrompts(), LONG + " at night").values())
        .isNotEqualTo(latents(load().longPrompts(), LONG).values());
    assertThat(latents(load(), LONG + " at night").values())
        .isEqualTo(latents(load(), LONG).values());
  }

  @Test
  void refusesLongPromptsWhereTheUnetTakesAFixedNumberOfTokens() {
    assertThatThrownBy(
            () ->
                StableDiffusion.builder(Golden.path("tiny-sd"))
                    .scheduler("DDIMScheduler")
                    .longPrompts()
                    .build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("encoder_hidden_states"))
        .hasMessageContaining("longPrompts()");
  }

  @Test
  void steersLongPromptsWhereTheControlNetTakesAnyNumberOfTokens() throws IOException {
    Golden.layers(folder, "tiny-sd", "tiny-clip", "tiny-sdxl", "tiny-sdxl-control");

    assertThat(latents(steered().longPrompts()).values()).isEqualTo(latents(steered()).values());
    assertThat(latents(steered().longPrompts(), LONG).values())
        .isNotEqualTo(latents(load().longPrompts(), LONG).values());
  }

  @Test
  void refusesLongPromptsWhereAControlNetTakesAFixedNumberOfTokens() throws Exception {
    Golden.layers(folder, "tiny-sd", "tiny-clip", "tiny-sdxl", "tiny-sdxl-control");
    Path graph = folder.resolve("controlnet/model.onnx");
    fixTokens(graph);

    latents(steered());
    assertThatThrownBy(() -> steered().longPrompts().build())
        .isInstanceOfSatisfying(
            ModelException.class,
            e -> {
              assertThat(e.file()).isEqualTo(graph);
              assertThat(e.field()).isEqualTo("encoder_hidden_states");
            })
        .hasMessageContaining("longPrompts()");
  }

  private StableDiffusionBuilder steered() {
    RgbImage image = new RgbImage(32, 32, new byte[3 * 32 * 32]);
    return load().controlNet(ControlNet.of(folder.resolve("controlnet"), job -> image));
  }

  /** Writes a graph again, with texts of 24 tokens only. */
  private static void fixTokens(Path graph) throws IOException, OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    Path fixed = graph.resolveSibling("fixed.onnx");
    String tokens;
    try (OrtSession session = environment.createSession(graph.toString())) {
      TensorInfo info = (TensorInfo) session.getInputInfo().get("encoder_hidden_states").getInfo();
      tokens = info.getDimensionNames()[1];
    }
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setSymbolicDimensionValue(tokens, 24);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.BASIC_OPT);
      options.setOptimizedModelFilePath(fixed.toString());
      environment.createSession(graph.toString(), options).close();
    }
    Files.move(fixed, graph, StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void leavesTheUsualLayersInAtClipSkipZero() throws IOException {
    Golden.sd2(folder);

    assertThat(latents(load().clipSkip(0)).values()).isEqualTo(latents(load()).values());
  }

  @Test
  void refusesClipSkipWhereTheExportShowsTheLastLayerAlone() throws IOException {
    Golden.sd2(folder);
    takeTextEncoderOf("tiny-sd");

    assertThatThrownBy(() -> load().clipSkip(1).build())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("hidden_states")
        .hasMessageContaining("output_hidden_states");
  }

  @Test
  void refusesToSkipEveryLayer() throws IOException {
    Golden.sd2(folder);

    assertThatThrownBy(() -> load().clipSkip(3).build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("num_hidden_layers"));
    assertThatThrownBy(() -> load().clipSkip(-1).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("clipSkip -1");
  }

  @Test
  void refusesClipSkipWhereTheFinalNormIsAnother() throws IOException {
    Golden.sd2(folder);
    change("text_encoder/config.json", "layer_norm_eps", new JsonPrimitive(10));

    assertThatThrownBy(() -> load().clipSkip(1).build())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("layer norm");
  }

  @Test
  void statesHowTextsAreRead() throws IOException {
    Golden.sd2(folder);

    try (StableDiffusion model = load().clipSkip(1).promptWeights().longPrompts().build()) {
      assertThat(DescribedOptions.of(model))
          .containsExactly(
              Map.entry("clipSkip", "1"),
              Map.entry("longPrompts", "true"),
              Map.entry("promptWeights", "true"));
    }
  }

  private StableDiffusionBuilder load() {
    return StableDiffusion.builder(folder).steps(2).guidance(5).batch(1);
  }

  private static Npy latents(StableDiffusionBuilder builder) {
    return latents(builder, "a red bird");
  }

  private static Npy latents(StableDiffusionBuilder builder, String prompt) {
    try (StableDiffusion model = builder.build()) {
      return model.sample(model.initialNoise(1), prompt, "").latents();
    }
  }

  private String checksum() {
    try (StableDiffusion model = load().build()) {
      return DescribedOptions.checksum(model);
    }
  }

  private void takeTextEncoderOf(String name) throws IOException {
    Golden.copy(name + "/text_encoder", folder.resolve("text_encoder"));
  }

  private void change(String name, String key, JsonElement value) throws IOException {
    Path file = folder.resolve(name);
    JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    json.add(key, value);
    Files.writeString(file, json.toString());
  }

  private static Queue<GenerationJob> jobs(String... prompts) {
    Queue<GenerationJob> jobs = new ArrayDeque<>();
    for (int slot = 0; slot < prompts.length; slot++) {
      jobs.add(new GenerationJob(slot, 0, slot, new Prompt(prompts[slot], "")));
    }
    return jobs;
  }
}
