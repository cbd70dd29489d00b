package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RgbImageTest {

  private static final int RED = 0xffc81e0a;
  private static final int CLEAR = 0x00ffffff;

  @ParameterizedTest
  @ValueSource(
      ints = {
        BufferedImage.TYPE_INT_RGB,
        BufferedImage.TYPE_INT_ARGB,
        BufferedImage.TYPE_INT_BGR,
        BufferedImage.TYPE_3BYTE_BGR,
        BufferedImage.TYPE_4BYTE_ABGR
      })
  void takesABufferedImageOfAnyType(int type) {
    BufferedImage image = new BufferedImage(3, 2, type);
    image.setRGB(2, 1, RED);

    RgbImage converted = RgbImage.of(image);

    assertThat(converted.width()).isEqualTo(3);
    assertThat(converted.height()).isEqualTo(2);
    byte[] expected = new byte[18];
    expected[15] = (byte) 0xc8;
    expected[16] = 0x1e;
    expected[17] = 0x0a;
    assertThat(converted.pixels()).isEqualTo(expected);
  }

  @Test
  void laysTransparentPixelsOverBlack() {
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, CLEAR);

    assertThat(RgbImage.of(image).pixels()).containsOnly(0);
  }

  @Test
  void comesBackFromABufferedImageAsItWas() {
    byte[] pixels = new byte[5 * 4 * 3];
    new SplittableRandom(1).nextBytes(pixels);
    RgbImage image = new RgbImage(5, 4, pixels);

    BufferedImage buffered = image.toBufferedImage();

    assertThat(RgbImage.of(buffered)).isEqualTo(image);
    assertThat(buffered.getRGB(0, 0) >> 16 & 0xff).isEqualTo(pixels[0] & 0xff);
  }

  @Test
  void sharesNoPixelsWithABufferedImage() {
    RgbImage image = new RgbImage(1, 1, new byte[3]);
    BufferedImage buffered = image.toBufferedImage();
    RgbImage copy = RgbImage.of(buffered);

    buffered.setRGB(0, 0, RED);

    assertThat(image.pixels()).containsOnly(0);
    assertThat(copy.pixels()).containsOnly(0);
  }
}
