package io.github.iaa4j.core.dataset;

import java.util.List;
import java.util.Locale;

/**
 * Something that a reader skipped, left out or found to disagree when it opened a data set,
 * with its count. Nothing of it stops the work, but who trains on the data should know.
 *
 * @param kind what it is about
 * @param subject what was found: an extension, a class, a file; empty where the kind says it all
 * @param count how many files, images or objects it is about; 0 for a class that nothing had
 * @param of how many of them were looked at, or 0 where that says nothing
 * @param examples the first few of them by name, for a person to look at
 */
public record DatasetNotice(Kind kind, String subject, int count, int of, List<String> examples) {

  /** What a notice is about. */
  public enum Kind {
    /** Files of an extension that holds no image that can be read. The subject is the extension. */
    FILES_PASSED_OVER,
    /** Hidden files and folders, and what operating systems and tools leave in a folder. */
    SYSTEM_FILES_PASSED_OVER,
    /** Links that lead nowhere. */
    BROKEN_LINKS,
    /** Folders whose name is that of an image. */
    FOLDERS_NAMED_AS_IMAGES,
    /** Images that no list names, or that lie in no class's folder. */
    IMAGES_WITHOUT_LABELS,
    /**
     * Images that were found under another extension than the one expected. The subject is theirs.
     */
    OTHER_EXTENSION,
    /** A class that is background, which is not a class. The count is of labels with its name. */
    BACKGROUND_LEFT_OUT,
    /** Objects of classes that are not among the data set's, such as VOC's others. */
    OBJECTS_LEFT_OUT,
    /** Classes that no image shows. */
    CLASSES_WITHOUT_IMAGES,
    /** Objects without an outline, such as those with a box alone. Their images have no mask. */
    OBJECTS_WITHOUT_OUTLINE,
    /** Objects whose outline is malformed, which fails a mask. The subject says it of the first. */
    MALFORMED_OUTLINES,
    /** Images without any annotation, that count as background alone unless all are without. */
    IMAGES_WITHOUT_ANNOTATIONS,
    /** Objects whose outline is just their box. */
    OUTLINES_THAT_ARE_BOXES,
    /** Images whose objects are all crowds, outlined roughly as one region. */
    CROWDS_ALONE,
    /** Files beside the masks, none of which has the name of an image of the split. */
    MASKS_OF_OTHER_NAMES,
    /** Masks that lack a class that their image's labels name, or hold one that they do not. */
    MASKS_THAT_CONTRADICT_LABELS,
    /** Images that cannot be read. The subject says what is wrong with the first. */
    UNREADABLE_IMAGES,
    /** Masks that cannot be read. The subject says what is wrong with the first. */
    UNREADABLE_MASKS,
    /** Images that are turned as their EXIF orientation says, because the annotation fits so. */
    TURNED_BY_EXIF
  }

  /** Copies its list. */
  public DatasetNotice {
    examples = List.copyOf(examples);
  }

  /** One line for a person, without a full stop: what, how many, an example, and what to do. */
  public String message() {
    return switch (kind) {
      case FILES_PASSED_OVER -> filesPassedOver();
      case SYSTEM_FILES_PASSED_OVER ->
          number("hidden or system file", "hidden or system files")
              + were()
              + " skipped"
              + example();
      case BROKEN_LINKS ->
          number("link leads", "links lead") + " nowhere, or in a circle" + example();
      case FOLDERS_NAMED_AS_IMAGES ->
          number("folder has", "folders have")
              + " an image's name and"
              + were()
              + " skipped"
              + example();
      case IMAGES_WITHOUT_LABELS ->
          number("image", "images") + " without a label" + were() + " skipped" + example();
      case OTHER_EXTENSION ->
          number("image has", "images have")
              + " the extension "
              + subject
              + " in place of the one expected"
              + example();
      case BACKGROUND_LEFT_OUT -> backgroundLeftOut();
      case OBJECTS_LEFT_OUT -> objectsLeftOut();
      case CLASSES_WITHOUT_IMAGES -> number("class has", "classes have") + " no image: " + subject;
      case OBJECTS_WITHOUT_OUTLINE -> objectsWithoutOutline();
      case MALFORMED_OUTLINES -> malformedOutlines();
      case IMAGES_WITHOUT_ANNOTATIONS -> imagesWithoutAnnotations();
      case OUTLINES_THAT_ARE_BOXES -> outlinesThatAreBoxes();
      case CROWDS_ALONE ->
          number("image shows", "images show")
              + " crowds alone, outlined as one rough region each"
              + example();
      case MASKS_OF_OTHER_NAMES -> masksOfOtherNames();
      case MASKS_THAT_CONTRADICT_LABELS -> masksThatContradictLabels();
      case UNREADABLE_IMAGES ->
          number("image", "images")
              + " of "
              + of
              + " that were looked at cannot be read; the first: "
              + subject;
      case UNREADABLE_MASKS ->
          number("mask", "masks")
              + " of "
              + of
              + " that were compared cannot be read; the first: "
              + subject;
      case TURNED_BY_EXIF -> turnedByExif();
    };
  }

  private String filesPassedOver() {
    return number("file", "files")
        + (subject.isEmpty() ? " without an extension" : " with the extension " + subject)
        + were()
        + " skipped"
        + example()
        + "; read are "
        + ImageFile.formats();
  }

  private String backgroundLeftOut() {
    return "the class \""
        + subject
        + "\" is not an object and was left out"
        + (count == 0 ? "" : ", with " + number("label", "labels"));
  }

  private String objectsLeftOut() {
    return number("object", "objects")
        + " of other classes ("
        + subject
        + ")"
        + were()
        + " left out of the labels"
        + example();
  }

  private String objectsWithoutOutline() {
    return number("object has", "objects have")
        + " no outline that encloses anything, so their images have no mask to be measured"
        + " against"
        + example();
  }

  private String malformedOutlines() {
    return number("object", "objects")
        + " of "
        + of
        + (count == 1 ? " has a malformed outline" : " have malformed outlines")
        + ", so no mask can be made of their images; the first: "
        + subject;
  }

  private String imagesWithoutAnnotations() {
    return number("image", "images")
        + " of "
        + of
        + (count == 1 ? " has" : " have")
        + " no annotation"
        + (count == of
            ? ", so there is nothing to learn from or to measure against; give the file of a"
                + " split that has annotations"
            : (count == 1 ? " and counts" : " and count") + " as background alone" + example());
  }

  private String outlinesThatAreBoxes() {
    return number("object", "objects")
        + " of "
        + of
        + (count == 1 ? " has its box" : " have their box")
        + " for an outline"
        + example()
        + "; a mask made of it is coarser than the object";
  }

  private String masksOfOtherNames() {
    return "no image has a mask; SegmentationClass holds "
        + number("file", "files")
        + ", but none named as an image with .png"
        + example();
  }

  private String masksThatContradictLabels() {
    return number("mask", "masks")
        + " of "
        + of
        + " that were compared"
        + (count == 1 ? " lacks a class of its" : " lack a class of their")
        + " image's labels, or hold others"
        + example()
        + "; check which class each index is: with classes of VOC's names they are VOC's own"
        + " indices, unless labelmap.txt states others";
  }

  private String turnedByExif() {
    return number("image", "images")
        + " of "
        + of
        + " that were looked at "
        + (count == 1 ? "is" : "are")
        + " turned as the EXIF orientation says, because the annotation fits so"
        + example();
  }

  private String number(String one, String many) {
    return String.format(Locale.ROOT, "%d %s", count, count == 1 ? one : many);
  }

  private String were() {
    return count == 1 ? " was" : " were";
  }

  private String example() {
    return examples.isEmpty() ? "" : ", such as " + examples.get(0);
  }
}
