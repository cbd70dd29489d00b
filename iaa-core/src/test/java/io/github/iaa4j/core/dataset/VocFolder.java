package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import java.nio.file.Path;
import java.util.List;

/** A folder in VOC's layout that a test fills. */
record VocFolder(Path root) {

  /** Writes the list of a split and an image of 4 x 3 pixels for each id. */
  void split(String name, String... ids) {
    ImageFiles.write(
        root.resolve("ImageSets/Segmentation/" + name + ".txt"), String.join("\n", ids) + "\n");
    for (String id : ids) {
      if (!id.isEmpty()) {
        ImageFiles.jpeg(root.resolve("JPEGImages/" + id + ".jpg"), 4, 3);
      }
    }
  }

  /** Writes the annotation of an image with these objects. */
  void annotation(String id, String... names) {
    StringBuilder xml = new StringBuilder("<annotation>\n  <filename>x.jpg</filename>\n");
    for (String name : names) {
      xml.append("  <object>\n    <name>" + name + "</name>\n  </object>\n");
    }
    ImageFiles.write(root.resolve("Annotations/" + id + ".xml"), xml + "</annotation>\n");
  }

  /** Writes a list of {@code ImageSets/Main}. */
  void classList(String name, String... lines) {
    ImageFiles.write(
        root.resolve("ImageSets/Main/" + name + ".txt"), String.join("\n", lines) + "\n");
  }

  /** The one image of a data set. */
  static LabeledImage only(LabeledDataset dataset) {
    assertThat(dataset.images()).hasSize(1);
    return dataset.images().get(0);
  }

  /** The kinds of the notices of a data set, in their order. */
  static List<Kind> kinds(LabeledDataset dataset) {
    return dataset.notices().stream().map(DatasetNotice::kind).toList();
  }
}
