/** Small programs that show one thing each. */
@NullMarked
package io.github.iaa4j.examples;

import org.jspecify.annotations.NullMarked;
