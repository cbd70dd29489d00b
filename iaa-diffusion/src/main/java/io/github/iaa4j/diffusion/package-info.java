/**
 * Stable Diffusion on ONNX Runtime: {@link io.github.iaa4j.diffusion.StableDiffusion} loads a model
 * and generates images.
 */
@NullMarked
package io.github.iaa4j.diffusion;

import org.jspecify.annotations.NullMarked;
