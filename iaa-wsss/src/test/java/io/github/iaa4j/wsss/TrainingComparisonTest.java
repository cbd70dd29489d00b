package io.github.iaa4j.wsss;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.run.Comparison;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.wsss.MeasuredImages;
import io.github.iaa4j.core.wsss.Segmenter;
import io.github.iaa4j.core.wsss.WsssMethod;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingComparisonTest {

  /** Finds the discs of {@link Blobs} with few images, and the squares too with more than four. */
  private static final class MasksOnly implements WsssMethod<Segmenter> {

    private final List<String> trained = new ArrayList<>();
    private int open;

    @Override
    public Segmenter fit(LabeledDataset data, Path folder) {
      trained.add(folder.getFileName() + ": " + data.images().size());
      open++;
      return new ByColour(data.images().size() > 4);
    }

    @Override
    public Segmenter load(Path folder) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean isPresent(Path folder) {
      return false;
    }

    private final class ByColour implements Segmenter {

      private final boolean knowsSquares;

      ByColour(boolean knowsSquares) {
        this.knowsSquares = knowsSquares;
      }

      @Override
      public List<String> classNames() {
        return Blobs.CLASS_NAMES;
      }

      @Override
      public LabelMask segment(RgbImage image) {
        byte[] mask = new byte[image.width() * image.height()];
        for (int i = 0; i < mask.length; i++) {
          if ((image.pixels()[3 * i] & 0xff) == 220) {
            boolean isDisc = (image.pixels()[3 * i + 1] & 0xff) == 40;
            mask[i] = (byte) (isDisc ? 1 : knowsSquares ? 2 : 0);
          }
        }
        return new LabelMask(image.width(), image.height(), mask);
      }

      @Override
      public void close() {
        open--;
      }
    }
  }

  @Test
  void aMethodThatGivesMasksOnlyIsComparedByItsMasks() {
    MasksOnly method = new MasksOnly();
    List<LabeledImage> images = Blobs.dataset(5, 16, 1).images();

    Comparison comparison =
        TrainingComparison.train(
            method,
            LabeledDataset.of(Blobs.CLASS_NAMES, images.subList(0, 3)),
            LabeledDataset.of(Blobs.CLASS_NAMES, images.subList(3, 5)),
            Blobs.dataset(6, 16, 3),
            "blobs",
            Path.of("models"));

    assertThat(method.trained).containsExactly("baseline: 3", "augmented: 5");
    assertThat(method.open).isZero();
    assertThat(comparison.evaluatedOn()).isEqualTo("6 images of blobs");
    assertThat(comparison.segmenterMeasured()).isEqualTo(new MeasuredImages(6, 0, 0));
    assertThat(comparison.before().iou().get(2)).isZero();
    assertThat(comparison.after().mIoU()).isEqualTo(1);
    assertThat(comparison.after().images()).isEqualTo(5);
    assertThat(comparison.after().pseudoMaskMIoU()).isNull();
    assertThat(comparison.after().classifierLoss()).isEmpty();
    assertThat(comparison.pseudoMasksMeasured()).isNull();
  }

  @Test
  void twoTrainingsOfOtherSettingsHaveOtherDescriptions() {
    Description first = WsssTraining.builder().seed(1).build().describe();
    Description second = WsssTraining.builder().seed(2).classifierSteps(7).build().describe();

    assertThat(first.isComplete()).isTrue();
    assertThat(first.differences(second))
        .containsExactlyInAnyOrder("seed 1, not 2", "classifierSteps 600, not 7");
  }
}
