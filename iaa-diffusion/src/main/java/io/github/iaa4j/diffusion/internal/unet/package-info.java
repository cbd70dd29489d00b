/** The noise prediction: UNet and ControlNets. */
@NullMarked
package io.github.iaa4j.diffusion.internal.unet;

import org.jspecify.annotations.NullMarked;
