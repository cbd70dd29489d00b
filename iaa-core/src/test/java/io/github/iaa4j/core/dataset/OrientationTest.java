package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OrientationTest {

  @TempDir private Path folder;

  /** Expected values from Pillow's ImageOps.exif_transpose. */
  @ParameterizedTest
  @CsvSource({
    "1, 3, 123456",
    "2, 3, 321654",
    "3, 3, 654321",
    "4, 3, 456123",
    "5, 2, 142536",
    "6, 2, 415263",
    "7, 2, 635241",
    "8, 2, 362514"
  })
  void turnsPixelsUpright(int exifValue, int width, String expected) {
    Orientation orientation = ofTiff(ImageFiles.exif(exifValue, true));

    RgbImage upright = orientation.upright(numbered(3, "123456"));

    assertThat(upright).isEqualTo(numbered(width, expected));
    assertThat(orientation.exifValue()).isEqualTo(exifValue);
    assertThat(orientation.swapsAxes()).isEqualTo(width == 2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void readsBothByteOrders(boolean little) {
    assertThat(ofTiff(ImageFiles.exif(6, little))).isEqualTo(Orientation.QUARTER_CLOCKWISE);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 9, 65535})
  void takesAValueThatExifDoesNotHaveForUpright(int exifValue) {
    assertThat(ofTiff(ImageFiles.exif(exifValue, false))).isEqualTo(Orientation.UPRIGHT);
  }

  @Test
  void takesExifThatBreaksOffForUpright() {
    byte[] tiff = ImageFiles.exif(6, false);

    for (int length = 0; length < 20; length++) {
      assertThat(Orientation.ofTiff(tiff, 0, length)).isEqualTo(Orientation.UPRIGHT);
    }
  }

  @Test
  void isReadFromAJpeg() {
    byte[] jpeg = ImageFiles.withExif(ImageFiles.encode(ImageFiles.picture(8, 6), "jpeg"), 8);

    assertThat(header("a.jpg", jpeg))
        .isEqualTo(new ImageHeader(8, 6, Orientation.QUARTER_COUNTERCLOCKWISE));
  }

  @Test
  void isReadFromAJpegWhoseHeaderIsLong() {
    byte[] jpeg = ImageFiles.withExif(ImageFiles.encode(ImageFiles.picture(8, 6), "jpeg"), 8);
    for (int i = 0; i < 3; i++) {
      jpeg = ImageFiles.withSegment(jpeg, 0xe2, new byte[65_000]);
    }

    assertThat(header("a.jpg", jpeg))
        .isEqualTo(new ImageHeader(8, 6, Orientation.QUARTER_COUNTERCLOCKWISE));
  }

  @Test
  void isReadFromAPng() {
    byte[] png = ImageFiles.encode(ImageFiles.picture(8, 6), "png");

    assertThat(header("plain.png", png)).isEqualTo(new ImageHeader(8, 6, Orientation.UPRIGHT));
    assertThat(header("turned.png", ImageFiles.withExifChunk(png, 5)))
        .isEqualTo(new ImageHeader(8, 6, Orientation.TRANSPOSED));
  }

  @Test
  void isReadFromAWebp() {
    assertThat(header("a.webp", ImageCase.of("webp", "lossy-exif.webp").file()))
        .isEqualTo(new ImageHeader(40, 30, Orientation.QUARTER_CLOCKWISE));
  }

  /** Pixels of a TIFF are upright already, so nothing is left to be turned. */
  @Test
  void isPartOfTheFormatOfATiff() {
    assertThat(header("a.tif", ImageCase.of("tiff", "orientation-6.tif").file()))
        .isEqualTo(new ImageHeader(17, 21, Orientation.UPRIGHT));
  }

  @Test
  void theStoredSizeIsTakenBeforeTheUprightOne() {
    ImageHeader square = new ImageHeader(5, 5, Orientation.QUARTER_CLOCKWISE);

    assertThat(square.turnToFit(5, 5)).contains(Orientation.UPRIGHT);
  }

  private ImageHeader header(String name, byte[] file) {
    return ImageFile.header(ImageFiles.write(folder.resolve(name), file));
  }

  private static Orientation ofTiff(byte[] tiff) {
    return Orientation.ofTiff(tiff, 0, tiff.length);
  }

  private static RgbImage numbered(int width, String numbers) {
    byte[] pixels = new byte[18];
    for (int i = 0; i < 6; i++) {
      pixels[3 * i] = (byte) numbers.charAt(i);
      pixels[3 * i + 2] = (byte) (2 * numbers.charAt(i));
    }
    return new RgbImage(width, 6 / width, pixels);
  }
}
