package io.github.iaa4j.wsss.internal;

/**
 * What a classifier achieves on images that it is not trained on.
 *
 * @param step after which it was measured, from 1 on
 * @param meanAveragePrecision the mean over the classes that occur, in [0, 1]
 */
public record ValidationScore(int step, double meanAveragePrecision) {}
