package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScaledImageTest {

  /** Expected values from Pillow's Image.resize with BILINEAR, which rounds in between. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2 | 3 | 138 76 156 165 120 161 153 128 125 169 148 108 141 129 157 138 190 118",
        "3 | 6 | 90 57 155 150 74 219 221 102 152 135 66 146 166 127 139 139 131 144 160 91 142 188"
            + " 165 69 87 158 129 83 160 163 209 103 114 206 156 104 121 144 172 147 128 131 186 197"
            + " 102 178 111 175 78 167 136 135 238 107",
        "1 | 1 | 152 132 134"
      })
  void scalesAsPillow(int width, int height, String expected) {
    byte[] pixels = new byte[4 * 5 * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 37 + i * i * 11);
    }

    RgbImage scaled = new RgbImage(5, 4, pixels).scaledTo(width, height);

    int[] wanted = Arrays.stream(expected.split(" ")).mapToInt(Integer::parseInt).toArray();
    assertThat(scaled.width()).isEqualTo(width);
    assertThat(scaled.height()).isEqualTo(height);
    for (int i = 0; i < wanted.length; i++) {
      assertThat(scaled.pixels()[i] & 0xff).isBetween(wanted[i] - 1, wanted[i] + 1);
    }
  }

  @Test
  void refusesSizesThatNoImageHas() {
    RgbImage image = new RgbImage(1, 1, new byte[3]);

    assertThatThrownBy(() -> image.scaledTo(0, 4)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theBackgroundOfAMaskIsAllThatIsNoClass() {
    LabelMask mask = new LabelMask(4, 1, new byte[] {0, 1, 20, (byte) LabelMask.VOID});

    assertThat(mask.background()).isEqualTo(new LabelMask(4, 1, new byte[] {1, 0, 0, 0}));
  }
}
