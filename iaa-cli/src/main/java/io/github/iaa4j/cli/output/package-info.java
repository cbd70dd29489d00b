/** What the command prints and writes: lines, progress and JSON. */
@NullMarked
package io.github.iaa4j.cli.output;

import org.jspecify.annotations.NullMarked;
