/**
 * The agent and its contracts: data set, plan, prompts, generation with the online filter,
 * augmented data set. No machine learning library is needed here; the other modules bring those.
 */
@NullMarked
package io.github.iaa4j.core;

import org.jspecify.annotations.NullMarked;
