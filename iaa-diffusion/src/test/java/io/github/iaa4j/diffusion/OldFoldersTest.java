package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.sampling.ModelNote;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders that older or other tools have written; what is guessed is told. */
class OldFoldersTest {

  @TempDir Path folder;

  @BeforeEach
  void copy() throws IOException {
    Golden.copy("tiny-sd", folder);
  }

  private void change(String file, String key, @Nullable JsonElement value) throws IOException {
    OnnxFile.config(folder.resolve(file), key, value);
  }

  private StableDiffusionBuilder load() {
    return StableDiffusion.builder(folder).steps(2).batch(1).scheduler("DDIMScheduler");
  }

  private static float[] sample(StableDiffusionBuilder builder) {
    try (StableDiffusion model = builder.build()) {
      return model.sample(model.initialNoise(7), "a red bird", "blurry").latents().values();
    }
  }

  private List<ModelNote> notes() {
    try (StableDiffusion model = load().build()) {
      return model.notes();
    }
  }

  private void assertNoted(String file, @Nullable String field, String found, String taken) {
    assertThat(notes())
        .anySatisfy(
            note -> {
              assertThat(note.file()).isEqualTo(folder.resolve(file).toString());
              assertThat(note.field()).isEqualTo(field);
              assertThat(note.found()).isEqualTo(found);
              assertThat(note.taken()).contains(taken);
              assertThat(note.toString()).doesNotContain("\n").contains(file, found, taken);
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "OnnxStableDiffusionPipeline",
        "OnnxStableDiffusionImg2ImgPipeline",
        "OnnxStableDiffusionInpaintPipelineLegacy"
      })
  void readsThePipelinesOfOldWithTheirConfigs(String name) throws IOException {
    float[] usual = sample(load());
    change("model_index.json", "_class_name", new JsonPrimitive(name));

    assertThat(sample(load())).isEqualTo(usual);
  }

  @ParameterizedTest
  @ValueSource(strings = {"OnnxStableDiffusionPipeline", "StableDiffusionPipeline"})
  void takesFromTheGraphsWhatNoConfigSays(String name) throws IOException {
    float[] usual = sample(load().size(64, 64));
    change("model_index.json", "_class_name", new JsonPrimitive(name));
    for (String part : List.of("unet", "text_encoder", "vae_decoder", "vae_encoder")) {
      Files.delete(folder.resolve(part).resolve("config.json"));
    }

    try (StableDiffusion model = load().build()) {
      assertThat(model.latentShape()).containsExactly(1, 4, 64, 64);
      assertThat(model.width()).isEqualTo(256);
    }
    assertThat(sample(load().size(64, 64))).isEqualTo(usual);
    assertNoted("unet/config.json", null, "missing", "Stable Diffusion 1 and 2");
    assertNoted("unet/config.json", "sample_size", "missing", "64 latents");
    assertNoted("vae_decoder/config.json", null, "missing", "4 pixels a latent");
    assertNoted("text_encoder/config.json", null, "missing", "what the graph declares");
  }

  @ParameterizedTest
  @CsvSource({"unet", "text_encoder", "vae_decoder"})
  void refusesAFolderThatLacksOneConfigOfSeveral(String part) throws IOException {
    Files.delete(folder.resolve(part).resolve("config.json"));

    assertThatThrownBy(() -> load().build())
        .isInstanceOfSatisfying(
            ModelException.class,
            e -> assertThat(e.file()).isEqualTo(folder.resolve(part).resolve("config.json")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1000000000000000019884624838656", "1e30", "512"})
  void takesThePositionsOfTheEncoderWhereTheLengthIsNone(String length) throws IOException {
    openTexts();
    change(
        "tokenizer/tokenizer_config.json",
        "model_max_length",
        new JsonPrimitive(new BigDecimal(length)));

    try (StableDiffusion model = load().build()) {
      assertThat(model.maxPromptTokens()).isEqualTo(24);
    }
    assertThat(StableDiffusion.tokenCounter(folder).limit()).isEqualTo(24);
    assertThat(notes())
        .extracting(ModelNote::field, ModelNote::taken)
        .contains(
            org.assertj.core.groups.Tuple.tuple(
                "model_max_length", "24 tokens, the positions of the text encoder"));
  }

  @Test
  void takesThePositionsOfTheEncoderWhereTheLengthIsMissing() throws IOException {
    openTexts();
    change("tokenizer/tokenizer_config.json", "model_max_length", null);

    assertNoted(
        "tokenizer/tokenizer_config.json",
        "model_max_length",
        "missing",
        "24 tokens, the positions");
  }

  /** As most exports have them. */
  private void openTexts() throws IOException {
    OnnxFile.fix(folder.resolve("text_encoder/model.onnx"), "input_ids", 1, -1);
    OnnxFile.fix(folder.resolve("unet/model.onnx"), "encoder_hidden_states", 1, -1);
  }

  @Test
  void readsATokenizerThatIsOneFile() throws IOException {
    Files.copy(
        Golden.path("tiny-sd-expected/tokenizer-ready/tokenizer.json"),
        folder.resolve("tokenizer/tokenizer.json"));
    float[] usual = sample(load());
    for (String name : List.of("tokenizer_config.json", "vocab.json", "merges.txt")) {
      Files.delete(folder.resolve("tokenizer").resolve(name));
    }

    assertThat(sample(load())).isEqualTo(usual);
    assertNoted("tokenizer/tokenizer_config.json", null, "missing", "the special tokens of CLIP");
  }

  @Test
  void readsTheConfigOfATextEncoderInsideOfAnother() throws IOException {
    float[] usual = sample(load());
    Path file = folder.resolve("text_encoder/config.json");
    JsonObject whole = new JsonObject();
    whole.add("text_config", JsonParser.parseString(Files.readString(file)));
    Files.writeString(file, whole.toString());

    assertThat(sample(load())).isEqualTo(usual);
  }

  @Test
  void showsEveryTokenToAnEncoderThatTakesAMask() throws IOException {
    float[] usual = sample(load());
    OnnxFile.edit(
        folder.resolve("text_encoder/model.onnx"),
        model -> {
          ValueInfoProto ids = model.getGraph().getInput(0);
          model.getGraphBuilder().addInput(ids.toBuilder().setName("attention_mask"));
        });

    assertThat(sample(load())).isEqualTo(usual);
  }

  @Test
  void readsAHeightAndAWidthOfTheUnet() throws IOException {
    JsonArray sides = new JsonArray();
    sides.add(4);
    sides.add(8);
    change("unet/config.json", "sample_size", sides);

    try (StableDiffusion model = load().build()) {
      assertThat(model.latentShape()).containsExactly(1, 4, 4, 8);
    }
  }

  @Test
  void takesTheUsualSizeWhereTheUnetStatesNone() throws IOException {
    change("unet/config.json", "sample_size", JsonNull.INSTANCE);

    assertNoted("unet/config.json", "sample_size", "missing", "64 latents");
  }

  @ParameterizedTest
  @CsvSource({"true, epsilon", "false, sample"})
  void readsWhatAModelPredictsByItsOldName(boolean predictsEpsilon, String type)
      throws IOException {
    String file = "scheduler/scheduler_config.json";
    change(file, "prediction_type", new JsonPrimitive(type));
    float[] usual = sample(load());
    change(file, "prediction_type", null);
    change(file, "predict_epsilon", new JsonPrimitive(predictsEpsilon));
    change(file, "tensor_format", new JsonPrimitive("pt"));

    assertThat(sample(load())).isEqualTo(usual);
    assertNoted(
        file, "predict_epsilon", String.valueOf(predictsEpsilon), "prediction_type " + type);
  }

  @Test
  void passesOverOptionsThatAreOff() throws IOException {
    String file = "scheduler/scheduler_config.json";
    float[] usual = sample(StableDiffusion.builder(folder).steps(2).batch(1));
    change(file, "beta_scaling", new JsonPrimitive("none"));

    assertThat(sample(StableDiffusion.builder(folder).steps(2).batch(1))).isEqualTo(usual);
    change(file, "beta_scaling", new JsonPrimitive("cubic"));
    assertThatThrownBy(() -> StableDiffusion.builder(folder).build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("beta_scaling"));
  }

  @Test
  void readsTheAnswerOfTheUnetByItsShapeWhereItHasAnotherName() throws IOException {
    float[] usual = sample(load());
    OnnxFile.edit(
        folder.resolve("unet/model.onnx"),
        model -> {
          var graph = model.getGraphBuilder();
          OnnxFile.rename(graph, "out_sample", "noise_pred");
          graph.getOutputBuilder(0).setName("noise_pred");
          ValueInfoProto.Builder mean = graph.getOutput(0).toBuilder().setName("mean");
          for (int i = 2; i < 4; i++) {
            mean.getTypeBuilder()
                .getTensorTypeBuilder()
                .getShapeBuilder()
                .getDimBuilder(i)
                .setDimValue(1);
          }
          graph.addNode(OnnxFile.node("GlobalAveragePool", "mean", "noise_pred"));
          graph.addOutput(0, mean);
        });

    assertThat(sample(load())).isEqualTo(usual);
  }

  @Test
  void usualFoldersHaveNoNotes() throws IOException {
    change("unet/config.json", "sample_size", new JsonPrimitive(8));

    assertThat(notes()).isEmpty();
  }
}
