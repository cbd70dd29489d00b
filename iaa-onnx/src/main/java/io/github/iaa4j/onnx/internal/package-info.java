/** Loaded graphs, their cache and what their files declare. */
@NullMarked
package io.github.iaa4j.onnx.internal;

import org.jspecify.annotations.NullMarked;
