package io.github.iaa4j.core.sampling;

import io.github.iaa4j.core.prompt.Prompt;

/**
 * One attempt at one slot's image.
 *
 * @param slot the slot's ordinal
 * @param attempt from 0
 * @param seed all noise of this attempt, initial and ancestral, is drawn from it alone
 * @param prompt what to generate
 */
public record GenerationJob(int slot, int attempt, long seed, Prompt prompt) {}
