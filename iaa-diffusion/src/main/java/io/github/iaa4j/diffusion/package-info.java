/** Paints images with Stable Diffusion on ONNX Runtime. */
@NullMarked
package io.github.iaa4j.diffusion;

import org.jspecify.annotations.NullMarked;
