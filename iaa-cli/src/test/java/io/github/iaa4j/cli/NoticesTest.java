package io.github.iaa4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is skipped in a data set, and where the user is told. */
class NoticesTest {

  @TempDir private Path folder;

  @Test
  void standInTheOutputTheJsonAndTheReport() throws IOException {
    Path toy = toyWorld();
    Files.writeString(toy.resolve("classes.txt"), "background\n" + classes(toy));
    Files.delete(toy.resolve("SegmentationClass").resolve(firstId(toy) + ".png"));
    Path other = first(toy.resolve("SegmentationClass"));
    Files.writeString(other, "no PNG");

    Iaa prompts = prompts("voc:" + toy);
    Iaa report = Iaa.run("report", "--run", folder.resolve("run"));

    assertThat(prompts.exitCode()).isZero();
    assertThat(prompts.out())
        .contains("Note: 1 mask of 11 that were compared cannot be read; the first: ");
    assertThat(report.exitCode()).isZero();
    assertThat(Files.readString(folder.resolve("run/report.html")))
        .contains("Notes on the real images", "1 mask of 11 that were compared cannot be read");
    JsonArray notices = json().getAsJsonArray("notices");
    assertThat(notices).isNotEmpty();
    assertThat(notices)
        .filteredOn(notice -> kind(notice.getAsJsonObject()).equals("UNREADABLE_MASKS"))
        .singleElement()
        .satisfies(
            notice -> {
              assertThat(notice.getAsJsonObject().get("count").getAsInt()).isEqualTo(1);
              assertThat(notice.getAsJsonObject().get("of").getAsInt()).isEqualTo(11);
            });
  }

  @Test
  void anEvaluationSaysHowManyImagesItMeasured() throws IOException {
    Path toy = toyWorld();
    Files.delete(toy.resolve("SegmentationClass").resolve(firstId(toy) + ".png"));
    Path model = folder.resolve("model");
    Iaa.run(
        "train",
        "--data",
        "voc:" + toy,
        "--out",
        model,
        "--classifier-steps",
        2,
        "--segmenter-steps",
        2);

    Iaa iaa =
        Iaa.run(
            "evaluate",
            "--model",
            model,
            "--data",
            "voc:" + toy,
            "--json",
            folder.resolve("result.json"));

    assertThat(iaa.out()).contains("measured on 11 of 12 images; skipped: 1 without a true mask");
    JsonObject segmenter = json().getAsJsonObject("segmenter");
    assertThat(segmenter.get("measured").getAsInt()).isEqualTo(11);
    assertThat(segmenter.get("skippedWithoutMask").getAsInt()).isEqualTo(1);
    assertThat(segmenter.get("skippedGenerated").getAsInt()).isZero();
  }

  @Test
  void aLocaleThatCannotNameTheFilesIsNamedBeforeAnyWork() throws Exception {
    Path toy = toyWorld();
    Path cjk = Files.createDirectories(folder.resolve("data/\u732b"));
    Path image = first(toy.resolve("JPEGImages"));
    Files.copy(image, cjk.resolve("\u56fe.jpg"));

    String output =
        inLocaleC(
            "prompts",
            "--dataset",
            "folder:" + folder.resolve("data"),
            "--balance",
            "add:1",
            "--run",
            folder.resolve("run").toString());

    assertThat(output).contains("locale").contains("LC_ALL=C.UTF-8").contains("exit code 1");
    assertThat(folder.resolve("run")).doesNotExist();
  }

  /** Runs the command in a process of its own, as in a container without a locale. */
  private static String inLocaleC(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            "-Djava.awt.headless=true",
            "-Dfile.encoding=UTF-8",
            Main.class.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeAll(List.of("LANG", "LC_CTYPE"));
    environment.put("LC_ALL", "C");
    File log = File.createTempFile("iaa", ".log");
    try {
      Process process = builder.redirectOutput(log).start();
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("ends").isTrue();
      return Files.readString(log.toPath()) + "exit code " + process.exitValue();
    } finally {
      Files.deleteIfExists(log.toPath());
    }
  }

  private Iaa prompts(String data) {
    return Iaa.run(
        "prompts",
        "--dataset",
        data,
        "--balance",
        "add:1",
        "--run",
        folder.resolve("run"),
        "--json",
        folder.resolve("result.json"));
  }

  private Path toyWorld() {
    Path toy = folder.resolve("toy");
    Iaa.run("toyworld", "--split", "train", "--count", 12, "--out", toy);
    return toy;
  }

  private static Path first(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().findFirst().orElseThrow();
    }
  }

  private static String classes(Path toy) throws IOException {
    return Files.readString(toy.resolve("classes.txt"));
  }

  private static String firstId(Path toy) throws IOException {
    return Files.readAllLines(toy.resolve("ImageSets/Segmentation/train.txt")).get(0);
  }

  private JsonObject json() throws IOException {
    return JsonParser.parseString(Files.readString(folder.resolve("result.json")))
        .getAsJsonObject();
  }

  private static String kind(JsonObject notice) {
    return notice.get("kind").getAsString();
  }
}
