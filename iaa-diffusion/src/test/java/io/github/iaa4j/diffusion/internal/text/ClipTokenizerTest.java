package io.github.iaa4j.diffusion.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.Golden;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClipTokenizerTest {

  record Case(String text, int count, List<Long> ids) {}

  static Stream<Case> tokens() throws IOException {
    return cases("tiny-sd-expected/tokens.json");
  }

  static Stream<Case> paddedTokens() throws IOException {
    return cases("tiny-sd-expected/tokens-padded.json");
  }

  private static Stream<Case> cases(String name) throws IOException {
    Gson gson = new Gson();
    return JsonParser.parseString(Files.readString(Golden.path(name)))
        .getAsJsonArray()
        .asList()
        .stream()
        .map((JsonElement json) -> gson.fromJson(json, Case.class));
  }

  @ParameterizedTest
  @MethodSource("tokens")
  void splitsTextAsTransformers(Case golden) {
    try (ClipTokenizer tokenizer = load(Golden.path("tiny-sd/tokenizer"))) {
      assertThat(tokenizer.encode(golden.text)).containsExactly(golden.ids.toArray(Long[]::new));
      assertThat(tokenizer.count(golden.text)).isEqualTo(golden.count);
    }
  }

  @ParameterizedTest
  @MethodSource("tokens")
  void readsTokenizersThatAreReadyMade(Case golden) {
    try (ClipTokenizer tokenizer = load(Golden.path("tiny-sd-expected/tokenizer-ready"))) {
      assertThat(tokenizer.encode(golden.text)).containsExactly(golden.ids.toArray(Long[]::new));
    }
  }

  @ParameterizedTest
  @MethodSource("paddedTokens")
  void padsWithThePaddingTokenOfTheConfig(Case golden) {
    try (ClipTokenizer tokenizer = load(Golden.path("tiny-sd-expected/tokenizer-padded"))) {
      assertThat(tokenizer.encode(golden.text)).containsExactly(golden.ids.toArray(Long[]::new));
    }
  }

  /** The ids are those of transformers 5.23 for the same files. */
  @Test
  void takesTheSpecialTokensMapFirstInOlderFolders(@TempDir Path folder) throws IOException {
    copyTokenizer(folder);
    Files.writeString(folder.resolve("special_tokens_map.json"), "{\"pad_token\": \"!\"}");

    try (ClipTokenizer tokenizer = load(folder)) {
      assertThat(tokenizer.encode("a bird")).startsWith(680, 320, 645, 681, 0, 0).endsWith(0);
      assertThat(tokenizer.encode("<|STARTOFTEXT|> upper!"))
          .startsWith(680, 680, 84, 79, 79, 531, 0, 681, 0);
    }
  }

  /** The ids are those of transformers 5.23 for the same files. */
  @Test
  void takesTheConfigAloneWhereItListsTheAddedTokens(@TempDir Path folder) throws IOException {
    copyTokenizer(folder);
    Files.writeString(folder.resolve("special_tokens_map.json"), "{\"pad_token\": \"!\"}");
    Path file = folder.resolve("tokenizer_config.json");
    JsonObject config = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    JsonObject decoder = new JsonObject();
    decoder.add("680", config.get("bos_token"));
    decoder.add("681", config.get("eos_token"));
    config.add("added_tokens_decoder", decoder);
    config.addProperty("bos_token", "<|startoftext|>");
    config.addProperty("eos_token", "<|endoftext|>");
    config.addProperty("unk_token", "<|endoftext|>");
    Files.writeString(file, config.toString());

    try (ClipTokenizer tokenizer = load(folder)) {
      assertThat(tokenizer.encode("a bird")).startsWith(680, 320, 645, 681, 681, 681).endsWith(681);
      assertThat(tokenizer.encode("<|STARTOFTEXT|> upper!"))
          .startsWith(680, 680, 84, 79, 79, 531, 256, 681, 681);
    }
  }

  private static void copyTokenizer(Path folder) throws IOException {
    for (String name : List.of("tokenizer_config.json", "vocab.json", "merges.txt")) {
      Files.copy(Golden.path("tiny-sd/tokenizer/" + name), folder.resolve(name));
    }
  }

  @Test
  void namesTheFileThatIsMissing(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"model_max_length\": 77}");
    Files.copy(Golden.path("tiny-sd/tokenizer/vocab.json"), folder.resolve("vocab.json"));

    assertThatThrownBy(() -> load(folder))
        .isInstanceOfSatisfying(
            ModelException.class,
            e -> assertThat(e.file()).isEqualTo(folder.resolve("merges.txt")));
  }

  @Test
  void refusesMergesThatAreNotPairs(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"model_max_length\": 77}");
    Files.copy(Golden.path("tiny-sd/tokenizer/vocab.json"), folder.resolve("vocab.json"));
    Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\na b c\n");

    assertThatThrownBy(() -> load(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("merges.txt")
        .hasMessageContaining("a b c");
  }

  /** The tokenizer of a folder that states its length. */
  static ClipTokenizer load(Path folder) {
    JsonConfig config = JsonConfig.read(folder.resolve("tokenizer_config.json"));
    return ClipTokenizer.load(folder, config, config.integer("model_max_length"));
  }
}
