/** A model's folder and what it says. */
@NullMarked
package io.github.iaa4j.diffusion.internal.model;

import org.jspecify.annotations.NullMarked;
