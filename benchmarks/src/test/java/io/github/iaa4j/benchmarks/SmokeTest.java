package io.github.iaa4j.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.toyworld.Split;
import io.github.iaa4j.toyworld.ToyWorld;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The programs run; what they measure here means nothing. */
class SmokeTest {

  @TempDir private Path folder;

  @Test
  void load() {
    assertThat(run("load", "--rounds", "1")).contains("with cached graphs");
  }

  @Test
  void previews() {
    assertThat(run("previews", "--images", 2, "--classifier-steps", 1))
        .contains("same verdict", "| linear ");
  }

  @Test
  void feedback() {
    assertThat(run("feedback", "--seeds", 1, "--top-up", 9, "--classifier-steps", 1))
        .contains("rewritten without what was learnt", "all drafts: ", "one-sided p = ");
  }

  @Test
  void diversity() {
    assertThat(run("diversity", "--sets", "1", "--prompts", "3"))
        .contains("near-duplicates", "| rule  | embeddings |");
  }

  @Test
  void host() {
    String printed = run("host", "--seconds", "0.01", "--forks", "0");

    assertThat(printed).contains("LMS", "EULER_ANCESTRAL", "0 bytes");
  }

  @Test
  void share() throws IOException {
    TrivialModel.write(folder);

    assertThat(run("share", "--model", folder, "--steps", "2", "--images", "2"))
        .contains("the loop around it", "products together");
  }

  @Test
  void earlyExit() {
    String printed =
        run("early-exit", "--images", 4, "--classifier-steps", 1, "--steps", 4, "--seed", 2);

    assertThat(printed).contains("4 quadratic guided steps", "which a preview drops");
  }

  @Test
  void peers() {
    String printed =
        run(
            "peers",
            "--peers",
            "",
            "--steps",
            "1",
            "--rounds",
            "1",
            "--queue",
            "5",
            "--threads",
            2);

    assertThat(printed).contains("one image", "a queue of 5");
  }

  @Test
  void prompts() {
    assertThat(run("prompts", "--sets", 20)).contains("VOC", "template", "rule-based, refined");
  }

  @Test
  void crf() throws IOException {
    ByteBuffer photograph = ByteBuffer.allocate(144).order(ByteOrder.LITTLE_ENDIAN);
    photograph.putInt(4).putInt(3).putInt(2);
    photograph.position(48);
    for (int pixel = 0; pixel < 12; pixel++) {
      photograph.putFloat(0.9f);
    }
    Path file = Files.write(folder.resolve("drawn.case"), photograph.array());
    // In the place of Python, which tests do without: says 0 for every pixel.
    Path peer =
        Files.writeString(
            folder.resolve("peer"),
            """
            #!/bin/sh
            case "$2" in
            cases) cp '%s' "$4" ;;
            serve)
              while read -r line; do
                out=$(echo "$line" | sed 's/.*"out":"\\([^"]*\\)".*/\\1/')
                head -c 12 /dev/zero > "$out"
                echo 0.5
              done ;;
            esac
            """
                .formatted(file));
    assertThat(peer.toFile().setExecutable(true)).isTrue();

    assertThat(run("crf", "--python", peer, "--voc", folder, "--rounds", 1))
        .containsPattern("PSA +\\| 100.0 +\\| 100.0 ");
  }

  @Test
  void training() throws IOException {
    ToyWorld.write(Split.TRAIN, 4, 0, folder);
    ToyWorld.write(Split.VAL, 2, 0, folder);
    // In the place of Python, which tests do without.
    Path peer =
        Files.writeString(
            folder.resolve("peer"),
            """
            #!/bin/sh
            while read -r line; do
              echo '{"seconds": 0.5, "processorSeconds": 0.5}'
            done
            """);
    assertThat(peer.toFile().setExecutable(true)).isTrue();
    Path backbone = Path.of("../iaa-wsss/src/test/resources/backbones/efficientnet-lite.onnx");

    String printed =
        run(
            "training",
            "--python",
            peer,
            "--voc",
            folder,
            "--backbone",
            backbone,
            "--rounds",
            1,
            "--steps",
            1,
            "--photographs",
            2);

    assertThat(printed).containsPattern("training +\\| ours ").containsPattern("maps +\\| ours ");
  }

  private static String run(Object... arguments) {
    String[] texts = new String[arguments.length];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = arguments[i].toString();
    }
    PrintStream usual = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      int exitCode = new CommandLine(new Main()).execute(texts);
      assertThat(exitCode).as(printed.toString(StandardCharsets.UTF_8)).isZero();
    } finally {
      System.setOut(usual);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }
}
