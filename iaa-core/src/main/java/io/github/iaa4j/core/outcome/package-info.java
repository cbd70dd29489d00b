/** How attempts at an image end, as data: the outcome, and the reasons where none was kept. */
@NullMarked
package io.github.iaa4j.core.outcome;

import org.jspecify.annotations.NullMarked;
