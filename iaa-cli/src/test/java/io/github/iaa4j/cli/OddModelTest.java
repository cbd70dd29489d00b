package io.github.iaa4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.toyworld.ToyWorldCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that fail, and folders that do not say everything. */
class OddModelTest {

  /** So much guidance overflows as float16 does. */
  private static final String OVERFLOW = "3e38";

  @TempDir Path folder;

  @Test
  void aSampleThatIsLostLeavesNoImage() {
    Path out = folder.resolve("out");

    Iaa iaa = Iaa.run("sample", "--prompt", "a cat", "--guidance", OVERFLOW, "--out", out);

    assertThat(iaa.exitCode()).isEqualTo(1);
    assertThat(iaa.err())
        .contains("the latents became NaN or infinite in the UNet", "float32 export");
    assertThat(out).doesNotExist();
  }

  @Test
  void aRunWhoseFirstAttemptsAllFailStopsAndBeginsAnewWithSettingsThatWork() throws IOException {
    Path run = run();

    Iaa stopped = generate(run, "--guidance", OVERFLOW);

    assertThat(stopped.exitCode()).isEqualTo(1);
    assertThat(stopped.err())
        .contains("the first 16 attempts all failed", "the latents became NaN or infinite");

    JsonObject result = json(generate(run, "--guidance", "5"));
    assertThat(result.get("accepted").getAsInt()).isEqualTo(3);
    assertThat(result.get("failed").getAsInt()).isZero();
    assertThat(Run.open(run).attempts()).isEmpty();
  }

  @Test
  void attemptsThatFailAreCountedWithTheirReason() throws IOException {
    Path run = run();

    Iaa iaa =
        generate(run, "--guidance", OVERFLOW, "--attempts", "2", "--stop-after-failures", "0");
    JsonObject result = json(iaa);
    Iaa report = Iaa.run("report", "--run", run);

    assertThat(iaa.out()).contains("6 attempts failed, 6 of them for this reason: the latents");
    assertThat(result.get("failed").getAsInt()).isEqualTo(6);
    assertThat(result.getAsJsonObject("failures").entrySet())
        .singleElement()
        .satisfies(entry -> assertThat(entry.getKey()).startsWith("the latents became NaN"))
        .satisfies(entry -> assertThat(entry.getValue().getAsInt()).isEqualTo(6));
    assertThat(report.exitCode()).isZero();
    assertThat(Files.readString(run.resolve("report.html")))
        .contains("attempts failed", "6 for this reason: the latents became NaN");
  }

  @Test
  void whatIsTakenForGrantedIsToldInOneLine() throws IOException {
    Path model = folder.resolve("model");
    copy(ToyWorldCheckpoint.folder(), model);
    Path config = model.resolve("tokenizer/tokenizer_config.json");
    Files.writeString(
        config,
        Files.readString(config).replaceFirst("\"model_max_length\": 48", "\"unknown\": true"));
    Path json = folder.resolve("result.json");

    Iaa iaa =
        Iaa.run(
            "sample",
            "--model",
            model,
            "--prompt",
            "a cat",
            "--steps",
            1,
            "--out",
            folder.resolve("out"),
            "--json",
            json);

    assertThat(iaa.exitCode()).as(iaa.err()).isZero();
    assertThat(iaa.out().lines())
        .contains(
            "Note: "
                + config
                + " (model_max_length): missing. Taken: 48 tokens, the positions of the text"
                + " encoder.");
    JsonObject note =
        JsonParser.parseString(Files.readString(json))
            .getAsJsonObject()
            .getAsJsonArray("notes")
            .get(0)
            .getAsJsonObject();
    assertThat(note.get("field").getAsString()).isEqualTo("model_max_length");
    assertThat(note.get("found").getAsString()).isEqualTo("missing");

    Path run = run();
    Iaa generated = generate(run, "--model", model.toString());
    Iaa report = Iaa.run("report", "--run", run);

    assertThat(generated.out()).contains("(model_max_length): missing");
    assertThat(report.exitCode()).isZero();
    assertThat(Files.readString(run.resolve("report.html")))
        .contains("Notes on the model", "(model_max_length): missing");
  }

  private Path run() {
    Path toy = folder.resolve("toy");
    Path run = folder.resolve("run");
    Iaa.run("toyworld", "--split", "train", "--count", 12, "--seed", 3, "--out", toy);
    Iaa.run("prompts", "--dataset", "voc:" + toy, "--balance", "add:3", "--run", run);
    return run;
  }

  private Iaa generate(Path run, String... options) {
    List<Object> all = new ArrayList<>(List.of("generate", "--filter", "none", "--steps", 2));
    all.addAll(List.of("--run", run, "--json", folder.resolve("result.json")));
    all.addAll(List.of((Object[]) options));
    return Iaa.run(all.toArray());
  }

  private JsonObject json(Iaa iaa) throws IOException {
    assertThat(iaa.exitCode()).as(iaa.err()).isZero();
    return JsonParser.parseString(Files.readString(folder.resolve("result.json")))
        .getAsJsonObject();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }
}
