/** Where ONNX Runtime computes. */
@NullMarked
package io.github.iaa4j.onnx;

import org.jspecify.annotations.NullMarked;
