/** Inference with trained models on ONNX Runtime, and the files of a model folder. */
@NullMarked
package io.github.iaa4j.wsss.internal;

import org.jspecify.annotations.NullMarked;
