package io.github.iaa4j.core.outcome;

/** How an attempt can end without an accepted image. */
public enum Outcome {
  /** A preview of the filter ended it early. */
  DROPPED,
  /** The filter's judge rejected the finished image. */
  REJECTED,
  /** It was accepted, and then found to repeat the image of an earlier slot. */
  DUPLICATE,
  /** It could not be generated. */
  FAILED
}
