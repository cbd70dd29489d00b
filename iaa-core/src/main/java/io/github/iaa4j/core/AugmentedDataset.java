package io.github.iaa4j.core;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.dataset.VocWriter;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.internal.AtomicFiles;
import io.github.iaa4j.core.internal.Folders;
import io.github.iaa4j.core.internal.Sha256;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes the accepted images as a VOC data set, with ids that no real VOC image has. */
final class AugmentedDataset {

  /** VOC readers parse an id as the year and six digits; no real image is of these years. */
  private static final int FIRST_YEAR = 2100;

  private static final int LAST_YEAR = 2146;
  private static final int IDS_A_YEAR = 999_999;

  private AugmentedDataset() {}

  static void write(Run run, List<String> classNames, List<ManifestEntry> manifest) {
    Path next = run.folder().resolve("dataset.next");
    try {
      Folders.delete(next);
      VocWriter writer = new VocWriter(next, classNames);
      Map<String, List<String>> labels = new LinkedHashMap<>();
      for (ManifestEntry entry : manifest) {
        Path file = run.folder().resolve(entry.file());
        if (!Sha256.hex(Files.readAllBytes(file)).equals(entry.sha256())) {
          throw new StorageException(
              file,
              "its checksum is not the one in manifest.jsonl, so it was changed or damaged. Delete"
                  + " it and run again: it will be painted anew.",
              null);
        }
        String id = id(entry.slot());
        writer.add(id, RgbImage.read(file), entry.labels());
        labels.put(id, entry.labels());
      }
      writer.writeSplit("train", labels);
      Folders.replace(run.dataset(), next);
    } catch (IOException e) {
      throw AtomicFiles.failure(run.dataset(), e);
    }
  }

  private static String id(int slot) {
    int year = FIRST_YEAR + slot / IDS_A_YEAR;
    if (year > LAST_YEAR) {
      throw new ConfigurationException(
          "a VOC data set has ids for "
              + (LAST_YEAR - FIRST_YEAR + 1L) * IDS_A_YEAR
              + " generated images, and slot "
              + slot
              + " is beyond");
    }
    return String.format(Locale.ROOT, "%d_%06d", year, slot % IDS_A_YEAR + 1);
  }
}
