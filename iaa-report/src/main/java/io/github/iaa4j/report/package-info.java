/** The HTML report of a run. */
@NullMarked
package io.github.iaa4j.report;

import org.jspecify.annotations.NullMarked;
