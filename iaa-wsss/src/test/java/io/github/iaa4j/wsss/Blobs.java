package io.github.iaa4j.wsss;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** An easy world: discs of one colour and squares of another, one of them on each grey image. */
final class Blobs {

  static final List<String> CLASS_NAMES = List.of("disc", "square");

  private Blobs() {}

  static LabeledDataset dataset(int images, int side, long seed) {
    Random random = new Random(seed);
    List<LabeledImage> all = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      all.add(blob("blob" + i, i % 2, side, random));
    }
    return LabeledDataset.of(CLASS_NAMES, all);
  }

  private static Blob blob(String id, int label, int side, Random random) {
    byte[] pixels = new byte[side * side * 3];
    byte[] mask = new byte[side * side];
    double radius = side * (0.2 + 0.1 * random.nextDouble());
    double centreX = side * (0.3 + 0.4 * random.nextDouble());
    double centreY = side * (0.3 + 0.4 * random.nextDouble());
    int grey = 60 + random.nextInt(120);
    for (int i = 0; i < mask.length; i++) {
      double x = i % side - centreX;
      int row = i / side;
      double y = row - centreY;
      boolean inside =
          label == 0 ? Math.hypot(x, y) < radius : Math.max(Math.abs(x), Math.abs(y)) < radius;
      mask[i] = (byte) (inside ? label + 1 : 0);
      pixels[3 * i] = (byte) (inside ? 220 : grey);
      pixels[3 * i + 1] = (byte) (inside ? (label == 0 ? 40 : 200) : grey);
      pixels[3 * i + 2] = (byte) (inside ? 40 : grey + random.nextInt(20));
    }
    return new Blob(
        id,
        List.of(CLASS_NAMES.get(label)),
        new RgbImage(side, side, pixels),
        Optional.of(new LabelMask(side, side, mask)));
  }

  record Blob(
      String id, List<String> labels, RgbImage image, Optional<LabelMask> mask, boolean generated)
      implements LabeledImage {

    Blob(String id, List<String> labels, RgbImage image, Optional<LabelMask> mask) {
      this(id, labels, image, mask, false);
    }
  }
}
