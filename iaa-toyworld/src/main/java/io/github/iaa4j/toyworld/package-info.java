/** A small drawn world with exact masks, and a Stable Diffusion checkpoint of it. */
@NullMarked
package io.github.iaa4j.toyworld;

import org.jspecify.annotations.NullMarked;
