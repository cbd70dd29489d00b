package io.github.iaa4j.onnx.internal;

import io.github.iaa4j.core.error.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong with an ONNX file that cannot be used, as far as its bytes show, and the remedy. A
 * message of ONNX Runtime stands at the end.
 */
public final class GraphFile {

  private static final Pattern NO_MEMORY =
      Pattern.compile("(?i)bad_alloc|failed to allocate|out of memory|alloc.* failed");
  private static final Pattern UNKNOWN_OPERATOR =
      Pattern.compile(
          "(?i)ORT_NOT_IMPLEMENTED|not find an implementation|No Op registered"
              + "|not a registered function|No opset import|Unrecognized attribute");
  private static final Pattern TOO_NEW =
      Pattern.compile(
          "(?i)Unsupported model IR version|opset \\d+ is under development|till opset");

  private GraphFile() {}

  /**
   * The failure of a graph that was not loaded.
   *
   * @param cause what ONNX Runtime said
   */
  static ModelException unloadable(Path file, Remedies remedies, Exception cause) {
    return new ModelException(file, null, graphFault(file, remedies, said(cause)), cause);
  }

  /**
   * Checks that a graph and its weights are complete, because ONNX Runtime would report it in its
   * own words, and on the terminal too.
   *
   * @throws ModelException if they are not, or the file is something else
   */
  public static void requireComplete(Path file, Remedies remedies) {
    String fault = Download.fault(file);
    if (fault == null && Download.isTorch(file)) {
      fault = "this is a file of PyTorch, whatever its name. " + remedies.unloadable();
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

  private static String graphFault(Path file, Remedies remedies, String said) {
    OnnxHeader header = OnnxHeader.read(file);
    if (header == null) {
      return "this is not an ONNX file, or a damaged one. If it was downloaded, download it again. "
          + remedies.unloadable()
          + raw(said);
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
      return operatorFault(foreign) + remedies.unloadable() + raw(said);
    }
    return "ONNX Runtime cannot load it. " + remedies.unloadable() + raw(said);
  }

  /** Those that stand with their domain. */
  private static Set<String> foreignOperators(OnnxHeader header) {
    return header.operators().keySet().stream()
        .filter(operator -> operator.contains("."))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String operatorFault(Set<String> foreign) {
    return foreign.isEmpty()
        ? "it has an operator that this ONNX Runtime does not compute; another operator set, such as"
            + " --opset 17, may do without it. "
        : "it was optimised for another device: it has operators beyond ONNX's own, "
            + String.join(", ", foreign)
            + ". Choose that device, or a graph that was not optimised for CUDA or DirectML. ";
  }

  private static @Nullable String weightsFault(Path file, OnnxHeader header) {
    for (String location : header.externalFiles()) {
      Path weights = file.resolveSibling(location);
      if (!Files.isRegularFile(weights)) {
        List<String> others = weightsBeside(file);
        return (Files.isSymbolicLink(weights)
                ? "its weights are a link that leads nowhere, "
                : "its weights are missing: there is no ")
            + location
            + " beside it. Download that file too; only *.onnx was fetched, or the download did not"
            + " finish."
            + (others.isEmpty()
                ? ""
                : " Or, if " + String.join(", ", others) + " is that file, give it its name back.");
      }
      String fault = Download.fault(weights);
      if (fault != null) {
        return "of its weights, " + location + ", only a stand-in is there: " + fault;
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

  /** The names of files beside a graph that look like weights of one. */
  private static List<String> weightsBeside(Path file) {
    try (Stream<Path> files = Files.list(file.resolveSibling(""))) {
      return files
          .filter(Files::isRegularFile)
          .map(found -> String.valueOf(found.getFileName()))
          .filter(name -> name.matches("[^.].*[.]onnx[._]data|weights[.]pb"))
          .sorted()
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /**
   * The failure of a run.
   *
   * @param details what the graph takes and was given
   */
  static ModelException failedRun(Path file, Remedies remedies, String details, Exception cause) {
    String said = said(cause);
    String problem =
        NO_MEMORY.matcher(said).find()
            ? "the run failed for want of memory. Ask for smaller images, batches of 1 or fewer"
                + " threads, or decode in tiles."
            : "the run failed on tensors of the shapes that it declares. " + remedies.failedRun();
    return new ModelException(file, null, problem + raw(said) + " " + details, cause);
  }

  private static String said(Exception cause) {
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  private static String raw(String said) {
    return " ONNX Runtime says: " + said.strip() + (said.strip().endsWith(".") ? "" : ".");
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }
}
