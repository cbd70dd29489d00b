package io.github.iaa4j.diffusion;

import java.util.OptionalInt;

/**
 * Where ONNX Runtime computes.
 *
 * <p>{@link #cpu()} works with the {@code onnxruntime} artifact that this module depends on. {@link
 * #cuda(int)} needs {@code com.microsoft.onnxruntime:onnxruntime_gpu} of the same version in its
 * place, and CUDA and cuDNN on the machine.
 */
public final class Device {

  private static final Device CPU = new Device(OptionalInt.empty());

  private final OptionalInt cudaId;

  private Device(OptionalInt cudaId) {
    this.cudaId = cudaId;
  }

  /** The processor. The same bytes on every run on the same kind of processor. */
  public static Device cpu() {
    return CPU;
  }

  /**
   * An NVIDIA GPU. ONNX Runtime promises no bit equality there: noise and plan are the same from
   * run to run, the pixels nearly.
   *
   * @param id the number of the GPU, from 0
   * @throws IllegalArgumentException if {@code id} is negative
   */
  public static Device cuda(int id) {
    if (id < 0) {
      throw new IllegalArgumentException("a CUDA device has a number from 0 on, not " + id);
    }
    return new Device(OptionalInt.of(id));
  }

  /** The number of the GPU; empty for the CPU. */
  public OptionalInt cudaId() {
    return cudaId;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Device device && device.cudaId.equals(cudaId);
  }

  @Override
  public int hashCode() {
    return cudaId.hashCode();
  }

  @Override
  public String toString() {
    return cudaId.isPresent() ? "cuda:" + cudaId.getAsInt() : "cpu";
  }
}
