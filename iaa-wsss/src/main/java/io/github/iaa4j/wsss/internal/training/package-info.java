/**
 * The stages of a training, in DJL. Besides {@code graph}, which interprets and trains the
 * networks, no other package uses DJL.
 */
@NullMarked
package io.github.iaa4j.wsss.internal.training;

import org.jspecify.annotations.NullMarked;
