package io.github.iaa4j.examples;

import io.github.iaa4j.core.AugmentationReport;
import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.filter.DuplicateFilter;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.Verdict;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.settings.Description;
import java.nio.file.Path;
import java.util.Map;

/** A custom filter, combined with the one that rejects near-copies of real images. */
public final class OwnFilter {

  private OwnFilter() {}

  /** Rejects images that are darker than a threshold. */
  static final class NotTooDark implements OnlineFilter {

    private final double from;

    NotTooDark(double from) {
      this.from = from;
    }

    @Override
    public Verdict judge(Slot slot, RgbImage image) {
      long sum = 0;
      for (byte value : image.pixels()) {
        sum += value & 0xff;
      }
      double brightness = sum / (255.0 * image.pixels().length);
      Map<String, Double> scores = Map.of("brightness", brightness);
      return brightness >= from
          ? Verdict.pass(scores)
          : Verdict.reject(scores, Reason.other("too dark"));
    }

    /** Names every setting, so that a run is not resumed with another threshold unnoticed. */
    @Override
    public Description describe() {
      return Description.of("not too dark").with("from", from);
    }
  }

  static AugmentationReport run(LabeledDataset real, DiffusionSampler sampler, Path folder) {
    return ImageAugmentationAgent.builder()
        .dataset(real)
        .sampler(sampler)
        .filter(new NotTooDark(0.1).and(DuplicateFilter.of(real, 4)))
        .distinct(4)
        .balance(Balance.add(8))
        .output(folder)
        .build()
        .run();
  }
}
