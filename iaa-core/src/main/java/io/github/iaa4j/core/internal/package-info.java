/** What the stages share: files that appear whole or not at all, and journals of JSON lines. */
@NullMarked
package io.github.iaa4j.core.internal;

import org.jspecify.annotations.NullMarked;
