package io.github.iaa4j.wsss.internal.training.graph;

/** Whose mean and variance batch normalisation uses. */
public enum Normalisation {
  /** The running statistics of the file, which stay as they are. */
  FROZEN,
  /** Those of the batch, which move the running statistics. */
  BATCH
}
