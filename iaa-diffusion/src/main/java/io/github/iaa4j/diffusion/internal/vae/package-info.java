/** Between latents and pixels. */
@NullMarked
package io.github.iaa4j.diffusion.internal.vae;

import org.jspecify.annotations.NullMarked;
