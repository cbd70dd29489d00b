package io.github.iaa4j.diffusion.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.diffusion.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How prompts are read: against transformers, and against the community of diffusers. */
class PromptTextTest {

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd/tokenizer", "tiny-sd-expected/tokenizer-ready"})
  void splitsHostileTextsAsTransformers(String folder) throws IOException {
    List<String> wrong = new ArrayList<>();
    JsonArray cases = cases("tokens");
    try (ClipTokenizer tokenizer = ClipTokenizerTest.load(Golden.path(folder))) {
      for (JsonElement each : cases) {
        JsonObject golden = each.getAsJsonObject();
        String text = golden.get("text").getAsString();
        long[] expected =
            golden.get("ids").getAsJsonArray().asList().stream()
                .mapToLong(JsonElement::getAsLong)
                .toArray();
        if (!Arrays.equals(tokenizer.tokens(text), expected)) {
          wrong.add(golden + ", found " + Arrays.toString(tokenizer.tokens(text)));
        }
      }
    }

    assertThat(cases.size()).isGreaterThanOrEqualTo(400);
    assertThat(wrong).isEmpty();
  }

  @Test
  void keepsTheEndTokenWhenItCuts() {
    try (ClipTokenizer tokenizer = ClipTokenizerTest.load(Golden.path("tiny-sd/tokenizer"))) {
      long[] all = tokenizer.tokens("a bird ".repeat(60));
      long[] ids = tokenizer.encode("a bird ".repeat(60));

      assertThat(ids).hasSize(24).startsWith(680).endsWith(681);
      assertThat(ids).containsSubsequence(Arrays.copyOf(all, 22));
    }
  }

  @Test
  void readsWeightsAsTheCommunityOfDiffusers() throws IOException {
    for (JsonElement each : cases("weights")) {
      JsonObject golden = each.getAsJsonObject();
      List<PromptWeights.Part> expected = new ArrayList<>();
      for (JsonElement part : golden.get("parts").getAsJsonArray()) {
        JsonArray pair = part.getAsJsonArray();
        expected.add(new PromptWeights.Part(pair.get(0).getAsString(), pair.get(1).getAsDouble()));
      }

      assertThat(PromptWeights.parse(golden.get("text").getAsString()))
          .as(golden.get("text").toString())
          .isEqualTo(expected);
    }
  }

  @Test
  void readsAWeightThatIsNoNumberAsText() {
    assertThat(PromptWeights.parse("(red:1.2.3) bird"))
        .containsExactly(
            new PromptWeights.Part("red:1.2.3", 1.1), new PromptWeights.Part(" bird", 1));
  }

  private static JsonArray cases(String name) throws IOException {
    return JsonParser.parseString(Files.readString(Golden.path("text-expected/" + name + ".json")))
        .getAsJsonArray();
  }
}
