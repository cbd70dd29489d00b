/** The solvers of the reverse diffusion process, as diffusers names and configures them. */
@NullMarked
package io.github.iaa4j.diffusion.internal.scheduler;

import org.jspecify.annotations.NullMarked;
