/** ONNX graphs as data: reading, editing and writing them. */
@NullMarked
package io.github.iaa4j.wsss.internal.onnx;

import org.jspecify.annotations.NullMarked;
