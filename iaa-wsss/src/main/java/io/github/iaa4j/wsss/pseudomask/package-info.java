/**
 * From class activations to pseudo masks: how activations are aligned with the image's edges, and
 * what counts as background. No model and no true mask is needed for either.
 */
@NullMarked
package io.github.iaa4j.wsss.pseudomask;

import org.jspecify.annotations.NullMarked;
