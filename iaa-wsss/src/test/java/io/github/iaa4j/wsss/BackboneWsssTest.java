package io.github.iaa4j.wsss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.wsss.training.Optimizer;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackboneWsssTest {

  @TempDir Path folder;

  private static Path file(String name) throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(BackboneWsssTest.class.getResource("/backbones/" + name)).toURI());
  }

  private static WsssTraining.Builder training(String name) throws URISyntaxException {
    return WsssTraining.builder()
        .backbone(Backbone.onnx(file(name)).outputStride(8))
        .imageSize(64)
        .cropSize(64)
        .randomScale(0.8, 1.2)
        .batchSize(8)
        .optimizer(Optimizer.adamW())
        .learningRate(3e-3)
        .classifierSteps(40)
        .segmenterSteps(10)
        .camScales(1)
        .seed(1);
  }

  @Test
  void aFineTunedBackboneClassifiesAndIsReadAsItWasTrained() throws Exception {
    LabeledDataset blobs = Blobs.dataset(24, 64, 5);
    try (OnnxWsss model = training("resnet-basic.onnx").build().fit(blobs, folder)) {
      float[] losses = new float[model.classifierLosses().size()];
      for (int i = 0; i < losses.length; i++) {
        losses[i] = model.classifierLosses().get(i);
      }
      assertThat(losses[losses.length - 1]).isLessThan(losses[0]);
      var image = blobs.images().get(0);
      assertThat(model.cams(image.image())).hasNumberOfRows(blobs.classNames().size());
      assertThat(model.segment(image.image()).width()).isEqualTo(image.image().width());
    }
    JsonObject card =
        JsonParser.parseString(Files.readString(folder.resolve("model.json"))).getAsJsonObject();
    assertThat(card.get("inputStride").getAsInt()).isEqualTo(8);
    assertThat(card.getAsJsonObject("normalization").getAsJsonArray("mean").get(0).getAsDouble())
        .isEqualTo(0.485);
    assertThat(card.get("backbone").getAsString()).contains("resnet-basic.onnx");
  }

  @Test
  void theSameSeedGivesTheSameBytes() throws Exception {
    LabeledDataset blobs = Blobs.dataset(8, 64, 5);
    WsssTraining training =
        training("resnet-basic.onnx").classifierSteps(3).segmenterSteps(3).build();

    training.fit(blobs, folder.resolve("a")).close();
    training.fit(blobs, folder.resolve("b")).close();

    for (String name : new String[] {"classifier.onnx", "segmenter.onnx", "model.json"}) {
      assertThat(folder.resolve("a").resolve(name))
          .hasSameBinaryContentAs(folder.resolve("b").resolve(name));
    }
  }

  @Test
  void aBackboneOfOneSizeIsRefusedBeforeItIsTrained() throws Exception {
    WsssTraining training =
        WsssTraining.builder().backbone(Backbone.onnx(file("vit.onnx"))).cropSize(48).build();

    assertThatThrownBy(() -> training.fit(Blobs.dataset(4, 64, 5), folder))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("48x48")
        .hasMessageContaining("convolutional");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void anOptimizerForTheSmallNetworkIsRefused() throws Exception {
    WsssTraining.Builder muon = training("resnet-basic.onnx").optimizer(Optimizer.muon());

    assertThatThrownBy(muon::build)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("MUON");
  }
}
