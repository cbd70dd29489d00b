package io.github.iaa4j.diffusion.internal.text;

/**
 * How texts are read, where not in the usual way.
 *
 * @param clipSkip how many of the encoder's last layers a prompt leaves out, or -1 for the usual
 * @param weights whether brackets are weights
 * @param isLong whether long texts are read in pieces, in place of being cut
 */
public record TextOptions(int clipSkip, boolean weights, boolean isLong) {}
