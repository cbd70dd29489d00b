package io.github.iaa4j.benchmarks;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A UNet of the shapes of Stable Diffusion 1.5 that answers a tenth of what it sees, so that next
 * to all the time of a loop over it is the loop's own.
 */
final class TrivialModel {

  static final long[] LATENTS = {4, 64, 64};
  static final long[] TEXT = {77, 768};

  private TrivialModel() {}

  /** Writes {@code unet/} and {@code scheduler/} into a folder. */
  static void write(Path folder) throws IOException {
    Files.createDirectories(folder.resolve("unet"));
    Files.createDirectories(folder.resolve("scheduler"));
    Files.writeString(
        folder.resolve("unet/config.json"),
        """
        {"_class_name": "UNet2DConditionModel", "in_channels": 4, "out_channels": 4,
         "sample_size": 64, "cross_attention_dim": 768, "block_out_channels": [32]}
        """);
    // The betas, spacing and options that sd4j has built in.
    Files.writeString(
        folder.resolve("scheduler/scheduler_config.json"),
        """
        {"_class_name": "LMSDiscreteScheduler", "num_train_timesteps": 1000, "beta_start": 0.00085,
         "beta_end": 0.012, "beta_schedule": "scaled_linear", "timestep_spacing": "linspace"}
        """);
    Files.write(folder.resolve("unet/model.onnx"), model().toByteArray());
  }

  private static ModelProto model() {
    ByteBuffer tenth = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, 0.1f);
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
        .setGraph(
            GraphProto.newBuilder()
                .setName("unet")
                .addInput(value("sample", TensorProto.DataType.FLOAT, -1, 4, -1, -1))
                .addInput(value("timestep", TensorProto.DataType.FLOAT, 1))
                .addInput(value("encoder_hidden_states", TensorProto.DataType.FLOAT, -1, -1, 768))
                .addInitializer(
                    TensorProto.newBuilder()
                        .setName("tenth")
                        .setDataType(TensorProto.DataType.FLOAT.getNumber())
                        .setRawData(ByteString.copyFrom(tenth)))
                .addNode(
                    NodeProto.newBuilder()
                        .setOpType("Mul")
                        .addInput("sample")
                        .addInput("tenth")
                        .addOutput("out_sample"))
                .addOutput(value("out_sample", TensorProto.DataType.FLOAT, -1, 4, -1, -1)))
        .build();
  }

  private static ValueInfoProto value(String name, TensorProto.DataType type, int... shape) {
    TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
    for (int i = 0; i < shape.length; i++) {
      TensorShapeProto.Dimension.Builder dimension = dimensions.addDimBuilder();
      if (shape[i] < 0) {
        dimension.setDimParam(name + i);
      } else {
        dimension.setDimValue(shape[i]);
      }
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(type.getNumber())
                        .setShape(dimensions)))
        .build();
  }
}
