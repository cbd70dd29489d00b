/** The networks, their training in DJL, and their export to ONNX. Only this package uses DJL. */
@NullMarked
package io.github.iaa4j.wsss.internal.training;

import org.jspecify.annotations.NullMarked;
