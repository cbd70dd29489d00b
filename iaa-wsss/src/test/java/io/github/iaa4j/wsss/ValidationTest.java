package io.github.iaa4j.wsss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.wsss.pseudomask.Refinement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The classifier that is best on images it is not trained on is the one that is kept. */
class ValidationTest {

  private static final LabeledDataset IMAGES = Blobs.dataset(12, 32, 1);
  private static final LabeledDataset HELD_OUT = Blobs.dataset(30, 32, 2);

  @TempDir Path folder;

  private record Measured(int step, double meanAveragePrecision) {}

  private static WsssTraining.Builder training(List<Measured> told) {
    return WsssTraining.builder()
        .imageSize(32)
        .batchSize(4)
        .seed(7)
        .learningRate(0.05)
        .refinement(Refinement.none())
        .classifierSteps(60)
        .segmenterSteps(1)
        .validation(HELD_OUT)
        .validationEvery(4)
        .listener(
            new TrainingListener() {
              @Override
              public void classifierValidated(int step, double meanAveragePrecision) {
                told.add(new Measured(step, meanAveragePrecision));
              }
            });
  }

  private JsonObject card() throws IOException {
    return JsonParser.parseString(Files.readString(folder.resolve("model.json"))).getAsJsonObject();
  }

  @Test
  void theFirstOfTheBestMeasurementsIsKeptAndTheCurveIsInTheModelsCard() throws IOException {
    List<Measured> told = new ArrayList<>();
    double ofTheModel;
    try (OnnxWsss model = training(told).patience(0).build().fit(IMAGES, folder)) {
      ofTheModel = meanAveragePrecision(model);
    }

    assertThat(told).hasSize(15).extracting(Measured::step).startsWith(4, 8).endsWith(56, 60);
    Measured best =
        told.stream()
            .max(
                Comparator.comparingDouble(Measured::meanAveragePrecision)
                    .thenComparing(Comparator.comparingInt(Measured::step).reversed()))
            .orElseThrow();
    assertThat(best.meanAveragePrecision()).isGreaterThan(0.7);
    assertThat(best.meanAveragePrecision()).isGreaterThan(told.get(0).meanAveragePrecision());
    assertThat(ofTheModel).isCloseTo(best.meanAveragePrecision(), within(1e-9));
    assertThat(card().get("classifierStep").getAsInt()).isEqualTo(best.step());
    JsonArray curve = card().getAsJsonArray("classifierValidation");
    assertThat(curve).hasSize(15);
    for (int i = 0; i < 15; i++) {
      JsonObject point = curve.get(i).getAsJsonObject();
      assertThat(point.get("step").getAsInt()).isEqualTo(told.get(i).step());
      assertThat(point.get("meanAveragePrecision").getAsDouble())
          .isEqualTo(told.get(i).meanAveragePrecision());
    }
  }

  private static double meanAveragePrecision(OnnxWsss model) {
    double sum = 0;
    for (int k = 0; k < 2; k++) {
      int of = k;
      String name = model.classNames().get(k);
      List<LabeledImage> ranked =
          HELD_OUT.images().stream()
              .sorted(
                  Comparator.comparing((LabeledImage image) -> model.score(image.image())[of])
                      .reversed())
              .toList();
      int positives = 0;
      double precisions = 0;
      for (int i = 0; i < ranked.size(); i++) {
        if (ranked.get(i).labels().contains(name)) {
          positives++;
          precisions += (double) positives / (i + 1);
        }
      }
      sum += precisions / positives;
    }
    return sum / 2;
  }

  @Test
  void theTrainingEndsWhenItsPatienceDoesAndTheLossesSayWhen() throws IOException {
    List<Measured> told = new ArrayList<>();

    training(told).classifierSteps(400).patience(2).build().fit(IMAGES, folder).close();

    int last = told.get(told.size() - 1).step();
    assertThat(last).isLessThan(400);
    assertThat(card().getAsJsonArray("classifierLosses")).hasSize(last);
    assertThat(card().get("classifierStep").getAsInt()).isEqualTo(told.get(told.size() - 3).step());
  }

  @Test
  void masksOfValidationImagesAreNotRead() {
    List<LabeledImage> masked = new ArrayList<>();
    for (LabeledImage image : HELD_OUT.images()) {
      masked.add(
          new LabeledImage() {
            @Override
            public String id() {
              return image.id();
            }

            @Override
            public List<String> labels() {
              return image.labels();
            }

            @Override
            public boolean generated() {
              return false;
            }

            @Override
            public RgbImage image() {
              return image.image();
            }

            @Override
            public Optional<LabelMask> mask() {
              throw new AssertionError("a mask is read");
            }
          });
    }
    List<Measured> told = new ArrayList<>();

    training(told)
        .classifierSteps(1)
        .validation(LabeledDataset.of(Blobs.CLASS_NAMES, masked))
        .build()
        .fit(IMAGES, folder)
        .close();

    assertThat(told).hasSize(1);
  }

  @Test
  void otherClassesOrNoLabelsAreRefused() {
    List<Measured> told = new ArrayList<>();
    LabeledDataset others =
        LabeledDataset.of(List.of("square", "disc"), Blobs.dataset(2, 32, 3).images());
    LabeledDataset without =
        LabeledDataset.of(
            Blobs.CLASS_NAMES,
            List.of(LabeledImage.of("grey", List.of(), () -> new RgbImage(8, 8, new byte[192]))));

    assertThatThrownBy(() -> training(told).validation(others).build().fit(IMAGES, folder))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("[square, disc]")
        .hasMessageContaining("[disc, square]");
    assertThatThrownBy(() -> training(told).validation(without).build().fit(IMAGES, folder))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("none of the 1 validation images has a label");
  }
}
