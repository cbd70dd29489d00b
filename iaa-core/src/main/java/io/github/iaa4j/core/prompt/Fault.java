package io.github.iaa4j.core.prompt;

import java.util.List;
import java.util.Objects;

/**
 * One thing that is wrong with a prompt, as data. Agents decide by the kind and the terms; the
 * advice is for people and for anything that rewrites the prompt in words, such as a language
 * model.
 *
 * @param kind what is wrong
 * @param terms what it is about, such as the classes that are missing, as the data set names them,
 *     or the earlier prompt that it is similar to; empty if the kind says everything
 * @param advice what to change, in full sentences; may be empty
 */
public record Fault(Kind kind, List<String> terms, String advice) {

  /** What can be wrong with a prompt. */
  public enum Kind {
    /** A class that the image must show is not named. */
    MISSING_CLASS,
    /** A class of the data set that the image must not show is named. */
    UNWANTED_CLASS,
    /** The text says that a class which the image must show is not there. */
    DENIED_CLASS,
    /** Text in the image, a collage or a style is asked for. */
    STYLE,
    /** The text encoder would not read the prompt to its end, or it is long for a prompt. */
    TOO_LONG,
    /** Letters of a script that the text encoder was not trained on. */
    UNREADABLE_LETTERS,
    /** A word comes again and again. */
    REPEATED_WORDS,
    /** More than one sentence. */
    SEVERAL_SENTENCES,
    /** Quotation marks, markup or other characters that are not plain words. */
    MARKUP,
    /** Objects that are called small or far away. */
    SMALL_OBJECTS,
    /** The objects are named, and nothing else is said. */
    NO_SCENE,
    /** The text does not say where the scene is. */
    NO_PLACE,
    /** The text does not say where each of several objects stands. */
    NO_POSITIONS,
    /** Several objects that are not side by side, the relation that models get right most often. */
    NOT_SIDE_BY_SIDE,
    /** Almost the same words as an earlier prompt for the same labels. */
    REPEATS,
    /** A scene, or a meaning, like that of an earlier prompt for the same labels. */
    LIKE_EARLIER,
    /** Images were generated from the prompt, and none was accepted. */
    NO_IMAGE_ACCEPTED,
    /** What the advice says, and no other kind does. */
    OTHER
  }

  /** Copies its list. What a hand-written line of JSON leaves out is empty. */
  public Fault {
    kind = Objects.requireNonNullElse(kind, Kind.OTHER);
    terms = List.copyOf(Objects.requireNonNullElse(terms, List.of()));
    advice = Objects.requireNonNullElse(advice, "");
  }

  /** A fault without terms. */
  public Fault(Kind kind, String advice) {
    this(kind, List.of(), advice);
  }
}
