/** Images, masks and the image-labelled data sets that hold them, read and written. */
@NullMarked
package io.github.iaa4j.core.dataset;

import org.jspecify.annotations.NullMarked;
