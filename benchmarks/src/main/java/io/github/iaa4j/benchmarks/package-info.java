/** Programs that measure, and print what they measured as ratios. */
@NullMarked
package io.github.iaa4j.benchmarks;

import org.jspecify.annotations.NullMarked;
