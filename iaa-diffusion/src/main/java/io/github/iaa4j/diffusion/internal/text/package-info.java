/** Prompts to embeddings: tokenizers and text encoders. */
@NullMarked
package io.github.iaa4j.diffusion.internal.text;

import org.jspecify.annotations.NullMarked;
