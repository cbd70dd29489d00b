package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.DatasetException;
import io.github.iaa4j.core.error.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyTest {

  private static final String HEADER =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";

  @TempDir Path folder;

  @Test
  void readsWhatNumPyWrote() {
    Npy noise = Npy.read(Golden.path("tiny-sd-expected/noise.npy"));

    assertThat(noise.shape()).containsExactly(1, 4, 8, 8);
    assertThat(noise.values()).hasSize(256).doesNotContain(Float.NaN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "6", "2,3", "1,2,3,1"})
  void readsWhatItWrote(String shape) {
    int[] lengths =
        shape.isEmpty()
            ? new int[0]
            : Arrays.stream(shape.split(",")).mapToInt(Integer::parseInt).toArray();
    float[] values = shape.isEmpty() ? new float[] {4} : new float[] {1, -2, 3.5f, 0, 1e-30f, 9};
    Path file = folder.resolve("array.npy");

    new Npy(lengths, values).write(file);

    assertThat(Npy.read(file).shape()).containsExactly(lengths);
    assertThat(Npy.read(file).values()).containsExactly(values);
  }

  @Test
  void startsTheDataAtAMultipleOf64Bytes() throws IOException {
    Path file = folder.resolve("array.npy");

    new Npy(new int[] {2, 3}, new float[6]).write(file);

    assertThat((Files.size(file) - 6 * Float.BYTES) % 64).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void readsBothVersions(int version) throws IOException {
    Path file = write(version, HEADER, 24);

    assertThat(Npy.read(file).shape()).containsExactly(2, 3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'<f4' | '<f8'   | descr",
        "'<f4' | '>f4'   | descr",
        "False | True    | fortran_order",
        "(2, 3) | (2, 4) | shape",
        "(2, 3) | (2, 3, 99999999999) | shape",
        "(2, 3) | (99999, 99999, 99999) | shape",
        "'shape' | 'form' | shape"
      })
  void namesTheFieldThatIsNotAsExpected(String found, String changed, String field)
      throws IOException {
    String quoted = found.startsWith("<") || found.equals("shape") ? "'" + found + "'" : found;
    String other = quoted.startsWith("'") ? "'" + changed + "'" : changed;
    Path file = write(1, HEADER.replace(quoted, other), 24);

    assertThatThrownBy(() -> Npy.read(file))
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).isEqualTo(field));
  }

  @Test
  void refusesOtherFiles() throws IOException {
    Path file = Files.writeString(folder.resolve("array.npy"), "PNG and so on");

    assertThatThrownBy(() -> Npy.read(file))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("not a NumPy file");
  }

  @Test
  void refusesVersion3() throws IOException {
    Path file = write(3, HEADER, 24);

    assertThatThrownBy(() -> Npy.read(file)).hasMessageContaining("found 3");
  }

  @ParameterizedTest
  @ValueSource(ints = {6, 9, 10, 30})
  void refusesTruncatedFiles(int length) throws IOException {
    byte[] whole = Files.readAllBytes(write(1, HEADER, 24));
    Path file = Files.write(folder.resolve("cut.npy"), Arrays.copyOf(whole, length));

    assertThatThrownBy(() -> Npy.read(file)).isInstanceOf(DatasetException.class);
  }

  @Test
  void refusesAShapeThatDoesNotFitTheValues() {
    assertThatThrownBy(() -> new Npy(new int[] {2, 2}, new float[3]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void saysThatItCannotWrite() {
    assertThatThrownBy(
            () -> new Npy(new int[] {1}, new float[1]).write(folder.resolve("none/array.npy")))
        .isInstanceOf(StorageException.class);
  }

  private Path write(int version, String header, int data) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
    out.put((byte) version).put((byte) 0);
    if (version == 1) {
      out.putShort((short) header.length());
    } else {
      out.putInt(header.length());
    }
    out.put(header.getBytes(StandardCharsets.US_ASCII)).position(out.position() + data);
    byte[] bytes = new byte[out.flip().remaining()];
    out.get(bytes);
    return Files.write(folder.resolve("header.npy"), bytes);
  }
}
