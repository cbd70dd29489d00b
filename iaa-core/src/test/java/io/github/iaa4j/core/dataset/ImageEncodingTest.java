package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImageEncodingTest {

  private static final RgbImage IMAGE = RgbImage.of(ImageFiles.picture(23, 17));

  @TempDir Path folder;

  @Test
  void pngKeepsThePixels() {
    assertThat(ImageEncoding.PNG.decode(ImageEncoding.PNG.encode(IMAGE))).isEqualTo(IMAGE);
  }

  @ParameterizedTest
  @EnumSource
  void decodesToThePixelsThatAReaderOfTheFileSees(ImageEncoding encoding) {
    byte[] bytes = encoding.encode(IMAGE);
    Path file = ImageFiles.write(folder.resolve("image." + encoding.extension()), bytes);

    assertThat(encoding.decode(bytes)).isEqualTo(RgbImage.read(file));
  }

  @ParameterizedTest
  @EnumSource
  void theSamePixelsGiveTheSameBytes(ImageEncoding encoding) {
    RgbImage same = new RgbImage(23, 17, IMAGE.pixels().clone());

    assertThat(encoding.encode(same)).isEqualTo(encoding.encode(IMAGE));
  }

  @ParameterizedTest
  @EnumSource
  void bytesThatBreakOffAreRefused(ImageEncoding encoding) {
    byte[] bytes = encoding.encode(IMAGE);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> encoding.decode(Arrays.copyOf(bytes, bytes.length / 2)));
    assertThatIllegalArgumentException().isThrownBy(() -> encoding.decode(new byte[0]));
  }

  @Test
  void bytesOfAnotherEncodingAreRefused() {
    byte[] jpeg = ImageEncoding.JPEG.encode(IMAGE);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageEncoding.PNG.decode(jpeg))
        .withMessage("the bytes are not a PNG file");
  }
}
