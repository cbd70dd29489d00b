package io.github.iaa4j.wsss.internal.training.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Normalization;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.onnx.Parameter;
import io.github.iaa4j.wsss.internal.onnx.Protos;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong with a backbone's file, or missing, is said once, with the file and the remedy. */
class PreparedBackboneTest {

  private static final Normalization NORMALIZATION =
      new Normalization(List.of(0.5f, 0.5f, 0.5f), List.of(0.2f, 0.2f, 0.2f));

  @TempDir Path folder;

  private static Path file(String name) throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(PreparedBackboneTest.class.getResource("/backbones/" + name))
            .toURI());
  }

  private static BackboneSettings of(Path file) {
    return new BackboneSettings(file, null, null, null, null, null, 0, List.of(), 0, true);
  }

  private Path changed(String name, Consumer<ModelProto.Builder> change)
      throws IOException, URISyntaxException {
    ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(file(name))).toBuilder();
    change.accept(model);
    return Files.write(folder.resolve("backbone.onnx"), model.build().toByteArray());
  }

  private static void without(ModelProto.Builder model, String key) {
    List<StringStringEntryProto> kept =
        model.getMetadataPropsList().stream().filter(each -> !each.getKey().equals(key)).toList();
    model.clearMetadataProps().addAllMetadataProps(kept);
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> PreparedBackbone.of(of(folder.resolve("none.onnx")), 64, 64))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("none.onnx: there is no such file");
  }

  @Test
  void whatIsNoOnnxFileIsNamed() throws Exception {
    Path file = Files.writeString(folder.resolve("backbone.onnx"), "hello");
    assertThatThrownBy(() -> PreparedBackbone.of(of(file), 64, 64))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("backbone.onnx: ")
        .hasMessageContaining("tools/backbones/README.md");
  }

  @Test
  void aMissingOutputIsNamedWithThoseThatAreThere() throws Exception {
    BackboneSettings settings =
        new BackboneSettings(
            file("resnet-basic.onnx"), "layer9", null, null, null, null, 0, List.of(), 0, true);
    assertThatThrownBy(() -> PreparedBackbone.of(settings, 64, 64))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("resnet-basic.onnx (layer9): the graph makes no such value")
        .hasMessageContaining("[features]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"iaa4j.features", "iaa4j.mean", "iaa4j.layout"})
  void whatNeitherTheFileNorTheOptionsSayIsNotGuessed(String key) throws Exception {
    Path file = changed("resnet-basic.onnx", model -> without(model, key));
    String option =
        key.endsWith("mean") ? "normalization(" : key.substring("iaa4j.".length()) + "(";
    assertThatThrownBy(() -> PreparedBackbone.of(of(file), 64, 64))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("backbone.onnx")
        .hasMessageContaining(option);
  }

  @Test
  void malformedMetadataIsShown() throws Exception {
    Path file =
        changed(
            "resnet-basic.onnx",
            model -> {
              without(model, "iaa4j.mean");
              model.addMetadataProps(
                  StringStringEntryProto.newBuilder().setKey("iaa4j.mean").setValue("[0.5, x]"));
            });
    assertThatThrownBy(() -> PreparedBackbone.of(of(file), 64, 64))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("[0.5, x]")
        .hasMessageContaining("three numbers");
  }

  @Test
  void optionsStandInForMetadata() throws Exception {
    Path file = changed("resnet-basic.onnx", ModelProto.Builder::clearMetadataProps);
    BackboneSettings settings =
        new BackboneSettings(
            file, "features", NORMALIZATION, "NCHW", null, null, 0, List.of(), 0, true);
    assertThat(PreparedBackbone.of(settings, 64, 64).normalization()).isEqualTo(NORMALIZATION);
  }

  @Test
  void aFixedSizeThatDoesNotFitIsShownWithTheWantedOne() throws Exception {
    Path file =
        changed(
            "resnet-basic.onnx",
            model ->
                model.getGraphBuilder().setInput(0, Protos.value("images", "batch", 3, 224, 224)));
    assertThatThrownBy(() -> PreparedBackbone.of(of(file), 64, 96))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("(images)")
        .hasMessageContaining("[-1, 3, 224, 224]")
        .hasMessageContaining("[3, 64, 96]");
  }

  @Test
  void missingExternalDataIsNamed() throws Exception {
    Path file =
        changed(
            "resnet-basic.onnx",
            model -> {
              TensorProto.Builder tensor = model.getGraphBuilder().getInitializerBuilder(0);
              int length = tensor.getRawData().size();
              tensor
                  .clearRawData()
                  .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                  .addExternalData(entry("location", "weights.bin"))
                  .addExternalData(entry("offset", "0"))
                  .addExternalData(entry("length", Integer.toString(length)));
            });
    assertThatThrownBy(() -> PreparedBackbone.of(of(file), 64, 64))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("weights.bin");
  }

  @Test
  void externalDataIsReadAndWrittenIntoTheFile() throws Exception {
    OnnxModel whole = OnnxModel.read(file("resnet-basic.onnx"));
    String name = whole.initializers().keySet().iterator().next();
    Path file =
        changed(
            "resnet-basic.onnx",
            model -> {
              TensorProto.Builder tensor = model.getGraphBuilder().getInitializerBuilder(0);
              try {
                Files.write(folder.resolve("weights.bin"), tensor.getRawData().toByteArray());
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
              tensor
                  .clearRawData()
                  .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                  .addExternalData(entry("location", "weights.bin"));
            });

    OnnxModel read = OnnxModel.read(file);

    assertThat(read.values(name)).isEqualTo(whole.values(name));
    assertThat(read.toByteArray()).isEqualTo(whole.toByteArray());
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  @Test
  void aQuantisedGraphIsRefusedAtItsFirstNode() throws Exception {
    Path file =
        changed(
            "resnet-basic.onnx",
            model ->
                model
                    .getGraphBuilder()
                    .getNodeBuilder(0)
                    .setName("first")
                    .setOpType("QLinearConv"));
    assertThatThrownBy(() -> PreparedBackbone.of(of(file), 64, 64))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("(first): the graph is quantised to 8 bits (operator QLinearConv)")
        .hasMessageContaining("Export it in float32");
  }

  @Test
  void aGraphInHalfPrecisionIsRefused() throws Exception {
    Path file =
        changed(
            "resnet-basic.onnx",
            model ->
                model
                    .getGraphBuilder()
                    .getInitializerBuilder(0)
                    .setDataType(TensorProto.DataType.FLOAT16_VALUE));
    assertThatThrownBy(() -> PreparedBackbone.of(of(file), 64, 64))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("FLOAT16")
        .hasMessageContaining("float32");
  }

  @Test
  void imagesThatAreNoWholePatchesAreRefused() throws Exception {
    assertThatThrownBy(() -> PreparedBackbone.of(of(file("vit.onnx")), 36, 32))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("32x36")
        .hasMessageContaining("8x8");
  }

  @Test
  void aTransformerHasNoOtherStrideThanItsPatches() throws Exception {
    BackboneSettings settings =
        new BackboneSettings(
            file("vit.onnx"), null, null, null, null, null, 16, List.of(), 0, true);
    assertThatThrownBy(() -> PreparedBackbone.of(settings, 32, 32))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("the side of its patches, 8");
  }

  @Test
  void frozenParametersAreThoseNamedAndTheFirst() throws Exception {
    BackboneSettings settings =
        new BackboneSettings(
            file("resnet-basic.onnx"),
            null,
            null,
            null,
            null,
            null,
            0,
            List.of("backbone.layer2."),
            3,
            false);

    PreparedBackbone backbone = PreparedBackbone.of(settings, 64, 64);

    assertThat(backbone.frozen().subList(0, 3))
        .extracting(Parameter::name)
        .containsExactly("backbone.conv1.weight", "backbone.bn1.weight", "backbone.bn1.bias");
    assertThat(backbone.trained()).extracting(Parameter::role).containsOnly(Parameter.Role.WEIGHT);
    assertThat(backbone.trained())
        .extracting(Parameter::name)
        .contains("backbone.layer1.0.conv1.weight")
        .noneMatch(name -> name.startsWith("backbone.layer2."));
  }

  @Test
  void aPrefixThatFreezesNothingIsAMistake() throws Exception {
    BackboneSettings settings =
        new BackboneSettings(
            file("resnet-basic.onnx"),
            null,
            null,
            null,
            null,
            null,
            0,
            List.of("layer1."),
            0,
            true);
    assertThatThrownBy(() -> PreparedBackbone.of(settings, 64, 64))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("layer1.")
        .hasMessageContaining("backbone.layer1.0.conv1.weight");
  }

  @Test
  void theParametersOfATransformerHaveTheirRoles() throws Exception {
    PreparedBackbone backbone = PreparedBackbone.of(of(file("vit-registers.onnx")), 32, 32);

    assertThat(backbone.trained())
        .filteredOn(parameter -> parameter.role() == Parameter.Role.TABLE)
        .extracting(Parameter::name)
        .containsExactlyInAnyOrder(
            "backbone.pos_embed", "backbone.cls_token", "backbone.reg_token");
    assertThat(backbone.trained())
        .filteredOn(parameter -> parameter.role() == Parameter.Role.SCALE)
        .extracting(Parameter::name)
        .allMatch(name -> name.endsWith("gamma"));
  }
}
