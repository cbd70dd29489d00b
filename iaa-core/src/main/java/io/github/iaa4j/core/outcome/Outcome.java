package io.github.iaa4j.core.outcome;

/** How an attempt can end without an accepted image. */
public enum Outcome {
  /** A preview of the filter ended it early. */
  DROPPED,
  /** The filter's judge rejected the finished image. */
  REJECTED,
  /** It was accepted or kept as a fallback, and then found to repeat an earlier slot's image. */
  DUPLICATE,
  /** It could not be generated. */
  FAILED
}
