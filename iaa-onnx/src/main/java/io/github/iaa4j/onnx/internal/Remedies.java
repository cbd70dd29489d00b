package io.github.iaa4j.onnx.internal;

/**
 * What a reader can do about a graph that does not fit, as the last sentence of a message. It
 * depends on where such graphs come from, which only their owner knows.
 *
 * @param unloadable ONNX Runtime cannot load it
 * @param failedRun ONNX Runtime loads it and cannot run it
 * @param otherNames it has other inputs or outputs
 * @param otherPrecision an input or output has floating-point numbers of another type
 * @param otherShape the graph fixes a dimension to another length
 */
public record Remedies(
    String unloadable,
    String failedRun,
    String otherNames,
    String otherPrecision,
    String otherShape) {

  /** The same remedy for every fault, such as {@code "Train the model again."} */
  public static Remedies always(String remedy) {
    return new Remedies(remedy, remedy, remedy, remedy, remedy);
  }
}
