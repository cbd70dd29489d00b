/** The {@code iaa} command. */
@NullMarked
package io.github.iaa4j.cli;

import org.jspecify.annotations.NullMarked;
