package io.github.iaa4j.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.cli.Iaa;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickstartTest {

  private static final String SMALL =
      "quickstart --train-images 24 --evaluation-images 8 --top-up 4 --classifier-steps 2"
          + " --segmenter-steps 2 --steps 2";

  @TempDir Path folder;

  @Test
  void endsWithATableAndAReportAndGoesOnWhereItStopped() throws IOException {
    Iaa first = small("--json", folder.resolve("first.json"));
    byte[] manifest = Files.readAllBytes(folder.resolve("q/run/manifest.jsonl"));
    Iaa second = small("--json", folder.resolve("second.json"));

    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.out()).contains("before", "after", "mIoU", "report.html");
    assertThat(first.out())
        .contains("segmenters measured on 8 of 8 images", "pseudo masks measured on 24 of 24");
    assertThat(folder.resolve("q/run/report.html")).content().contains("before and after");
    assertThat(second.exitCode()).isZero();
    assertThat(second.err()).doesNotContain("classifier steps");
    assertThat(Files.readAllBytes(folder.resolve("q/run/manifest.jsonl"))).isEqualTo(manifest);
    assertThat(json("second.json").get("mIoUAfter")).isEqualTo(json("first.json").get("mIoUAfter"));
  }

  @Test
  void trainsAgainWhenAnEditedPromptWasGeneratedAgain() throws IOException {
    small();
    Path prompts = folder.resolve("q/run/prompts.jsonl");
    String edited = Files.readString(prompts).replaceFirst("\"text\":\"", "\"text\":\"at night, ");
    Files.writeString(prompts, edited);

    Iaa again = small();

    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(again.err()).contains("classifier steps");
  }

  @Test
  void refusesToGoOnWithOtherSettings() {
    small("--ablation", "--rows", "baseline");

    Iaa other = small("--ablation", "--rows", "baseline", "--on", "val");

    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(other.err()).contains("settings.json", "evaluateOn=val");
  }

  @Test
  void measuresEachPartOnceAndWritesASummary() throws IOException {
    Object[] ablation = {"--ablation", "--rows", "baseline,diffusion,oracle"};

    Iaa first = small(ablation);
    JsonArray rows = json("q/summary.json").getAsJsonArray("rows");
    Iaa second = small(ablation);

    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(rows)
        .extracting(row -> row.getAsJsonObject().get("row").getAsString())
        .containsExactly("baseline", "diffusion", "oracle");
    assertThat(rows)
        .allSatisfy(
            row ->
                assertThat(row.getAsJsonObject().keySet())
                    .contains(
                        "seed",
                        "pseudoMaskMiou",
                        "segmenterMiou",
                        "accepted",
                        "attempts",
                        "functionEvaluations",
                        "seconds",
                        "segmenterMeasured",
                        "pseudoMasksMeasured"));
    assertThat(rows.get(1).getAsJsonObject().get("accepted"))
        .as("as many generated images as real ones in the oracle")
        .isEqualTo(rows.get(2).getAsJsonObject().get("accepted"));
    assertThat(second.err()).doesNotContain("classifier steps");
    assertThat(json("q/summary.json").getAsJsonArray("rows")).isEqualTo(rows);
  }

  private Iaa small(Object... more) {
    List<Object> args = new ArrayList<>(List.of(SMALL.split(" ")));
    args.add("--out");
    args.add(folder.resolve("q"));
    args.addAll(List.of(more));
    return Iaa.run(args.toArray());
  }

  private JsonObject json(String file) throws IOException {
    return JsonParser.parseString(Files.readString(folder.resolve(file))).getAsJsonObject();
  }
}
