/**
 * Fully connected conditional random fields with Gaussian edge potentials (dense CRF), after
 * Krähenbühl and Koltun, <em>Efficient Inference in Fully Connected CRFs with Gaussian Edge
 * Potentials</em>, NIPS 2011: the step that aligns a coarse labelling with the edges of its image.
 * By itself, without a model or a native library.
 *
 * <pre>{@code
 * RgbImage image = RgbImage.read(Path.of("photograph.jpg"));
 * LabelMask coarse = LabelMask.read(Path.of("coarse.png"), 20);
 * Unary unary = Unary.ofLabels(coarse, 21, 0.7);
 * Marginals marginals = CrfPreset.IRN.crf().infer(image, unary);
 * LabelMask refined = marginals.mask();
 * LabelMask confident = marginals.mask(0.95);   // void where no label has 95 %
 * }</pre>
 *
 * <p>Probabilities, such as class activation maps and a background, make a unary too: {@link
 * io.github.iaa4j.wsss.crf.Unary#ofProbabilities}.
 *
 * <p>Potentials of your own come from {@link io.github.iaa4j.wsss.crf.DenseCrf#builder()}. What
 * comes out is what pydensecrf gives with its defaults, {@code DIAG_KERNEL} and {@code
 * NORMALIZE_SYMMETRIC}, up to rounding.
 */
@NullMarked
package io.github.iaa4j.wsss.crf;

import org.jspecify.annotations.NullMarked;
