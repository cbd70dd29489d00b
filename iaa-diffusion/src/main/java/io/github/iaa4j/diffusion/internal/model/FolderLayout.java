package io.github.iaa4j.diffusion.internal.model;

import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.onnx.internal.Download;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds the graphs of a model's folder, and says what a path holds in place of such a folder. */
public final class FolderLayout {

  static final String GRAPH = "model.onnx";

  private static final Pattern WEIGHTS =
      Pattern.compile("(?i).*[.](safetensors|ckpt|pt|pth|bin|msgpack|h5)");
  private static final Pattern UNFINISHED =
      Pattern.compile("(?i).*[.](incomplete|part|partial|crdownload|download|aria2|tmp)");

  private FolderLayout() {}

  /**
   * The graph of a part, or of a folder that is one: {@code model.onnx}, or the only ONNX file that
   * there is.
   *
   * @param root the model's folder, to be named in the remedy
   * @throws ModelException if there is none, or several of other names
   */
  public static Path graphOf(Path part, Path root) {
    Path usual = part.resolve(GRAPH);
    if (Files.isRegularFile(usual)) {
      return usual;
    }
    if (Files.isSymbolicLink(usual) && !Files.exists(usual)) {
      throw new ModelException(
          usual,
          null,
          "the file is a link that leads nowhere, as an interrupted download leaves in a cache."
              + " Download the model again.",
          null);
    }
    List<Path> graphs = files(part, name -> name.toLowerCase(Locale.ROOT).endsWith(".onnx"));
    if (graphs.size() == 1) {
      return graphs.get(0);
    }
    if (graphs.size() > 1) {
      throw new ModelException(
          usual,
          null,
          "the file is missing, and there is more than one other: "
              + names(graphs)
              + ". Rename the one to use to "
              + GRAPH
              + "; files with its weights keep their names.",
          null);
    }
    throw new ModelException(usual, null, "the file is missing. " + missingGraph(part, root), null);
  }

  private static String missingGraph(Path part, Path root) {
    List<Path> unfinished = files(part, name -> UNFINISHED.matcher(name).matches());
    if (!unfinished.isEmpty()) {
      return "Its download did not finish: " + names(unfinished) + ". Download the folder again.";
    }
    if (hasWeights(root)) {
      return pytorchFolder(root);
    }
    if (!files(part, name -> name.startsWith("openvino_model")).isEmpty()) {
      return "This part was exported to OpenVINO. Export the original model to ONNX: "
          + Exports.COMMAND
          + "MODEL DIR";
    }
    if (!files(part, name -> name.contains("onnx") || name.equals("weights.pb")).isEmpty()) {
      return "Its weights are there without it. Download the folder again, with all its files.";
    }
    return "Download or export the model again, with all its parts: "
        + Exports.COMMAND
        + "MODEL DIR";
  }

  /** Whether a folder or one of its parts holds weights of PyTorch, Flax or TensorFlow. */
  private static boolean hasWeights(Path root) {
    try (Stream<Path> files = Files.find(root, 2, (file, traits) -> isWeights(file))) {
      return files.findAny().isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isWeights(Path file) {
    return WEIGHTS.matcher(String.valueOf(file.getFileName())).matches();
  }

  private static String pytorchFolder(Path root) {
    return "This is a PyTorch folder, as diffusers reads it. Export it to ONNX, and use what comes"
        + " out: "
        + Exports.COMMAND
        + root
        + " "
        + root.toAbsolutePath().normalize().getFileName()
        + "-onnx";
  }

  private static String singleFile(String file) {
    return "this is a checkpoint in a single file, which is not read. Turn it into a folder with"
        + " diffusers, StableDiffusionPipeline.from_single_file(\""
        + file
        + "\").save_pretrained(\"DIR\") in Python (StableDiffusionXLPipeline for SDXL), then export"
        + " that to ONNX: "
        + Exports.COMMAND
        + "DIR DIR-onnx";
  }

  /**
   * Why a path is no model's folder: it has no {@code model_index.json}.
   *
   * @param path as the user gave it
   */
  public static ModelException notAFolder(Path path) {
    String name = String.valueOf(path.getFileName());
    if (Files.isRegularFile(path)) {
      return new ModelException(path, null, notAFolder(path, name), null);
    }
    Path index = path.resolve("model_index.json");
    if (!Files.isDirectory(path)) {
      boolean isId = path.toString().matches("[\\w.-]+/[\\w.-]+");
      return new ModelException(
          index,
          null,
          "there is no folder "
              + path
              + ". "
              + (isId
                  ? "If this is the name of a model on a hub, export it first: "
                      + Exports.COMMAND
                      + path
                      + " DIR"
                  : "Name a Stable Diffusion folder in ONNX, as "
                      + Exports.COMMAND
                      + "MODEL DIR makes it."),
          null);
    }
    List<Path> inside = indexes(path);
    Path parent = path.toAbsolutePath().normalize().getParent();
    String problem;
    if (!inside.isEmpty()) {
      problem =
          "the file is missing here. Name the folder that holds it: "
              + inside.stream().map(Path::toString).collect(Collectors.joining(" or "));
    } else if (parent != null && Files.isRegularFile(parent.resolve("model_index.json"))) {
      problem =
          "the file is missing: this is one part of a model. Name the whole folder: " + parent;
    } else {
      List<Path> weights = files(path, file -> WEIGHTS.matcher(file).matches());
      problem =
          !weights.isEmpty()
              ? "the file is missing, and "
                  + names(weights)
                  + " is there: "
                  + singleFile(weights.get(0).toString())
              : "the file is missing. Expected a Stable Diffusion folder in the Hugging Face ONNX"
                  + " layout, as "
                  + Exports.COMMAND
                  + "MODEL DIR makes it.";
    }
    return new ModelException(index, null, problem, null);
  }

  private static String notAFolder(Path path, String name) {
    if (WEIGHTS.matcher(name).matches() || Download.isTorch(path)) {
      return singleFile(path.toString());
    }
    if (name.equals("model_index.json") || name.endsWith(".onnx")) {
      return "this is one file of a model. Name its folder, the one with model_index.json.";
    }
    if (name.matches("(?i).*[.](zip|tar|gz|tgz|7z|xz)")) {
      return "this is an archive. Unpack it, and name the folder with model_index.json.";
    }
    return "this is a file. Expected a Stable Diffusion folder in ONNX, as "
        + Exports.COMMAND
        + "MODEL DIR makes it.";
  }

  /** Folders up to three levels deep, as in a download cache, that hold a model. */
  private static List<Path> indexes(Path path) {
    try (Stream<Path> files =
        Files.find(path, 4, (file, traits) -> file.endsWith("model_index.json"))) {
      return files.map(Path::getParent).sorted().limit(3).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private interface NameTest {
    boolean accepts(String name);
  }

  private static List<Path> files(Path folder, NameTest test) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !isHidden(file) && test.accepts(file.getFileName().toString()))
          .sorted()
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Such as the files that macOS leaves beside others on foreign disks. */
  private static boolean isHidden(Path file) {
    return String.valueOf(file.getFileName()).startsWith(".");
  }

  private static String names(List<Path> files) {
    return files.stream()
        .map(file -> String.valueOf(file.getFileName()))
        .collect(Collectors.joining(", "));
  }
}
