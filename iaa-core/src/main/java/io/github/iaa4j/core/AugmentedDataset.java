package io.github.iaa4j.core;

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

  /**
   * The id of slot 0 as a number. Some training code cuts ten digits out of an id and packs them
   * into 32 bits; no image of VOC has a number as high.
   */
  private static final long FIRST_ID = 2_100_000_001L;

  private AugmentedDataset() {}

  static void write(Run run, List<String> classNames, List<ManifestEntry> manifest) {
    Path next = run.folder().resolve("dataset.next");
    try {
      Folders.delete(next);
      VocWriter writer = new VocWriter(next, classNames);
      Map<String, List<String>> labels = new LinkedHashMap<>();
      for (ManifestEntry entry : manifest) {
        Path file = run.folder().resolve(entry.file());
        byte[] png = Files.readAllBytes(file);
        if (!Sha256.hex(png).equals(entry.sha256())) {
          throw new StorageException(
              file,
              "its checksum is not the one in manifest.jsonl, so it was changed or damaged. Delete"
                  + " it and run again: it will be painted anew.",
              null);
        }
        String id = id(entry.slot());
        writer.addGenerated(id, png, entry.labels());
        labels.put(id, entry.labels());
      }
      writer.writeSplit("train", labels);
      Folders.replace(run.dataset(), next);
    } catch (IOException e) {
      throw AtomicFiles.failure(run.dataset(), e);
    }
  }

  private static String id(int slot) {
    long number = FIRST_ID + slot;
    if (number > Integer.MAX_VALUE) {
      throw new ConfigurationException(
          "a VOC data set has ids for "
              + (Integer.MAX_VALUE - FIRST_ID + 1)
              + " generated images, and slot "
              + slot
              + " is beyond");
    }
    return String.format(Locale.ROOT, "%d_%06d", number / 1_000_000, number % 1_000_000);
  }
}
