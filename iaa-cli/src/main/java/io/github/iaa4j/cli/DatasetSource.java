package io.github.iaa4j.cli;

import io.github.iaa4j.core.dataset.CocoDataset;
import io.github.iaa4j.core.dataset.FolderDataset;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.VocDataset;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A data set as the command line names it: {@code voc:DIR:SPLIT}, {@code coco:IMAGES:JSON} or
 * {@code folder:DIR}.
 */
sealed interface DatasetSource {

  /**
   * Opens it.
   *
   * @throws io.github.iaa4j.core.error.DatasetException if a file is missing or damaged
   */
  LabeledDataset open();

  /** The text that {@link #parse} reads. */
  @Override
  String toString();

  /**
   * Reads the text form.
   *
   * @throws TypeConversionException if it is none of the three
   */
  static DatasetSource parse(String text) {
    int colon = text.indexOf(':');
    String rest = text.substring(colon + 1);
    if (colon > 0 && !rest.isEmpty()) {
      int last = rest.lastIndexOf(':');
      switch (text.substring(0, colon)) {
        case "voc" -> {
          return last <= 0 || Files.isDirectory(Main.path(rest))
              ? new Voc(Main.path(rest), "train")
              : new Voc(Main.path(rest.substring(0, last)), rest.substring(last + 1));
        }
        case "coco" -> {
          if (last > 0 && last < rest.length() - 1) {
            return new Coco(
                Main.path(rest.substring(0, last)), Main.path(rest.substring(last + 1)));
          }
        }
        case "folder" -> {
          return new Folder(Main.path(rest));
        }
        default -> {}
      }
    }
    throw new TypeConversionException(
        "\"" + text + "\" is not a data set. Write voc:DIR:SPLIT, coco:IMAGES:JSON or folder:DIR.");
  }

  /** A run remembers where its images are, and may be resumed from another folder. */
  private static Path anywhere(Path path) {
    return path.toAbsolutePath().normalize();
  }

  /** The layout of PASCAL VOC. */
  record Voc(Path folder, String split) implements DatasetSource {

    public Voc {
      folder = anywhere(folder);
    }

    @Override
    public LabeledDataset open() {
      return VocDataset.open(folder, split);
    }

    @Override
    public String toString() {
      return "voc:" + folder + ":" + split;
    }
  }

  /** Images, and an instances file of COCO. */
  record Coco(Path images, Path instances) implements DatasetSource {

    public Coco {
      images = anywhere(images);
      instances = anywhere(instances);
    }

    @Override
    public LabeledDataset open() {
      return CocoDataset.open(images, instances);
    }

    @Override
    public String toString() {
      return "coco:" + images + ":" + instances;
    }
  }

  /** A folder for each class, or a list of images with their labels. */
  record Folder(Path folder) implements DatasetSource {

    public Folder {
      folder = anywhere(folder);
    }

    @Override
    public LabeledDataset open() {
      return FolderDataset.open(folder);
    }

    @Override
    public String toString() {
      return "folder:" + folder;
    }
  }

  /** Lets options have a data set as their value. */
  final class Converter implements ITypeConverter<DatasetSource> {
    @Override
    public DatasetSource convert(String text) {
      return parse(text);
    }
  }
}
