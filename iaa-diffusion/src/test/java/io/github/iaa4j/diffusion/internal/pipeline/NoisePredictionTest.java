package io.github.iaa4j.diffusion.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.github.iaa4j.diffusion.Golden;
import io.github.iaa4j.diffusion.OnnxFile;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import io.github.iaa4j.diffusion.internal.model.TensorNames;
import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import io.github.iaa4j.diffusion.internal.scheduler.SchedulerConfig;
import io.github.iaa4j.diffusion.internal.scheduler.Trajectory;
import io.github.iaa4j.diffusion.internal.text.Conditioning;
import io.github.iaa4j.diffusion.internal.unet.Unet;
import io.github.iaa4j.onnx.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many rows the UNet is run with. This one's prediction is that number. */
class NoisePredictionTest {

  private static final int LATENTS = 4 * 8 * 8;
  private static final int TEXT = 24 * 32;

  private final Scheduler scheduler =
      new SchedulerConfig(
              JsonConfig.read(Golden.path("tiny-sd/scheduler/scheduler_config.json")),
              Optional.of("DDIMScheduler"))
          .scheduler(3);

  @TempDir private Path folder;

  @Test
  void onACpuNoRowIsIdle() throws IOException {
    try (Unet unet = countingUnet(Device.cpu());
        NoisePrediction prediction = prediction(unet)) {
      assertThat(rows(prediction, 3, true)).as("three guided images").isEqualTo(6);
      assertThat(rows(prediction, 1, true)).as("one guided image").isEqualTo(2);
      assertThat(rows(prediction, 1, false)).as("one unguided image").isEqualTo(1);
      assertThat(rows(prediction, 2, false)).as("two unguided images").isEqualTo(2);
    }
  }

  @Test
  void elsewhereFewerImagesKeepTheShapeOfTheBatchBefore() throws IOException {
    try (Unet unet = countingUnet(Device.provider("like a GPU", options -> {}));
        NoisePrediction prediction = prediction(unet)) {
      assertThat(rows(prediction, 3, true)).as("three guided images").isEqualTo(6);
      assertThat(rows(prediction, 1, true)).as("one guided image").isEqualTo(6);
    }
  }

  private NoisePrediction prediction(Unet unet) {
    return new NoisePrediction(unet, scheduler, LATENTS, null, IdleThreads.NONE);
  }

  private float rows(NoisePrediction prediction, int images, boolean guided) {
    prediction.start(Stream.generate(this::state).limit(images).toList());
    prediction.predict(0, guided, () -> false);
    float[] conditional = new float[LATENTS];
    prediction.getConditional(images - 1, conditional);
    return conditional[0];
  }

  private DenoisingState state() {
    Conditioning text =
        new Conditioning(24, Map.of(TensorNames.ENCODER_HIDDEN_STATES, new float[TEXT]));
    Trajectory trajectory =
        new Trajectory(scheduler, new float[LATENTS], new GaussianNoise(1), scheduler.begin(0));
    return new DenoisingState(trajectory, text, text, null, null, List.of());
  }

  /** A UNet whose prediction is multiplied by 0 and increased by the rows of {@code sample}. */
  private Unet countingUnet(Device device) throws IOException {
    Golden.copy("tiny-sd", folder);
    Path file = folder.resolve("unet/model.onnx");
    OnnxFile.multiply(file, "out_sample", 0);
    OnnxFile.edit(
        file,
        model -> {
          GraphProto.Builder graph = model.getGraphBuilder();
          OnnxFile.rename(graph, "out_sample", "zeros");
          graph.addInitializer(
              TensorProto.newBuilder()
                  .setName("first")
                  .setDataType(TensorProto.DataType.INT64.getNumber())
                  .addInt64Data(0));
          graph.addNode(OnnxFile.node("Shape", "shape", TensorNames.SAMPLE));
          graph.addNode(OnnxFile.node("Gather", "rows", "shape", "first"));
          graph.addNode(
              OnnxFile.node("Cast", "number", "rows").toBuilder()
                  .addAttribute(
                      AttributeProto.newBuilder()
                          .setName("to")
                          .setType(AttributeProto.AttributeType.INT)
                          .setI(TensorProto.DataType.FLOAT.getNumber())));
          graph.addNode(OnnxFile.node("Add", "out_sample", "zeros", "number"));
        });
    return new Unet(
        new ModelFolder(folder),
        new long[] {4, 8, 8},
        Map.of(TensorNames.ENCODER_HIDDEN_STATES, new long[] {24, 32}),
        device);
  }
}
