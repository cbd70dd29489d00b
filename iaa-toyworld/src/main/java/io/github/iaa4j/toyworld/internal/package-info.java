/** How scenes are composed, drawn and described. */
@NullMarked
package io.github.iaa4j.toyworld.internal;

import org.jspecify.annotations.NullMarked;
