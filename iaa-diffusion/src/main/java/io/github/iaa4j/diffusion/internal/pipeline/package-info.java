/** From jobs to images: the queue, the denoising loop, and what the threads do. */
@NullMarked
package io.github.iaa4j.diffusion.internal.pipeline;

import org.jspecify.annotations.NullMarked;
