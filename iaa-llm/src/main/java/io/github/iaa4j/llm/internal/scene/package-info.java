/** Scenes: what is drawn for a prompt and what a prompt must hold. */
@NullMarked
package io.github.iaa4j.llm.internal.scene;

import org.jspecify.annotations.NullMarked;
