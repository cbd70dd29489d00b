package io.github.iaa4j.wsss.internal.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * A small tensor in Java's memory: integers, booleans, and the scalars of a graph. Shapes are
 * computed with these.
 *
 * @param type decides how results are rounded
 * @param shape empty for a scalar
 * @param values in row-major order; a double holds every integer that a shape can have
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record HostTensor(Type type, long[] shape, double[] values) {

  /** What the values are. */
  public enum Type {
    /** 32-bit floating point. */
    FLOAT,
    /** 64-bit floating point. */
    DOUBLE,
    /** Integers of any width. */
    INTEGER,
    /** 0 or 1. */
    BOOLEAN;

    /** The type of an element type of ONNX. */
    public static Type of(int elementType) {
      TensorProto.DataType type = TensorProto.DataType.forNumber(elementType);
      if (type == null) {
        throw new IllegalArgumentException("element type " + elementType);
      }
      return switch (type) {
        case FLOAT -> FLOAT;
        case DOUBLE -> DOUBLE;
        case INT64, INT32, INT16, INT8, UINT8, UINT16, UINT32, UINT64 -> INTEGER;
        case BOOL -> BOOLEAN;
        default -> throw new IllegalArgumentException("element type " + type);
      };
    }

    /** The nearest value that the type holds; integers are cut off towards zero. */
    public double fit(double value) {
      return switch (this) {
        case FLOAT -> (float) value;
        case DOUBLE -> value;
        case INTEGER -> (double) (long) value;
        case BOOLEAN -> value == 0 ? 0 : 1;
      };
    }
  }

  /** A vector of integers. */
  public static HostTensor integers(long... values) {
    return new HostTensor(
        Type.INTEGER, new long[] {values.length}, Arrays.stream(values).asDoubleStream().toArray());
  }

  /** A scalar. */
  public static HostTensor scalar(Type type, double value) {
    return new HostTensor(type, new long[0], new double[] {type.fit(value)});
  }

  /** A tensor of one value throughout. */
  public static HostTensor filled(Type type, long[] shape, double value) {
    double[] values = new double[size(shape)];
    Arrays.fill(values, type.fit(value));
    return new HostTensor(type, shape, values);
  }

  /**
   * Decodes a tensor whose bytes are in the file itself.
   *
   * @throws IllegalArgumentException if its element type is none of those of {@link Type}
   */
  public static HostTensor of(TensorProto tensor) {
    long[] shape = shape(tensor);
    double[] values = new double[size(shape)];
    TensorProto.DataType element = TensorProto.DataType.forNumber(tensor.getDataType());
    Type type = Type.of(tensor.getDataType());
    if (tensor.hasRawData()) {
      ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < values.length; i++) {
        values[i] = next(raw, element);
      }
      return new HostTensor(type, shape, values);
    }
    List<? extends Number> list =
        switch (element) {
          case FLOAT -> tensor.getFloatDataList();
          case DOUBLE -> tensor.getDoubleDataList();
          case INT64 -> tensor.getInt64DataList();
          case UINT32, UINT64 -> tensor.getUint64DataList();
          default -> tensor.getInt32DataList();
        };
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).doubleValue();
    }
    return new HostTensor(type, shape, values);
  }

  private static double next(ByteBuffer raw, TensorProto.DataType element) {
    return switch (element) {
      case FLOAT -> raw.getFloat();
      case DOUBLE -> raw.getDouble();
      case INT64, UINT64 -> raw.getLong();
      case INT32 -> raw.getInt();
      case UINT32 -> Integer.toUnsignedLong(raw.getInt());
      case INT16 -> raw.getShort();
      case UINT16 -> Short.toUnsignedInt(raw.getShort());
      case INT8 -> raw.get();
      case UINT8, BOOL -> Byte.toUnsignedInt(raw.get());
      default -> throw new IllegalArgumentException("element type " + element);
    };
  }

  /** The lengths of a tensor's dimensions. */
  public static long[] shape(TensorProto tensor) {
    return tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
  }

  /** How many elements a shape has. */
  public static int size(long[] shape) {
    long size = 1;
    for (long length : shape) {
      size *= length;
    }
    return Math.toIntExact(size);
  }

  /** How many elements there are. */
  public int size() {
    return values.length;
  }

  /** How many dimensions there are. */
  public int rank() {
    return shape.length;
  }

  /** The values as integers; those beyond 64 bits are the largest or the smallest. */
  public long[] longs() {
    return Arrays.stream(values).mapToLong(value -> (long) value).toArray();
  }

  /** The values as 32-bit floating point. */
  public float[] floats() {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /** The first value. */
  public double first() {
    return values[0];
  }

  /** The same values in another shape. */
  public HostTensor reshaped(long... to) {
    return new HostTensor(type, to, values);
  }

  /** The values as another type holds them. */
  public HostTensor as(Type other) {
    return new HostTensor(other, shape, Arrays.stream(values).map(other::fit).toArray());
  }

  /** A function of each value. */
  public HostTensor map(DoubleUnaryOperator function) {
    return new HostTensor(
        type, shape, Arrays.stream(values).map(v -> type.fit(function.applyAsDouble(v))).toArray());
  }
}
