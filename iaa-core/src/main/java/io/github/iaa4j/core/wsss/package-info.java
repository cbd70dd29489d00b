/** The contract with weakly supervised segmentation: methods, the models they train, and masks. */
@NullMarked
package io.github.iaa4j.core.wsss;

import org.jspecify.annotations.NullMarked;
