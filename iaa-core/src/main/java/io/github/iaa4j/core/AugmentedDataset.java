package io.github.iaa4j.core;

import io.github.iaa4j.core.dataset.ImageEncoding;
import io.github.iaa4j.core.dataset.VocWriter;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.run.ManifestEntry;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes the accepted images as a VOC data set: the very files that the filter judged, under ids
 * that no real VOC image has.
 */
final class AugmentedDataset {

  /**
   * The id of slot 0 as a number. Some training code cuts ten digits out of an id and packs them
   * into 32 bits; no image of VOC has a number as high.
   */
  private static final long FIRST_ID = 2_100_000_001L;

  private AugmentedDataset() {}

  static void write(
      RunFolder folder,
      List<String> classNames,
      ImageEncoding encoding,
      List<ManifestEntry> manifest) {
    Path next = folder.nextDataset();
    VocWriter writer = new VocWriter(next, classNames, encoding);
    Map<String, List<String>> labels = new LinkedHashMap<>();
    for (ManifestEntry entry : manifest) {
      String id = id(entry.slot());
      writer.addGenerated(id, folder.readImage(entry), entry.labels());
      labels.put(id, entry.labels());
    }
    writer.writeSplit("train", labels);
    folder.replaceDataset(next);
  }

  private static String id(int slot) {
    long number = FIRST_ID + slot;
    if (number > Integer.MAX_VALUE) {
      throw new ConfigurationException(
          "a VOC data set has ids for "
              + (Integer.MAX_VALUE - FIRST_ID + 1)
              + " generated images, and slot "
              + slot
              + " is beyond. Use several runs.");
    }
    return String.format(Locale.ROOT, "%d_%06d", number / 1_000_000, number % 1_000_000);
  }
}
