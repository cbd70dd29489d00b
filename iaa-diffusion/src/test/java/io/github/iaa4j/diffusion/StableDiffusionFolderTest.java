package io.github.iaa4j.diffusion;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.sampling.TokenCounter;
import io.github.iaa4j.onnx.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a folder and options make of a model, and which are refused. */
class StableDiffusionFolderTest extends TinyStableDiffusion {

  @Test
  void namesTheOptionThatIsNull() {
    StableDiffusionBuilder builder = tiny();

    assertThatNullPointerException()
        .isThrownBy(() -> builder.scheduler(null))
        .withMessageContaining("scheduler");
    assertThatNullPointerException()
        .isThrownBy(() -> builder.device(null))
        .withMessageContaining("device");
    assertThatNullPointerException()
        .isThrownBy(() -> builder.imageToImage(null, 0.5))
        .withMessageContaining("imageToImage");
    assertThatNullPointerException()
        .isThrownBy(() -> StableDiffusion.builder(null))
        .withMessageContaining("folder");
  }

  @Test
  void recordsWhatDecidesThePixels() {
    try (StableDiffusion model = tiny().build()) {
      assertThat(model.describe().name()).isEqualTo("tiny-sd");
      assertThat(DescribedOptions.checksum(model)).matches("[0-9a-f]{64}");
      assertThat(model.describe().settings()).containsEntry("scheduler", "DDIMScheduler");
      assertThat(model.steps()).isEqualTo(STEPS);
      assertThat(model.width()).isEqualTo(32);
      assertThat(model.height()).isEqualTo(32);
    }
  }

  @Test
  void loadsAFolderWithItsOwnDefaults() {
    try (StableDiffusion model = StableDiffusion.load(TINY);
        StableDiffusion built = StableDiffusion.builder(TINY).build()) {
      assertThat(model.describe()).isEqualTo(built.describe());
      assertThat(model.describe().settings())
          .containsEntry("guidanceScale", "7.5")
          .containsEntry("height", "32")
          .containsEntry("scheduler", "PNDMScheduler")
          .containsEntry("steps", "21")
          .containsEntry("width", "32");
    }
  }

  @Test
  void changesItsChecksumWithAnyFile(@TempDir Path folder) throws IOException {
    String before;
    try (StableDiffusion model = tiny().build()) {
      before = DescribedOptions.checksum(model);
    }
    Golden.copy("tiny-sd", folder);
    try (StableDiffusion same = load(folder).build()) {
      assertThat(DescribedOptions.checksum(same)).isEqualTo(before);
    }
    Files.writeString(folder.resolve("tokenizer/special_tokens_map.json"), "{}");
    try (StableDiffusion other = load(folder).build()) {
      assertThat(DescribedOptions.checksum(other)).isNotEqualTo(before);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "DDIMScheduler, clip_sample, true",
    "DDIMScheduler, clip_sample,",
    "DDIMScheduler, steps_offset, 0",
    "DDIMScheduler, steps_offset,",
    "EulerDiscreteScheduler, steps_offset,",
    "DPMSolverMultistepScheduler, steps_offset,"
  })
  void setsTheSchedulerUpAsThePipelineOfDiffusers(
      String scheduler, String key, @Nullable String value, @TempDir Path folder)
      throws IOException {
    Golden.copy("tiny-sd", folder);
    Path file = folder.resolve("scheduler/scheduler_config.json");
    JsonObject config = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    config.addProperty("timestep_spacing", "leading");
    Files.writeString(file, config.toString());
    Npy expected;
    try (StableDiffusion model = load(folder).scheduler(scheduler).build()) {
      expected = model.sample(model.initialNoise(1), "a red bird", "").latents();
    }
    config.remove(key);
    if (value != null) {
      config.add(key, JsonParser.parseString(value));
    }
    Files.writeString(file, config.toString());

    try (StableDiffusion model = load(folder).scheduler(scheduler).build()) {
      Npy latents = model.sample(model.initialNoise(1), "a red bird", "").latents();

      assertThat(latents.values()).containsExactly(expected.values());
    }
  }

  @ParameterizedTest
  @CsvSource({"0.7.0.dev0, 256", "0.9.0.dev0, 32", "0.10.2, 32"})
  void generatesTheSizeThatOldConfigsMeant(String version, int pixels, @TempDir Path folder)
      throws IOException {
    Golden.copy("tiny-sd", folder);
    Path file = folder.resolve("unet/config.json");
    JsonObject config = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    config.addProperty("_diffusers_version", version);
    Files.writeString(file, config.toString());

    try (StableDiffusion model = load(folder).build()) {
      assertThat(model.width()).isEqualTo(pixels);
      assertThat(model.height()).isEqualTo(pixels);
    }
  }

  @Test
  void generatesOtherSizes() {
    try (StableDiffusion model = tiny().size(48, 32).build()) {
      Sample sample = model.sample(model.initialNoise(1), "a red bird", "");

      assertThat(sample.latents().shape()).containsExactly(1, 4, 8, 12);
      assertThat(sample.image().shape()).containsExactly(1, 3, 32, 48);
    }
  }

  @Test
  void countsTheTokensOfAPrompt() {
    try (StableDiffusion model = tiny().build()) {
      assertThat(model.maxPromptTokens()).isEqualTo(24);
      assertThat(model.promptTokens("")).isEqualTo(2);
      assertThat(model.promptTokens("a red bird")).isEqualTo(5);
      TokenCounter counter = requireNonNull(model.tokenCounter());
      assertThat(counter.limit()).isEqualTo(24);
      assertThat(counter.count("a red bird")).isEqualTo(5);
    }
  }

  @Test
  void countsTheTokensOfAPromptWithoutLoadingTheModel() {
    try (TokenCounter counter = StableDiffusion.tokenCounter(TINY)) {
      assertThat(counter.limit()).isEqualTo(24);
      assertThat(counter.count("a red bird")).isEqualTo(5);
    }
  }

  @Test
  void takesTheSchedulerThatTheFolderStates() {
    try (StableDiffusion model = StableDiffusion.builder(TINY).steps(5).threads(1).build()) {
      assertThat(model.describe().settings()).containsEntry("scheduler", "PNDMScheduler");
      assertThat(model.steps()).isEqualTo(6);
    }
  }

  @Test
  void saysWhichSchedulersThereAreWhenTheFolderStatesAnother(@TempDir Path folder)
      throws IOException {
    Golden.copy("tiny-sd", folder);
    Path file = folder.resolve("scheduler/scheduler_config.json");
    Files.writeString(file, "{\"_class_name\": \"KDPM2DiscreteScheduler\"}");

    assertThatThrownBy(() -> StableDiffusion.builder(folder).build())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("KDPM2DiscreteScheduler")
        .hasMessageContaining("DPMSolverMultistepScheduler")
        .hasMessageContaining(".scheduler(")
        .hasMessageContaining("--scheduler");
  }

  @Test
  void namesEveryOptionThatIsOutOfRange() {
    assertThatThrownBy(() -> tiny().steps(0).guidance(-1).batch(0).threads(-1).build())
        .isInstanceOfSatisfying(
            ConfigurationException.class, e -> assertThat(e.faults()).hasSize(4));
    assertThatThrownBy(() -> tiny().size(33, 32).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("33 x 32");
  }

  /** 36 pixels are 9 latents, which the UNet cannot halve. */
  @ParameterizedTest
  @CsvSource({"36, 32", "32, 36"})
  void refusesSizesThatTheUnetCannotHalve(int width, int height) {
    assertThatThrownBy(() -> tiny().size(width, height).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(width + " x " + height)
        .hasMessageContaining("multiples of 8");
  }

  @ParameterizedTest
  @CsvSource({
    "model_index.json",
    "unet/model.onnx",
    "unet/config.json",
    "vae_decoder/model.onnx",
    "text_encoder/config.json",
    "scheduler/scheduler_config.json",
    "tokenizer/tokenizer_config.json",
    "tokenizer/vocab.json"
  })
  void namesTheFileThatIsMissing(String name, @TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd", folder);
    Files.delete(folder.resolve(name));

    assertThatThrownBy(() -> load(folder).build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.file()).isEqualTo(folder.resolve(name)));
  }

  @Test
  void namesTheInputsOfAnUnexpectedUnet(@TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd", folder);
    Files.delete(folder.resolve("unet/model.onnx"));
    Files.copy(folder.resolve("vae_decoder/model.onnx"), folder.resolve("unet/model.onnx"));

    assertThatThrownBy(() -> load(folder).build())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("encoder_hidden_states, sample, timestep")
        .hasMessageContaining("latent_sample");
  }

  @Test
  void namesConfigsThatDoNotFitTogether(@TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd", folder);
    Path config = folder.resolve("unet/config.json");
    Files.writeString(
        config,
        Files.readString(config)
            .replace("\"cross_attention_dim\": 32", "\"cross_attention_dim\": 768"));

    assertThatThrownBy(() -> load(folder).build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("cross_attention_dim"));
  }

  @Test
  void namesThePipelinesThatItReads(@TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd", folder);
    Files.writeString(
        folder.resolve("model_index.json"),
        "{\"_class_name\": \"OnnxStableDiffusionUpscalePipeline\"}");

    assertThatThrownBy(() -> load(folder).build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("_class_name"))
        .hasMessageContaining(
            "[LatentConsistencyModelPipeline, ORTLatentConsistencyModelPipeline, ")
        .hasMessageContaining("StableDiffusionXLPipeline]");
  }

  @Test
  void recordsWhatDiffersFromTheDefaults() {
    try (StableDiffusion usual = tiny().build();
        StableDiffusion other =
            tiny()
                .guidanceRescale(0.7)
                .guidanceInterval(0.2, 0.8)
                .tiledDecoding()
                .device(Device.provider("mine", options -> {}))
                .build()) {
      assertThat(DescribedOptions.of(usual)).isEmpty();
      assertThat(DescribedOptions.of(other))
          .containsExactly(
              Map.entry("device", "mine"),
              Map.entry("guidanceInterval", "0.2 to 0.8"),
              Map.entry("guidanceRescale", "0.7"),
              Map.entry("tiledDecoding", "true"));
    }
  }

  @Test
  void refusesGuidanceOutOfRange() {
    assertThatThrownBy(() -> tiny().guidanceRescale(1.5).guidanceInterval(0.8, 0.2).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("guidanceRescale 1.5")
        .hasMessageContaining("guidanceInterval 0.8 to 0.2");
  }

  @Test
  void refusesBrokenJson(@TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd", folder);
    Files.writeString(folder.resolve("unet/config.json"), "{\"sample_size\": ");

    assertThatThrownBy(() -> load(folder).build())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("config.json")
        .hasMessageContaining("not JSON");
  }

  @Test
  void refusesNoiseOfAnotherShape() {
    try (StableDiffusion model = tiny().build()) {
      Npy noise = new Npy(new int[] {1, 4, 16, 16}, new float[1024]);

      assertThatThrownBy(() -> model.sample(noise, "a bird", ""))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("[1, 4, 8, 8]")
          .hasMessageContaining("[1, 4, 16, 16]");
    }
  }
}
