package io.github.iaa4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.diffusion.Npy;
import io.github.iaa4j.toyworld.ToyWorld;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands one after the other, as in the documentation, with few images and few steps. */
class PipelineTest {

  @TempDir Path folder;

  @Test
  void leadsFromADataSetToAReport() throws IOException {
    Path toy = folder.resolve("toy");
    Path run = folder.resolve("run");
    Path model = folder.resolve("model");
    Path augmented = folder.resolve("augmented");

    succeed("toyworld", "--split", "train", "--count", 24, "--seed", 3, "--out", toy);
    succeed("prompts", "--dataset", "voc:" + toy, "--balance", "add:4", "--run", run);
    succeed(
        "train",
        "--data",
        "voc:" + toy,
        "--out",
        model,
        "--classifier-steps",
        2,
        "--segmenter-steps",
        2,
        "--validation",
        "voc:" + toy);
    assertThat(model.resolve("model.json")).content().contains("\"meanAveragePrecision\"");
    JsonObject generated =
        succeed(
            "generate --attempts 1 --steps 3 --preview linear --run".split(" "),
            run,
            "--filter",
            model);
    Path manifest = run.resolve("manifest.jsonl");
    // As if the filter had turned one down, which was kept for want of a better one.
    Files.writeString(
        manifest,
        Files.readString(manifest)
            .replaceFirst(
                "\"audited\":",
                "\"fallback\":{\"reasons\":[{\"kind\":\"OTHER\",\"classes\":[]}],"
                    + "\"quality\":0.1},$0"));
    List<Integer> failed = slotsWithoutAnAcceptedImage(run);
    JsonObject again =
        succeed(
            "generate",
            "--run",
            run,
            "--filter",
            model,
            "--attempts",
            1,
            "--steps",
            3,
            "--preview",
            "linear",
            "--generation-rounds",
            2);
    JsonObject taught =
        succeed(
            "prompts",
            "--dataset",
            "voc:" + toy,
            "--balance",
            "add:4",
            "--learn-from",
            run,
            "--run",
            folder.resolve("taught"));
    JsonObject all =
        succeed("generate", "--run", copyOfPrompts(run), "--filter", "none", "--steps", 3);
    JsonObject trained =
        succeed(
            "train",
            "--data",
            "voc:" + toy + ":train",
            "--data",
            "voc:" + folder.resolve("copy/dataset"),
            "--out",
            augmented,
            "--refinement",
            "pamr:1",
            "--background",
            "otsu",
            "--classifier-steps",
            2,
            "--segmenter-steps",
            2);
    JsonObject scores =
        succeed(
            "evaluate",
            "--model",
            augmented,
            "--data",
            "voc:" + toy,
            "--pseudo-masks",
            "--cam-seeds",
            "--segmenter-crf",
            "toco");
    JsonObject report = succeed("report", "--run", run);

    assertThat(generated.get("attempts").getAsInt()).isEqualTo(4);
    assertThat(Run.open(run).manifest().get(0).sampler().settings())
        .containsEntry("previews", "linear");
    assertThat(failed).as("slots for the second round").isNotEmpty();
    assertThat(Run.open(run).prompts())
        .filteredOn(prompt -> !prompt.givenUp().isEmpty())
        .extracting(PromptRecord::slot)
        .isEqualTo(failed);
    assertThat(again.get("attempts").getAsInt())
        .isGreaterThan(generated.get("attempts").getAsInt());
    assertThat(taught.get("prompts").getAsInt()).isEqualTo(4);
    assertThat(Run.open(folder.resolve("taught")).settings().prompts().learnt()).isNotNull();
    assertThat(all.get("accepted").getAsInt()).isEqualTo(4);
    assertThat(VocDataset.open(folder.resolve("copy/dataset"), "train").images()).hasSize(4);
    assertThat(trained.get("images").getAsInt()).isEqualTo(28);
    assertThat(trained.get("generated").getAsInt()).isEqualTo(4);
    assertThat(scores.getAsJsonObject("segmenter").get("mIoU").getAsDouble()).isBetween(0.0, 1.0);
    assertThat(scores.getAsJsonObject("pseudoMasks").getAsJsonObject("iou").keySet())
        .contains("background", "cat");
    assertThat(scores.getAsJsonObject("pseudoMasks").get("boundaryF").getAsDouble())
        .isBetween(0.0, 1.0);
    JsonObject seeds = scores.getAsJsonObject("camSeeds");
    assertThat(seeds.getAsJsonArray("mIoUByThreshold")).hasSize(60);
    assertThat(seeds.getAsJsonObject("byRule").get("rule").getAsString()).isEqualTo("Otsu");
    assertThat(scores.getAsJsonObject("pseudoMasks").get("refinement").getAsString())
        .isEqualTo("PAMR (steps 1)");
    assertThat(scores.getAsJsonObject("segmenter").get("crf").getAsString()).isEqualTo("TOCO");
    assertThat(seeds.getAsJsonObject("bestChosenWithGroundTruth").get("mIoU").getAsDouble())
        .isGreaterThanOrEqualTo(seeds.getAsJsonObject("byRule").get("mIoU").getAsDouble());
    assertThat(Path.of(report.get("report").getAsString())).isRegularFile();
  }

  private static List<Integer> slotsWithoutAnAcceptedImage(Path folder) {
    Run run = Run.open(folder);
    List<Integer> slots = new ArrayList<>(run.prompts().stream().map(PromptRecord::slot).toList());
    slots.removeAll(
        run.manifest().stream()
            .filter(entry -> !entry.isFallback())
            .map(ManifestEntry::slot)
            .toList());
    return slots;
  }

  @Test
  void keepsToTheWordsThatTheRunBeganWith() throws IOException {
    Path toy = folder.resolve("toy");
    Path run = folder.resolve("run");
    Path model = folder.resolve("model");
    Path own = words("own.txt", "special ");
    Path other = words("other.txt", "curious ");
    Object[] prompts = {"prompts", "--dataset", "voc:" + toy, "--balance", "add:6", "--run", run};
    Object[] generate = {
      "generate", "--run", run, "--filter", model, "--attempts", 1, "--steps", 2
    };
    String training = "train --classifier-steps 50 --segmenter-steps 1 --data voc:";
    succeed("toyworld", "--split", "train", "--count", 12, "--seed", 3, "--out", toy);
    succeed((training + toy + " --out").split(" "), model);
    succeed(with(prompts, "--words", own));

    Iaa resumed = Iaa.run(with(prompts, "--words", other));
    Iaa rewrittenPlainly = Iaa.run(with(generate, "--generation-rounds", 2));
    Iaa rewrittenOtherwise = Iaa.run(with(generate, "--generation-rounds", 2, "--words", other));
    succeed(with(generate, "--generation-rounds", 2, "--words", own));

    String begun = ClassWords.read(own).describe().settings().get("checksum");
    String asked = ClassWords.read(other).describe().settings().get("checksum");
    assertThat(resumed.exitCode()).isEqualTo(1);
    assertThat(resumed.err()).contains(begun + ", not ", asked);
    assertThat(rewrittenPlainly.exitCode()).isEqualTo(1);
    assertThat(rewrittenPlainly.err())
        .contains("run.json", "words " + begun + ", not the built-in words", "--words");
    assertThat(rewrittenOtherwise.err()).contains("words " + begun + ", not words " + asked);
    assertThat(Run.open(run).prompts())
        .anySatisfy(prompt -> assertThat(prompt.givenUp()).isNotEmpty())
        .allSatisfy(prompt -> assertThat(prompt.text()).contains("special "));
  }

  private Path words(String file, String adjective) throws IOException {
    String text =
        ToyWorld.CLASS_NAMES.stream()
            .map(name -> "[" + name + "]\nsay: " + adjective + name + "\n")
            .collect(Collectors.joining());
    return Files.writeString(folder.resolve(file), text);
  }

  @Test
  void samplesTheSameImageFromTheSameLatents() {
    Path first = folder.resolve("first.npy");
    Path second = folder.resolve("second.npy");
    Path noise = folder.resolve("noise.npy");
    float[] values = new float[4 * 16 * 8];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i * i);
    }
    new Npy(new int[] {1, 4, 16, 8}, values).write(noise);

    for (Path file : new Path[] {first, second}) {
      succeed(
          "sample",
          "--prompt",
          "a cat",
          "--steps",
          2,
          "--latents",
          noise,
          "--images-out",
          file,
          "--latents-out",
          folder.resolve("latents.npy"),
          "--graph-cache",
          folder.resolve("graphs"),
          "--out",
          folder.resolve("png"));
    }

    assertThat(folder.resolve("graphs")).isDirectoryRecursivelyContaining("glob:**/model.onnx");
    assertThat(Npy.read(first).shape()).containsExactly(1, 3, 64, 32);
    assertThat(Npy.read(first).values()).containsExactly(Npy.read(second).values());
    assertThat(Npy.read(folder.resolve("latents.npy")).shape()).containsExactly(1, 4, 16, 8);
    assertThat(RgbImage.read(folder.resolve("png/latents.png")).height()).isEqualTo(64);
  }

  @Test
  void samplesOverAnImageAndInsideOfAMask() {
    Path toy = folder.resolve("toy");
    succeed("toyworld", "--split", "val", "--count", 1, "--seed", 3, "--out", toy);
    LabeledImage real = VocDataset.open(toy, "val").images().get(0);
    Path image = toy.resolve("JPEGImages").resolve(real.id() + ".jpg");
    Path mask = toy.resolve("SegmentationClass").resolve(real.id() + ".png");

    JsonObject over =
        succeed(
            "sample --prompt cat --steps 4 --strength 0.5 --image".split(" "),
            image,
            "--out",
            folder.resolve("over"));
    JsonObject inside =
        succeed(
            "sample --prompt cat --steps 4 --image".split(" "),
            image,
            "--mask",
            mask,
            "--out",
            folder.resolve("inside"));

    RgbImage source = real.image();
    RgbImage generated = RgbImage.read(Path.of(over.get("file").getAsString()));
    RgbImage inpainted = RgbImage.read(Path.of(inside.get("file").getAsString()));
    assertThat(generated.width()).isEqualTo(source.width());
    assertThat(inpainted).isNotEqualTo(generated);
  }

  @Test
  void startsFromRealImagesWithTheLabelsOfTheSlots() {
    Path toy = folder.resolve("toy");
    Path run = folder.resolve("run");
    succeed("toyworld", "--split", "train", "--count", 12, "--seed", 3, "--out", toy);
    succeed("prompts", "--dataset", "voc:" + toy, "--balance", "add:2", "--run", run);

    succeed("generate --filter none --steps 4 --from-image 0.5 --run".split(" "), run);

    assertThat(Run.open(run).manifest()).hasSize(2);
    assertThat(Run.open(run).manifest())
        .allSatisfy(
            entry ->
                assertThat(entry.sampler().settings())
                    .containsEntry("imageToImage.source", "real image with the labels of the slot")
                    .containsEntry("imageToImage.strength", "0.5"));
    assertThat(Run.open(run).generationSettings().sampler().isComplete()).isTrue();
  }

  @Test
  void startsFromRealImagesAlsoWhereMorePromptsAreWrittenLater() throws IOException {
    Path toy = folder.resolve("toy");
    Path run = folder.resolve("run");
    succeed("toyworld", "--split", "train", "--count", 12, "--seed", 3, "--out", toy);
    succeed("prompts", "--dataset", "voc:" + toy, "--balance", "add:4", "--run", run);
    Path file = Run.open(run).promptsFile();
    List<String> lines = Files.readAllLines(file);
    assertThat(Run.open(run).prompts()).extracting(PromptRecord::labels).doesNotHaveDuplicates();
    String[] generate = "generate --filter none --steps 4 --from-image 0.5 --run".split(" ");

    Files.write(file, lines.subList(0, 1));
    succeed(generate, run);
    Files.write(file, lines);
    succeed(generate, run);

    assertThat(Run.open(run).manifest()).hasSize(4);
  }

  private JsonObject succeed(String[] first, Object... more) {
    List<Object> all = new ArrayList<>(List.of((Object[]) first));
    all.addAll(List.of(more));
    return succeed(all.toArray());
  }

  @Test
  void readsBracketsAsWeightsWhereAsked() {
    Path plain = folder.resolve("plain.npy");
    Path weighted = folder.resolve("weighted.npy");
    Object[] command = {"sample", "--steps", 1, "--out", folder.resolve("png")};

    succeed(with(command, "--prompt", "a (red:1) cat", "--images-out", plain, "--prompt-weights"));
    succeed(
        with(command, "--prompt", "a (red:2) cat", "--images-out", weighted, "--prompt-weights"));

    assertThat(Npy.read(weighted).values()).isNotEqualTo(Npy.read(plain).values());
  }

  private static Object[] with(Object[] command, Object... more) {
    return Stream.concat(Stream.of(command), Stream.of(more)).toArray();
  }

  private Path copyOfPrompts(Path run) throws IOException {
    Path copy = Files.createDirectories(folder.resolve("copy"));
    for (String file : new String[] {"run.json", "prompts.jsonl"}) {
      Files.copy(run.resolve(file), copy.resolve(file));
    }
    return copy;
  }

  private JsonObject succeed(Object... args) {
    Path json = folder.resolve("result.json");
    Object[] all = java.util.Arrays.copyOf(args, args.length + 2);
    all[args.length] = "--json";
    all[args.length + 1] = json;
    Iaa iaa = Iaa.run(all);
    assertThat(iaa.exitCode()).as(iaa.err()).isZero();
    try {
      JsonObject result = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
      assertThat(result.get("command").getAsString()).isEqualTo(args[0]);
      return result;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
