package io.github.iaa4j.wsss.external;

import io.github.iaa4j.core.dataset.ImageEncoding;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.VocWriter;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.internal.AtomicFiles;
import io.github.iaa4j.core.internal.FolderLock;
import io.github.iaa4j.core.internal.Folders;
import io.github.iaa4j.core.internal.JsonFiles;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.wsss.Segmenter;
import io.github.iaa4j.core.wsss.WsssMethod;
import io.github.iaa4j.wsss.internal.TrainableData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A method that is a program of its own, such as a Python code base: one command trains, another
 * segments. Images go to it and masks come back as files.
 *
 * <pre>{@code
 * ExternalProgram method =
 *     ExternalProgram.builder()
 *         .train("python", "train.py", "--voc", "{data}", "--list", "{split}", "--out", "{model}")
 *         .segment("python", "infer.py", "--weights", "{model}", "--voc", "{data}",
 *             "--list", "{split}", "--out", "{masks}")
 *         .directory(Path.of("my-wsss"))
 *         .encoding(ImageEncoding.JPEG)
 *         .build();
 * }</pre>
 *
 * <p>Commands are started as they are, never by a shell. In their arguments these are replaced by
 * absolute paths or names:
 *
 * <ul>
 *   <li>{@code {data}}: a folder in VOC's layout, as {@link VocWriter} writes it. For training,
 *       annotations and {@code ImageSets/Main} have the image-level labels, and generated images
 *       are marked in {@code <source>}; for segmenting, no labels are told. There are no true
 *       masks.
 *   <li>{@code {split}}: the name of the list under {@code {data}/ImageSets/Segmentation}
 *   <li>{@code {images}}: {@code {data}/JPEGImages}; for segmenting
 *   <li>{@code {model}}: the folder that training fills and segmenting reads. What is in it before
 *       training stays, so that a program can resume, unless another training left it: one with
 *       other images, classes, encoding or another command
 *   <li>{@code {masks}}: the folder that segmenting fills with {@code NAME.png} for each name of
 *       the list: of the image's size, with a palette or in 8-bit grey, 0 for background, k for the
 *       class in line k of {@code {data}/classes.txt}, 255 for void
 * </ul>
 *
 * <p>Names of images are their ids where those can name a file of a VOC data set, else numbers.
 * Commands are logged and recorded, and so is the program's output: pass secrets in the {@link
 * Builder#environment environment}, which is neither. On Windows no argument may contain a double
 * quote, because Java does not pass it on.
 *
 * <p>{@link #fit} and {@link Segmenter#segmentAll} block until the program ends. If the thread is
 * interrupted or this process ends, the program and all that it started are stopped; if this
 * process is killed by SIGKILL, they go on. {@link Segmenter#segment} starts the program for one
 * image; measuring starts it once for all.
 *
 * <p>Immutable. Safe for use by several threads, one to a model folder.
 */
public final class ExternalProgram implements WsssMethod<Segmenter> {

  private static final Logger LOG = LoggerFactory.getLogger(ExternalProgram.class);

  private final CommandTemplate train;
  private final CommandTemplate segment;
  private final ImageEncoding encoding;
  private final ProgramCall.Settings settings;

  private ExternalProgram(
      CommandTemplate train,
      CommandTemplate segment,
      ImageEncoding encoding,
      ProgramCall.Settings settings) {
    this.train = train;
    this.segment = segment;
    this.encoding = encoding;
    this.settings = settings;
  }

  /** A builder without commands. */
  public static Builder builder() {
    return new Builder();
  }

  static Path modelOf(Path folder) {
    return folder.resolve("model");
  }

  static Path workOf(Path folder) {
    return folder.resolve("work");
  }

  /**
   * Writes the training set to {@code work/train}, runs the program, which fills {@code model}, and
   * at last writes {@code program.json}. An earlier model in the folder is no longer present as
   * soon as the program starts. The training set is deleted after a success and kept after a
   * failure.
   *
   * @throws ConfigurationException if the program cannot be started, or the data set cannot be
   *     trained on or written in VOC's layout
   * @throws io.github.iaa4j.core.error.DatasetException if an image cannot be read
   * @throws ModelException if the program fails, exceeds the time limit or writes nothing into
   *     {@code {model}}, with its command and its last lines
   * @throws StorageException if the folder cannot be written, or a training in it is under way
   * @throws CancelledException if the thread is interrupted; its interrupt flag stays set
   */
  @SuppressWarnings("try") // Nothing is asked of the lock but to be held.
  @Override
  public Segmenter fit(LabeledDataset data, Path folder) {
    TrainableData.require(data);
    List<String> faults = VocWriter.faults(data.classNames());
    if (!faults.isEmpty()) {
      throw new ConfigurationException(faults);
    }
    Path marker = folder.resolve(ExternalModel.FILE);
    Path model = modelOf(folder);
    Path exchange = workOf(folder).resolve("train");
    try (FolderLock lock = FolderLock.acquire(folder, "model")) {
      Folders.delete(exchange);
      Files.createDirectories(model);
      ExchangedImages images =
          ExchangedImages.write(exchange, data.classNames(), data.images(), true, encoding);
      ExternalTraining training =
          new ExternalTraining(data.classNames(), describeTraining(), images.sha256());
      Path earlier = workOf(folder).resolve("earlier-model");
      setAsideWhatAnotherTrainingLeft(folder, training, earlier);
      ProgramCall call;
      try {
        call =
            ProgramCall.run(
                train.filled(images.placeholders(model)),
                settings,
                folder,
                () -> {
                  delete(marker);
                  JsonFiles.write(folder.resolve(ExternalTraining.FILE), training);
                  ExternalSegmenter.delete(earlier);
                });
      } catch (ConfigurationException e) {
        // It was not started, so the earlier model is still the one of this folder.
        if (Files.exists(earlier)) {
          Folders.delete(model);
          Files.move(earlier, model);
        }
        throw e;
      }
      if (isEmpty(model)) {
        throw call.failure(
            model,
            "the program ended without an error, but wrote nothing into this folder",
            "It must save its model in {model}.",
            null);
      }
      JsonFiles.write(marker, new ExternalModel(data.classNames(), describe()));
      ExternalSegmenter.delete(exchange);
    } catch (IOException e) {
      throw AtomicFiles.failure(folder, e);
    }
    return load(folder);
  }

  /** A program that finds a finished model of other images would pass it off as the new one. */
  private static void setAsideWhatAnotherTrainingLeft(
      Path folder, ExternalTraining training, Path earlier) throws IOException {
    Folders.delete(earlier);
    Path file = folder.resolve(ExternalTraining.FILE);
    if (!Files.exists(file) || JsonFiles.read(file, ExternalTraining.class).equals(training)) {
      return;
    }
    Path model = modelOf(folder);
    LOG.info("{}: what another training left there is not kept", model);
    Files.move(model, earlier);
    Files.createDirectories(model);
  }

  private Description describeTraining() {
    return Description.of("external program").with("train", train).with("encoding", encoding);
  }

  private static void delete(Path marker) {
    try {
      Files.deleteIfExists(marker);
    } catch (IOException e) {
      throw AtomicFiles.failure(marker, e);
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isEmpty();
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>The program does not start before something is segmented.
   */
  @Override
  public Segmenter load(Path folder) {
    Path marker = folder.resolve(ExternalModel.FILE);
    if (!isPresent(folder)) {
      throw new ModelException(
          marker,
          null,
          "there is no such file, so no training by a program was completed here. Train first.",
          null);
    }
    ExternalModel model;
    try {
      model = JsonFiles.read(marker, ExternalModel.class);
    } catch (StorageException e) {
      throw new ModelException(marker, null, "the file is damaged. Train again.", e);
    }
    // Another command to segment reads the same model, so it is no reason to train again.
    for (String difference : model.method().differences(describe())) {
      if (!difference.startsWith("segment ")) {
        throw new ModelException(
            marker,
            "method",
            "the model was trained with " + difference + ". Set it as before, or train again.",
            null);
      }
    }
    return new ExternalSegmenter(folder, model.classNames(), segment, encoding, settings);
  }

  @Override
  public boolean isPresent(Path folder) {
    return Files.isRegularFile(folder.resolve(ExternalModel.FILE));
  }

  /** Both commands with their placeholders, and the encoding of the images. */
  @Override
  public Description describe() {
    return Description.of("external program")
        .with("train", train)
        .with("segment", segment)
        .with("encoding", encoding);
  }

  /** Collects the options of an {@link ExternalProgram}. Not safe for use by several threads. */
  public static final class Builder {

    private CommandTemplate train = new CommandTemplate(List.of());
    private CommandTemplate segment = new CommandTemplate(List.of());
    private ImageEncoding encoding = ImageEncoding.PNG;
    private @Nullable Path directory;
    private Map<String, String> environment = Map.of();
    private @Nullable Duration timeLimit;
    private Consumer<String> listener = line -> {};

    private Builder() {}

    /**
     * The command that trains.
     *
     * @param command the program and its arguments, with {@code {data}}, {@code {model}} and, if it
     *     is wanted, {@code {split}}
     */
    public Builder train(String... command) {
      this.train = new CommandTemplate(List.of(command));
      return this;
    }

    /**
     * The command that segments images.
     *
     * @param command the program and its arguments, with {@code {masks}} and, as they are wanted,
     *     {@code {data}}, {@code {split}}, {@code {images}} and {@code {model}}
     */
    public Builder segment(String... command) {
      this.segment = new CommandTemplate(List.of(command));
      return this;
    }

    /**
     * The format of the images that the program reads. Much training code opens {@code .jpg} files
     * alone. Defaults to PNG, which keeps the pixels.
     */
    public Builder encoding(ImageEncoding encoding) {
      this.encoding = Objects.requireNonNull(encoding, "encoding");
      return this;
    }

    /** The working folder of the program. Defaults to that of this process. */
    public Builder directory(Path directory) {
      this.directory = Objects.requireNonNull(directory, "directory");
      return this;
    }

    /**
     * Variables that the program gets in addition to those of this process. They are never logged
     * or recorded. Defaults to none.
     */
    public Builder environment(Map<String, String> variables) {
      this.environment = Map.copyOf(variables);
      return this;
    }

    /** How long each run of the program may take, more than 0. Defaults to no limit. */
    public Builder timeLimit(Duration limit) {
      this.timeLimit = Objects.requireNonNull(limit, "limit");
      return this;
    }

    /**
     * Gets each line that the program prints, on the thread that waits for it. What it throws stops
     * the program and reaches the caller. Blank lines are left out, and lines are cut at 2,000
     * characters. The log has the lines as well.
     */
    public Builder output(Consumer<String> listener) {
      this.listener = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /** The value may be a secret, so a fault tells the name alone. */
    private static void addFault(List<String> faults, String name, String value) {
      if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf(0) >= 0) {
        faults.add(
            "environment has the name \""
                + name.replace("\0", "\\0")
                + "\", but a name must not be empty or have an equals sign or a NUL");
      } else if (value.indexOf(0) >= 0) {
        faults.add("environment: the value of " + name + " has a NUL, which no variable can have");
      }
    }

    /**
     * Builds the method. Programs are not looked for before they are started.
     *
     * @throws ConfigurationException if a command is missing, lacks a placeholder that it needs or
     *     has one that is not known, a variable of the environment cannot be set, or the time limit
     *     is not positive
     */
    public ExternalProgram build() {
      List<String> faults = new ArrayList<>();
      faults.addAll(
          train.faults(
              "train", Set.of("{data}", "{model}"), Set.of("{data}", "{split}", "{model}")));
      faults.addAll(
          segment.faults(
              "segment",
              Set.of("{masks}"),
              Set.of("{data}", "{split}", "{images}", "{model}", "{masks}")));
      environment.forEach((name, value) -> addFault(faults, name, value));
      if (timeLimit != null && (timeLimit.isNegative() || timeLimit.isZero())) {
        faults.add("timeLimit is " + timeLimit + ", but must be more than 0");
      }
      if (!faults.isEmpty()) {
        throw new ConfigurationException(faults);
      }
      return new ExternalProgram(
          train,
          segment,
          encoding,
          new ProgramCall.Settings(directory, environment, timeLimit, listener));
    }
  }
}
