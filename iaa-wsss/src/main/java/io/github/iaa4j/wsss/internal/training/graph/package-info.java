/** Fine-tuning of ONNX graphs, which are interpreted with DJL's PyTorch arrays. */
@NullMarked
package io.github.iaa4j.wsss.internal.training.graph;

import org.jspecify.annotations.NullMarked;
