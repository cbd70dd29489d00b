/** Which images are to be made: the slots and the balance over the classes that decides them. */
@NullMarked
package io.github.iaa4j.core.plan;

import org.jspecify.annotations.NullMarked;
