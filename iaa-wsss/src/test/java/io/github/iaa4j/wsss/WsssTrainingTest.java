package io.github.iaa4j.wsss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.wsss.pseudomask.BackgroundRule;
import io.github.iaa4j.wsss.pseudomask.Refinement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WsssTrainingTest {

  @TempDir static Path shared;
  @TempDir Path folder;

  private static final List<String> events = new ArrayList<>();
  private static OnnxWsss model;

  static WsssTraining.Builder small() {
    return WsssTraining.builder()
        .imageSize(32)
        .batchSize(16)
        .seed(7)
        .backgroundRule(BackgroundRule.fixed(0.5))
        .camScales(1, 1.5)
        .refinement(Refinement.colourAffinity(5));
  }

  @BeforeAll
  static void fit() {
    model =
        small()
            .classifierSteps(80)
            .segmenterSteps(50)
            .listener(
                new TrainingListener() {
                  @Override
                  public void classifierStep(int step, int steps, float loss) {
                    events.add("classifier " + step + "/" + steps);
                  }

                  @Override
                  public void pseudoMask(int done, int images) {
                    events.add("mask " + done + "/" + images);
                  }

                  @Override
                  public void segmenterStep(int step, int steps, float loss) {
                    events.add("segmenter " + step + "/" + steps);
                  }
                })
            .build()
            .fit(Blobs.dataset(48, 32, 1), shared.resolve("model"));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void theSegmenterIsFarBetterThanChanceOnUnseenImages() {
    SegmentationScores scores = SegmentationEvaluation.ofSegmenter(model, Blobs.dataset(30, 32, 2));

    assertThat(scores.meanIou()).as(scores.toString()).isGreaterThan(0.55);
  }

  @Test
  void theModelSegmentsAtTheScalesOfItsCard() throws IOException {
    LabeledImage image = Blobs.dataset(1, 32, 3).images().get(0);
    Path copy = copyOfTheModel("scales");
    JsonObject card =
        JsonParser.parseString(Files.readString(copy.resolve("model.json"))).getAsJsonObject();
    assertThat(card.get("segmentScales")).isEqualTo(JsonParser.parseString("[1.0]"));
    card.add("segmentScales", JsonParser.parseString("[0.5, 2.5]"));
    Files.writeString(copy.resolve("model.json"), card.toString());

    try (OnnxWsss other = OnnxWsss.load(copy)) {
      assertThat(other.segment(image.image())).isNotEqualTo(model.segment(image.image()));
    }
  }

  @Test
  void theClassifierDistinguishesTheClasses() {
    LabeledDataset unseen = Blobs.dataset(30, 32, 3);

    assertThat(unseen.images())
        .filteredOn(
            image -> {
              float[] scores = model.score(image.image());
              return image.labels().contains("disc") == scores[0] > scores[1];
            })
        .hasSizeGreaterThanOrEqualTo(27);
  }

  @Test
  void theListenerIsToldOfEveryStep() {
    assertThat(events).hasSize(80 + 48 + 50);
    assertThat(events.get(0)).isEqualTo("classifier 1/80");
    assertThat(events.get(80 + 47)).isEqualTo("mask 48/48");
    assertThat(events.get(events.size() - 1)).isEqualTo("segmenter 50/50");
  }

  @Test
  void lossesFallAndAreKeptWithTheModel() {
    List<Float> losses = model.classifierLosses();

    assertThat(losses).hasSize(80);
    assertThat(losses.get(79)).isLessThan(losses.get(0) / 2);
    assertThat(model.segmenterLosses()).hasSize(50);
  }

  @Test
  void theFilesAreTheSameOnAnyNumberOfProcessors() {
    LabeledDataset data = Blobs.dataset(48, 32, 1);
    WsssTraining training = small().batchSize(64).classifierSteps(3).segmenterSteps(3).build();
    List<Path> models = new ArrayList<>();
    for (int processors : new int[] {1, 4}) {
      Path on = folder.resolve("on-" + processors);
      // What runs in parallel runs in the pool that it is started from.
      ForkJoinPool pool = new ForkJoinPool(processors);
      pool.submit(() -> training.fit(data, on).close()).join();
      pool.shutdown();
      models.add(on);
    }
    for (String file : List.of("classifier.onnx", "segmenter.onnx")) {
      assertThat(models.get(1).resolve(file)).hasSameBinaryContentAs(models.get(0).resolve(file));
    }
  }

  @Test
  void theSameSeedGivesTheSameFilesAndAnotherSeedOthers() throws IOException {
    LabeledDataset data = Blobs.dataset(10, 32, 6);
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    Path other = folder.resolve("other");
    small().classifierSteps(3).segmenterSteps(3).build().fit(data, one).close();
    small().classifierSteps(3).segmenterSteps(3).build().fit(data, two).close();
    small().classifierSteps(3).segmenterSteps(3).seed(8).build().fit(data, other).close();

    for (String file : List.of("classifier.onnx", "segmenter.onnx", "model.json")) {
      assertThat(two.resolve(file)).hasSameBinaryContentAs(one.resolve(file));
      assertThat(Files.mismatch(one.resolve(file), other.resolve(file))).isNotNegative();
    }
  }

  @Test
  void aModelFolderWithoutAFileNamesTheFile() throws IOException {
    for (String file : List.of("classifier.onnx", "segmenter.onnx", "model.json")) {
      Path copy = copyOfTheModel(file.replace('.', '-'));
      Files.delete(copy.resolve(file));

      assertThatThrownBy(() -> OnnxWsss.load(copy))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining(file)
          .hasMessageContaining("missing");
    }
  }

  @Test
  void aNetworkFromAnotherTrainingIsDetected() throws IOException {
    Path copy = copyOfTheModel("mixed");
    Files.copy(
        copy.resolve("classifier.onnx"),
        copy.resolve("segmenter.onnx"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);

    assertThatThrownBy(() -> OnnxWsss.load(copy))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("segmenter.onnx")
        .hasMessageContaining("another training");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "classNames",
        "imageSize",
        "cropSize",
        "inputStride",
        "normalization",
        "optimizer",
        "backgroundRule",
        "camScales",
        "segmentScales",
        "refinement",
        "seed",
        "learningRate",
        "generatedWeight",
        "validationEvery",
        "patience",
        "classifierSha256",
        "classifierStep",
        "classifierValidation",
        "segmenterLosses"
      })
  void aModelCardWithoutAFieldNamesTheField(String field) throws IOException {
    assertDamage(card -> card.remove(field), field, "missing");
    assertDamage(card -> card.add(field, JsonNull.INSTANCE), field, "missing");
    assertDamage(card -> card.add(field, new JsonObject()), field, "another type");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "classNames | [null] | null",
        "classNames | [] | is []",
        "classNames | [\"disc\", \"disc\"] | each once",
        "classNames | [\"disc\"] | have 2",
        "classNames | [\"disc\", \"square\", \"cat\"] | names 3",
        "cropSize | 33 | multiple of 8",
        "imageSize | 0 | from 32 to 2048",
        "inputStride | 0 | at least 1",
        "backgroundRule | {\"name\": \"fixed\", \"settings\": {\"low\": \"0\"}} | high is missing",
        "backgroundRule | {\"name\": \"fixed\", \"settings\": {\"low\": \"0\", \"high\": \"2\"}} | in [0, 1)",
        "camScales | [null] | null",
        "camScales | [] | at least one",
        "camScales | [1e9] | from 0.25 to 4",
        "segmentScales | [] | at least one",
        "segmentScales | [0.2] | from 0.25 to 4",
        "refinement | {\"name\": \"PAMR\", \"settings\": {\"steps\": \"-1\"}} | from 0 to 100",
        "refinement | {\"name\": \"magic\", \"settings\": {}} | no refinement named magic",
        "generatedWeight | 0 | in (0, 1]",
        "validationEvery | 0 | at least 1",
        "patience | -1 | at least 0",
        "classifierStep | 79 | the last step",
        "classifierValidation | [{\"step\": 81, \"meanAveragePrecision\": 1}] | have a loss",
        "classifierValidation | [{\"step\": 80, \"meanAveragePrecision\": 2}] | in [0, 1]",
        "classifierValidation | [{}] | have a loss",
        "classifierLosses | [null] | null",
        "segmenterSteps | 7 | as many as"
      })
  void aModelCardWithADamagedFieldNamesTheField(String field, String value, String problem)
      throws IOException {
    assertDamage(card -> card.add(field, JsonParser.parseString(value)), field, problem);
  }

  @Test
  void aModelCardThatIsNotAnObjectIsRefused() throws IOException {
    Path copy = copyOfTheModel("list");
    Files.writeString(copy.resolve("model.json"), "[]");

    assertThatThrownBy(() -> OnnxWsss.load(copy))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("is not the JSON that training writes");
  }

  private void assertDamage(Consumer<JsonObject> damage, String field, String problem)
      throws IOException {
    Path copy = Files.createTempDirectory(folder, "damaged");
    for (String file : List.of("classifier.onnx", "segmenter.onnx")) {
      Files.copy(shared.resolve("model").resolve(file), copy.resolve(file));
    }
    JsonObject card =
        JsonParser.parseString(Files.readString(shared.resolve("model").resolve("model.json")))
            .getAsJsonObject();
    damage.accept(card);
    Files.writeString(copy.resolve("model.json"), card.toString());

    assertThatThrownBy(() -> OnnxWsss.load(copy))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("model.json (" + field + ")")
        .hasMessageContaining(problem);
  }

  @Test
  void dataWithoutImagesOrLabelsIsRefused() {
    WsssTraining training = small().build();

    assertThatThrownBy(() -> training.fit(LabeledDataset.of(Blobs.CLASS_NAMES, List.of()), folder))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("no images");
    assertThatThrownBy(() -> training.fit(LabeledDataset.of(List.of(), List.of()), folder))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("no classes");
    assertThatThrownBy(
            () ->
                training.fit(
                    LabeledDataset.of(List.of("other"), Blobs.dataset(1, 32, 1).images()), folder))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("disc");
  }

  @Test
  void moreClassesThanAMaskCanHoldAreRefused() {
    List<String> many = new ArrayList<>(Blobs.CLASS_NAMES);
    for (int k = 2; k < 255; k++) {
      many.add("class" + k);
    }
    LabeledDataset data = LabeledDataset.of(many, Blobs.dataset(2, 32, 1).images());

    assertThatThrownBy(() -> small().classifierSteps(1).segmenterSteps(1).build().fit(data, folder))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("255 classes")
        .hasMessageContaining("at most 254");
  }

  @Test
  void anInterruptEndsTheTrainingWithoutAModelAndStaysSet() {
    WsssTraining training = small().classifierSteps(50).build();
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> training.fit(Blobs.dataset(4, 32, 1), folder))
        .isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(OnnxWsss.isPresent(folder)).isFalse();
  }

  @Test
  void anInterruptInAStepEndsTheTrainingAndLeavesTheEarlierModel() throws IOException {
    Path copy = copyOfTheModel("earlier");
    Thread training = Thread.currentThread();
    TrainingListener interrupting =
        new TrainingListener() {
          @Override
          public void segmenterStep(int step, int steps, float loss) {
            training.interrupt();
          }
        };

    assertThatThrownBy(
            () ->
                small()
                    .classifierSteps(1)
                    .segmenterSteps(50)
                    .listener(interrupting)
                    .build()
                    .fit(Blobs.dataset(4, 32, 1), copy))
        .isInstanceOf(CancelledException.class)
        .hasMessage(
            "training was cancelled; "
                + copy
                + " is as it was, besides the checkpoint from which the same training resumes");
    assertThat(Thread.interrupted()).isTrue();
    for (String file : List.of("classifier.onnx", "segmenter.onnx", "model.json")) {
      assertThat(copy.resolve(file)).hasSameBinaryContentAs(shared.resolve("model").resolve(file));
    }
  }

  @Test
  void aSecondTrainingWaitsInterruptibly() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    TrainingListener blocking =
        new TrainingListener() {
          @Override
          public void classifierStep(int step, int steps, float loss) {
            started.countDown();
            awaitQuietly(done);
          }
        };
    WsssTraining first = small().classifierSteps(1).segmenterSteps(1).listener(blocking).build();
    CompletableFuture<Void> running =
        CompletableFuture.runAsync(
            () -> first.fit(Blobs.dataset(4, 32, 1), folder.resolve("first")).close(),
            task -> new Thread(task).start());
    assertThat(started.await(60, TimeUnit.SECONDS)).isTrue();
    Thread waiting = Thread.currentThread();
    Thread interrupter =
        new Thread(
            () -> {
              while (waiting.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
              }
              waiting.interrupt();
            });
    interrupter.start();

    assertThatThrownBy(() -> small().build().fit(Blobs.dataset(4, 32, 1), folder.resolve("second")))
        .isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
    done.countDown();
    running.get(60, TimeUnit.SECONDS);
    assertThat(OnnxWsss.isPresent(folder.resolve("first"))).isTrue();
    assertThat(folder.resolve("second")).doesNotExist();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aListenerCannotStartAnotherTraining() {
    LabeledDataset data = Blobs.dataset(4, 32, 1);
    TrainingListener nesting =
        new TrainingListener() {
          @Override
          public void classifierStep(int step, int steps, float loss) {
            small().build().fit(data, folder.resolve("inner"));
          }
        };

    assertThatThrownBy(() -> small().listener(nesting).build().fit(data, folder))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("listener");
  }

  @Test
  void pseudoMasksAreMadeOnTheDeviceOfTheTraining() {
    AtomicBoolean isTrained = new AtomicBoolean();
    AtomicInteger networksInTraining = new AtomicInteger();
    Device device =
        Device.provider(
            "counted",
            options -> {
              if (isTrained.get()) {
                networksInTraining.incrementAndGet();
              }
            });
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void classifierStep(int step, int steps, float loss) {
            isTrained.set(true);
          }

          @Override
          public void segmenterStep(int step, int steps, float loss) {
            isTrained.set(false);
          }
        };

    small()
        .classifierSteps(1)
        .segmenterSteps(1)
        .device(device)
        .listener(listener)
        .build()
        .fit(Blobs.dataset(4, 32, 1), folder)
        .close();

    assertThat(networksInTraining).hasValue(1);
  }

  @Test
  void aTrainingOnADeviceThatThisBuildLacksFailsBeforeItsFirstStep() {
    List<Integer> steps = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void classifierStep(int step, int of, float loss) {
            steps.add(step);
          }
        };

    assertThatThrownBy(
            () ->
                small()
                    .device(Device.cuda(0))
                    .listener(listener)
                    .build()
                    .fit(Blobs.dataset(4, 32, 1), folder))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("onnxruntime_gpu");
    assertThat(steps).isEmpty();
  }

  private Path copyOfTheModel(String name) throws IOException {
    Path copy = Files.createDirectories(folder.resolve(name));
    for (String file : List.of("classifier.onnx", "segmenter.onnx", "model.json")) {
      Files.copy(shared.resolve("model").resolve(file), copy.resolve(file));
    }
    return copy;
  }
}
