package io.github.iaa4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.iaa4j.core.run.Run;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What people get wrong, the exit code, and the words that tell them what to do. */
class WrongInputTest {

  @TempDir static Path folder;

  @BeforeAll
  static void drawSomeImages() {
    Iaa.run("toyworld", "--split", "train", "--count", 12, "--out", folder.resolve("toy"));
    Iaa.run(
        (Object[])
            "prompts --agent template --balance add:1 --dataset voc:{}/toy:train --run {}/run"
                .replace("{}", folder.toString())
                .split(" "));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void isAnsweredWithTheRemedy(String commandLine, int exitCode, String[] words) {
    Iaa iaa = Iaa.run((Object[]) commandLine.replace("{}", folder.toString()).split(" "));

    assertThat(iaa.exitCode()).isEqualTo(exitCode);
    assertThat(iaa.err()).startsWith("iaa: ").contains(words);
    assertThat(iaa.err()).doesNotContain("\tat ");
  }

  static Stream<Arguments> mistakes() {
    String prompts = "prompts --run {}/new --balance add:2 --dataset ";
    String toy = prompts + "voc:{}/toy:train ";
    return Stream.of(
        mistake(prompts + "voc:{}/nowhere:train", 1, "nowhere", "JPEGImages"),
        mistake(prompts + "voc:{}/toy:val", 1, "val"),
        mistake(prompts + "zip:{}/toy", 2, "--dataset", "voc:DIR:SPLIT"),
        mistake(prompts + "voc:", 2, "--dataset", "voc:DIR:SPLIT"),
        mistake("prompts --run {}/new --dataset voc:{}/toy", 2, "--balance"),
        mistake("prompts --run {}/new --balance 7 --dataset voc:{}/toy", 1, "topup:N", "add:N"),
        mistake(toy + "--epsilon 1.5", 1, "epsilon", "1.5"),
        mistake(toy + "--rounds 0", 1, "round"),
        mistake(toy + "--learn-from {}/nowhere", 1, "run.json", "not a run's folder"),
        mistake("generate --run {}/run --llm http://127.0.0.1:1/v1", 1, "--llm-model NAME"),
        mistake(
            "generate --run {}/run --llm http://127.0.0.1:1/v1 --llm-model m",
            1,
            "--generation-rounds 2"),
        mistake(
            "generate --run {}/run --filter none --generation-rounds 2 --llm http://127.0.0.1:1/v1"
                + " --llm-model m",
            1,
            "--llm",
            "--filter none"),
        mistake(toy + "--together 5", 1, "together(5)", "1 to 4"),
        mistake(
            "generate --run {}/run --filter none --generation-rounds 0", 1, "generationRounds(0)"),
        mistake("sample --prompt x --out {}/o --device tpu", 2, "--device", "tpu", "cuda:N"),
        mistake("sample --prompt x --out {}/o --guidance-interval 1", 1, "--guidance-interval 1"),
        mistake("sample --prompt x --out {}/o --guidance-interval .8:.2", 1, "guidanceInterval"),
        mistake("sample --prompt x --out {}/o --scheduler flow-euler", 1, "prediction_type"),
        mistake("sample --prompt x --out {}/o --scheduler edm-euler", 1, "EDM", "Leave out"),
        mistake("sample --prompt x --out {}/o --mask m.png", 1, "--mask needs --image"),
        mistake("sample --prompt x --out {}/o --strength .5", 1, "--strength needs --image"),
        mistake("sample --prompt x --out {}/o --image {}/no.png", 1, "no.png"),
        mistake("sample --prompt x --out {}/o --controlnet {}/c", 2, "--control-image"),
        mistake("sample --prompt x --out {}/o --clip-skip -1", 1, "clipSkip -1"),
        mistake("sample --prompt x --out {}/o --clip-skip 1", 1, "output_hidden_states"),
        mistake(toy + "--rounds many", 2, "--rounds", "many"),
        mistake(toy + "--agent oracle", 2, "--agent", "rule, llm, template"),
        mistake(toy + "--agent llm", 1, "--llm URL", "--llm-model NAME"),
        mistake(toy + "--llm http://localhost", 1, "--agent llm"),
        mistake(toy + "--model {}/toy", 1, "--agent llm"),
        mistake(toy + "--words {}/no.txt", 1, "no.txt", "class words"),
        mistake(toy + "--words {}/toy/ImageSets/Segmentation/train.txt", 1, "train.txt:1: "),
        mistake(toy + "--deadline 0", 1, "--deadline", "not 0"),
        mistake(toy + "--agent llm --llm mailto:me --llm-model m", 1, "http"),
        mistake("toyworld --split tiny --out {}/x", 2, "tiny", "broad"),
        mistake("toyworld --split val --count 0 --out {}/x", 1, "--count 0"),
        mistake("generate --run {}/nowhere", 1, "nowhere", "prompts"),
        mistake("generate --run {}/run --filter {}/nomodel", 1, "nomodel"),
        mistake("generate --run {}/run --filter none --model {}/toy", 1, "model_index.json"),
        mistake("generate --run {}/run --filter none --from-image 2", 1, "strength 2.0"),
        mistake("generate --run {}/run --preview half", 2, "--preview", "FULL, TINY, LINEAR"),
        mistake("generate --run {}/run --preview tiny --filter none", 1, "--filter none"),
        mistake("report --run {}/toy", 1, "run.json"),
        mistake("train --data voc:{}/toy:train --out {}/m --crop-size 33", 1, "33", "8"),
        mistake(
            "train --data voc:{}/toy:train --out {}/m --backbone x --output-stride 5",
            1,
            "--output-stride",
            "8, 16 or 32"),
        mistake(
            "train --data voc:{}/toy:train --out {}/m --backbone x --freeze-first -1",
            1,
            "--freeze-first",
            "-1"),
        mistake(
            "train --data voc:{}/toy:train --out {}/m --segment-scales 1,9",
            1,
            "segmentScales",
            "from 0.25 to 4"),
        mistake("train --data voc:{}/toy:train --out {}/m --freeze-first 3", 1, "--backbone"),
        mistake("train --data voc:{}/toy:train --out {}/m --patience 3", 1, "--validation"),
        mistake(
            "train --data voc:{}/toy:train --out {}/m --generated-weight 0",
            1,
            "generatedWeight is 0.0",
            "(0, 1]"),
        mistake(
            "train --data voc:{}/toy:train --out {}/m --checkpoint-every -1",
            1,
            "checkpointEvery is -1",
            "at least 0"),
        mistake(
            "evaluate --model {}/m --data voc:{}/toy --crf toco",
            1,
            "--pseudo-masks",
            "--segmenter-crf"),
        mistake("train --out {}/m", 2, "--data"),
        mistake("train --data voc:{}/toy:train --out {}/m --device gpu", 2, "--device", "cuda:N"),
        mistake("train --data voc:{}/toy:train --out {}/m --device cuda", 1, "onnxruntime_gpu"),
        mistake("evaluate --model {}/nomodel --data voc:{}/toy:train", 1, "nomodel"),
        mistake("evaluate --model m --data voc:{}/toy:train --device cuda:x", 2, "cuda:x"),
        mistake("sample --model {}/toy --prompt cat --out {}/s", 1, "model_index.json"),
        mistake("quickstart --seeds 3 --out {}/q", 1, "--ablation"),
        mistake("quickstart --on train --out {}/q", 1, "val"),
        mistake("quickstart --device cuda --out {}/q", 1, "onnxruntime_gpu"));
  }

  private static Arguments mistake(String commandLine, int exitCode, String... words) {
    return arguments(commandLine, exitCode, words);
  }

  @Test
  void namesTheServerThatDoesNotAnswer() {
    String url = "http://127.0.0.1:" + freePort() + "/v1";

    Iaa iaa =
        Iaa.run(
            "prompts",
            "--dataset",
            "voc:" + folder.resolve("toy"),
            "--balance",
            "add:1",
            "--agent",
            "llm",
            "--llm",
            url,
            "--llm-model",
            "some-model",
            "--run",
            folder.resolve("llm"));

    assertThat(iaa.exitCode()).isEqualTo(1);
    assertThat(iaa.err()).contains(url);
  }

  @Test
  void namesTheClassThatIsUnknown() throws IOException {
    Path prompts = folder.resolve("run/prompts.jsonl");
    String before = Files.readString(prompts);
    Files.writeString(
        prompts, before.replaceFirst("\"labels\":\\[\"\\w+\"", "\"labels\":[\"yeti\""));
    try {
      Iaa iaa = Iaa.run("generate", "--run", folder.resolve("run"), "--filter", "none");

      assertThat(iaa.exitCode()).isEqualTo(1);
      assertThat(iaa.err()).contains("yeti", "prompts.jsonl");
    } finally {
      Files.writeString(prompts, before);
    }
  }

  @Test
  void trainsNoClassifierInARunThatAnotherWorksOn() {
    Run run = Run.open(folder.resolve("run"));

    Iaa iaa = run.locked(() -> Iaa.run("generate", "--run", run.folder(), "--steps", 1));

    assertThat(iaa.exitCode()).isEqualTo(1);
    assertThat(iaa.err()).contains("is working on this run");
    assertThat(iaa.out()).doesNotContain("Training");
    assertThat(run.classifier()).doesNotExist();
  }

  @Test
  void printsTheStackTraceWhereItIsAskedFor() {
    Iaa iaa = Iaa.run("report", "--stacktrace", "--run", folder.resolve("toy"));

    assertThat(iaa.err()).contains("run.json", "\tat io.github.iaa4j");
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
