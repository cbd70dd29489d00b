package io.github.iaa4j.core.outcome;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Why an image was not kept. Programs count, compare and learn from the fields; {@link #message()}
 * is for people only.
 *
 * @param kind what was wrong
 * @param classes the classes that it is about: those that are missing, the one that is unwanted, or
 *     those that a custom filter names; empty if it is not about particular classes
 * @param step the denoising step after which a preview showed it, from 1; null where the finished
 *     image did
 * @param score what was measured, such as the probability of an unwanted class; null if a single
 *     number would not be meaningful
 * @param slot the slot whose image is repeated; null if none is
 * @param detail what the other fields do not say: the id of a real image that is repeated, the
 *     problem of an attempt that failed, a sentence of a custom filter; null if there is nothing
 *     more
 */
public record Reason(
    Kind kind,
    List<String> classes,
    @Nullable Integer step,
    @Nullable Double score,
    @Nullable Integer slot,
    @Nullable String detail) {

  /** What can be wrong with an image. */
  public enum Kind {
    /** A class that it should show was not seen. */
    MISSING,
    /** A class that it should not show was seen. */
    UNWANTED,
    /** It nearly repeats another image: that of a slot, or a real one. */
    DUPLICATE,
    /** It could not be generated. */
    FAILED,
    /** What a custom filter found. */
    OTHER
  }

  /**
   * Copies the classes.
   *
   * @throws IllegalArgumentException if the step or the slot is out of range, or the score is not a
   *     finite number
   */
  public Reason {
    Objects.requireNonNull(kind, "kind");
    classes = List.copyOf(classes);
    if (step != null && step < 1) {
      throw new IllegalArgumentException("a preview comes after a step from 1, not " + step);
    }
    if (slot != null && slot < 0) {
      throw new IllegalArgumentException("a slot's ordinal starts at 0, not " + slot);
    }
    if (score != null && !Double.isFinite(score)) {
      throw new IllegalArgumentException("the score of a reason is a finite number, not " + score);
    }
  }

  /** These classes were not seen. */
  public static Reason missing(List<String> classes) {
    return new Reason(Kind.MISSING, classes, null, null, null, null);
  }

  /** These classes were not seen. */
  public static Reason missing(String... classes) {
    return missing(List.of(classes));
  }

  /**
   * A class was seen that is not among the image's labels.
   *
   * @param score its probability, in [0, 1]
   */
  public static Reason unwanted(String className, double score) {
    return new Reason(Kind.UNWANTED, List.of(className), null, score, null, null);
  }

  /** It repeats the image of an earlier slot. */
  public static Reason duplicateOfSlot(int slot) {
    return new Reason(Kind.DUPLICATE, List.of(), null, null, slot, null);
  }

  /** It repeats the real image with this id. */
  public static Reason duplicateOfRealImage(String id) {
    return new Reason(Kind.DUPLICATE, List.of(), null, null, null, id);
  }

  /**
   * It could not be generated.
   *
   * @param problem what happened, in words that are the same for every attempt that fails in this
   *     way
   */
  public static Reason failed(String problem) {
    return new Reason(Kind.FAILED, List.of(), null, null, null, problem);
  }

  /**
   * What a custom filter found.
   *
   * @param detail a short phrase, such as {@code too dark}; the same for all images that it applies
   *     to, without numbers
   * @param classes the labels that the image fails to show because of it; none if it is not about
   *     particular classes. What is learnt from a run depends on them
   */
  public static Reason other(String detail, String... classes) {
    return new Reason(Kind.OTHER, List.of(classes), null, null, null, detail);
  }

  /**
   * This reason, with the step after which a preview found it; unchanged if it has a step already.
   *
   * @param step from 1
   * @throws IllegalArgumentException if the reason has no step and this one is less than 1
   */
  public Reason atStep(int step) {
    return this.step != null ? this : new Reason(kind, classes, step, score, slot, detail);
  }

  /** The same without what differs from attempt to attempt, step and score: what is counted. */
  public Reason withoutMeasurement() {
    return step == null && score == null
        ? this
        : new Reason(kind, classes, null, null, slot, detail);
  }

  /** The reason in words, for people, such as {@code at step 8: does not show cat}. */
  public String message() {
    String what =
        switch (kind) {
          case MISSING -> "does not show " + String.join(", ", classes);
          case UNWANTED -> "also shows " + String.join(", ", classes);
          case DUPLICATE ->
              slot == null
                  ? "repeats the real image " + detail
                  : "repeats the image of slot " + slot;
          case FAILED, OTHER -> Objects.requireNonNullElse(detail, "no reason given");
        };
    return (step == null ? "" : "at step " + step + ": ")
        + what
        + (score == null ? "" : String.format(Locale.ROOT, " (%.2f)", score));
  }

  /** Several reasons in words, for people. */
  public static String message(List<Reason> reasons) {
    return reasons.stream().map(Reason::message).collect(Collectors.joining("; "));
  }
}
