/** What the parts of a run are and how they are set, as data. */
@NullMarked
package io.github.iaa4j.core.settings;

import org.jspecify.annotations.NullMarked;
