package io.github.iaa4j.toyworld;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class ContactSheetTest {

  @Test
  void thePictureInTheDocumentationIsUpToDate() throws IOException {
    BufferedImage committed = ImageIO.read(Path.of("../docs/images/toyworld.png").toFile());
    BufferedImage drawn = ContactSheet.draw();

    assertThat(committed.getRGB(0, 0, committed.getWidth(), committed.getHeight(), null, 0, 784))
        .isEqualTo(drawn.getRGB(0, 0, drawn.getWidth(), drawn.getHeight(), null, 0, 784));
  }
}
