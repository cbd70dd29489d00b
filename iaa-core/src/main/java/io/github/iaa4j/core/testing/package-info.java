/** Stand-ins for tests of programs that embed the library: no model, no network, deterministic. */
@NullMarked
package io.github.iaa4j.core.testing;

import org.jspecify.annotations.NullMarked;
