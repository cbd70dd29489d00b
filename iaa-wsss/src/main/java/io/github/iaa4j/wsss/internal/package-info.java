/** The networks, their training in DJL, their export to ONNX, and the pixels in between. */
@NullMarked
package io.github.iaa4j.wsss.internal;

import org.jspecify.annotations.NullMarked;
