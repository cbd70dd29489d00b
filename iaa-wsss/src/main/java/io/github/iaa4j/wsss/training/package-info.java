/** How a training is set up. */
@NullMarked
package io.github.iaa4j.wsss.training;

import org.jspecify.annotations.NullMarked;
