package io.github.iaa4j.cli.quickstart;

import io.github.iaa4j.core.settings.Description;

/**
 * What a study was started with, as its file {@code settings.json} says. It resumes only with the
 * same.
 *
 * @param sampler what generates the images
 * @param trainImages narrow real images
 * @param evaluationImages varied real images with masks, to evaluate on
 * @param evaluateOn {@code test}, or {@code val} while settings are being chosen
 * @param topUp the images that each class is brought to
 * @param classifierSteps optimiser steps of each classifier
 * @param segmenterSteps optimiser steps of each segmenter
 * @param previewBelow an image is dropped where a label's probability in a preview is below this
 * @param acceptFrom a finished image is kept where each label's probability is at least this
 * @param othersAbove a finished image is rejected where another class is above this
 */
public record StudySettings(
    Description sampler,
    int trainImages,
    int evaluationImages,
    String evaluateOn,
    int topUp,
    int classifierSteps,
    int segmenterSteps,
    double previewBelow,
    double acceptFrom,
    double othersAbove) {}
