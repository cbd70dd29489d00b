package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several threads may ask a data set at once. */
class DatasetThreadsTest {

  private static final int THREADS = 8;
  private static final int IMAGES = 12;

  @TempDir Path root;

  /** Whatever can be read of a data set. */
  private static List<Object> everything(LabeledDataset data) {
    List<Object> read = new ArrayList<>(data.notices());
    for (LabeledImage image : data.images()) {
      read.add(image.id());
      read.add(image.labels());
      read.add(image.image());
      read.add(image.mask());
    }
    read.add(data.classCounts());
    return read;
  }

  private static void assertSameFromAllThreads(LabeledDataset alone, LabeledDataset shared)
      throws Exception {
    List<Object> expected = everything(alone);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      CyclicBarrier start = new CyclicBarrier(THREADS);
      Callable<List<Object>> reader =
          () -> {
            start.await();
            return everything(shared);
          };
      List<Future<List<Object>>> all = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        all.add(threads.submit(reader));
      }
      for (Future<List<Object>> read : all) {
        assertThat(read.get()).usingRecursiveComparison().isEqualTo(expected);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static LabelMask mask(int index) {
    byte[] indices = new byte[8 * 6];
    indices[index] = (byte) (1 + index % 2);
    return new LabelMask(8, 6, indices);
  }

  @Test
  void voc() throws Exception {
    VocWriter writer = new VocWriter(root, List.of("cat", "dog"));
    Map<String, List<String>> labels = new LinkedHashMap<>();
    for (int i = 0; i < IMAGES; i++) {
      writer.add("a" + i, RgbImage.of(ImageFiles.picture(8, 6)), mask(i));
      labels.put("a" + i, List.of());
    }
    writer.writeSplit("train", labels);

    assertSameFromAllThreads(VocDataset.open(root, "train"), VocDataset.open(root, "train"));
  }

  @Test
  void coco() throws Exception {
    StringJoiner images = new StringJoiner(",");
    StringJoiner annotations = new StringJoiner(",");
    for (int i = 0; i < IMAGES; i++) {
      ImageFiles.write(
          root.resolve("a" + i + ".png"), ImageFiles.encode(ImageFiles.picture(8, 6), "png"));
      images.add(
          String.format(
              Locale.ROOT, "{\"id\":%d,\"file_name\":\"a%d.png\",\"width\":8,\"height\":6}", i, i));
      annotations.add(
          String.format(
              Locale.ROOT,
              "{\"image_id\":%d,\"category_id\":%d,\"segmentation\":[[0,0,%d,0,5,5]]}",
              i,
              1 + i % 2,
              3 + i % 5));
    }
    Path json =
        ImageFiles.write(
            root.resolve("instances.json"),
            "{\"images\":["
                + images
                + "],\"annotations\":["
                + annotations
                + "],\"categories\":[{\"id\":1,\"name\":\"cat\"},{\"id\":2,\"name\":\"dog\"}]}");

    assertSameFromAllThreads(CocoDataset.open(root, json), CocoDataset.open(root, json));
  }

  @Test
  void folder() throws Exception {
    for (int i = 0; i < IMAGES; i++) {
      Path file = root.resolve((i % 2 == 0 ? "cat" : "dog") + "/" + i + ".png");
      ImageFiles.write(file, ImageFiles.encode(ImageFiles.picture(8, 6), "png"));
    }

    assertSameFromAllThreads(FolderDataset.open(root), FolderDataset.open(root));
  }
}
