package io.github.iaa4j.examples;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.wsss.WsssModel;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/** What {@link OwnWsssMethod} learns: how much each colour speaks for each class, in [0, 1]. */
record OwnWsssModel(List<String> classNames, int levels, List<double[]> cues) implements WsssModel {

  static int[] colours(RgbImage image, int levels) {
    int[] colours = new int[image.width() * image.height()];
    for (int i = 0; i < 3 * colours.length; i++) {
      colours[i / 3] = colours[i / 3] * levels + (image.pixels()[i] & 0xff) * levels / 256;
    }
    return colours;
  }

  @Override
  public float[] score(RgbImage image) {
    float[] scores = new float[cues.size()];
    for (int colour : colours(image, levels)) {
      for (int k = 0; k < scores.length; k++) {
        scores[k] = Math.max(scores[k], (float) cues.get(k)[colour]);
      }
    }
    return scores;
  }

  @Override
  public float[][] cams(RgbImage image) {
    int[] colours = colours(image, levels);
    float[] greatest = score(image);
    float[][] cams = new float[cues.size()][colours.length];
    for (int k = 0; k < cams.length; k++) {
      for (int i = 0; i < colours.length && greatest[k] > 0; i++) {
        cams[k][i] = (float) cues.get(k)[colours[i]] / greatest[k];
      }
    }
    return cams;
  }

  @Override
  public LabelMask pseudoMask(RgbImage image, Collection<String> labels) {
    float[][] cams = cams(image);
    byte[] mask = new byte[image.width() * image.height()];
    for (int i = 0; i < mask.length; i++) {
      float most = 0.5f;
      for (String label : labels) {
        int k = classNames.indexOf(label);
        mask[i] = cams[k][i] > most ? (byte) (k + 1) : mask[i];
        most = Math.max(cams[k][i], most);
      }
    }
    return new LabelMask(image.width(), image.height(), mask);
  }

  @Override
  public LabelMask segment(RgbImage image) {
    float[] scores = score(image);
    return pseudoMask(
        image, classNames.stream().filter(c -> scores[classNames.indexOf(c)] > 0.5).toList());
  }

  @Override
  public Description describe() {
    return Description.of("colours").with("cues", Arrays.deepHashCode(cues.toArray()));
  }

  @Override
  public void close() {}
}
