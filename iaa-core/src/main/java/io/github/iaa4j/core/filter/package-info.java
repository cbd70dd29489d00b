/** The online filter: which images are denoised to the end, and which are kept. */
@NullMarked
package io.github.iaa4j.core.filter;

import org.jspecify.annotations.NullMarked;
