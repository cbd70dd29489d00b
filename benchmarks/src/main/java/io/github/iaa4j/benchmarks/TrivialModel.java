package io.github.iaa4j.benchmarks;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import io.github.iaa4j.toyworld.ToyWorldCheckpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A model whose UNet has the shapes of Stable Diffusion 1.5 and predicts a tenth of its input, so
 * that next to all the time of a run is that of the loop around it. Text encoder and decoder do
 * next to nothing either; a pixel is one latent.
 */
final class TrivialModel {

  static final long[] LATENTS = {4, 64, 64};
  static final long[] TEXT = {77, 768};

  private TrivialModel() {}

  /** Writes a whole model into a folder. */
  static void write(Path folder) throws IOException {
    for (String part : new String[] {"unet", "text_encoder", "vae_decoder", "scheduler"}) {
      Files.createDirectories(folder.resolve(part));
    }
    Files.writeString(
        folder.resolve("model_index.json"), "{\"_class_name\": \"StableDiffusionPipeline\"}");
    Files.writeString(
        folder.resolve("unet/config.json"),
        """
        {"_class_name": "UNet2DConditionModel", "in_channels": 4, "out_channels": 4,
         "sample_size": 64, "cross_attention_dim": 768, "block_out_channels": [32]}
        """);
    Files.writeString(
        folder.resolve("vae_decoder/config.json"),
        """
        {"_class_name": "AutoencoderKL", "latent_channels": 4, "sample_size": 64,
         "scaling_factor": 1, "block_out_channels": [32]}
        """);
    Files.writeString(
        folder.resolve("text_encoder/config.json"),
        """
        {"hidden_size": 768, "num_hidden_layers": 1, "max_position_embeddings": 77}
        """);
    // The betas, spacing and options that sd4j has built in.
    Files.writeString(
        folder.resolve("scheduler/scheduler_config.json"),
        """
        {"_class_name": "LMSDiscreteScheduler", "num_train_timesteps": 1000, "beta_start": 0.00085,
         "beta_end": 0.012, "beta_schedule": "scaled_linear", "timestep_spacing": "linspace"}
        """);
    Files.write(folder.resolve("unet/model.onnx"), unet().toByteArray());
    Files.write(folder.resolve("text_encoder/model.onnx"), textEncoder().toByteArray());
    Files.write(folder.resolve("vae_decoder/model.onnx"), decoder().toByteArray());
    writeTokenizer(folder.resolve("tokenizer"));
  }

  /** That of Toy World, for texts as long as those of Stable Diffusion. */
  private static void writeTokenizer(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path source = ToyWorldCheckpoint.folder().resolve("tokenizer");
    try (Stream<Path> files = Files.list(source)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Path config = folder.resolve("tokenizer_config.json");
    String text = Files.readString(config);
    Files.writeString(
        config, text.replaceFirst("\"model_max_length\": \\d+", "\"model_max_length\": 77"));
  }

  private static ModelProto unet() {
    return model(
        GraphProto.newBuilder()
            .setName("unet")
            .addInput(value("sample", TensorProto.DataType.FLOAT, -1, 4, -1, -1))
            .addInput(value("timestep", TensorProto.DataType.FLOAT, 1))
            .addInput(value("encoder_hidden_states", TensorProto.DataType.FLOAT, -1, -1, 768))
            .addInitializer(floats("tenth", new long[0], 0.1f))
            .addNode(node("Mul", "out_sample", "sample", "tenth"))
            .addOutput(value("out_sample", TensorProto.DataType.FLOAT, -1, 4, -1, -1)));
  }

  /** Every number of a token's embedding is its id in thousandths. */
  private static ModelProto textEncoder() {
    float[] thousandths = new float[(int) TEXT[1]];
    Arrays.fill(thousandths, 0.001f);
    return model(
        GraphProto.newBuilder()
            .setName("text_encoder")
            .addInput(value("input_ids", TensorProto.DataType.INT64, -1, -1))
            .addInitializer(longs("last", 2))
            .addInitializer(floats("thousandths", new long[] {TEXT[1]}, thousandths))
            .addNode(
                node("Cast", "ids", "input_ids").toBuilder()
                    .addAttribute(
                        AttributeProto.newBuilder()
                            .setName("to")
                            .setType(AttributeProto.AttributeType.INT)
                            .setI(TensorProto.DataType.FLOAT.getNumber())))
            .addNode(node("Unsqueeze", "columns", "ids", "last"))
            .addNode(node("Mul", "last_hidden_state", "columns", "thousandths"))
            .addOutput(value("last_hidden_state", TensorProto.DataType.FLOAT, -1, -1, 768)));
  }

  /** The first three channels of the latents. */
  private static ModelProto decoder() {
    return model(
        GraphProto.newBuilder()
            .setName("vae_decoder")
            .addInput(value("latent_sample", TensorProto.DataType.FLOAT, -1, 4, -1, -1))
            .addInitializer(longs("start", 0))
            .addInitializer(longs("end", 3))
            .addInitializer(longs("channels", 1))
            .addNode(node("Slice", "sample", "latent_sample", "start", "end", "channels"))
            .addOutput(value("sample", TensorProto.DataType.FLOAT, -1, 3, -1, -1)));
  }

  private static ModelProto model(GraphProto.Builder graph) {
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
        .setGraph(graph)
        .build();
  }

  private static NodeProto node(String type, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(type)
        .addAllInput(List.of(inputs))
        .addOutput(output)
        .build();
  }

  private static TensorProto floats(String name, long[] shape, float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.FLOAT.getNumber())
            .setRawData(ByteString.copyFrom(bytes));
    for (long length : shape) {
      tensor.addDims(length);
    }
    return tensor.build();
  }

  private static TensorProto longs(String name, long value) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, value);
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(TensorProto.DataType.INT64.getNumber())
        .addDims(1)
        .setRawData(ByteString.copyFrom(bytes))
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
