package io.github.iaa4j.onnx.internal;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What an ONNX file declares, read without its weights: a walk over the fields of {@code
 * onnx.proto} that skips whatever is large. ONNX Runtime reports shapes only of a graph that it has
 * loaded, and next to nothing of one that it cannot load.
 */
public final class OnnxHeader {

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;
  private static final int FLOAT16 = 10;
  private static final int MAX_TEXT_BYTES = 1 << 16;

  private final long size;
  private final Map<String, long[]> inputs = new LinkedHashMap<>();
  private final Map<String, long[]> outputs = new LinkedHashMap<>();
  private final Map<String, long[]> weights = new LinkedHashMap<>();
  private final List<External> externals = new ArrayList<>();
  private final Map<String, Long> opsets = new TreeMap<>();
  private final Map<String, Integer> operators = new TreeMap<>();
  private long irVersion;
  private boolean isHalf;
  private boolean hasGraph;
  private long announced;

  private OnnxHeader(long size) {
    this.size = size;
  }

  /**
   * Weights in a file beside the graph.
   *
   * @param location relative to the graph's folder
   * @param end bytes that the file has at least
   */
  record External(String location, long end) {}

  /** The file is not an ONNX file. */
  private static final class NotOnnxException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Reads a file, as far as it goes.
   *
   * @return null if it is not an ONNX file or cannot be read
   */
  public static @Nullable OnnxHeader read(Path file) {
    // No channel: an interrupt would close it, and look like a file that is not ONNX.
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "r")) {
      OnnxHeader header = new OnnxHeader(bytes.length());
      try {
        header.model(new Fields(bytes));
      } catch (NotOnnxException e) {
        // What ends in the middle of a graph ends in the middle of a field too.
        return header.isCutOff() ? header : null;
      }
      return header.hasGraph ? header : null;
    } catch (IOException e) {
      return null;
    }
  }

  /** How many bytes the file should have at least; more than it has if its end is missing. */
  long announced() {
    return announced;
  }

  /** Whether the file ends before its last field does. */
  public boolean isCutOff() {
    return hasGraph && announced > size;
  }

  /** The version of the format. */
  long irVersion() {
    return irVersion;
  }

  /** The version of each operator set, by its domain; that of ONNX has none. */
  Map<String, Long> opsets() {
    return opsets;
  }

  /** How many operators there are of each kind, by name, with the domain before it. */
  public Map<String, Integer> operators() {
    return operators;
  }

  /** The files that hold weights. */
  Set<String> externalFiles() {
    Set<String> files = new TreeSet<>();
    externals.forEach(external -> files.add(external.location));
    return files;
  }

  /** How many bytes a file of weights has at least. */
  long externalBytes(String location) {
    return externals.stream()
        .filter(external -> external.location.equals(location))
        .mapToLong(External::end)
        .max()
        .orElse(0);
  }

  /** Whether weights are float16. */
  public boolean isHalf() {
    return isHalf;
  }

  /** The shape of an input, or null if there is none of this name; open dimensions are -1. */
  public long @Nullable [] input(String name) {
    return inputs.get(name);
  }

  /** The shape of an output, or null if there is none of this name; open dimensions are -1. */
  public long @Nullable [] output(String name) {
    return outputs.get(name);
  }

  /** The names of the outputs. */
  public Set<String> outputs() {
    return outputs.keySet();
  }

  /** The names of the inputs. */
  public Set<String> inputs() {
    return inputs.keySet();
  }

  /** The shape of the first weights whose name has a part, or null. */
  public long @Nullable [] weights(String part) {
    return weights.entrySet().stream()
        .filter(entry -> entry.getKey().contains(part))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(null);
  }

  /** The size of a dimension of an input, or -1 where it is open or not there. */
  public long fixed(String input, int dimension) {
    long[] shape = inputs.get(input);
    return shape != null && dimension < shape.length ? shape[dimension] : -1;
  }

  private void model(Fields fields) throws IOException {
    while (fields.next(size)) {
      announced = Math.max(announced, fields.end());
      if (fields.number == 7 && fields.wire != BYTES) {
        throw new NotOnnxException();
      }
      switch (fields.number) {
        case 1 -> irVersion = fields.varint;
        case 7 -> {
          hasGraph = true;
          graph(fields, Math.min(fields.end(), size));
        }
        case 8 -> opset(fields);
        default -> {}
      }
      fields.skip();
    }
  }

  private void opset(Fields fields) throws IOException {
    long end = fields.end();
    String domain = "";
    long version = 0;
    Fields inner = fields.inside();
    while (inner.next(end)) {
      if (inner.number == 1) {
        domain = inner.text();
      } else if (inner.number == 2) {
        version = inner.varint;
      }
      inner.skip();
    }
    opsets.put(domain, version);
  }

  private void graph(Fields fields, long end) throws IOException {
    Fields inner = fields.inside();
    while (inner.next(end)) {
      announced = Math.max(announced, inner.end());
      if (inner.end() > size) {
        return;
      }
      switch (inner.number) {
        case 1 -> node(inner);
        case 5 -> initializer(inner);
        case 11 -> value(inner, inputs);
        case 12 -> value(inner, outputs);
        default -> {}
      }
      inner.skip();
    }
  }

  private void node(Fields fields) throws IOException {
    long end = fields.end();
    Fields inner = fields.inside();
    String type = "";
    String domain = "";
    while (inner.next(end)) {
      if (inner.number == 4) {
        type = inner.text();
      } else if (inner.number == 7) {
        domain = inner.text();
      }
      inner.skip();
    }
    operators.merge(domain.isEmpty() ? type : domain + "." + type, 1, Integer::sum);
  }

  private void initializer(Fields fields) throws IOException {
    long end = fields.end();
    Fields inner = fields.inside();
    List<Long> dimensions = new ArrayList<>();
    String name = "";
    Map<String, String> external = new TreeMap<>();
    while (inner.next(end)) {
      switch (inner.number) {
        case 1 -> inner.varints(dimensions);
        case 2 -> isHalf |= inner.varint == FLOAT16;
        case 8 -> name = inner.text();
        case 13 -> entry(inner, external);
        default -> {}
      }
      inner.skip();
    }
    weights.put(name, dimensions.stream().mapToLong(Long::longValue).toArray());
    String location = external.get("location");
    if (location != null) {
      externals.add(
          new External(location, number(external, "offset") + number(external, "length")));
    }
  }

  private static long number(Map<String, String> entries, String key) {
    String value = entries.getOrDefault(key, "0");
    return value.matches("\\d{1,18}") ? Long.parseLong(value) : 0;
  }

  private static void entry(Fields fields, Map<String, String> into) throws IOException {
    long end = fields.end();
    Fields inner = fields.inside();
    String key = "";
    String value = "";
    while (inner.next(end)) {
      if (inner.number == 1) {
        key = inner.text();
      } else if (inner.number == 2) {
        value = inner.text();
      }
      inner.skip();
    }
    into.put(key, value);
  }

  private static void value(Fields fields, Map<String, long[]> into) throws IOException {
    long end = fields.end();
    Fields inner = fields.inside();
    String name = "";
    List<Long> shape = new ArrayList<>();
    while (inner.next(end)) {
      if (inner.number == 1) {
        name = inner.text();
      } else if (inner.number == 2) {
        type(inner, shape);
      }
      inner.skip();
    }
    into.put(name, shape.stream().mapToLong(Long::longValue).toArray());
  }

  /** Of a TypeProto the tensor_type, of that the shape, of that each dim. */
  private static void type(Fields fields, List<Long> shape) throws IOException {
    long end = fields.end();
    Fields type = fields.inside();
    while (type.next(end)) {
      if (type.number == 1 && type.wire == BYTES) {
        long tensorEnd = type.end();
        Fields tensor = type.inside();
        while (tensor.next(tensorEnd)) {
          if (tensor.number == 2 && tensor.wire == BYTES) {
            dimensions(tensor, shape);
          }
          tensor.skip();
        }
      }
      type.skip();
    }
  }

  private static void dimensions(Fields fields, List<Long> shape) throws IOException {
    long end = fields.end();
    Fields dimensions = fields.inside();
    while (dimensions.next(end)) {
      if (dimensions.number == 1 && dimensions.wire == BYTES) {
        long dimensionEnd = dimensions.end();
        Fields dimension = dimensions.inside();
        long length = -1;
        while (dimension.next(dimensionEnd)) {
          if (dimension.number == 1 && dimension.wire == VARINT) {
            length = dimension.varint;
          }
          dimension.skip();
        }
        shape.add(length);
      }
      dimensions.skip();
    }
  }

  /** A walk over the fields of one message, in protobuf's wire format. */
  private static final class Fields {

    private final Window window;
    private long position;
    private int number;
    private int wire;
    private long varint;
    private long length;

    Fields(RandomAccessFile file) {
      this(new Window(file), 0);
    }

    private Fields(Window window, long position) {
      this.window = window;
      this.position = position;
    }

    /** The fields of the message that stands here. */
    Fields inside() {
      return new Fields(window, position);
    }

    /** Goes to the next field; its bytes, if it has any, begin here then. */
    boolean next(long until) throws IOException {
      if (position >= until) {
        return false;
      }
      long tag = varint(until);
      number = (int) (tag >>> 3);
      wire = (int) (tag & 7);
      if (number < 1 || number > 1 << 20) {
        throw new NotOnnxException();
      }
      switch (wire) {
        case VARINT -> {
          varint = varint(until);
          length = 0;
        }
        case FIXED64 -> length = 8;
        case FIXED32 -> length = 4;
        case BYTES -> {
          length = varint(until);
          if (length < 0) {
            throw new NotOnnxException();
          }
        }
        default -> throw new NotOnnxException();
      }
      return true;
    }

    /** Where the field ends, in the file or beyond. */
    long end() {
      return position + length;
    }

    void skip() {
      position = end();
    }

    String text() throws IOException {
      if (wire != BYTES) {
        throw new NotOnnxException();
      }
      byte[] bytes = new byte[(int) Math.min(length, MAX_TEXT_BYTES)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) window.at(position + i);
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }

    /** A repeated number, packed or not. */
    void varints(List<Long> into) throws IOException {
      if (wire == VARINT) {
        into.add(varint);
        return;
      }
      Fields packed = inside();
      while (packed.position < end()) {
        into.add(packed.varint(end()));
      }
    }

    private long varint(long until) throws IOException {
      long value = 0;
      for (int shift = 0; shift < 64; shift += 7) {
        if (position >= until) {
          throw new NotOnnxException();
        }
        int next = window.at(position++);
        value |= (long) (next & 0x7f) << shift;
        if (next < 0x80) {
          return value;
        }
      }
      throw new NotOnnxException();
    }
  }

  /** Bytes of a file from anywhere, read in pieces. */
  private static final class Window {

    private final RandomAccessFile file;
    private final byte[] bytes = new byte[1 << 14];
    private long start;
    private int length;

    Window(RandomAccessFile file) {
      this.file = file;
    }

    int at(long position) throws IOException {
      if (position < start || position >= start + length) {
        start = position;
        file.seek(start);
        length = Math.max(0, file.read(bytes));
        if (length == 0) {
          throw new NotOnnxException();
        }
      }
      return Byte.toUnsignedInt(bytes[(int) (position - start)]);
    }
  }
}
