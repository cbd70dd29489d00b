/** A method of weakly supervised segmentation that is a program of its own, in any language. */
@NullMarked
package io.github.iaa4j.wsss.external;

import org.jspecify.annotations.NullMarked;
