package io.github.iaa4j.wsss.internal;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.onnx.Device;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * A network on ONNX Runtime. Safe for many threads; each run uses its caller's thread alone, so
 * that images are what runs side by side.
 */
public final class OnnxNetwork implements AutoCloseable {

  private final Path file;
  private final OrtEnvironment environment;
  private final OrtSession session;
  private int users = 1; // the one that closes it counts as one
  private boolean closed;

  /**
   * @param file the name under which failures are reported
   * @param model the bytes of an ONNX model
   * @throws ModelException if the bytes are no model that ONNX Runtime can load
   */
  public OnnxNetwork(Path file, byte[] model, Device device) {
    this.file = file;
    this.environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      device.addTo(options);
      this.session = environment.createSession(model, options);
    } catch (OrtException e) {
      throw new ModelException(
          file, null, "ONNX Runtime cannot load it (" + e.getMessage() + "). Train it again.", e);
    }
  }

  /**
   * Runs the network.
   *
   * @param images {@code [batch, 3, height, width]}, normalised as {@link Pixels} does
   * @param output which output is wanted
   * @return its values, owned by the caller
   * @throws ModelException if the network has no such input or output, or fails
   * @throws IllegalStateException if it is closed
   */
  public float[] run(float[] images, int batch, int height, int width, String output) {
    enter();
    try {
      return compute(images, batch, height, width, output);
    } finally {
      leave();
    }
  }

  private float[] compute(float[] images, int batch, int height, int width, String output) {
    FloatBuffer buffer =
        ByteBuffer.allocateDirect(images.length * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    buffer.put(images).rewind();
    try (OnnxTensor tensor =
            OnnxTensor.createTensor(environment, buffer, new long[] {batch, 3, height, width});
        OrtSession.Result result = session.run(Map.of(ModelFormat.INPUT, tensor), Set.of(output))) {
      FloatBuffer values = ((OnnxTensor) result.get(0)).getFloatBuffer();
      float[] copy = new float[values.remaining()];
      values.get(copy);
      return copy;
    } catch (OrtException e) {
      throw new ModelException(
          file, output, "ONNX Runtime cannot run it (" + e.getMessage() + "). Train it again.", e);
    }
  }

  /** Does not wait: native memory is released when the last run under way has ended. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    leave();
  }

  private synchronized void enter() {
    if (closed) {
      throw new IllegalStateException(file + " is closed");
    }
    users++;
  }

  /** The last one out after {@link #close()} releases the native memory. */
  private void leave() {
    synchronized (this) {
      users--;
      if (users > 0) {
        return;
      }
    }
    try {
      session.close();
    } catch (OrtException e) {
      throw new ModelException(file, null, "cannot be closed: " + e.getMessage(), e);
    }
  }

  /** How many channels an output has, or -1 where the network does not say. */
  public long channels(String output) {
    try {
      NodeInfo info = session.getOutputInfo().get(output);
      return info != null && info.getInfo() instanceof TensorInfo tensor
          ? tensor.getShape()[1]
          : -1;
    } catch (OrtException e) {
      throw new ModelException(
          file, output, "ONNX Runtime cannot tell its shape (" + e.getMessage() + ").", e);
    }
  }
}
