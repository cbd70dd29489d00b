package io.github.iaa4j.wsss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.DatasetException;
import io.github.iaa4j.core.error.IaaException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.wsss.pseudomask.Refinement;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a user may hand to a training by mistake: one message with the file, the field and the
 * remedy, before the first step where that is possible, and the model of before is kept.
 */
class BadTrainingInputTest {

  private static final List<String> FILES =
      List.of("classifier.onnx", "segmenter.onnx", "model.json");

  @TempDir Path folder;

  private Path models;
  private final List<Integer> steps = new ArrayList<>();

  @BeforeEach
  void earlierModel() throws IOException {
    models = Files.createDirectories(folder.resolve("model"));
    for (String file : FILES) {
      Files.writeString(models.resolve(file), "earlier");
    }
  }

  private WsssTraining.Builder training() {
    return WsssTraining.builder()
        .imageSize(64)
        .cropSize(64)
        .batchSize(2)
        .classifierSteps(1)
        .segmenterSteps(1)
        .camScales(1)
        .refinement(Refinement.none())
        .listener(
            new TrainingListener() {
              @Override
              public void classifierStep(int step, int of, float loss) {
                steps.add(step);
              }
            });
  }

  /** ResNet of tests, changed. */
  private Path backbone(Consumer<ModelProto.Builder> change) throws Exception {
    Path whole =
        Path.of(
            Objects.requireNonNull(
                    BadTrainingInputTest.class.getResource("/backbones/resnet-basic.onnx"))
                .toURI());
    ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(whole)).toBuilder();
    change.accept(model);
    return Files.write(folder.resolve("backbone.onnx"), model.build().toByteArray());
  }

  /** Refused before the first step; the earlier model is untouched. */
  private AbstractStringAssert<?> refusal(
      Class<? extends IaaException> type, WsssTraining.Builder training, LabeledDataset data) {
    return refusal(type, training, data, models);
  }

  private AbstractStringAssert<?> refusal(
      Class<? extends IaaException> type,
      WsssTraining.Builder training,
      LabeledDataset data,
      Path target) {
    List<String> message = new ArrayList<>();
    assertThatThrownBy(() -> training.build().fit(data, target).close())
        .isInstanceOf(type)
        .satisfies(e -> message.add(e.getMessage()));
    assertThat(steps).isEmpty();
    for (String file : FILES) {
      assertThat(models.resolve(file)).hasContent("earlier");
    }
    assertThat(models).isDirectoryNotContaining("glob:**.tmp");
    return assertThat(message.get(0));
  }

  private AbstractStringAssert<?> refusal(Backbone backbone) {
    return refusal(ModelException.class, training().backbone(backbone), Blobs.dataset(4, 64, 1));
  }

  // ---------------------------------------------------------------------------- backbones

  @Test
  void aBackboneWithoutTheNamedOutput() throws Exception {
    refusal(Backbone.onnx(backbone(model -> {})).features("layer9"))
        .contains("backbone.onnx (layer9): the graph makes no such value")
        .contains("Its outputs are [features]; any value that a node makes can be named too");
  }

  @Test
  void aBackboneThatDoesNotNameItsFeatureMap() throws Exception {
    Path file = backbone(ModelProto.Builder::clearMetadataProps);

    refusal(
            ConfigurationException.class,
            training().backbone(Backbone.onnx(file)),
            Blobs.dataset(4, 64, 1))
        .contains("backbone.onnx: the file does not say which of its values is the feature map")
        .contains("features(...)")
        .contains("tools/backbones/README.md")
        .contains("[features]");
  }

  @Test
  void aBackboneWhoseNamedOutputIsPooled() throws Exception {
    Path file =
        backbone(
            model ->
                model
                    .getGraphBuilder()
                    .addNode(node("GlobalAveragePool", "features", "pooled"))
                    .addNode(node("Flatten", "pooled", "vector")));

    refusal(Backbone.onnx(file).features("vector"))
        .contains("backbone.onnx (iaa4j.features): ")
        .contains("must have [1, channels, height, width]")
        .contains("Name the last value before the pooling");
  }

  private static NodeProto node(String operator, String input, String output) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .setName(output)
        .addInput(input)
        .addOutput(output)
        .build();
  }

  private static void size(ModelProto.Builder model, int side) {
    for (int axis = 2; axis < 4; axis++) {
      model
          .getGraphBuilder()
          .getInputBuilder(0)
          .getTypeBuilder()
          .getTensorTypeBuilder()
          .getShapeBuilder()
          .setDim(axis, Dimension.newBuilder().setDimValue(side));
    }
  }

  @Test
  void aBackboneOfAnotherSizeThanTheCrops() throws Exception {
    refusal(Backbone.onnx(backbone(model -> size(model, 224))))
        .contains("backbone.onnx (images): the graph takes images of the shape [-1, 3, 224, 224]")
        .contains("batches of [3, 64, 64]")
        .contains("Export it with an open batch, height and width");
  }

  @Test
  void aBackboneOfTheCropsSizeAlone() throws Exception {
    Path file = backbone(model -> size(model, 64));

    refusal(
            ConfigurationException.class,
            training().backbone(Backbone.onnx(file)),
            Blobs.dataset(4, 64, 1))
        .contains("backbone.onnx: the graph reads images of one size alone, 64x64 pixels")
        .contains("Export it with an open height and width");
  }

  @Test
  void aBackboneWhoseExternalDataIsMissing() throws Exception {
    Path file =
        backbone(
            model ->
                model
                    .getGraphBuilder()
                    .getInitializerBuilder(0)
                    .clearRawData()
                    .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                    .addExternalData(
                        StringStringEntryProto.newBuilder()
                            .setKey("location")
                            .setValue("weights.bin")));

    refusal(Backbone.onnx(file))
        .contains("backbone.onnx: its weights are missing: there is no weights.bin beside it")
        .contains("Download that file too");
  }

  @Test
  void aBackboneInEightBits() throws Exception {
    Path file =
        backbone(
            model ->
                first(model.getGraphBuilder(), "Conv").setName("conv").setOpType("QLinearConv"));

    refusal(Backbone.onnx(file))
        .contains("backbone.onnx (conv): the graph is quantised to 8 bits (operator QLinearConv)")
        .contains("Export it in float32");
  }

  private static NodeProto.Builder first(GraphProto.Builder graph, String operator) {
    return graph.getNodeBuilderList().stream()
        .filter(node -> node.getOpType().equals(operator))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aBackboneWithAnOperatorThatIsNotKnown() throws Exception {
    Path file =
        backbone(
            model -> first(model.getGraphBuilder(), "Relu").setName("act").setOpType("Hardmax"));

    refusal(Backbone.onnx(file))
        .contains("backbone.onnx (act): the operator Hardmax (operator set 17) cannot be trained")
        .contains("Name a value before this node as the feature map");
  }

  // ---------------------------------------------------------------------------- images, labels

  private LabeledDataset with(LabeledImage image) {
    List<LabeledImage> images = new ArrayList<>(Blobs.dataset(3, 64, 1).images());
    images.add(image);
    return LabeledDataset.of(Blobs.CLASS_NAMES, images);
  }

  private LabeledImage photo(Path file) {
    return LabeledImage.of("photo", List.of("disc"), () -> RgbImage.read(file));
  }

  @Test
  void aPhotographOf108MillionPixels() throws Exception {
    Path file = Files.write(folder.resolve("photo.png"), pngThatClaims(12_000, 9_000));

    refusal(DatasetException.class, training(), with(photo(file)))
        .contains("photo.png: claims 12000 x 9000 pixels, more than the 64 million that are read")
        .contains("scale the image down");
  }

  private static byte[] pngThatClaims(int width, int height) throws IOException {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(header);
    data.writeBytes("IHDR");
    data.writeInt(width);
    data.writeInt(height);
    data.write(new byte[] {8, 2, 0, 0, 0});
    CRC32 crc = new CRC32();
    crc.update(header.toByteArray());
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(png);
    out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    out.writeInt(13);
    out.write(header.toByteArray());
    out.writeInt((int) crc.getValue());
    return png.toByteArray();
  }

  @Test
  void aPhotographOfOnePixelIsTrainedOnAndMasked() throws Exception {
    RgbImage pixel = new RgbImage(1, 1, new byte[] {10, 20, 30});

    for (WsssTraining.Builder each :
        List.of(training(), training().backbone(Backbone.onnx(backbone(model -> {}))))) {
      try (OnnxWsss model =
          each.build().fit(with(LabeledImage.of("pixel", List.of("disc"), () -> pixel)), models)) {
        assertThat(model.segment(pixel).indices()).hasSize(1);
        assertThat(model.pseudoMask(pixel, List.of("disc")).indices()).hasSize(1);
        assertThat(model.classifierLosses().get(0)).isFinite();
      }
    }
  }

  @Test
  void aGreyPhotographIsTrainedOnAndMasked() throws Exception {
    BufferedImage grey = new BufferedImage(40, 30, BufferedImage.TYPE_BYTE_GRAY);
    for (int x = 0; x < 40; x++) {
      grey.getRaster().setSample(x, x % 30, 0, 6 * x);
    }
    Path file = folder.resolve("grey.jpg");
    ImageIO.write(grey, "jpeg", file.toFile());

    try (OnnxWsss model = training().build().fit(with(photo(file)), models)) {
      LabelMask mask = model.segment(RgbImage.read(file));

      assertThat(mask.width()).isEqualTo(40);
      assertThat(model.classifierLosses().get(0)).isFinite();
    }
  }

  @Test
  void labelsWithoutTheirImage() throws Exception {
    Path voc = folder.resolve("voc");
    Files.createDirectories(voc.resolve("JPEGImages"));
    Files.createDirectories(voc.resolve("Annotations"));
    Files.createDirectories(voc.resolve("ImageSets/Main"));
    Files.writeString(voc.resolve("ImageSets/Main/train.txt"), "photo1\n");
    Files.writeString(
        voc.resolve("Annotations/photo1.xml"),
        "<annotation><object><name>cat</name></object></annotation>");

    assertThatThrownBy(() -> training().build().fit(VocDataset.open(voc, "train"), models).close())
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("photo1")
        .hasMessageContaining("copy the image, or remove its id from the list");
    assertThat(models.resolve("model.json")).hasContent("earlier");
  }

  @Test
  void imagesWithoutLabels() {
    List<LabeledImage> unlabelled =
        Blobs.dataset(3, 64, 1).images().stream()
            .map(image -> LabeledImage.of(image.id(), List.of(), image::image))
            .toList();

    refusal(
            ConfigurationException.class,
            training(),
            LabeledDataset.of(Blobs.CLASS_NAMES, unlabelled))
        .contains("none of the 3 images of the data set has a label");
  }

  // ---------------------------------------------------------------------------- folders, disks

  @Test
  void aModelFolderThatIsAFile() throws Exception {
    Path file = Files.writeString(folder.resolve("taken"), "mine");

    refusal(StorageException.class, training(), Blobs.dataset(4, 64, 1), file)
        .contains("taken: this is a file, but the folder of the model is to be there")
        .contains("Name another folder");
    assertThat(file).hasContent("mine");
  }

  /** A device that is always full stands for the disk. */
  @Test
  void aDiskThatIsFullLeavesTheEarlierModel() throws Exception {
    for (String file : FILES) {
      Files.createSymbolicLink(models.resolve("." + file + ".tmp"), Path.of("/dev/full"));

      assertThatThrownBy(() -> training().build().fit(Blobs.dataset(4, 64, 1), models).close())
          .isInstanceOf(StorageException.class)
          .hasMessageContaining(file)
          .hasMessageContaining("No space left on device")
          .hasMessageContaining("Check the free space");
      for (String each : FILES) {
        assertThat(models.resolve(each)).hasContent("earlier");
      }
      assertThat(models).isDirectoryNotContaining("glob:**.tmp");
    }
  }
}
