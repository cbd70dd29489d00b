/** From a slot's labels to the text that a diffusion model paints: agents, critics, refinement. */
@NullMarked
package io.github.iaa4j.core.prompt;

import org.jspecify.annotations.NullMarked;
