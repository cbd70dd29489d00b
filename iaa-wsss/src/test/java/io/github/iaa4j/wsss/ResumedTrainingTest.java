package io.github.iaa4j.wsss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.internal.FolderLock;
import io.github.iaa4j.wsss.Blobs.Blob;
import io.github.iaa4j.wsss.crf.CrfPreset;
import io.github.iaa4j.wsss.pseudomask.BackgroundRule;
import io.github.iaa4j.wsss.pseudomask.Refinement;
import io.github.iaa4j.wsss.training.Optimizer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A training that is killed goes on from its checkpoint, and ends as if it had not been. */
class ResumedTrainingTest {

  private static final int CLASSIFIER_STEPS = 7;
  private static final int SEGMENTER_STEPS = 5;
  private static final int EVERY = 2;
  private static final LabeledDataset IMAGES = withGenerated(Blobs.dataset(8, 32, 1));
  private static final LabeledDataset HELD_OUT = Blobs.dataset(6, 32, 2);

  @TempDir static Path shared;
  @TempDir Path folder;

  /** As if the process were killed. */
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Tells every step as "classifier 3", and kills the training after one of them. */
  private static final class Killer implements TrainingListener {

    private final String last;
    private final List<String> told = new ArrayList<>();

    Killer(String last) {
      this.last = last;
    }

    private void tell(String event) {
      told.add(event);
      if (event.equals(last)) {
        throw new Killed();
      }
    }

    @Override
    public void resumed(int classifierStep, int segmenterStep) {
      tell("resumed " + classifierStep + " " + segmenterStep);
    }

    @Override
    public void classifierStep(int step, int steps, float loss) {
      tell("classifier " + step);
    }

    @Override
    public void classifierValidated(int step, double meanAveragePrecision) {
      tell("validated " + step);
    }

    @Override
    public void pseudoMask(int done, int images) {
      tell("mask " + done);
    }

    @Override
    public void segmenterStep(int step, int steps, float loss) {
      tell("segmenter " + step);
    }
  }

  private static LabeledDataset withGenerated(LabeledDataset data) {
    List<LabeledImage> images = new ArrayList<>(data.images());
    for (int i = 0; i < images.size(); i += 3) {
      LabeledImage image = images.get(i);
      images.set(i, new Blob(image.id(), image.labels(), image.image(), image.mask(), true));
    }
    return LabeledDataset.of(data.classNames(), images);
  }

  private static WsssTraining.Builder training() {
    return WsssTraining.builder()
        .imageSize(32)
        .batchSize(4)
        .seed(7)
        .backgroundRule(BackgroundRule.fixed(0.5))
        .refinement(Refinement.colourAffinity(2).withDenseCrf(CrfPreset.PSA.crf()))
        .generatedWeight(0.5)
        .validation(HELD_OUT)
        .validationEvery(3)
        .classifierSteps(CLASSIFIER_STEPS)
        .segmenterSteps(SEGMENTER_STEPS)
        .checkpointEvery(EVERY);
  }

  @BeforeAll
  static void undisturbed() {
    training().build().fit(IMAGES, shared.resolve("undisturbed")).close();
  }

  static List<String> moments() {
    List<String> moments = new ArrayList<>();
    IntStream.rangeClosed(1, CLASSIFIER_STEPS).forEach(i -> moments.add("classifier " + i));
    moments.addAll(List.of("validated 3", "validated 7", "mask 1", "mask 8"));
    IntStream.rangeClosed(1, SEGMENTER_STEPS).forEach(i -> moments.add("segmenter " + i));
    return moments;
  }

  private static void kill(WsssTraining.Builder training, String moment, Path folder) {
    WsssTraining killed = training.listener(new Killer(moment)).build();
    assertThatThrownBy(() -> killed.fit(IMAGES, folder)).isInstanceOf(Killed.class);
    assertThat(OnnxWsss.isPresent(folder)).isFalse();
  }

  private static void assertSameFiles(Path one, Path two) {
    for (String file : List.of("classifier.onnx", "segmenter.onnx", "model.json")) {
      assertThat(one.resolve(file)).hasSameBinaryContentAs(two.resolve(file));
    }
    assertThat(one.resolve("checkpoint")).doesNotExist();
    assertThat(two.resolve("checkpoint")).doesNotExist();
  }

  @ParameterizedTest
  @MethodSource("moments")
  void aTrainingThatIsKilledAtAnyMomentEndsWithTheSameBytes(String moment) {
    kill(training(), moment, folder);

    training().build().fit(IMAGES, folder).close();

    assertSameFiles(folder, shared.resolve("undisturbed"));
  }

  @Test
  void aTrainingThatIsKilledAgainAndAgainEndsWithTheSameBytes() {
    for (String moment :
        List.of("classifier 3", "classifier 5", "mask 3", "segmenter 3", "segmenter 5")) {
      kill(training(), moment, folder);
    }

    training().build().fit(IMAGES, folder).close();

    assertSameFiles(folder, shared.resolve("undisturbed"));
  }

  @ParameterizedTest
  @CsvSource({
    "classifier 1, , classifier 1",
    "classifier 2, resumed 2 0, classifier 3",
    "classifier 3, resumed 2 0, classifier 3",
    "classifier 6, resumed 6 0, classifier 7",
    "mask 1, resumed 7 0, mask 1",
    "segmenter 2, resumed 7 2, mask 1",
    "segmenter 4, resumed 7 4, mask 1"
  })
  void atMostTheStepsSinceTheLastCheckpointAreRepeated(
      String moment, String resumed, String firstStep) {
    kill(training(), moment, folder);
    Killer listener = new Killer("none");

    training().listener(listener).build().fit(IMAGES, folder).close();

    List<String> expected = resumed == null ? List.of(firstStep) : List.of(resumed, firstStep);
    assertThat(listener.told).startsWith(expected.toArray(String[]::new));
  }

  @Test
  void noCheckpointIsWrittenWhereNoneIsWanted() {
    kill(training().checkpointEvery(0), "segmenter 5", folder);

    assertThat(folder.resolve("checkpoint")).doesNotExist();
  }

  @Test
  void howOftenCheckpointsAreWrittenDoesNotMatterForResuming() {
    kill(training(), "segmenter 3", folder);

    training().checkpointEvery(0).build().fit(IMAGES, folder).close();

    assertSameFiles(folder, shared.resolve("undisturbed"));
  }

  @ParameterizedTest
  @CsvSource({"SGD, POLY", "ADAMW, COSINE"})
  void aFineTunedBackboneIsResumedInBothStages(Optimizer.Kind kind, Optimizer.Schedule schedule)
      throws URISyntaxException {
    Path file =
        Path.of(
            Objects.requireNonNull(getClass().getResource("/backbones/resnet-basic.onnx")).toURI());
    WsssTraining.Builder training =
        training()
            .backbone(Backbone.onnx(file).outputStride(16))
            .optimizer(new Optimizer(kind, 1e-4, schedule, 0.1))
            .imageSize(64)
            .cropSize(64);
    training.build().fit(IMAGES, folder.resolve("whole")).close();
    Path part = folder.resolve("part");
    kill(training, "classifier 5", part);
    kill(training, "segmenter 3", part);

    training.listener(new TrainingListener() {}).build().fit(IMAGES, part).close();

    assertSameFiles(part, folder.resolve("whole"));
  }

  static List<Other> others() {
    List<LabeledImage> fewer = IMAGES.images().subList(0, 7);
    return List.of(
        new Other("learningRate", "0.012", "0.02", builder -> builder.learningRate(0.02), IMAGES),
        new Other("seed", "7", "8", builder -> builder.seed(8), IMAGES),
        new Other("patience", "5", "1", builder -> builder.patience(1), IMAGES),
        new Other("images", "8", "7", builder -> {}, LabeledDataset.of(Blobs.CLASS_NAMES, fewer)),
        new Other("imagesSha256", "\"", "\"", builder -> {}, withOnePixelChanged()),
        new Other(
            "validationImages",
            "6",
            "4",
            builder -> builder.validation(Blobs.dataset(4, 32, 2)),
            IMAGES));
  }

  private record Other(
      String field,
      String there,
      String here,
      Consumer<WsssTraining.Builder> change,
      LabeledDataset images) {

    @Override
    public String toString() {
      return field;
    }
  }

  private static LabeledDataset withOnePixelChanged() {
    List<LabeledImage> images = new ArrayList<>(IMAGES.images());
    Blob last = (Blob) images.get(7);
    byte[] pixels = last.image().pixels().clone();
    pixels[0]++;
    images.set(
        7,
        new Blob(
            last.id(), last.labels(), new RgbImage(32, 32, pixels), last.mask(), last.generated()));
    return LabeledDataset.of(Blobs.CLASS_NAMES, images);
  }

  @ParameterizedTest
  @MethodSource("others")
  void theCheckpointOfAnotherTrainingIsRefusedWithTheFieldThatDiffers(Other other)
      throws IOException {
    kill(training(), "classifier 3", folder);
    byte[] before = Files.readAllBytes(folder.resolve("checkpoint"));
    WsssTraining.Builder changed = training();
    other.change().accept(changed);

    assertThatThrownBy(() -> changed.build().fit(other.images(), folder))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining("its " + other.field() + " is " + other.there())
        .hasMessageContaining("that of this training is " + other.here())
        .hasMessageContaining("Delete " + folder.resolve("checkpoint"));
    assertThat(folder.resolve("checkpoint")).hasBinaryContent(before);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 20, 5000})
  void aCheckpointThatIsCutOffIsRefused(int length) throws IOException {
    kill(training(), "classifier 3", folder);
    Path file = folder.resolve("checkpoint");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, length));

    assertDamaged(file);
  }

  @Test
  void aCheckpointWithAFlippedBitIsRefused() throws IOException {
    kill(training(), "classifier 3", folder);
    Path file = folder.resolve("checkpoint");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);

    assertDamaged(file);
  }

  private void assertDamaged(Path file) {
    assertThatThrownBy(() -> training().build().fit(IMAGES, folder))
        .isInstanceOf(StorageException.class)
        .hasMessage(
            file
                + ": is damaged or cut off. Delete this file, and the training starts from its"
                + " first step.");
  }

  @Test
  void aKillWhileACheckpointIsWrittenLeavesTheOneBefore() throws IOException {
    kill(training(), "classifier 5", folder);
    Files.write(folder.resolve(".checkpoint.tmp"), new byte[100]);

    training().build().fit(IMAGES, folder).close();

    assertSameFiles(folder, shared.resolve("undisturbed"));
  }

  @Test
  @SuppressWarnings("try") // Nothing is asked of the lock but to be held.
  void aFolderThatAnotherTrainsIntoIsRefused() {
    try (FolderLock held = FolderLock.acquire(folder, "model")) {
      assertThatThrownBy(() -> training().build().fit(IMAGES, folder))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("is working on this model");
    }
  }
}
