package io.github.iaa4j.examples;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.wsss.crf.CrfPreset;
import io.github.iaa4j.wsss.crf.Unary;
import java.awt.Color;
import java.awt.image.BufferedImage;

/** The dense CRF by itself: it moves a blurred activation to the edge of a drawn ball. */
public final class DenseCrfAlone {

  static final int SIZE = 96;

  private DenseCrfAlone() {}

  /** Prints a row of the mask in the middle of the ball. */
  public static void main(String[] args) {
    LabelMask mask = refined(drawing(), activation());
    for (int x = 0; x < SIZE; x++) {
      System.out.print(mask.at(x, SIZE / 2));
    }
    System.out.println();
  }

  /** The mask that the CRF makes of one class's activation, whose rest is background. */
  static LabelMask refined(RgbImage image, float[] activation) {
    float[] background = new float[activation.length];
    for (int i = 0; i < background.length; i++) {
      background[i] = 1 - activation[i];
    }
    float[][] probabilities = {background, activation};
    Unary unary = Unary.ofProbabilities(probabilities, image.width(), image.height());
    return CrfPreset.PSA.crf().infer(image, unary).mask();
  }

  /** Above one half up to a seventh of the radius outside the ball, as CAMs reach too far. */
  static float[] activation() {
    float[] activation = new float[SIZE * SIZE];
    for (int i = 0; i < activation.length; i++) {
      double distance = Math.hypot(i % SIZE - 48, i / SIZE - 48) / 24;
      activation[i] = (float) (1 / (1 + Math.exp(20 * (distance - 1.15))));
    }
    return activation;
  }

  static RgbImage drawing() {
    BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_3BYTE_BGR);
    var graphics = image.createGraphics();
    graphics.setColor(Color.RED);
    graphics.fillOval(24, 24, 48, 48);
    graphics.dispose();
    return RgbImage.of(image);
  }
}
