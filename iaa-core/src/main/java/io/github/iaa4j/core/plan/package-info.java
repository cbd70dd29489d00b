/**
 * Which images are to be generated: the slots and the balance over the classes that decides them.
 */
@NullMarked
package io.github.iaa4j.core.plan;

import org.jspecify.annotations.NullMarked;
