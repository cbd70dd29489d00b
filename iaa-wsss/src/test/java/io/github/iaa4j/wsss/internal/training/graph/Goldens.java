package io.github.iaa4j.wsss.internal.training.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The fixtures that tools/backbones/make_tiny.py writes, and how they are compared. */
final class Goldens {

  static final int CLASSES = 3;
  static final int BATCH = 4;

  private Goldens() {}

  static Path file(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(Goldens.class.getResource("/backbones/" + name), name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static JsonObject record(String family) {
    try {
      return JsonParser.parseString(Files.readString(file(family + ".json"))).getAsJsonObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As {@code pattern} in make_tiny.py. */
  static float[] pattern(int count, int seed) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) ((i * 7919L + seed * 104729L) % 10007 / 10007.0 * 4 - 2);
    }
    return values;
  }

  static float[] targets(int seed) {
    float[] values = new float[BATCH * CLASSES];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i + seed) % 3 == 0 ? 1 : 0;
    }
    return values;
  }

  static float[] headWeight(int channels) {
    float[] weight = pattern(CLASSES * channels, 5);
    for (int i = 0; i < weight.length; i++) {
      weight[i] *= 0.1f;
    }
    return weight;
  }

  /** How far values are from those that PyTorch gave, relative to their root mean square. */
  static double error(float[] found, JsonObject expected) {
    return error(found, expected, 1e-12);
  }

  /** As above, relative to at least {@code floor}, for what is zero but for rounding. */
  static double error(float[] found, JsonObject expected, double floor) {
    double norm = 0;
    for (float value : found) {
      norm += (double) value * value;
    }
    norm = Math.sqrt(norm);
    double expectedNorm = expected.get("norm").getAsDouble();
    double size = Math.sqrt(found.length);
    double scale = Math.max(expectedNorm / size, floor);
    double worst = Math.abs(norm - expectedNorm) / size / scale;
    for (int i = 0; i < 8; i++) {
      int at = (int) ((long) i * (found.length - 1) / 7);
      double difference =
          Math.abs(found[at] - expected.getAsJsonArray("values").get(i).getAsDouble());
      worst = Math.max(worst, difference / scale);
    }
    return worst;
  }

  /** The largest difference, relative to the largest value. */
  static double error(float[] found, float[] expected) {
    assertThat(found).hasSameSizeAs(expected);
    double largest = 1e-12;
    double difference = 0;
    for (int i = 0; i < found.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(found[i] - expected[i]));
    }
    return difference / largest;
  }

  /** What ONNX Runtime computes, in a session of its own. */
  static Map<String, float[]> onnxRuntime(
      OnnxModel model, float[] images, long[] shape, List<String> outputs) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      try (OrtSession session = environment.createSession(model.toByteArray(), options);
          OnnxTensor input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(images), shape);
          OrtSession.Result result =
              session.run(Map.of(model.imageInput(), input), Set.copyOf(outputs))) {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (String output : outputs) {
          FloatBuffer buffer = ((OnnxTensor) result.get(output).orElseThrow()).getFloatBuffer();
          float[] copy = new float[buffer.remaining()];
          buffer.get(copy);
          values.put(output, copy);
        }
        return values;
      }
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
