package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.DatasetException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What no case of {@link PillowComparisonTest} shows. */
class JpegHeaderTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "3-444-123-none.jpg, YCBCR",
    "3-444-012-none.jpg, YCBCR",
    "3-444-345-none.jpg, YCBCR",
    "3-444-RGB-none.jpg, RGB",
    "3-444-RGB-jfif.jpg, YCBCR",
    "3-444-RGB-adobe1.jpg, YCBCR",
    "3-444-123-adobe0.jpg, RGB",
    "3-444-123-jfif-adobe0.jpg, YCBCR",
    "4-444-123-none.jpg, CMYK",
    "4-444-123-adobe0.jpg, CMYK",
    "4-444-123-adobe2.jpg, YCCK",
    "1-123-adobe0.jpg, GREY"
  })
  void decidesTheColoursAsLibjpeg(String name, JpegHeader.Colours colours) throws IOException {
    assertThat(JpegHeader.read(ImageCase.of("jpeg", name).file()).colours()).isEqualTo(colours);
  }

  @Test
  void passesOverMarkersWithoutALength() throws IOException {
    byte[] jpeg = ImageCase.of("jpeg", "3-444-012-adobe0.jpg").file();
    byte[] odd = new byte[jpeg.length + 6];
    System.arraycopy(jpeg, 0, odd, 0, 2);
    System.arraycopy(
        new byte[] {(byte) 0xff, 0x01, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xd7},
        0,
        odd,
        2,
        6);
    System.arraycopy(jpeg, 2, odd, 8, jpeg.length - 2);

    JpegHeader header = JpegHeader.read(odd);

    assertThat(header.width()).isEqualTo(21);
    assertThat(header.height()).isEqualTo(17);
    assertThat(header.colours()).isEqualTo(JpegHeader.Colours.RGB);
  }

  @Test
  void saysOfEveryBeginningThatItEndsTooSoon() throws IOException {
    byte[] jpeg = ImageCase.of("jpeg", "3-420-012-jfif-adobe0.jpg").file();
    int scan = 0;
    while (jpeg[scan] != (byte) 0xff || jpeg[scan + 1] != (byte) 0xda) {
      scan++;
    }

    for (int length = 2; length < scan + 2; length++) {
      byte[] beginning = Arrays.copyOf(jpeg, length);
      assertThatThrownBy(() -> JpegHeader.read(beginning)).isInstanceOf(EOFException.class);
    }
    assertThat(JpegHeader.read(Arrays.copyOf(jpeg, scan + 2)).width()).isEqualTo(21);
  }

  @Test
  void refusesSegmentsOfNoLength() {
    assertThatThrownBy(() -> JpegHeader.read(new byte[] {-1, -40, -1, -32, 0, 1, 0, 0, 0}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("segment of no length");
  }

  @Test
  void namesAJpegOfTwoComponents() {
    byte[] jpeg = framed(0xc0, 8, 2);

    assertThatThrownBy(() -> RgbImage.read(ImageFiles.write(folder.resolve("a.jpg"), jpeg)))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("is a JPEG with 2 components")
        .hasMessageContaining("save it as an ordinary JPEG or a PNG");
  }

  @ParameterizedTest
  @CsvSource({
    "0xc1, 12, 12 bits a sample",
    "0xc9, 8, arithmetic coding",
    "0xc3, 8, lossless or hierarchical coding"
  })
  void namesWhatJavaDoesNotDecode(String frame, int bits, String named) {
    byte[] jpeg = framed(Integer.decode(frame), bits, 3);

    assertThatThrownBy(() -> RgbImage.read(ImageFiles.write(folder.resolve("a.jpg"), jpeg)))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("is a JPEG with " + named)
        .hasMessageContaining("save it as an ordinary JPEG or a PNG");
  }

  /** A JPEG of a frame header and no data. */
  private static byte[] framed(int frame, int bits, int components) {
    byte[] header = new byte[6 + 3 * components];
    header[0] = (byte) bits;
    header[2] = 8;
    header[4] = 8;
    header[5] = (byte) components;
    byte[] scan = new byte[4 + 2 * components];
    scan[0] = (byte) components;
    for (int i = 0; i < components; i++) {
      header[6 + 3 * i] = (byte) (i + 1);
      header[7 + 3 * i] = 0x11;
      scan[1 + 2 * i] = (byte) (i + 1);
    }
    byte[] ends = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xd9};
    return ImageFiles.withSegment(ImageFiles.withSegment(ends, 0xda, scan), frame, header);
  }
}
