package io.github.iaa4j.diffusion;

import io.github.iaa4j.core.error.DatasetException;
import io.github.iaa4j.core.error.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A float32 array with a shape, and NumPy's file format for it (NEP 1): versions 1.0 and 2.0,
 * little endian, C order. Exchanges latents and images with Python.
 *
 * <p>The values are not copied on the way in or out. Safe for use by several threads as long as
 * nobody changes the arrays.
 */
public final class Npy {

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9,\\s]*)\\)");

  private final int[] shape;
  private final float[] values;

  /**
   * @param shape the length of each dimension, none negative; empty for a single number
   * @param values in C order, the last dimension running fastest; owned by this object from now on
   * @throws IllegalArgumentException if the number of values is not the product of the lengths
   */
  public Npy(int[] shape, float[] values) {
    long count = 1;
    for (int length : shape) {
      count = length < 0 || count > Integer.MAX_VALUE ? -1 : count * length;
      if (count < 0) {
        break;
      }
    }
    if (count != values.length) {
      throw new IllegalArgumentException(
          "an array of shape "
              + Arrays.toString(shape)
              + " does not have "
              + values.length
              + " values");
    }
    this.shape = shape.clone();
    this.values = values;
  }

  /** The length of each dimension. */
  public int[] shape() {
    return shape.clone();
  }

  /** The values in C order; the array itself, not a copy. */
  public float[] values() {
    return values;
  }

  /**
   * Reads a {@code .npy} file.
   *
   * @throws DatasetException if the file cannot be read, is not in the NPY format, or holds another
   *     type or order than little-endian float32 in C order
   */
  public static Npy read(Path file) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new DatasetException(file, null, "the file cannot be read: " + e, e);
    }
    Header header = header(file, bytes);
    int[] shape = supportedShape(file, header.text);
    long count = 1;
    for (int length : shape) {
      count = Math.min(count * length, Integer.MAX_VALUE);
    }
    int dataLength = bytes.length - header.end;
    if (count * Float.BYTES != dataLength) {
      throw new DatasetException(
          file,
          "shape",
          "shape "
              + Arrays.toString(shape)
              + " needs "
              + count * Float.BYTES
              + " bytes of data, and there are "
              + dataLength
              + ".",
          null);
    }
    float[] values = new float[(int) count];
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .position(header.end)
        .asFloatBuffer()
        .get(values);
    return new Npy(shape, values);
  }

  /**
   * A Python dictionary before the data.
   *
   * @param text the dictionary
   * @param end where the data starts
   */
  private record Header(String text, int end) {}

  private static Header header(Path file, byte[] bytes) {
    if (bytes.length < 10 || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new DatasetException(
          file, null, "this is not a NumPy file: it does not begin with \\x93NUMPY.", null);
    }
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int major = bytes[6];
    if (major != 1 && major != 2) {
      throw new DatasetException(
          file, "version", "expected format version 1 or 2, found " + major + ".", null);
    }
    int start = major == 1 ? 10 : 12;
    long length =
        major == 1
            ? Short.toUnsignedLong(in.getShort(8))
            : bytes.length < 12 ? Long.MAX_VALUE : Integer.toUnsignedLong(in.getInt(8));
    if (length > bytes.length - start) {
      throw new DatasetException(
          file, "header", "the file ends within its header. Write it again.", null);
    }
    String text = new String(bytes, start, (int) length, StandardCharsets.ISO_8859_1);
    return new Header(text, start + (int) length);
  }

  /** The shape of an array of a supported type and order. */
  private static int[] supportedShape(Path file, String header) {
    String descr = field(file, header, DESCR, "descr");
    if (!descr.equals("<f4")) {
      throw new DatasetException(
          file,
          "descr",
          "expected little-endian float32 ('<f4'), found '"
              + descr
              + "'. Save it with array.astype('<f4').",
          null);
    }
    if (field(file, header, ORDER, "fortran_order").equals("True")) {
      throw new DatasetException(
          file,
          "fortran_order",
          "expected C order, found Fortran order. Save it with numpy.ascontiguousarray(array).",
          null);
    }
    return shape(file, field(file, header, SHAPE, "shape"));
  }

  /**
   * Writes a {@code .npy} file of version 1.0, replacing what was there.
   *
   * @throws StorageException if it cannot be written
   */
  public void write(Path file) {
    String lengths = Arrays.stream(shape).mapToObj(l -> l + ",").collect(Collectors.joining(" "));
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + lengths + "), }";
    // NEP 1: the data starts at a multiple of 64 bytes, and the header ends with a line break.
    int padded = (10 + header.length() + 1 + 63) / 64 * 64 - 10;
    ByteBuffer out =
        ByteBuffer.allocate(10 + padded + values.length * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    out.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) padded);
    out.put(
        (header + " ".repeat(padded - header.length() - 1) + "\n")
            .getBytes(StandardCharsets.US_ASCII));
    out.asFloatBuffer().put(values);
    try {
      Files.write(file, out.array());
    } catch (IOException e) {
      throw new StorageException(file, "the array cannot be written: " + e, e);
    }
  }

  /** The shape, such as {@code Npy[1, 4, 8, 8]}. */
  @Override
  public String toString() {
    return "Npy" + Arrays.toString(shape);
  }

  private static String field(Path file, String header, Pattern pattern, String name) {
    Matcher matcher = pattern.matcher(header);
    if (!matcher.find()) {
      throw new DatasetException(
          file, name, "the header has no such field in NumPy's form: " + header.strip(), null);
    }
    return matcher.group(1);
  }

  private static int[] shape(Path file, String lengths) {
    try {
      return Arrays.stream(lengths.split(","))
          .map(String::strip)
          .filter(length -> !length.isEmpty())
          .mapToInt(Integer::parseInt)
          .toArray();
    } catch (NumberFormatException e) {
      throw new DatasetException(
          file, "shape", "expected lengths below 2^31, found (" + lengths + ").", e);
    }
  }
}
