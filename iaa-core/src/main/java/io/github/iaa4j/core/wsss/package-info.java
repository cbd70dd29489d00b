/** The contract with a weakly supervised segmentation model. */
@NullMarked
package io.github.iaa4j.core.wsss;

import org.jspecify.annotations.NullMarked;
