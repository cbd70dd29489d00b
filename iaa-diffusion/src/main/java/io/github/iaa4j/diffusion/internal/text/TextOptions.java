package io.github.iaa4j.diffusion.internal.text;

/**
 * How texts are encoded.
 *
 * @param clipSkip how many of the encoder's last layers a prompt leaves out, or -1 for the default
 * @param weights whether brackets are weights
 * @param isLong whether long texts are encoded in chunks rather than truncated
 */
public record TextOptions(int clipSkip, boolean weights, boolean isLong) {}
