/** The contract with a diffusion model: jobs in, previews and images out. */
@NullMarked
package io.github.iaa4j.core.sampling;

import org.jspecify.annotations.NullMarked;
