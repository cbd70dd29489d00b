/** Trains and measures weakly supervised semantic segmentation. */
@NullMarked
package io.github.iaa4j.wsss;

import org.jspecify.annotations.NullMarked;
