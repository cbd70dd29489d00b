/** The online filter: which images go on while they form, and which are kept. */
@NullMarked
package io.github.iaa4j.core.filter;

import org.jspecify.annotations.NullMarked;
