package io.github.iaa4j.wsss;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.error.ConfigurationException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What works in a process whose class path lacks PyTorch's natives, or DJL altogether. */
class BareClassPathTest {

  @TempDir static Path folder;
  private static Path model;
  private static String scores;

  /** The program of the processes. */
  static final class Program {

    private Program() {}

    public static void main(String[] arguments) {
      Path path = Path.of(arguments[1]);
      if (arguments[0].equals("evaluate")) {
        try (OnnxWsss model = OnnxWsss.load(path)) {
          System.out.println(scoresOf(model));
        }
        return;
      }
      try {
        train(path).close();
        System.out.println("trained");
      } catch (ConfigurationException e) {
        System.out.println(e.getMessage());
      }
      System.out.println("ai.djl.offline is " + System.getProperty("ai.djl.offline"));
    }
  }

  private static OnnxWsss train(Path to) {
    return WsssTraining.builder()
        .imageSize(32)
        .batchSize(2)
        .classifierSteps(1)
        .segmenterSteps(1)
        .build()
        .fit(Blobs.dataset(2, 32, 1), to);
  }

  private static String scoresOf(OnnxWsss model) {
    LabeledDataset data = Blobs.dataset(3, 32, 2);
    return Arrays.toString(model.score(data.images().get(0).image()))
        + Arrays.deepHashCode(model.cams(data.images().get(0).image()))
        + SegmentationEvaluation.ofPseudoMasks(model, data).iou()
        + SegmentationEvaluation.ofSegmenter(model, data).iou();
  }

  @BeforeAll
  static void trainHere() {
    model = folder.resolve("model");
    try (OnnxWsss trained = train(model)) {
      scores = scoresOf(trained);
    }
  }

  @Test
  void modelsAreLoadedAndMeasuredWithoutDjl() throws Exception {
    List<String> output =
        run(jar -> jar.contains("djl") || jar.contains("pytorch"), List.of(), "evaluate", model);

    assertThat(output).containsExactly(scores);
  }

  @Test
  void trainingWithoutDjlNamesItsArtifacts() throws Exception {
    List<String> output =
        run(
            jar -> jar.contains("djl") || jar.contains("pytorch"),
            List.of(),
            "train",
            folder.resolve("no-djl"));

    assertThat(output.get(0)).contains("ai.djl.pytorch:pytorch-engine");
  }

  @Test
  void trainingWithoutTheEngineNamesItsArtifact() throws Exception {
    List<String> output =
        run(jar -> jar.contains("pytorch-engine"), List.of(), "train", folder.resolve("no-engine"));

    assertThat(output.get(0)).contains("ai.djl.pytorch:pytorch-engine");
  }

  @Test
  void trainingWithoutNativesNamesTheArtifactAndDownloadsNothing() throws Exception {
    List<String> output =
        run(
            jar -> jar.contains("pytorch-native"),
            List.of(
                "-Dorg.slf4j.simpleLogger.logFile=System.out",
                "-Dorg.slf4j.simpleLogger.log.io.github.iaa4j.wsss=debug"),
            "train",
            folder.resolve("no-natives"));

    assertThat(output)
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith("training needs PyTorch's native libraries")
                    .containsPattern("ai\\.djl\\.pytorch:pytorch-native-cpu:[0-9.]+:linux-x86_64 "))
        .as("what DJL says of its attempt to download")
        .anySatisfy(line -> assertThat(line).contains("Offline mode is enabled"))
        .contains("ai.djl.offline is null");
    assertThat(folder.resolve("no-natives")).doesNotExist();
  }

  /** Runs the program in a new process and returns its output by lines. */
  private static List<String> run(
      Predicate<String> withoutJar, List<String> options, String task, Path path)
      throws IOException, InterruptedException {
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !withoutJar.test(entry))
            .collect(Collectors.joining(File.pathSeparator));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add("-Duser.home=" + folder);
    command.addAll(List.of("-cp", classPath, Program.class.getName(), task, path.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().remove("OPT_OUT_TRACKING");
    Process process = builder.start();
    List<String> output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
    return output;
  }
}
