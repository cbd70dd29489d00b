package io.github.iaa4j.core.filter;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.settings.Description;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Rejects images that nearly repeat an image of the real data set: a model that reproduces its
 * training images adds nothing. Duplicates among the generated images are found by the agent, with
 * {@code ImageAugmentationAgent.Builder.distinct}, since a filter looks at one image alone.
 */
public final class DuplicateFilter implements OnlineFilter {

  private final Map<String, PerceptualHash> known;
  private final int within;

  private DuplicateFilter(Map<String, PerceptualHash> known, int within) {
    this.known = known;
    this.within = within;
  }

  /**
   * Reads and hashes every image of the data set.
   *
   * @param within perceptual hashes that differ in at most this many of 64 bits count as the same
   *     picture; 4 is a usual value
   * @throws ConfigurationException if it is not in [0, 32]
   * @throws io.github.iaa4j.core.error.DatasetException if an image cannot be read
   */
  public static DuplicateFilter of(LabeledDataset dataset, int within) {
    if (within < 0 || within > 32) {
      throw new ConfigurationException("duplicates differ in 0 to 32 of 64 bits, not " + within);
    }
    Map<String, PerceptualHash> known = new LinkedHashMap<>();
    for (LabeledImage image : dataset.images()) {
      known.put(image.id(), PerceptualHash.of(image.image()));
    }
    return new DuplicateFilter(known, within);
  }

  /**
   * Rejects an image within the distance of a real one, and names the first such image in the data
   * set's order. The verdict has the score {@code hash distance} then, and none where it passes.
   */
  @Override
  public Verdict judge(Slot slot, RgbImage image) {
    PerceptualHash hash = PerceptualHash.of(image);
    for (Map.Entry<String, PerceptualHash> entry : known.entrySet()) {
      int distance = hash.distance(entry.getValue());
      if (distance <= within) {
        return Verdict.reject(
            Map.of("hash distance", (double) distance),
            Reason.duplicateOfRealImage(entry.getKey()));
      }
    }
    return Verdict.pass();
  }

  /** The distance, the number of real images and a checksum of their hashes. */
  @Override
  public Description describe() {
    long all = 0;
    for (PerceptualHash hash : known.values()) {
      all = 31 * all + hash.bits();
    }
    return Description.of("duplicates of real images")
        .with("within", within)
        .with("images", known.size())
        .with("hashes", String.format(Locale.ROOT, "%016x", all));
  }
}
