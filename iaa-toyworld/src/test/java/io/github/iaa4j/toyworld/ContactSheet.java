package io.github.iaa4j.toyworld;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/**
 * Makes {@code docs/images/toyworld.png}: a row for each class, on the left scenes of the broad
 * distribution, on the right of the narrow one.
 */
final class ContactSheet {
  static final int COLUMNS = 6;
  private static final int GAP = 16;

  private ContactSheet() {}

  /** The first argument is the file to write. */
  public static void main(String[] args) throws IOException {
    ImageIO.write(draw(), "png", Path.of(args[0]).toFile());
  }

  static BufferedImage draw() {
    int size = ToyWorld.SIZE;
    int rows = ToyWorld.CLASS_NAMES.size();
    BufferedImage sheet =
        new BufferedImage(2 * COLUMNS * size + GAP, rows * size, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < sheet.getHeight(); y++) {
      for (int x = 0; x < sheet.getWidth(); x++) {
        sheet.setRGB(x, y, 0xffffff);
      }
    }
    for (int row = 0; row < rows; row++) {
      draw(sheet, Split.BROAD, row, 0);
      draw(sheet, Split.TRAIN, row, COLUMNS * size + GAP);
    }
    return sheet;
  }

  private static void draw(BufferedImage sheet, Split split, int row, int left) {
    String name = ToyWorld.CLASS_NAMES.get(row);
    int drawn = 0;
    for (int i = 0; drawn < COLUMNS; i++) {
      ToyScene scene = ToyWorld.scene(split, 7, i);
      // One object in the first half of a row, several in the second.
      boolean single = drawn < COLUMNS / 2;
      if (scene.labels().contains(name) && single == (scene.objects().size() == 1)) {
        sheet
            .createGraphics()
            .drawImage(
                scene.image().toBufferedImage(),
                left + drawn * ToyWorld.SIZE,
                row * ToyWorld.SIZE,
                null);
        drawn++;
      }
    }
  }
}
