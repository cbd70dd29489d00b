/** From a slot's labels to the text that images are generated from: agents, critics, refinement. */
@NullMarked
package io.github.iaa4j.core.prompt;

import org.jspecify.annotations.NullMarked;
