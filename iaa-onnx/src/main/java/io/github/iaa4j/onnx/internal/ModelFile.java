package io.github.iaa4j.onnx.internal;

import io.github.iaa4j.core.error.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One file of a model's folder, and what is wrong with it where it cannot be used: told from its
 * bytes, with the remedy first. What ONNX Runtime says stands at the end, if at all.
 */
public final class ModelFile {

  public static final String GRAPH = "model.onnx";

  /** How a folder in the layout that is read is made. */
  static final String EXPORT = "optimum-cli export onnx --model ";

  private static final int HEAD = 512;
  private static final String LFS = "version https://git-lfs.github.com/spec/";
  private static final Pattern WEIGHTS =
      Pattern.compile("(?i).*[.](safetensors|ckpt|pt|pth|bin|msgpack|h5)");
  private static final Pattern UNFINISHED =
      Pattern.compile("(?i).*[.](incomplete|part|partial|crdownload|download|aria2|tmp)");
  private static final Pattern NO_MEMORY =
      Pattern.compile("(?i)bad_alloc|failed to allocate|out of memory|alloc.* failed");
  private static final Pattern UNKNOWN_OPERATOR =
      Pattern.compile(
          "(?i)ORT_NOT_IMPLEMENTED|not find an implementation|No Op registered"
              + "|not a registered function|No opset import|Unrecognized attribute");
  private static final Pattern TOO_NEW =
      Pattern.compile(
          "(?i)Unsupported model IR version|opset \\d+ is under development|till opset");

  private ModelFile() {}

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
          + EXPORT
          + "MODEL DIR";
    }
    if (!files(part, name -> name.contains("onnx") || name.equals("weights.pb")).isEmpty()) {
      return "Its weights are there without it. Download the folder again, with all its files.";
    }
    return "Download or export the model again, with all its parts: " + EXPORT + "MODEL DIR";
  }

  /** Whether a folder or one of its parts holds weights of PyTorch, Flax or TensorFlow. */
  static boolean hasWeights(Path root) {
    try (Stream<Path> files = Files.find(root, 2, (file, traits) -> isWeights(file))) {
      return files.findAny().isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isWeights(Path file) {
    return WEIGHTS.matcher(String.valueOf(file.getFileName())).matches();
  }

  static String pytorchFolder(Path root) {
    return "This is a PyTorch folder, as diffusers reads it. Export it to ONNX, and use what comes"
        + " out: "
        + EXPORT
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
        + EXPORT
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
                      + EXPORT
                      + path
                      + " DIR"
                  : "Name a Stable Diffusion folder in ONNX, as " + EXPORT + "MODEL DIR makes it."),
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
                  + EXPORT
                  + "MODEL DIR makes it.";
    }
    return new ModelException(index, null, problem, null);
  }

  private static String notAFolder(Path path, String name) {
    if (WEIGHTS.matcher(name).matches() || isTorch(head(path))) {
      return singleFile(path.toString());
    }
    if (name.equals("model_index.json") || name.endsWith(".onnx")) {
      return "this is one file of a model. Name its folder, the one with model_index.json.";
    }
    if (name.matches("(?i).*[.](zip|tar|gz|tgz|7z|xz)")) {
      return "this is an archive. Unpack it, and name the folder with model_index.json.";
    }
    return "this is a file. Expected a Stable Diffusion folder in ONNX, as "
        + EXPORT
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

  /**
   * Why a file of text, such as a config, cannot be read.
   *
   * @return null if its bytes do not tell
   */
  public static @Nullable String textFault(Path file) {
    byte[] head = head(file);
    if (head.length == 0) {
      return "the file is empty. Download it again.";
    }
    return impostor(head);
  }

  /**
   * The failure of a graph that was not loaded.
   *
   * @param cause what ONNX Runtime said
   */
  static ModelException unloadable(Path file, Exception cause) {
    return new ModelException(file, null, graphFault(file, said(cause)), cause);
  }

  /**
   * Checks that a graph and its weights are there as a whole, because ONNX Runtime would tell it in
   * its own words, on the terminal too.
   *
   * @throws ModelException if they are not, or the file is something else
   */
  public static void requireWhole(Path file) {
    byte[] head = head(file);
    String fault = textFault(file);
    if (fault == null && isTorch(head)) {
      fault =
          "this is a file of PyTorch, whatever its name. Export the original model to ONNX: "
              + EXPORT
              + "MODEL DIR";
    }
    OnnxHeader header = fault == null ? OnnxHeader.read(file) : null;
    if (header != null && header.isCutOff()) {
      fault =
          "the file is cut off: it has "
              + size(file)
              + " bytes of "
              + header.announced()
              + " or more, so its download or copy did not finish. Download it again.";
    } else if (header != null) {
      fault = weightsFault(file, header);
    }
    if (fault != null) {
      throw new ModelException(file, null, fault, null);
    }
  }

  private static String graphFault(Path file, String said) {
    OnnxHeader header = OnnxHeader.read(file);
    if (header == null) {
      return "this is not an ONNX file, or a damaged one. Download or export it again." + raw(said);
    }
    if (said.contains("escapes model directory")) {
      return "its weights, "
          + String.join(", ", header.externalFiles())
          + ", are a link out of the folder, which ONNX Runtime refuses. Put the file itself there,"
          + " or move the whole folder and link that."
          + raw(said);
    }
    if (NO_MEMORY.matcher(said).find()) {
      return "there is not enough memory for it. Take a model in float16, or a machine with more."
          + raw(said);
    }
    if (TOO_NEW.matcher(said).find()) {
      return "it is written in a newer format (IR version "
          + header.irVersion()
          + ", operator set "
          + header.opsets().getOrDefault("", 0L)
          + ") than this ONNX Runtime reads. Export the model again with an older operator set, such"
          + " as --opset 17, or put a newer onnxruntime on the class path."
          + raw(said);
    }
    Set<String> foreign = foreignOperators(header);
    // A schema of another version may be what ONNX Runtime complains of.
    boolean isOneNamed =
        foreign.stream().anyMatch(name -> said.contains(name.substring(name.lastIndexOf('.') + 1)));
    if (isOneNamed || UNKNOWN_OPERATOR.matcher(said).find()) {
      return operatorFault(foreign) + raw(said);
    }
    return "ONNX Runtime cannot load it. Export the model again without optimisations, for the"
        + " device that it runs on: "
        + EXPORT
        + "MODEL DIR."
        + raw(said);
  }

  /** Those that stand with their domain. */
  private static Set<String> foreignOperators(OnnxHeader header) {
    return header.operators().keySet().stream()
        .filter(operator -> operator.contains("."))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String operatorFault(Set<String> foreign) {
    return foreign.isEmpty()
        ? "it has an operator that this ONNX Runtime does not compute. Export the model again with"
            + " another operator set, such as --opset 17."
        : "it was optimised for another device: it has operators beyond ONNX's own, "
            + String.join(", ", foreign)
            + ". Take or make an export that was not optimised for CUDA or DirectML ("
            + EXPORT
            + "MODEL DIR, without Olive and without -O), or choose the device that it was made for.";
  }

  private static @Nullable String weightsFault(Path file, OnnxHeader header) {
    for (String location : header.externalFiles()) {
      Path weights = file.resolveSibling(location);
      if (!Files.isRegularFile(weights)) {
        List<Path> others =
            files(file.resolveSibling(""), name -> name.matches(".*[.]onnx[._]data|weights[.]pb"));
        return (Files.isSymbolicLink(weights)
                ? "its weights are a link that leads nowhere, "
                : "its weights are missing: there is no ")
            + location
            + " beside it. Download that file too; only *.onnx was fetched, or the download did not"
            + " finish."
            + (others.isEmpty()
                ? ""
                : " Or, if " + names(others) + " is that file, give it its name back.");
      }
      String impostor = impostor(head(weights));
      if (impostor != null) {
        return "of its weights, " + location + ", only a stand-in is there: " + impostor;
      }
      long wanted = header.externalBytes(location);
      if (size(weights) < wanted) {
        return "its weights are cut off: "
            + location
            + " has "
            + size(weights)
            + " bytes of "
            + wanted
            + " or more. Download it again.";
      }
    }
    return null;
  }

  /** What is there in place of a model's file. */
  private static @Nullable String impostor(byte[] head) {
    String text = new String(head, StandardCharsets.ISO_8859_1).stripLeading();
    if (text.startsWith(LFS)) {
      return "this is a pointer of Git LFS, not the file. Run git lfs install and git lfs pull in the"
          + " folder, or download the model with huggingface-cli download.";
    }
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.startsWith("<!doctype") || lower.startsWith("<html") || lower.startsWith("<?xml")) {
      return "this is a web page, saved in place of the file. Download the file itself: its address"
          + " has /resolve/ in it, not /blob/.";
    }
    if (lower.startsWith("entry not found")
        || lower.startsWith("invalid username or password")
        || lower.startsWith("access to model")
        || lower.startsWith("{\"error\"")) {
      return "this is an error message, saved in place of the file. Download the file again; it may"
          + " have another name, or need you to be logged in.";
    }
    return null;
  }

  /** A zip archive, a pickle, or safetensors: the length of a JSON object, and the object. */
  private static boolean isTorch(byte[] head) {
    if (head.length < 9) {
      return false;
    }
    boolean isZip = head[0] == 'P' && head[1] == 'K' && head[2] == 3;
    boolean isPickle = head[0] == (byte) 0x80 && head[1] >= 2 && head[1] <= 5;
    boolean isSafetensors = head[8] == '{' && head[6] == 0 && head[7] == 0;
    return isZip || isPickle || isSafetensors;
  }

  /**
   * The failure of a run.
   *
   * @param details what the graph takes and was given
   */
  static ModelException failedRun(Path file, String details, Exception cause) {
    String said = said(cause);
    String problem =
        NO_MEMORY.matcher(said).find()
            ? "the run failed for want of memory. Ask for smaller images, batches of 1 or fewer"
                + " threads, or decode in tiles."
            : "the run failed on tensors of the shapes that it declares. If it was exported for one size or"
                + " batch, ask for that; otherwise export the model again with open dimensions, as "
                + EXPORT
                + "MODEL DIR does.";
    return new ModelException(file, null, problem + raw(said) + " " + details, cause);
  }

  private static String said(Exception cause) {
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  private static String raw(String said) {
    return " ONNX Runtime says: " + said.strip() + (said.strip().endsWith(".") ? "" : ".");
  }

  private static byte[] head(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(HEAD);
    } catch (IOException e) {
      return new byte[0];
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
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
