package io.github.iaa4j.wsss.internal;

import java.util.List;

/**
 * The weights of a {@link Network}.
 *
 * @param vector all trained weights in the order of {@link Network#pieces()}
 * @param statistics for each normalised convolution the running mean, then the running variance
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
record Weights(float[] vector, List<float[]> statistics) {}
