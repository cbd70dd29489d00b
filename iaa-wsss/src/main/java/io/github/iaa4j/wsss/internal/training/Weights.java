package io.github.iaa4j.wsss.internal.training;

import java.util.List;

/**
 * The weights of a {@link Network}.
 *
 * @param vector all trained weights in the order of {@link Network#parameterLengths()}
 * @param statistics for each normalised convolution the running mean, then the running variance
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Weights(float[] vector, List<float[]> statistics) {}
