package io.github.iaa4j.wsss.internal.training;

import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.training.graph.GraphTrainer;
import io.github.iaa4j.wsss.internal.training.graph.Normalisation;
import io.github.iaa4j.wsss.internal.training.graph.ParameterGroup;
import java.util.List;

/**
 * A network as a training starts with it.
 *
 * @param start with its first weights
 * @param lossOutputs the values that the loss reads
 * @param writtenOutputs the outputs of the file that is written
 * @param groups what is trained, and how
 * @param normalisation which statistics batch normalisation uses
 * @param shardSize images that one thread takes at a time
 * @param loss the mean loss of some images
 */
record Stage(
    OnnxModel start,
    List<String> lossOutputs,
    List<String> writtenOutputs,
    List<ParameterGroup> groups,
    Normalisation normalisation,
    int shardSize,
    GraphTrainer.Loss loss) {}
