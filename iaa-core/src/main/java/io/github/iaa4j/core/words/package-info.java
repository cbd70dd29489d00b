/** How classes are named in sentences, and finding those names again. */
@NullMarked
package io.github.iaa4j.core.words;

import org.jspecify.annotations.NullMarked;
