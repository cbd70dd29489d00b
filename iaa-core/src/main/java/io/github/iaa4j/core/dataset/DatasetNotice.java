package io.github.iaa4j.core.dataset;

import java.util.List;
import java.util.Locale;

/**
 * Something that a reader skipped, left out or found to disagree when it opened a data set, with
 * its count. None of it stops the work, but anyone who trains on the data should know.
 *
 * @param kind what it is about
 * @param subject what was found: an extension, a class, a file; empty if the kind says everything
 * @param count how many files, images or objects it is about; 0 for a class that nothing shows
 * @param of how many of them were looked at, or 0 if that is not meaningful
 * @param examples the first few of them by name, for a person to look at
 */
public record DatasetNotice(Kind kind, String subject, int count, int of, List<String> examples) {

  /** What a notice is about. */
  public enum Kind {
    /**
     * Files with an extension that is not of a readable image format. The subject is the extension.
     */
    FILES_PASSED_OVER,
    /** Hidden files and folders, and what operating systems and tools leave in a folder. */
    SYSTEM_FILES_PASSED_OVER,
    /** Links that lead nowhere. */
    BROKEN_LINKS,
    /** Folders whose name is that of an image. */
    FOLDERS_NAMED_AS_IMAGES,
    /** Images that are in no list, or not in the folder of a class. */
    IMAGES_WITHOUT_LABELS,
    /**
     * Images that were found under another extension than the one expected. The subject is that
     * extension.
     */
    OTHER_EXTENSION,
    /** A class that is background, which is not a class. The count is of labels with its name. */
    BACKGROUND_LEFT_OUT,
    /** Objects of classes that the data set does not have, such as the other classes of VOC. */
    OBJECTS_LEFT_OUT,
    /** Classes that no image shows. */
    CLASSES_WITHOUT_IMAGES,
    /** Objects without an outline, such as those with a box alone. Their images have no mask. */
    OBJECTS_WITHOUT_OUTLINE,
    /**
     * Objects whose outline is malformed, which makes reading the mask fail. The subject says what
     * is wrong with the first.
     */
    MALFORMED_OUTLINES,
    /** Images without any annotation, which count as all background unless no image has any. */
    IMAGES_WITHOUT_ANNOTATIONS,
    /** Objects whose outline is just their box. */
    OUTLINES_THAT_ARE_BOXES,
    /** Images whose objects are all crowds, outlined roughly as one region. */
    CROWDS_ALONE,
    /** Files beside the masks, none of which has the name of an image of the split. */
    MASKS_OF_OTHER_NAMES,
    /**
     * Masks that lack a class that the labels of their image name, or have one that they do not.
     */
    MASKS_THAT_CONTRADICT_LABELS,
    /** Images that cannot be read. The subject says what is wrong with the first. */
    UNREADABLE_IMAGES,
    /** Masks that cannot be read. The subject says what is wrong with the first. */
    UNREADABLE_MASKS,
    /**
     * Images that are turned as their EXIF orientation says, because only then the annotation fits.
     */
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
        + " image's labels, or "
        + (count == 1 ? "holds" : "hold")
        + " others"
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
