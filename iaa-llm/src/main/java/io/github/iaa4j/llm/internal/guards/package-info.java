/** Rules that every prompt is held to, whoever wrote it and whatever a judge says. */
@NullMarked
package io.github.iaa4j.llm.internal.guards;

import org.jspecify.annotations.NullMarked;
