package io.github.iaa4j.wsss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.onnx.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
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

  private static WsssTraining.Builder small() {
    return WsssTraining.builder()
        .imageSize(32)
        .batchSize(16)
        .seed(7)
        .backgroundThreshold(0.5)
        .camScales(1, 1.5)
        .refinementSteps(5);
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
  void pseudoMasksShowOnlyTheLabelsTheyAreGiven() {
    RgbImage image = Blobs.dataset(1, 32, 4).images().get(0).image();

    LabelMask mask = model.pseudoMask(image, List.of("square"));

    for (byte index : mask.indices()) {
      assertThat((int) index).isIn(0, 2);
    }
    assertThatThrownBy(() -> model.pseudoMask(image, List.of("zebra")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("zebra")
        .hasMessageContaining("disc");
  }

  @Test
  void theMapsOfAMirroredImageAreTheMirroredMaps() {
    RgbImage image = Blobs.dataset(1, 40, 5).images().get(0).image();
    byte[] mirrored = new byte[image.pixels().length];
    for (int i = 0; i < 40 * 40; i++) {
      int to = i - i % 40 + 39 - i % 40;
      System.arraycopy(image.pixels(), 3 * i, mirrored, 3 * to, 3);
    }

    float[][] cams = model.cams(image);
    float[][] mirroredCams = model.cams(new RgbImage(40, 40, mirrored));

    for (int k = 0; k < 2; k++) {
      for (int i = 0; i < 40 * 40; i++) {
        assertThat(mirroredCams[k][i - i % 40 + 39 - i % 40]).isCloseTo(cams[k][i], within(1e-4f));
      }
    }
  }

  @Test
  void imagesOfAnySizeAreMaskedAtTheirSize() {
    RgbImage wide = new RgbImage(75, 21, new byte[75 * 21 * 3]);

    assertThat(model.segment(wide))
        .extracting(LabelMask::width, LabelMask::height)
        .containsExactly(75, 21);
    assertThat(model.pseudoMask(wide, List.of("disc")).indices()).hasSize(75 * 21);
    assertThat(model.cams(wide)[1]).hasSize(75 * 21);
    assertThat(model.segment(new RgbImage(1, 1, new byte[3])).indices()).hasSize(1);
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
        "backgroundThreshold",
        "camScales",
        "refinementSteps",
        "seed",
        "learningRate",
        "classifierSha256",
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
        "backgroundThreshold | 0 | in (0, 1)",
        "backgroundThreshold | NaN | in (0, 1)",
        "camScales | [null] | null",
        "camScales | [] | at least one",
        "camScales | [1e9] | from 0.25 to 4",
        "refinementSteps | -1 | from 0 to 100",
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
  void callsInProgressEndNormallyWhenTheModelIsClosed() throws Exception {
    Path copy = copyOfTheModel("busy");
    RgbImage image = Blobs.dataset(1, 32, 4).images().get(0).image();
    LabelMask expected = model.segment(image);
    for (int i = 0; i < 50; i++) {
      OnnxWsss busy = OnnxWsss.load(copy);
      CountDownLatch running = new CountDownLatch(2);
      List<CompletableFuture<Void>> users = new ArrayList<>();
      for (int user = 0; user < 2; user++) {
        users.add(
            CompletableFuture.runAsync(
                () -> {
                  try {
                    while (true) {
                      assertThat(busy.segment(image)).isEqualTo(expected);
                      running.countDown();
                    }
                  } catch (IllegalStateException e) {
                    assertThat(e).hasMessageContaining("is closed");
                  }
                },
                task -> new Thread(task).start()));
      }
      assertThat(running.await(20, TimeUnit.SECONDS)).isTrue();
      busy.close();
      for (CompletableFuture<Void> user : users) {
        user.get();
      }
    }
  }

  @Test
  void closingTwiceHasNoEffectAndLaterCallsThrow() throws IOException {
    OnnxWsss copy = OnnxWsss.load(copyOfTheModel("closed"));
    copy.close();
    copy.close();

    assertThatThrownBy(() -> copy.segment(new RgbImage(8, 8, new byte[192])))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
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
  void allOptionsOutOfRangeAreNamedAtOnce() {
    assertThatThrownBy(
            () ->
                WsssTraining.builder()
                    .classifierSteps(0)
                    .batchSize(1)
                    .imageSize(20)
                    .cropSize(60)
                    .learningRate(Double.NaN)
                    .backgroundThreshold(1)
                    .camScales()
                    .generatedShare(1.5)
                    .build())
        .isInstanceOfSatisfying(
            ConfigurationException.class, e -> assertThat(e.faults()).hasSize(8))
        .hasMessageContaining("imageSize is 20")
        .hasMessageContaining("cropSize is 60");
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
        .hasMessage("training was cancelled; " + copy + " is as it was");
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
  void severalThreadsGetWhatOneThreadGets() throws Exception {
    List<RgbImage> images =
        Blobs.dataset(6, 40, 9).images().stream().map(image -> image.image()).toList();
    List<List<Object>> expected = images.stream().map(WsssTrainingTest::everything).toList();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<List<List<Object>>>> results = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        results.add(
            threads.submit(() -> images.stream().map(WsssTrainingTest::everything).toList()));
      }
      for (Future<List<List<Object>>> result : results) {
        assertThat(result.get()).usingRecursiveComparison().isEqualTo(expected);
      }
    } finally {
      threads.shutdown();
    }
  }

  private static List<Object> everything(RgbImage image) {
    return List.of(
        model.score(image),
        model.cams(image),
        model.pseudoMask(image, List.of("disc", "square")),
        model.segment(image));
  }

  @Test
  void bothNetworksAreLoadedOnTheDevice() {
    AtomicInteger networks = new AtomicInteger();
    Device device = Device.provider("counted", options -> networks.incrementAndGet());

    OnnxWsss.load(shared.resolve("model"), device).close();

    assertThat(networks).hasValue(2);
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
  void aDeviceThatThisBuildLacksIsNamedWithItsArtifact() {
    assertThatThrownBy(() -> OnnxWsss.load(shared.resolve("model"), Device.cuda(0)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("cuda:0")
        .hasMessageContaining("com.microsoft.onnxruntime:onnxruntime_gpu");
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
