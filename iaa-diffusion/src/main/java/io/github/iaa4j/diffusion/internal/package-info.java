/** How Stable Diffusion is run: model files, networks, noise, and the queue of work. */
@NullMarked
package io.github.iaa4j.diffusion.internal;

import org.jspecify.annotations.NullMarked;
