package io.github.iaa4j.wsss.external;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.wsss.Segmenter;
import io.github.iaa4j.wsss.SegmentationEvaluation;
import io.github.iaa4j.wsss.SegmentationScores;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExternalProgramTest {

  private static final List<String> CLASSES = List.of("rose", "fern");
  private static final String[] TRAIN = {"train", "{data}", "{split}", "{model}"};

  @TempDir Path temporary;
  private final List<String> output = Collections.synchronizedList(new ArrayList<>());
  private Path folder;

  @BeforeEach
  void aFolderWithSpaces() {
    folder = temporary.resolve("my models (new)");
  }

  /** One plain image: 0 grey, 1 red, 2 green. */
  private record Plain(String id, int index, boolean generated) implements LabeledImage {

    @Override
    public List<String> labels() {
      return index == 0 ? List.of() : List.of(CLASSES.get(index - 1));
    }

    @Override
    public RgbImage image() {
      byte[] pixels = new byte[3 * 3 * 2];
      for (int i = 0; i < 6 && index > 0; i++) {
        pixels[3 * i + index - 1] = (byte) 255;
      }
      return new RgbImage(3, 2, pixels);
    }

    @Override
    public Optional<LabelMask> mask() {
      byte[] indices = new byte[6];
      Arrays.fill(indices, (byte) index);
      return generated ? Optional.empty() : Optional.of(new LabelMask(3, 2, indices));
    }
  }

  private static LabeledDataset data(int images) {
    return LabeledDataset.of(
        CLASSES,
        IntStream.range(0, images).mapToObj(i -> new Plain("image" + i, i % 3, false)).toList());
  }

  private static String[] command(String... arguments) {
    try {
      return Stream.concat(
              Stream.of(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  Path.of(
                          ColourProgram.class
                              .getProtectionDomain()
                              .getCodeSource()
                              .getLocation()
                              .toURI())
                      .toString(),
                  ColourProgram.class.getName()),
              Stream.of(arguments))
          .toArray(String[]::new);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String[] segmenting(String fault) {
    return command("segment", "{data}", "{split}", "{images}", "{model}", "{masks}", fault);
  }

  private ExternalProgram.Builder method() {
    return ExternalProgram.builder()
        .train(command(TRAIN))
        .segment(segmenting("none"))
        .output(output::add);
  }

  /** A method whose training does something else, and then has what the builder requires. */
  private ExternalProgram.Builder training(String... arguments) {
    return method()
        .train(
            command(
                Stream.concat(Stream.of(arguments), Stream.of("{data}", "{model}"))
                    .toArray(String[]::new)));
  }

  @Test
  void theProgramTrainsAndItsMasksAreMeasured() {
    try (Segmenter segmenter = method().build().fit(data(9), folder)) {
      SegmentationScores scores = SegmentationEvaluation.ofSegmenter(segmenter, data(6));

      assertThat(segmenter.classNames()).isEqualTo(CLASSES);
      assertThat(scores.meanIou()).isEqualTo(1);
      assertThat(scores.images().measured()).isEqualTo(6);
    }
    assertThat(output).containsExactly("epoch 1", "epoch 2", "trained on 9");
  }

  @Test
  void aHundredImagesAreMeasuredByOneCallOfTheProgram() {
    try (Segmenter segmenter = method().build().fit(data(3), folder)) {
      SegmentationEvaluation.ofSegmenter(segmenter, data(100));

      assertThat(folder.resolve("model/calls.txt")).hasContent("call");
      assertThat(folder.resolve("work")).isEmptyDirectory();
    }
  }

  @Test
  void aModelThatWasTrainedBeforeIsLoaded() {
    ExternalProgram method = method().build();
    assertThat(method.isPresent(folder)).isFalse();
    assertThatThrownBy(() -> method.load(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("program.json")
        .hasMessageContaining("Train first");
    method.fit(data(3), folder).close();

    assertThat(method.isPresent(folder)).isTrue();
    try (Segmenter segmenter = method.load(folder)) {
      LabeledImage rose = new Plain("", 1, false);
      assertThat(segmenter.segment(rose.image())).isEqualTo(rose.mask().orElseThrow());
    }
  }

  @Test
  void theTrainingSetHasLabelsAndMarksOfGeneratedImagesButNoTrueMasks() {
    LabeledDataset mixed =
        LabeledDataset.of(
            CLASSES,
            List.of(
                new Plain("2008_000001", 1, false),
                new Plain("2147_000001", 2, true),
                new Plain("2008_000002", 0, false)));

    assertThatThrownBy(() -> training("fail").build().fit(mixed, folder))
        .isInstanceOf(ModelException.class);

    LabeledDataset given = VocDataset.open(folder.resolve("work/train"), "train");
    assertThat(given.classNames()).isEqualTo(CLASSES);
    assertThat(given.images())
        .extracting(LabeledImage::id, LabeledImage::labels, LabeledImage::generated)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("2008_000001", List.of("rose"), false),
            org.assertj.core.groups.Tuple.tuple("2147_000001", List.of("fern"), true),
            org.assertj.core.groups.Tuple.tuple("2008_000002", List.of(), false));
    assertThat(given.images()).allSatisfy(image -> assertThat(image.mask()).isEmpty());
    assertThat(given.images().get(1).image()).isEqualTo(mixed.images().get(1).image());
  }

  @Test
  void noLabelIsToldWhereImagesAreSegmented() throws IOException {
    try (Segmenter segmenter = method().segment(segmenting("half")).build().fit(data(3), folder)) {
      assertThatThrownBy(() -> segmenter.segmentAll(data(3).images()))
          .isInstanceOf(ModelException.class);
    }

    try (Stream<Path> kept = Files.list(folder.resolve("work"))) {
      VocDataset given = VocDataset.open(kept.findFirst().orElseThrow(), "test");
      assertThat(given.images())
          .hasSize(3)
          .allSatisfy(image -> assertThat(image.labels()).isEmpty());
    }
  }

  @Test
  void idsThatCannotNameFilesAreReplacedByNumbers() throws IOException {
    List<LabeledImage> images =
        Stream.of("cats/1", "x", "X", "a b", "..")
            .map(id -> (LabeledImage) new Plain(id, 1, false))
            .toList();

    LabeledDataset data = LabeledDataset.of(CLASSES, images);
    try (Segmenter segmenter = method().build().fit(data, folder);
        Segmenter.Masks masks = segmenter.segmentAll(images)) {
      assertThat(Files.readAllLines(folder.resolve("model/names.txt")))
          .containsExactly("0000_000001", "x", "0000_000002", "0000_000003", "0000_000004");
      assertThat(images)
          .allSatisfy(image -> assertThat(masks.of(image)).isEqualTo(image.mask().orElseThrow()));
    }
  }

  @Test
  void argumentsReachTheProgramAsTheyAre() {
    String odd = "a  b 'c' $HOME * ; rm & | %PATH% {\"lr\": 0.1}";

    assertThatThrownBy(() -> training("print", odd, "").build().fit(data(3), folder))
        .hasMessageContaining("wrote nothing");

    assertThat(output.subList(1, 3))
        .containsExactly(
            "a  b 'c' $HOME * ; rm & | %PATH% {\"lr\": 0.1}",
            folder.resolve("work/train").toAbsolutePath().toString());
  }

  @Test
  void aFailingProgramIsReportedWithItsCommandAndItsLastLines() {
    ExternalProgram method = training("fail").build();

    assertThatThrownBy(() -> method.fit(data(3), folder))
        .isInstanceOfSatisfying(ModelException.class, e -> assertThat(e.file()).isEqualTo(folder))
        .hasMessageContaining("exit code 3")
        .hasMessageContaining("ColourProgram fail \"" + folder.resolve("work/train"))
        .hasMessageContaining("line 50\n  out of memory")
        .hasMessageNotContaining("line 30\n");
    assertThat(method.isPresent(folder)).isFalse();
    assertThat(output).hasSize(51);
  }

  @Test
  void anEarlierModelIsNoLongerPresentAfterAFailure() {
    method().build().fit(data(3), folder).close();

    assertThatThrownBy(() -> training("fail").build().fit(data(3), folder))
        .isInstanceOf(ModelException.class);

    assertThat(method().build().isPresent(folder)).isFalse();
  }

  @Test
  void aModelOfAnotherTrainingCommandIsNotLoaded() {
    method().build().fit(data(3), folder).close();

    method().segment(segmenting("half")).build().load(folder).close();
    assertThatThrownBy(() -> training("nothing").build().load(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("program.json")
        .hasMessageContaining("trained with train ");
  }

  @Test
  void onlyTheSameTrainingFindsWhatWasLeftInTheModelFolder() throws IOException {
    method().build().fit(data(3), folder).close();
    Path checkpoint = Files.writeString(folder.resolve("model/checkpoint"), "finished");

    method().build().fit(data(3), folder).close();
    assertThat(checkpoint).exists();

    method().build().fit(data(4), folder).close();
    assertThat(checkpoint).doesNotExist();
  }

  @Test
  void aProgramThatIsNotThereIsAFaultOfTheConfiguration() {
    ExternalProgram method =
        method().train("no-such-python", "train.py", "{data}", "{model}").build();

    assertThatThrownBy(() -> method.fit(data(3), folder))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("the program no-such-python cannot be started")
        .hasMessageContaining("full path")
        .hasMessageContaining("train.py");
  }

  @Test
  void aProgramThatCannotBeStartedLeavesTheEarlierModel() {
    method().build().fit(data(3), folder).close();
    ExternalProgram missing =
        method().train("no-such-python", "train.py", "{data}", "{model}").build();

    assertThatThrownBy(() -> missing.fit(data(3), folder))
        .isInstanceOf(ConfigurationException.class);

    assertThat(method().build().isPresent(folder)).isTrue();
  }

  @Test
  void aFolderInWhichAProgramTrainsIsNotGivenToAnotherTraining() {
    List<Throwable> second = new ArrayList<>();
    ExternalProgram method =
        method()
            .output(line -> second.add(catchThrowable(() -> method().build().fit(data(3), folder))))
            .build();

    method.fit(data(3), folder).close();

    assertThat(second)
        .isNotEmpty()
        .allSatisfy(e -> assertThat(e).isInstanceOf(StorageException.class));
  }

  @Test
  void whatAProgramLeavesBehindIsStopped() {
    assertThatThrownBy(() -> training("leave").build().fit(data(3), folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("wrote nothing");

    long child = Long.parseLong(output.get(0).substring("child ".length()));
    assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "half, no mask for 2 of 4 images, image2.png",
    "small, 1 x 1, 3 x 2",
    "high, index 9, classes.txt",
    "rgb, one channel, classes.txt",
  })
  void aMaskThatIsNotWhatItMustBeIsReportedWithItsFile(String fault, String what, String more) {
    try (Segmenter segmenter = method().segment(segmenting(fault)).build().fit(data(4), folder)) {
      assertThatThrownBy(() -> SegmentationEvaluation.ofSegmenter(segmenter, data(4)))
          .isInstanceOfSatisfying(
              ModelException.class, e -> assertThat(e.file().toString()).endsWith(".png"))
          .hasMessageContaining(what)
          .hasMessageContaining(more)
          .hasMessageContaining("ColourProgram segment")
          .hasMessageContaining("It printed nothing.")
          .isInstanceOfSatisfying(
              ModelException.class,
              e -> assertThat(Files.exists(e.file())).isEqualTo(!fault.equals("half")));
      assertThat(folder.resolve("work")).isNotEmptyDirectory();
    }
  }

  @Test
  void imagesOfOneIdAreRefusedBecauseOneWouldGetTheMaskOfTheOther() {
    List<LabeledImage> twins = List.of(new Plain("twin", 1, false), new Plain("twin", 2, false));

    try (Segmenter segmenter = method().build().fit(data(3), folder)) {
      assertThatThrownBy(() -> segmenter.segmentAll(twins))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("the id twin");
    }
  }

  @Test
  void anInterruptStopsTheProgramAndWhatItStarted() throws Exception {
    ExternalProgram method =
        training("hang")
            .output(
                line -> {
                  output.add(line);
                  Thread.currentThread().interrupt();
                })
            .build();

    assertThatThrownBy(() -> method.fit(data(3), folder)).isInstanceOf(CancelledException.class);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(method.isPresent(folder)).isFalse();
    long child = Long.parseLong(output.get(0).substring("child ".length()));
    Optional<ProcessHandle> left = ProcessHandle.of(child);
    if (left.isPresent()) {
      left.get().onExit().get(30, TimeUnit.SECONDS);
    }
    assertThat(ProcessHandle.current().descendants()).isEmpty();
  }

  @Test
  void aProgramThatExceedsItsTimeLimitIsStopped() {
    ExternalProgram method = training("sleep").timeLimit(Duration.ofSeconds(1)).build();

    assertThatThrownBy(() -> method.fit(data(3), folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("time limit of 1 s")
        .hasMessageContaining("ColourProgram sleep");
    assertThat(ProcessHandle.current().descendants()).isEmpty();
  }

  @Test
  void whatTheListenerThrowsStopsTheProgram() {
    IllegalStateException seenEnough = new IllegalStateException("seen enough");
    ExternalProgram method =
        training("hang")
            .output(
                line -> {
                  throw seenEnough;
                })
            .build();

    assertThatThrownBy(() -> method.fit(data(3), folder)).isSameAs(seenEnough);
    assertThat(ProcessHandle.current().descendants()).isEmpty();
  }

  @Test
  void aProgramThatAsksAQuestionReadsTheEndOfItsInput() {
    assertThatThrownBy(() -> training("ask").build().fit(data(3), folder))
        .hasMessageContaining("wrote nothing into this folder")
        .hasMessageContaining("read -1");
  }

  @Test
  void variablesReachTheProgramAndAreNeitherShownNorRecorded() throws IOException {
    ExternalProgram failing =
        training("token").environment(Map.of("TOKEN", "hf_verysecret")).build();
    assertThatThrownBy(() -> failing.fit(data(3), folder))
        .hasMessageContaining("the token has 13")
        .hasMessageNotContaining("hf_verysecret");

    ExternalProgram working = method().environment(Map.of("TOKEN", "hf_verysecret")).build();
    working.fit(data(3), folder).close();

    assertThat(working.describe().toString()).doesNotContain("hf_verysecret");
    assertThat(Files.readString(folder.resolve("program.json")))
        .contains("{masks}")
        .doesNotContain("hf_verysecret");
  }

  @Test
  void aVariableThatCannotBeSetIsRefusedWithoutItsValue() {
    assertThatThrownBy(
            () ->
                method().environment(Map.of("TOKEN", "hf_verysecret\0", "A=B", "hf_other")).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("the value of TOKEN has a NUL")
        .hasMessageContaining("A=B")
        .hasMessageNotContaining("hf_");
  }

  @Test
  void commandsWithoutTheirPlaceholdersAreRefusedAllAtOnce() {
    assertThatThrownBy(
            () ->
                ExternalProgram.builder()
                    .train("python", "train.py", "{data}", "{modle}")
                    .timeLimit(Duration.ZERO)
                    .build())
        .isInstanceOfSatisfying(
            ConfigurationException.class,
            e ->
                assertThat(e.faults())
                    .satisfiesExactly(
                        fault -> assertThat(fault).contains("train has no argument with {model}"),
                        fault -> assertThat(fault).contains("[{modle}]", "{data}, {model}"),
                        fault -> assertThat(fault).contains("segment is missing"),
                        fault -> assertThat(fault).contains("timeLimit")));
  }

  @Test
  void aClosedModelSegmentsNoMore() {
    Segmenter segmenter = method().build().fit(data(3), folder);
    segmenter.close();
    segmenter.close();

    assertThatThrownBy(() -> segmenter.segment(new Plain("", 1, false).image()))
        .isInstanceOf(IllegalStateException.class);
  }
}
