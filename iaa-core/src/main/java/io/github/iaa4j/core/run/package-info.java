/** The files of a run: prompts, manifest, attempts and the augmented data set. */
@NullMarked
package io.github.iaa4j.core.run;

import org.jspecify.annotations.NullMarked;
