package io.github.iaa4j.core;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.filter.PerceptualHash;
import io.github.iaa4j.core.run.ManifestEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Finds accepted images that repeat the image of an earlier slot, by their perceptual hashes. */
final class RepeatedImages {

  /** An accepted image, and the earlier slot whose image it repeats. */
  record Repeat(ManifestEntry entry, int earlierSlot) {}

  private final int distinct;
  private final Function<ManifestEntry, RgbImage> reader;
  private final Map<Integer, PerceptualHash> hashesBySlot = new HashMap<>();

  /**
   * @param distinct bits within which images repeat one another; negative if none do
   * @param reader reads an accepted image
   */
  RepeatedImages(int distinct, Function<ManifestEntry, RgbImage> reader) {
    this.distinct = distinct;
    this.reader = reader;
  }

  /**
   * What repeats an earlier image that does not itself repeat one.
   *
   * @param accepted by slot
   */
  List<Repeat> find(List<ManifestEntry> accepted) {
    if (distinct < 0) {
      return List.of();
    }
    List<Repeat> repeats = new ArrayList<>();
    int[] slots = new int[accepted.size()];
    PerceptualHash[] kept = new PerceptualHash[accepted.size()];
    int count = 0;
    for (ManifestEntry entry : accepted) {
      PerceptualHash hash =
          hashesBySlot.computeIfAbsent(
              entry.slot(), slot -> PerceptualHash.of(reader.apply(entry)));
      int twin = 0;
      while (twin < count && hash.distance(kept[twin]) > distinct) {
        twin++;
      }
      if (twin < count) {
        hashesBySlot.remove(entry.slot());
        repeats.add(new Repeat(entry, slots[twin]));
      } else {
        slots[count] = entry.slot();
        kept[count++] = hash;
      }
    }
    return repeats;
  }
}
