package io.github.iaa4j.wsss.internal.training;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.wsss.internal.TrainingSettings;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What is trained, on what, and where.
 *
 * @param images to train on
 * @param validation images on which the classifier is measured, with the same classes; null if it
 *     is not
 * @param backbone null for small networks from random weights
 * @param backboneName what the networks are made from, for a reader
 * @param device on which the classifier is measured and makes the pseudo masks
 * @param modelFolder of the model, where the checkpoint is too
 * @param checkpointEvery steps between two checkpoints; 0 for none
 */
public record TrainingJob(
    LabeledDataset images,
    @Nullable LabeledDataset validation,
    @Nullable BackboneSettings backbone,
    String backboneName,
    TrainingSettings settings,
    Device device,
    Path modelFolder,
    int checkpointEvery) {}
