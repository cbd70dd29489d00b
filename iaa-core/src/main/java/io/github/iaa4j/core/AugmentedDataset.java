package io.github.iaa4j.core;

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

  /** VOC readers parse an id as the year and six digits; no real image is of these years. */
  private static final int FIRST_YEAR = 2100;

  /** Some training code packs an id into 32 bits. */
  private static final int LAST_YEAR = 2146;

  private static final int IDS_IN_YEAR = 999_999;

  private AugmentedDataset() {}

  static void write(RunFolder folder, List<String> classNames, List<ManifestEntry> manifest) {
    Path next = folder.nextDataset();
    VocWriter writer = new VocWriter(next, classNames);
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
    int year = FIRST_YEAR + slot / IDS_IN_YEAR;
    if (year > LAST_YEAR) {
      throw new ConfigurationException(
          "a VOC data set has ids for "
              + (LAST_YEAR - FIRST_YEAR + 1L) * IDS_IN_YEAR
              + " generated images, and slot "
              + slot
              + " is beyond. Use several runs.");
    }
    return String.format(Locale.ROOT, "%d_%06d", year, slot % IDS_IN_YEAR + 1);
  }
}
