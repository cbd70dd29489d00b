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
 */
public record StudySettings(
    Description sampler,
    int trainImages,
    int evaluationImages,
    String evaluateOn,
    int topUp,
    int classifierSteps,
    int segmenterSteps) {}
