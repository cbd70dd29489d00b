package io.github.iaa4j.wsss.internal.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LowLevelFeaturesTest {

  private static OnnxModel model(String name) throws URISyntaxException {
    return OnnxModel.read(
            Path.of(
                Objects.requireNonNull(
                        LowLevelFeaturesTest.class.getResource("/backbones/" + name + ".onnx"))
                    .toURI()))
        .untied();
  }

  @ParameterizedTest
  @CsvSource({
    "resnet-basic, /layer1/layer1.0/act2/Relu_output_0",
    "resnet-bottleneck, /layer1/layer1.0/act3/Relu_output_0",
    "resnet-folded, /layer1/layer1.0/act2/Relu_output_0",
    "convnext, /stages/stages.1/downsample/downsample.0/Transpose_1_output_0"
  })
  void isTheOutputOfAStageWhereBlocksHaveAShortcut(String family, String expected)
      throws Exception {
    assertThat(LowLevelFeatures.find(model(family), "features")).contains(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "efficientnet-lite, /blocks/blocks.2/blocks.2.0/bn1/act/Clip_output_0",
    "efficientnet, /blocks/blocks.2/blocks.2.0/bn1/act/Mul_output_0",
    "mobilenet-v2, /blocks/blocks.2/blocks.2.0/bn1/act/Clip_output_0",
    "mobilenet-v3, /blocks/blocks.1/blocks.1.0/bn1/act/Relu_output_0"
  })
  void isTheExpandedMapBeforeABlockWithoutAShortcut(String family, String expected)
      throws Exception {
    assertThat(LowLevelFeatures.find(model(family), "features")).contains(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"resnet-bottleneck", "efficientnet-lite"})
  void isTheSameMapWithAnotherOutputStride(String family) throws Exception {
    OnnxModel model = model(family);
    OnnxModel dilated = OutputStride.apply(model, "features", 8, name -> null);

    assertThat(LowLevelFeatures.find(dilated, "features"))
        .isEqualTo(LowLevelFeatures.find(model, "features"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"vit", "vit-registers", "dinov2", "dinov2-dynamic", "clip"})
  void isNotThereInAVisionTransformer(String family) throws Exception {
    OnnxModel model = model(family);

    assertThat(LowLevelFeatures.find(model, model.outputs().get(0))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/maxpool/MaxPool_output_0", "/layer1/layer1.0/act2/Relu_output_0"})
  void isNotThereBehindAFeatureMapOfItsOwnStride(String features) throws Exception {
    OnnxModel model = model("resnet-basic");

    assertThat(model.consumers(features)).isNotEmpty();
    assertThat(LowLevelFeatures.find(model, features)).isEmpty();
  }

  /** TensorFlow pads before it strides, and the padded map has another size. */
  @Test
  void isTheMapBeforeItsPadding() throws Exception {
    OnnxModel model = model("mobilenet-v2");
    String found = LowLevelFeatures.find(model, "features").orElseThrow();
    OnnxModel padded =
        model.edited(
            graph -> {
              String pads = "padding";
              graph.addInitializer(Protos.integerTensor(pads, 0, 0, 0, 0, 0, 0, 1, 1));
              List<Node> nodes = model.nodes();
              graph.clearNode();
              for (Node node : nodes) {
                if (node.inputs().contains(found)) {
                  graph.addNode(Protos.node("Pad", "padded", List.of(found, pads)));
                  graph.addNode(node.proto().toBuilder().setInput(0, "padded"));
                } else {
                  graph.addNode(node.proto());
                }
              }
            });

    assertThat(padded.consumers("padded")).hasSize(1);
    assertThat(LowLevelFeatures.find(padded, "features")).contains(found);
  }
}
