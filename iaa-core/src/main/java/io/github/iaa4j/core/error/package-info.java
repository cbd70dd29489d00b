/** What can go wrong, as one sealed tree with the facts in fields. */
@NullMarked
package io.github.iaa4j.core.error;

import org.jspecify.annotations.NullMarked;
