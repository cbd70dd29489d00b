package io.github.iaa4j.wsss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.wsss.MeasuredImages;
import io.github.iaa4j.core.wsss.WsssModel;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class SegmentationEvaluationTest {

  /** Fills each pseudo mask with its first label, and each segmented mask with background. */
  private static final class ConstantMasks implements WsssModel {

    @Override
    public List<String> classNames() {
      return Blobs.CLASS_NAMES;
    }

    @Override
    public float[] score(RgbImage image) {
      return new float[2];
    }

    @Override
    public float[][] cams(RgbImage image) {
      return new float[2][image.width() * image.height()];
    }

    @Override
    public LabelMask pseudoMask(RgbImage image, Collection<String> labels) {
      byte[] mask = new byte[image.width() * image.height()];
      int label = Blobs.CLASS_NAMES.indexOf(labels.iterator().next());
      Arrays.fill(mask, (byte) (label + 1));
      return new LabelMask(image.width(), image.height(), mask);
    }

    @Override
    public LabelMask segment(RgbImage image) {
      return new LabelMask(image.width(), image.height(), new byte[image.width() * image.height()]);
    }

    @Override
    public void close() {}
  }

  @Test
  void pseudoMasksUseTheLabelsAndTheSegmenterDoesNot() {
    LabeledDataset data = Blobs.dataset(6, 16, 1);

    SegmentationScores seeds = SegmentationEvaluation.ofPseudoMasks(new ConstantMasks(), data);
    SegmentationScores segmented = SegmentationEvaluation.ofSegmenter(new ConstantMasks(), data);

    assertThat(seeds.iou().get(0)).isZero();
    assertThat(seeds.iou().get(1)).isBetween(0.05, 0.95);
    assertThat(segmented.iou().get(0)).isBetween(0.05, 0.95);
    assertThat(segmented.iou().get(1)).isZero();
  }

  @Test
  void imagesWithoutAMaskAreSkippedAndCounted() {
    LabeledDataset data = Blobs.dataset(2, 16, 1);
    List<LabeledImage> images = new ArrayList<>(data.images());
    RgbImage pixels = images.get(0).image();
    images.add(new Blobs.Blob("unmasked", List.of("disc"), pixels, Optional.empty()));
    images.add(new Blobs.Blob("generated", List.of("disc"), pixels, Optional.empty(), true));

    SegmentationScores scores =
        SegmentationEvaluation.ofSegmenter(
            new ConstantMasks(), LabeledDataset.of(Blobs.CLASS_NAMES, images));

    assertThat(scores.iou())
        .isEqualTo(SegmentationEvaluation.ofSegmenter(new ConstantMasks(), data).iou());
    assertThat(scores.images()).isEqualTo(new MeasuredImages(2, 1, 1));
    assertThat(scores.toString())
        .contains("measured on 2 of 4 images; skipped: 1 generated, 1 without a true mask");
    assertThatThrownBy(
            () ->
                SegmentationEvaluation.ofSegmenter(
                    new ConstantMasks(),
                    LabeledDataset.of(Blobs.CLASS_NAMES, images.subList(2, 3))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("mask");
  }

  @Test
  void masksFromAnywhereAreMeasured() {
    LabeledDataset data = Blobs.dataset(3, 16, 1);

    SegmentationScores scores =
        SegmentationEvaluation.of(data, image -> image.mask().orElseThrow());

    assertThat(scores.meanIou()).isEqualTo(1);
    assertThat(scores.pixelAccuracy()).isEqualTo(1);
    assertThat(scores.boundaryF()).isEqualTo(1);
  }

  @Test
  void aMaskOfAnotherSizeIsRefusedWithTheImage() {
    LabeledDataset data = Blobs.dataset(1, 16, 1);

    assertThatThrownBy(
            () -> SegmentationEvaluation.of(data, image -> new LabelMask(1, 1, new byte[1])))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("blob0")
        .hasMessageContaining("16 x 16")
        .hasMessageContaining("1 x 1");
  }

  @Test
  void scoresDoNotDependOnHowTheWorkIsShared() throws Exception {
    LabeledDataset data = Blobs.dataset(150, 24, 1);
    Function<LabeledImage, LabelMask> shifted =
        image -> {
          byte[] truth = image.mask().orElseThrow().indices();
          byte[] mask = new byte[truth.length];
          System.arraycopy(truth, 0, mask, 1, mask.length - 1);
          return new LabelMask(24, 24, mask);
        };

    SegmentationScores alone = in(1, () -> SegmentationEvaluation.of(data, shifted));

    assertThat(alone.boundaryF()).isStrictlyBetween(0.1, 0.9);
    assertThat(in(7, () -> SegmentationEvaluation.of(data, shifted))).isEqualTo(alone);
  }

  private static <T> T in(int threads, Callable<T> task) throws Exception {
    ForkJoinPool pool = new ForkJoinPool(threads);
    try {
      return pool.submit(task).get();
    } finally {
      pool.shutdown();
    }
  }

  /** Calls an action at the n-th mask. */
  private static final class Observed implements WsssModel {

    private final WsssModel model = new ConstantMasks();
    private final AtomicInteger calls = new AtomicInteger();
    private final Queue<WeakReference<LabelMask>> masks = new ConcurrentLinkedQueue<>();
    private final int at;
    private final Runnable action;

    Observed(int at, Runnable action) {
      this.at = at;
      this.action = action;
    }

    long masksInMemory() {
      return masks.stream().filter(mask -> mask.get() != null).count();
    }

    @Override
    public LabelMask segment(RgbImage image) {
      if (calls.incrementAndGet() == at) {
        action.run();
      }
      LabelMask mask = model.segment(image);
      masks.add(new WeakReference<>(mask));
      return mask;
    }

    @Override
    public List<String> classNames() {
      return model.classNames();
    }

    @Override
    public float[] score(RgbImage image) {
      return model.score(image);
    }

    @Override
    public float[][] cams(RgbImage image) {
      return model.cams(image);
    }

    @Override
    public LabelMask pseudoMask(RgbImage image, Collection<String> labels) {
      return model.pseudoMask(image, labels);
    }

    @Override
    public void close() {}
  }

  @Test
  void masksAreNotKeptAfterTheyAreCounted() {
    AtomicLong kept = new AtomicLong();
    AtomicReference<Observed> model = new AtomicReference<>();
    model.set(
        new Observed(
            400,
            () -> {
              System.gc();
              kept.set(model.get().masksInMemory());
            }));

    SegmentationEvaluation.ofSegmenter(model.get(), Blobs.dataset(400, 8, 1));

    assertThat(model.get().calls).hasValue(400);
    assertThat(kept.get()).isLessThan(100);
  }

  @Test
  void anInterruptEndsTheEvaluationAndStaysSet() {
    Thread evaluating = Thread.currentThread();
    Observed model = new Observed(3, evaluating::interrupt);

    assertThatThrownBy(() -> SegmentationEvaluation.ofSegmenter(model, Blobs.dataset(400, 8, 1)))
        .isInstanceOf(CancelledException.class)
        .hasMessageContaining("of 400 images");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(model.calls.get()).isLessThan(400);
  }

  @Test
  void otherClassesThanTheModelsAreRefused() {
    assertThatThrownBy(
            () ->
                SegmentationEvaluation.ofSegmenter(
                    new ConstantMasks(), LabeledDataset.of(List.of("cat"), List.of())))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("cat")
        .hasMessageContaining("disc");
  }
}
