/** The HTML report of a run. */
@NullMarked
package io.github.iaa4j.cli.report;

import org.jspecify.annotations.NullMarked;
