package io.github.iaa4j.wsss;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import io.github.iaa4j.wsss.internal.onnx.LayerParts;
import io.github.iaa4j.wsss.internal.onnx.Protos;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A backbone whose tokens are one linear map of each patch, for images of any size. */
final class PatchBackbone {

  private static final int CHANNELS = 16;

  private PatchBackbone() {}

  /** Writes a file that says all of itself. */
  static Path write(Path file, int patch) throws IOException {
    int count = CHANNELS * 3 * patch * patch;
    GraphProto.Builder graph = GraphProto.newBuilder().setName("patches");
    graph.addInput(Protos.value("pixels", "batch", 3, "height", "width"));
    graph.addInitializer(
        Protos.tensor(
            "embedding.weight",
            LayerParts.normal(new Random(3), count, LayerParts.deviation(3, patch)),
            CHANNELS,
            3,
            patch,
            patch));
    graph.addInitializer(Protos.integerTensor("flat", 0, CHANNELS, -1));
    graph.addNode(
        Protos.node(
            "Conv",
            "embedded",
            List.of("pixels", "embedding.weight"),
            Protos.integers("strides", patch, patch)));
    graph.addNode(Protos.node("Reshape", "columns", List.of("embedded", "flat")));
    graph.addNode(
        Protos.node("Transpose", "tokens", List.of("columns"), Protos.integers("perm", 0, 2, 1)));
    graph.addOutput(Protos.value("tokens", "batch", "count", CHANNELS));
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
            .setGraph(graph);
    Map.of(
            "iaa4j.features", "tokens",
            "iaa4j.mean", "[0.5, 0.5, 0.5]",
            "iaa4j.std", "[0.25, 0.25, 0.25]",
            "iaa4j.layout", "NCHW",
            "iaa4j.prefixTokens", "0",
            "iaa4j.patchSize", Integer.toString(patch))
        .forEach(
            (key, value) ->
                model.addMetadataProps(
                    StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    return Files.write(file, model.build().toByteArray());
  }
}
