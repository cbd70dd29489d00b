package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.DatasetException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Finds the labels of images, in their annotations or in the class lists. */
final class VocLabels {

  private final Path root;
  private final Path list;
  private final String split;
  private final Set<String> ids;
  private final List<String> classNames;
  private final boolean stated;
  private final boolean vocNames;
  private final Notices notices;
  private final Set<String> leftOut = new TreeSet<>();
  private int objectsLeftOut;
  private @Nullable VocClassLists classLists;

  /**
   * @param list the list of the split, for messages
   * @param ids the images of the split
   * @param stated whether the classes are named by a file or by the caller
   * @param notices gets what is left out
   */
  VocLabels(
      Path root,
      Path list,
      String split,
      Set<String> ids,
      List<String> classNames,
      boolean stated,
      Notices notices) {
    this.root = root;
    this.list = list;
    this.split = split;
    this.ids = ids;
    this.classNames = classNames;
    this.stated = stated;
    this.vocNames = VocDataset.CLASS_NAMES.containsAll(classNames);
    this.notices = notices;
  }

  /**
   * The labels of an image, in the order of the classes.
   *
   * @param annotation what the image's XML says, or nothing where there is none
   * @throws DatasetException if there are none, or one is not a class
   */
  List<String> of(String id, Optional<VocAnnotation> annotation) {
    Path xml = VocDataset.annotationFile(root, id);
    Optional<BitSet> labels = annotation.map(found -> ofObjects(xml, found.objectNames()));
    if (labels.isEmpty()) {
      if (classLists == null) {
        classLists = new VocClassLists(root, split, classNames, ids);
      }
      labels = classLists.labels(id);
    }
    return labels
        .orElseThrow(
            () ->
                new DatasetException(
                    list,
                    id,
                    "has no labels: there is no "
                        + xml
                        + ", and no list "
                        + root.resolve("ImageSets/Main/<class>_<split>.txt")
                        + " has a line for it; add one or the other",
                    null))
        .stream()
        .mapToObj(classNames::get)
        .toList();
  }

  private BitSet ofObjects(Path xml, List<String> objects) {
    BitSet labels = new BitSet();
    for (int i = 0; i < objects.size(); i++) {
      String name = objects.get(i);
      int k = classNames.indexOf(name);
      if (k >= 0) {
        labels.set(k);
      } else if (ClassList.isBackground(name)) {
        notices.add(DatasetNotice.Kind.BACKGROUND_LEFT_OUT, name, xml.toString());
      } else if (vocNames && VocDataset.CLASS_NAMES.contains(name)) {
        leftOut.add(name);
        objectsLeftOut++;
      } else {
        throw unknownClass(xml, "object " + (i + 1) + ", name", name);
      }
    }
    return labels;
  }

  private DatasetException unknownClass(Path xml, String field, String name) {
    String remedy =
        stated
            ? "; fix the name, or open the data set with all class names"
            : ". If it is one of your own, write all of them into "
                + root.resolve(ClassList.CLASSES_FILE)
                + ", one a line; the annotations of this split name "
                + String.join(", ", namesInSplit());
    return new DatasetException(
        xml,
        field,
        "unknown class " + ListFile.quoted(name) + "; the classes are " + classNames + remedy,
        null);
  }

  private Set<String> namesInSplit() {
    Set<String> found = new TreeSet<>();
    for (String id : ids) {
      VocAnnotation.read(VocDataset.annotationFile(root, id))
          .ifPresent(annotation -> found.addAll(annotation.objectNames()));
    }
    found.removeIf(ClassList::isBackground);
    return found;
  }

  /** Adds the notice of objects of other VOC classes, when all images have been asked for. */
  void noteObjectsLeftOut() {
    if (objectsLeftOut > 0) {
      notices.count(
          DatasetNotice.Kind.OBJECTS_LEFT_OUT, String.join(", ", leftOut), objectsLeftOut);
    }
  }
}
