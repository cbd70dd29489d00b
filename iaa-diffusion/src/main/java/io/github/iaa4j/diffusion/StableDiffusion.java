package io.github.iaa4j.diffusion;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.ModelNote;
import io.github.iaa4j.core.sampling.SamplerInfo;
import io.github.iaa4j.core.sampling.StepObserver;
import io.github.iaa4j.core.sampling.TokenCounter;
import io.github.iaa4j.diffusion.internal.model.Architecture;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import io.github.iaa4j.diffusion.internal.model.NotFinite;
import io.github.iaa4j.diffusion.internal.model.NotFiniteException;
import io.github.iaa4j.diffusion.internal.model.TensorNames;
import io.github.iaa4j.diffusion.internal.pipeline.BatchInvariance;
import io.github.iaa4j.diffusion.internal.pipeline.Denoiser;
import io.github.iaa4j.diffusion.internal.pipeline.DenoisingState;
import io.github.iaa4j.diffusion.internal.pipeline.GaussianNoise;
import io.github.iaa4j.diffusion.internal.pipeline.GenerationWorker;
import io.github.iaa4j.diffusion.internal.pipeline.Guidance;
import io.github.iaa4j.diffusion.internal.pipeline.IdleThreads;
import io.github.iaa4j.diffusion.internal.pipeline.Occupancy;
import io.github.iaa4j.diffusion.internal.pipeline.SourceImage;
import io.github.iaa4j.diffusion.internal.pipeline.StagedQueue;
import io.github.iaa4j.diffusion.internal.scheduler.NoiseSource;
import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import io.github.iaa4j.diffusion.internal.scheduler.SchedulerConfig;
import io.github.iaa4j.diffusion.internal.scheduler.Trajectory;
import io.github.iaa4j.diffusion.internal.text.FolderTokenCounter;
import io.github.iaa4j.diffusion.internal.text.TextEncoder;
import io.github.iaa4j.diffusion.internal.text.TextOptions;
import io.github.iaa4j.diffusion.internal.unet.ControlNets;
import io.github.iaa4j.diffusion.internal.unet.Unet;
import io.github.iaa4j.diffusion.internal.vae.ImageDecoder;
import io.github.iaa4j.diffusion.internal.vae.LinearPreview;
import io.github.iaa4j.diffusion.internal.vae.Vae;
import io.github.iaa4j.diffusion.internal.vae.VaeEncoder;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.onnx.internal.Resources;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stable Diffusion 1.x and 2.x (Rombach et al., arXiv 2112.10752), SDXL (Podell et al., arXiv
 * 2307.01952), their Turbo models and latent consistency models (Luo et al., arXiv 2310.04378) on
 * ONNX Runtime: text to image, image to image, inpainting and ControlNets.
 *
 * <p>Loads a folder in the Hugging Face ONNX layout, as {@code optimum-cli export onnx} writes it:
 * {@code model_index.json}, {@code scheduler/}, {@code tokenizer/}, {@code text_encoder/}, {@code
 * unet/}, {@code vae_decoder/}; for SDXL {@code tokenizer_2/} and {@code text_encoder_2/}; {@code
 * vae_encoder/} where jobs start from images, and {@code vae_preview/} where {@link
 * PreviewDecoder#TINY} is asked for. Every constant is read from its configs.
 *
 * <p>On a CPU an image depends on its prompt, its seed and {@link #info()} alone, to the last bit.
 * May be used by several threads at once.
 */
public final class StableDiffusion implements DiffusionSampler {

  private static final Logger log = LoggerFactory.getLogger(StableDiffusion.class);

  /** A linear map is fitted to so many places of latents, as far as 2 to 8 images have them. */
  private static final int FITTED_PLACES = 2048;

  private static final int LEAST_FITTED_IMAGES = 2;
  private static final int MOST_FITTED_IMAGES = 8;

  private final Path folder;
  private final ModelFolder model;
  private final Scheduler scheduler;
  private final Architecture architecture;
  private final double guidanceScale;
  private final int begin;
  private final Guidance guidance;
  private final TextOptions textOptions;
  private final Map<String, float[]> constants = new TreeMap<>();
  private final Map<String, String> sizeOptions = new TreeMap<>();
  private final boolean tiledDecoding;
  private final Device device;
  private final int width;
  private final int height;
  private final int threads;
  private final int batch;
  private final int[] latentShape;
  private final TextEncoder textEncoder;
  private final Unet unet;
  private final Vae vae;
  private final PreviewDecoder previewDecoder;
  private final @Nullable Vae tinyVae;
  private final @Nullable LinearPreview linearPreview;
  private final @Nullable SourceImage source;
  private final @Nullable ControlNets controls;
  private final List<Path> controlFolders;
  private final List<ModelNote> notes;
  private final Map<String, String> sourceOptions = new TreeMap<>();

  private final List<StagedQueue<GenerationWorker.Task>> underWay = new ArrayList<>();
  private int users;
  private boolean closed;
  private @Nullable String checksum;
  private Occupancy occupancy = new Occupancy(0, 0);

  private StableDiffusion(Builder builder) {
    folder = builder.folder;
    model = new ModelFolder(folder);
    architecture = Architecture.of(model);
    model.requireGraphs(architecture.isXl());
    SchedulerConfig schedulerConfig =
        SchedulerConfig.ofPipeline(folder, architecture, Optional.ofNullable(builder.scheduler));
    scheduler = scheduler(builder, schedulerConfig);
    begin = begin(builder);
    guidanceScale = builder.guidance;
    guidance =
        new Guidance(
            architecture.isGuidedByInput() ? 1 : guidanceScale,
            builder.guidanceRescale,
            builder.guidanceStart,
            builder.guidanceStop);
    textOptions = builder.textOptions();
    checkFits(builder);
    tiledDecoding = builder.tiledDecoding;
    previewDecoder = builder.previewDecoder;
    controlFolders = builder.controlNets.stream().map(ControlNet::folder).toList();
    device =
        builder.graphCache == null
            ? builder.device
            : builder.device.keepingGraphsIn(builder.graphCache);
    boolean isGuided = guidance.isOn(steps());
    if (guidance.scale() > 1 && !isGuided) {
      throw new ConfigurationException(
          "guidanceInterval "
              + guidance.start()
              + " to "
              + guidance.stop()
              + ": none of "
              + steps()
              + " steps begins in it");
    }
    boolean isCpu = builder.device.isCpu();
    threads =
        builder.threads > 0
            ? builder.threads
            : isCpu ? Runtime.getRuntime().availableProcessors() : 1;

    JsonConfig unetConfig = Unet.config(model);
    int scale = Vae.scale(Vae.config(model));
    if (builder.width > 0) {
      width = builder.width;
      height = builder.height;
      requireFixedSize(scale);
      int multiple = scale * Unet.latentMultiple(unetConfig);
      if (width % multiple != 0 || height % multiple != 0) {
        throw new ConfigurationException(
            "size "
                + width
                + " x "
                + height
                + ": both must be multiples of "
                + multiple
                + " for this model");
      }
    } else {
      Unet.Size size = Unet.sampleSize(model, architecture);
      width = size.width() * scale;
      height = size.height() * scale;
    }

    if (architecture.isXl()) {
      boolean isOther = builder.originalWidth > 0;
      constants.put(
          TensorNames.TIME_IDS,
          new float[] {
            isOther ? builder.originalHeight : height,
            isOther ? builder.originalWidth : width,
            Math.max(builder.cropTop, 0),
            Math.max(builder.cropLeft, 0),
            height,
            width
          });
      if (isOther) {
        sizeOptions.put("originalSize", builder.originalWidth + " x " + builder.originalHeight);
      }
      if (builder.cropLeft > 0 || builder.cropTop > 0) {
        sizeOptions.put("crop", builder.cropLeft + ", " + builder.cropTop);
      }
    }
    if (architecture.isGuidedByInput()) {
      constants.put(TensorNames.TIMESTEP_COND, architecture.guidanceEmbedding(guidanceScale));
    }

    List<AutoCloseable> loaded = new ArrayList<>();
    try {
      textEncoder = new TextEncoder(model, architecture, textOptions, device);
      loaded.add(textEncoder);
      architecture.requireAddedSizes(model, textEncoder.pooledWidth());
      vae = new Vae(model, width, height, device);
      loaded.add(vae);
      tinyVae =
          previewDecoder == PreviewDecoder.TINY
              ? Vae.ofPreviews(model, vae, width, height, device)
              : null;
      if (tinyVae != null) {
        loaded.add(tinyVae);
      }
      latentShape = new int[] {vae.latentChannels(), height / scale, width / scale};
      unet =
          new Unet(model, Arrays.stream(latentShape).asLongStream().toArray(), rowShapes(), device);
      loaded.add(unet);
      if (textOptions.isLong()) {
        unet.requireOpenTexts();
      }
      if (scheduler.takesFractionalTimesteps()) {
        unet.requireFractionalTimesteps(scheduler.name());
      }
      source = source(builder.source, scale);
      if (source != null) {
        loaded.add(source);
      }
      controls = controls(builder);
      if (controls != null) {
        loaded.add(controls);
        if (textOptions.isLong()) {
          controls.requireOpenTexts();
        }
        if (scheduler.takesFractionalTimesteps()) {
          controls.requireFractionalTimesteps(scheduler.name());
        }
      }
      int wanted = builder.batch > 0 ? builder.batch : defaultBatch(isCpu, isGuided, scale);
      batch = isCpu && wanted > 1 ? largestSafeBatch(wanted) : wanted;
      linearPreview = previewDecoder == PreviewDecoder.LINEAR ? linearPreview() : null;
      List<ModelNote> noted = new ArrayList<>(model.notes());
      noted.addAll(schedulerConfig.notes());
      notes = List.copyOf(noted);
    } catch (RuntimeException | Error e) {
      Resources.closeAfter(e, loaded);
      throw e;
    }
  }

  private static Scheduler scheduler(Builder builder, SchedulerConfig config) {
    return builder.timesteps == null && builder.sigmas == null
        ? config.scheduler(builder.steps)
        : config.scheduler(builder.timesteps, builder.sigmas);
  }

  /** The first step that jobs take, and what it and the noise levels say in {@link #options}. */
  private int begin(Builder builder) {
    if (builder.timesteps != null) {
      sourceOptions.put("timesteps", Arrays.toString(builder.timesteps));
    }
    if (builder.sigmas != null) {
      sourceOptions.put("sigmas", Arrays.toString(builder.sigmas));
    }
    SourceImage.Option option = builder.source;
    if (option == null) {
      return 0;
    }
    int asked =
        builder.timesteps != null
            ? builder.timesteps.length
            : builder.sigmas != null ? scheduler.steps() : builder.steps;
    sourceOptions.put(option.name(), "strength " + option.strength() + " of " + asked + " steps");
    return scheduler.begin(option.skipped(asked));
  }

  private @Nullable SourceImage source(SourceImage.@Nullable Option option, int scale) {
    if (unet.isForInpainting() && (option == null || option.mask() == null)) {
      throw new ModelException(
          folder.resolve("unet/config.json"),
          "in_channels",
          "this UNet paints inside of masks only. Say .inpaint(source, mask, strength) in Java or"
              + " --image and --mask on the command line.",
          null);
    }
    return option == null
        ? null
        : new SourceImage(
            option,
            new VaeEncoder(model, vae, width, height, device),
            unet.isForInpainting(),
            width,
            height,
            scale);
  }

  private @Nullable ControlNets controls(Builder builder) {
    return builder.controlNets.isEmpty()
        ? null
        : new ControlNets(
            builder.controlNets.stream().map(ControlNet::steering).toList(),
            builder.guessMode,
            unet,
            width,
            height,
            device);
  }

  /** Refuses another size than that which a graph takes alone. */
  private void requireFixedSize(int scale) {
    Integer fixedHeight = model.fixedLatents(2);
    Integer fixedWidth = model.fixedLatents(3);
    if ((fixedHeight == null || fixedHeight * scale == height)
        && (fixedWidth == null || fixedWidth * scale == width)) {
      return;
    }
    throw new ConfigurationException(
        "size "
            + width
            + " x "
            + height
            + ": "
            + model.fixingGraph(fixedHeight == null ? 3 : 2)
            + " was exported for images "
            + (fixedWidth == null ? "" : fixedWidth * scale + " wide ")
            + (fixedWidth == null || fixedHeight == null ? "" : "and ")
            + (fixedHeight == null ? "" : fixedHeight * scale + " high ")
            + "alone. Ask for that size, which is the default and is also that of images to start"
            + " from and of given latents; or export the model with open dimensions.");
  }

  /**
   * What the folder does not say, or says in an unusual way, and what was taken for it, in the
   * order in which it was met; empty for usual folders.
   */
  @Override
  public List<ModelNote> notes() {
    return notes;
  }

  private NotFiniteException failure(NotFinite notFinite) {
    return new NotFiniteException(notFinite, graphOf(notFinite));
  }

  private Path graphOf(NotFinite notFinite) {
    return switch (notFinite) {
      case TEXT -> model.graph("text_encoder");
      case SOURCE -> model.graph("vae_encoder");
      case LATENTS -> model.graph("unet");
      case PIXELS -> model.graph("vae_decoder");
    };
  }

  /** That one image failed, where there is no run that goes on without it. */
  private ModelException failure(NotFinite notFinite, DenoisingState canvas) {
    Path graph = graphOf(notFinite);
    return new ModelException(
        graph,
        null,
        "at step "
            + (Math.min(canvas.step(), scheduler.steps() - 1) - begin + 1)
            + " of "
            + steps()
            + ", "
            + notFinite.problem(graph),
        null);
  }

  /** How often the model is asked for an image. */
  private int steps() {
    return scheduler.steps() - begin;
  }

  /**
   * Starts to load a model.
   *
   * @param folder in the layout above
   */
  public static Builder load(Path folder) {
    return new Builder(folder);
  }

  @Override
  public SamplerInfo info() {
    return new SamplerInfo(
        String.valueOf(folder.toAbsolutePath().normalize().getFileName()),
        checksum(),
        scheduler.name(),
        steps(),
        guidanceScale,
        width,
        height,
        options());
  }

  /** What differs from the usual, so that a run says all that decided its pixels. */
  private Map<String, String> options() {
    Map<String, String> options = new TreeMap<>(sourceOptions);
    if (guidance.rescale() != 0) {
      options.put("guidanceRescale", String.valueOf(guidance.rescale()));
    }
    if (guidance.start() != 0 || guidance.stop() != 1) {
      options.put("guidanceInterval", guidance.start() + " to " + guidance.stop());
    }
    if (!device.isCpu()) {
      options.put("device", device.toString());
    }
    if (controls != null) {
      options.putAll(controls.options());
    }
    if (tiledDecoding) {
      options.put("tiledDecoding", "true");
    }
    if (previewDecoder != PreviewDecoder.FULL) {
      options.put("previews", previewDecoder.name().toLowerCase(Locale.ROOT));
    }
    if (textOptions.clipSkip() >= 0) {
      options.put("clipSkip", String.valueOf(textOptions.clipSkip()));
    }
    if (textOptions.weights()) {
      options.put("promptWeights", "true");
    }
    if (textOptions.isLong()) {
      options.put("longPrompts", "true");
    }
    options.putAll(sizeOptions);
    return options;
  }

  /** Refuses options that mean nothing to this model. */
  private void checkFits(Builder builder) {
    if (architecture.isGuidedByInput()
        && (guidance.rescale() != 0 || guidance.start() != 0 || guidance.stop() != 1)) {
      throw new ConfigurationException(
          "guidanceRescale and guidanceInterval: this model takes its guidance as an input, so there"
              + " is nothing to rescale or to leave out");
    }
    if (architecture.family() == Architecture.Family.LCM && builder.source != null) {
      throw new ConfigurationException(
          builder.source.name()
              + ": a LatentConsistencyModelPipeline starts from noise alone here. Name the pipeline"
              + " StableDiffusionPipeline in model_index.json to cut its steps as that one does.");
    }
    if (!architecture.isXl() && (builder.originalWidth > 0 || builder.cropLeft >= 0)) {
      throw new ConfigurationException(
          "originalSize and crop: only SDXL is told of them, and this model is none");
    }
  }

  /** What every row of the UNet takes besides its latents, and how it is shaped. */
  private Map<String, long[]> rowShapes() {
    Map<String, long[]> shapes = new TreeMap<>();
    shapes.put(
        TensorNames.ENCODER_HIDDEN_STATES, new long[] {textEncoder.length(), textEncoder.width()});
    if (architecture.isXl()) {
      shapes.put(TensorNames.TEXT_EMBEDS, new long[] {textEncoder.pooledWidth()});
    }
    constants.forEach((name, values) -> shapes.put(name, new long[] {values.length}));
    return shapes;
  }

  /** The shape of the latents of one image: {@code [1, C, h, w]}. */
  public int[] latentShape() {
    return new int[] {1, latentShape[0], latentShape[1], latentShape[2]};
  }

  /**
   * How many tokens of a prompt the model sees, the start and end tokens included; {@link
   * Integer#MAX_VALUE} where it reads long prompts.
   */
  public int maxPromptTokens() {
    return textOptions.isLong() ? Integer.MAX_VALUE : textEncoder.length();
  }

  /**
   * How many tokens a prompt has, the start and end tokens included. What is beyond {@link
   * #maxPromptTokens()} is cut off before it is painted, unless the model reads {@link
   * Builder#longPrompts() long prompts}.
   *
   * @throws IllegalStateException if the model is closed
   */
  public int promptTokens(String prompt) {
    open();
    try {
      return textEncoder.count(prompt);
    } finally {
      leave();
    }
  }

  /**
   * Counts as {@link #promptTokens} does; the limit is {@link #maxPromptTokens()}. Null where the
   * model reads {@link Builder#longPrompts() long prompts}.
   */
  @Override
  public @Nullable TokenCounter tokenCounter() {
    if (textOptions.isLong()) {
      return null;
    }
    return new TokenCounter() {
      @Override
      public int count(String text) {
        return promptTokens(text);
      }

      @Override
      public int limit() {
        return maxPromptTokens();
      }
    };
  }

  /**
   * Counts the tokens of prompts as a model folder's text encoder reads them, without loading the
   * model: for those who write prompts before they paint. To be closed.
   *
   * @param folder as {@link #load} takes it
   * @throws io.github.iaa4j.core.error.ModelException if it holds no usable {@code tokenizer/}
   */
  public static TokenCounter tokenCounter(Path folder) {
    return new FolderTokenCounter(folder);
  }

  /**
   * The unit noise that {@link #generate} starts a job from.
   *
   * @param seed the job's
   * @return {@code [1, C, h, w]}, mean 0, standard deviation 1
   */
  public Npy initialNoise(long seed) {
    float[] noise = new float[latentSize()];
    new GaussianNoise(seed).fill(noise);
    return new Npy(latentShape(), noise);
  }

  /**
   * Paints one image from given noise, for comparing implementations. Runs on the calling thread,
   * and on a second one if the model has more than one. A scheduler that adds noise on the way
   * draws it as a job of seed 0 does. Where the model paints from images, their latents are the
   * means that the encoder answers.
   *
   * @param noise {@code [1, C, h, w]}, mean 0 and standard deviation 1: the {@code latents}
   *     argument of diffusers; not changed
   * @param prompt may be empty
   * @param negativePrompt may be empty
   * @return latents and image in float32
   * @throws ModelException if the noise has another shape, or latents or pixels become NaN or
   *     infinite
   * @throws IllegalStateException if the model is closed
   */
  public Sample sample(Npy noise, String prompt, String negativePrompt) {
    if (!Arrays.equals(noise.shape(), latentShape())) {
      throw new ModelException(
          folder,
          "latents",
          "expected latents of shape "
              + Arrays.toString(latentShape())
              + " for images of "
              + width
              + " x "
              + height
              + ", found "
              + Arrays.toString(noise.shape())
              + ".",
          null);
    }
    open();
    ExecutorService second =
        Executors.newSingleThreadExecutor(work -> daemon(work, "iaa-painter-helper"));
    try (Denoiser denoiser = denoiser(threads > 1 ? IdleThreads.of(second) : IdleThreads.NONE);
        ImageDecoder decoder = decoder()) {
      // The latents of a source image at their mean, so that the noise given is all that is drawn.
      GenerationJob job = sampled(prompt, negativePrompt);
      SourceImage.Start start = start(job, noise.values(), null);
      DenoisingState canvas = canvas(start, begin, controlImages(job), 0, prompt, negativePrompt);
      denoiser.denoise(List.of(canvas), scheduler.steps(), () -> false);
      NotFinite notFinite = canvas.notFinite();
      if (notFinite != null) {
        throw failure(notFinite, canvas);
      }
      float[] image = decoder.decode(canvas.latents()).clone();
      if (!decoder.isFinite()) {
        throw failure(NotFinite.PIXELS, canvas);
      }
      return new Sample(
          new Npy(latentShape(), canvas.latents()),
          new Npy(new int[] {1, 3, height, width}, image));
    } finally {
      second.shutdown();
      leave();
    }
  }

  /** The job that functions of jobs are asked about where there is none. */
  private static GenerationJob sampled(String prompt, String negativePrompt) {
    return new GenerationJob(
        0, 0, 0, new Prompt(prompt.isBlank() ? "no prompt" : prompt, negativePrompt));
  }

  @Override
  public void generate(JobSource jobs, StepObserver observer) throws InterruptedException {
    int[] cuts = cuts(observer.previewSteps(steps()));
    StagedQueue<GenerationWorker.Task> stages =
        new StagedQueue<>(jobs, this::begin, cuts.length, batch);
    synchronized (this) {
      if (closed) {
        throw new InterruptedException("the sampler is closed");
      }
      users++;
      underWay.add(stages);
    }
    try {
      run(stages, cuts, observer);
    } finally {
      synchronized (this) {
        underWay.remove(stages);
        occupancy = occupancy.plus(stages.occupancy());
      }
      log.info("Batches were {} % full", Math.round(100 * stages.occupancy().share()));
      leave();
    }
  }

  /** How full all batches were that {@link #generate} made. */
  synchronized Occupancy occupancy() {
    return occupancy;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Does not wait: native memory is released when the work under way has stopped, which is
   * within one denoising step.
   */
  @Override
  public void close() {
    List<StagedQueue<GenerationWorker.Task>> stopping;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      stopping = List.copyOf(underWay);
      users++;
    }
    stopping.forEach(StagedQueue::stop);
    leave();
  }

  private void run(StagedQueue<GenerationWorker.Task> stages, int[] cuts, StepObserver observer)
      throws InterruptedException {
    List<Thread> painters = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      painters.add(daemon(() -> work(stages, cuts, observer), "iaa-painter-" + i));
    }
    try {
      painters.forEach(Thread::start);
    } catch (OutOfMemoryError e) {
      stages.fail(e); // Those that were started are waited for: they use what is closed later.
    }
    boolean interrupted = false;
    for (Thread painter : painters) {
      interrupted |= joinStoppingOnInterrupt(painter, stages);
    }
    Throwable failure = stages.failure();
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
    if (interrupted || stages.isStopped()) {
      throw new InterruptedException(
          interrupted ? "painting was interrupted" : "the sampler was closed");
    }
  }

  private static Thread daemon(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  private void work(StagedQueue<GenerationWorker.Task> stages, int[] cuts, StepObserver observer) {
    try (Denoiser denoiser = denoiser(stages);
        ImageDecoder decoder = decoder();
        ImageDecoder tiny = tinyDecoder()) {
      new GenerationWorker(
              stages, cuts, observer, denoiser, decoder, previews(decoder, tiny), this::failure)
          .run();
    } catch (Throwable e) {
      stages.fail(e);
    }
  }

  /** Joins whatever happens: the buffers of a running thread must not be released. */
  private static boolean joinStoppingOnInterrupt(
      Thread painter, StagedQueue<GenerationWorker.Task> stages) {
    boolean interrupted = false;
    while (true) {
      try {
        painter.join();
        return interrupted;
      } catch (InterruptedException e) {
        interrupted = true;
        stages.stop();
      }
    }
  }

  private GenerationWorker.Task begin(GenerationJob job) {
    GaussianNoise draws = new GaussianNoise(job.seed());
    float[] noise = new float[latentSize()];
    draws.fill(noise);
    SourceImage.Start start = start(job, noise, draws);
    return new GenerationWorker.Task(
        job,
        canvas(
            start,
            begin,
            controlImages(job),
            job.seed(),
            job.prompt().text(),
            job.prompt().negativePrompt()));
  }

  private List<RgbImage> controlImages(GenerationJob job) {
    return controls == null ? List.of() : controls.images(job);
  }

  /** Where a job starts, from its unit noise; its image's latents are drawn, or at their mean. */
  private SourceImage.Start start(GenerationJob job, float[] noise, @Nullable NoiseSource draws) {
    return source == null
        ? SourceImage.Start.ofNoise(noise, scheduler)
        : source.start(job, noise, draws, scheduler, begin);
  }

  private DenoisingState canvas(
      SourceImage.Start start,
      int first,
      List<RgbImage> controlImages,
      long seed,
      String prompt,
      String negativePrompt) {
    boolean isGuided = guidance.isOn(steps());
    return new DenoisingState(
        new Trajectory(scheduler, start.latents(), new GaussianNoise(seed), first),
        textEncoder.embed(prompt, false, isGuided ? negativePrompt : "").with(constants),
        isGuided ? textEncoder.embed(negativePrompt, true, prompt).with(constants) : null,
        start.kept(),
        start.condition(),
        controlImages);
  }

  /**
   * Images of up to 32 x 32 latents are so small that the overhead of an operator shows: up to four
   * share a run. Larger ones keep a thread busy by themselves, and need the memory. A UNet that
   * takes a fixed number of rows is given that many.
   */
  private int defaultBatch(boolean isCpu, boolean isGuided, int scale) {
    if (unet.fixedRows() > 0) {
      return Math.max(unet.fixedRows() / (isGuided ? 2 : 1), 1);
    }
    return isCpu && (width / scale) * (height / scale) > 32 * 32 ? 1 : 4;
  }

  private int largestSafeBatch(int wanted) {
    log.info(
        "Trying every batch up to {}, {} UNet runs: an image must depend on its own job alone",
        wanted,
        (2 * wanted - 1) * Denoiser.stepsOfEachKind(guidance, controls, steps()));
    int largest = BatchInvariance.largest(wanted, this::tryBatch);
    if (largest < wanted) {
      log.warn(
          "On this processor a batch of {} changes bits of its images. GeneratedImage {} at a time, so"
              + " that an image depends on its own job alone.",
          largest + 1,
          largest);
    }
    return largest;
  }

  private float[][] tryBatch(int first, int count) {
    List<DenoisingState> canvases = new ArrayList<>();
    for (int i = first; i < first + count; i++) {
      float[] noise = new float[latentSize()];
      new GaussianNoise(i).fill(noise);
      // Users' functions are for jobs alone: what they would give is noise here.
      canvases.add(
          canvas(
              SourceImage.Start.ofNoise(noise, scheduler, unet.conditionSize()),
              begin,
              controls == null ? List.of() : controls.noise(i),
              i,
              "number " + i,
              ""));
    }
    // Through the first step of each kind, guided and not: they differ in their rows.
    int until = begin + Denoiser.stepsOfEachKind(guidance, controls, steps());
    try (Denoiser denoiser = denoiser(IdleThreads.NONE)) {
      if (!denoiser.denoise(canvases, until, Thread.currentThread()::isInterrupted)) {
        throw new CancelledException(folder);
      }
    }
    return canvases.stream().map(DenoisingState::latents).toArray(float[][]::new);
  }

  private ImageDecoder decoder() {
    return new ImageDecoder(vae, width, height, tiledDecoding);
  }

  private @Nullable ImageDecoder tinyDecoder() {
    return tinyVae == null
        ? null
        : new ImageDecoder(
            tinyVae, latentShape[2] * tinyVae.scale(), latentShape[1] * tinyVae.scale(), false);
  }

  private Function<float[], RgbImage> previews(ImageDecoder decoder, @Nullable ImageDecoder tiny) {
    if (tiny != null) {
      return latents -> tiny.image(latents).scaledTo(width, height);
    }
    return linearPreview != null ? linearPreview::image : decoder::image;
  }

  /**
   * Fitted to images that the model paints without a prompt: latents of another kind, such as
   * noise, have other colours. They are painted as jobs are, in batches that were tried.
   */
  private LinearPreview linearPreview() {
    int places = latentShape[1] * latentShape[2];
    int images =
        Math.max(Math.min(FITTED_PLACES / places, MOST_FITTED_IMAGES), LEAST_FITTED_IMAGES);
    log.info(
        "GeneratedImage {} images without a prompt, to fit the colours of previews to", images);
    List<float[]> latents = new ArrayList<>();
    try (Denoiser denoiser = denoiser(IdleThreads.NONE);
        ImageDecoder decoder = decoder()) {
      for (int first = 0; first < images; first += batch) {
        List<DenoisingState> canvases = new ArrayList<>();
        for (int i = first; i < Math.min(first + batch, images); i++) {
          float[] noise = new float[latentSize()];
          new GaussianNoise(i).fill(noise);
          canvases.add(
              canvas(
                  SourceImage.Start.ofNoise(noise, scheduler, unet.conditionSize()),
                  0,
                  controls == null ? List.of() : controls.noise(i),
                  i,
                  "",
                  ""));
        }
        if (!denoiser.denoise(canvases, scheduler.steps(), Thread.currentThread()::isInterrupted)) {
          throw new CancelledException(folder);
        }
        for (DenoisingState canvas : canvases) {
          NotFinite notFinite = canvas.notFinite();
          if (notFinite != null) {
            throw failure(notFinite, canvas);
          }
          latents.add(canvas.latents());
        }
      }
      return new LinearPreview(latents, decoder, vae, width, height);
    }
  }

  private Denoiser denoiser(IdleThreads helpers) {
    return new Denoiser(unet, scheduler, guidance, latentSize(), controls, helpers);
  }

  private int latentSize() {
    return latentShape[0] * latentShape[1] * latentShape[2];
  }

  private int[] cuts(int[] previews) {
    int[] cuts = Arrays.copyOf(previews, previews.length + 1);
    cuts[previews.length] = steps();
    for (int i = 0; i < cuts.length; i++) {
      if (cuts[i] <= (i == 0 ? 0 : cuts[i - 1])) {
        throw new ConfigurationException(
            "the preview steps "
                + Arrays.toString(previews)
                + " do not ascend from 1 to "
                + (steps() - 1));
      }
    }
    return Arrays.stream(cuts).map(cut -> cut + begin).toArray();
  }

  private synchronized String checksum() {
    if (checksum == null) {
      checksum = model.checksum(furtherParts(), controlFolders);
    }
    return checksum;
  }

  /** The folders that decide pixels besides those of every model. */
  private List<String> furtherParts() {
    List<String> parts = new ArrayList<>();
    if (architecture.isXl()) {
      parts.addAll(List.of("text_encoder_2", "tokenizer_2"));
    }
    if (source != null) {
      parts.add("vae_encoder");
    }
    if (tinyVae != null) {
      parts.add("vae_preview");
    }
    return parts;
  }

  private synchronized void open() {
    if (closed) {
      throw new IllegalStateException("the model " + folder + " is closed");
    }
    users++;
  }

  /** The last one out after {@link #close()} releases the native memory. */
  private void leave() {
    synchronized (this) {
      users--;
      if (!closed || users > 0) {
        return;
      }
    }
    try (textEncoder;
        vae;
        tinyVae;
        source;
        controls) {
      unet.close();
    }
  }

  /** What to paint with. Every option has a default. */
  public static final class Builder {

    private final Path folder;
    private int steps = 20;
    private boolean stepsAreSaid;
    private double @Nullable [] timesteps;
    private double @Nullable [] sigmas;
    private SourceImage.@Nullable Option source;
    private final List<ControlNet> controlNets = new ArrayList<>();
    private boolean guessMode;
    private double guidance = 7.5;
    private double guidanceRescale;
    private double guidanceStart;
    private double guidanceStop = 1;
    private boolean tiledDecoding;
    private PreviewDecoder previewDecoder = PreviewDecoder.FULL;
    private int clipSkip = -1;
    private boolean promptWeights;
    private boolean longPrompts;
    private int originalWidth;
    private int originalHeight;
    private int cropLeft = -1;
    private int cropTop = -1;
    private @Nullable String scheduler;
    private int width;
    private int height;
    private int threads;
    private int batch;
    private Device device = Device.cpu();
    private @Nullable Path graphCache;
    private final List<String> faults = new ArrayList<>();

    private Builder(Path folder) {
      this.folder = folder;
    }

    /**
     * How many steps denoise each image. The UNet looks at it once a step; with Heun's scheduler
     * twice but for the last step, with PNDM's one to nine times besides. {@link
     * SamplerInfo#steps()} and previews count the looks.
     *
     * @param steps at least 1; 20 unless said
     */
    public Builder steps(int steps) {
      this.steps = positive("steps", steps);
      stepsAreSaid = true;
      return this;
    }

    /**
     * The timesteps to stand at, in place of {@link #steps(int)}. For the schedulers that take them
     * in diffusers: DDPM, Euler, Heun, DPM-Solver (multistep and singlestep), LCM, TCD and flow
     * matching Euler, where nothing else spreads the noise levels.
     *
     * @param timesteps falling, one for each step, such as 999, 850, 500, 200
     */
    public Builder timesteps(int... timesteps) {
      this.timesteps = Arrays.stream(timesteps).asDoubleStream().toArray();
      return this;
    }

    /**
     * The noise levels to stand at, in place of {@link #steps(int)}. For the schedulers that take
     * them in diffusers: Euler, flow matching Euler and, with flow sigmas, UniPC.
     *
     * @param sigmas falling, one for each step; for {@code EulerDiscreteScheduler} one more for the
     *     end, usually 0
     */
    public Builder sigmas(double... sigmas) {
      this.sigmas = sigmas.clone();
      return this;
    }

    /**
     * Starts each job from an image of its own in place of noise alone: the image is noised and the
     * last steps are taken from there, so its layout stays, the more the lower the strength is.
     * {@code StableDiffusionImg2ImgPipeline} of diffusers; needs {@code vae_encoder/}.
     *
     * <p>The images decide pixels, and {@link #info()} does not tell them: a job must always get
     * the same one.
     *
     * @param source a job's image, of the size that is painted. Called once a job, by several
     *     threads at once, before the job's first step. {@link #sample} asks it with slot, attempt
     *     and seed 0.
     * @param strength how much is changed: the share of the steps that are taken, above 0 and at
     *     most 1; 0.8 is usual. {@link SamplerInfo#steps()} and previews count the steps that are
     *     taken.
     */
    public Builder imageToImage(Function<GenerationJob, RgbImage> source, double strength) {
      return source(new SourceImage.Option(source, null, strength));
    }

    /**
     * Paints a part of each job's image anew and keeps the rest. With the usual models the latents
     * of the rest are brought back after each step, as {@code StableDiffusionInpaintPipeline} of
     * diffusers does; needs {@code vae_encoder/}. The rest passes through the autoencoder, so its
     * pixels change a little; and a latent is painted anew as a whole where the mask says so at its
     * first pixel.
     *
     * @param source a job's image, as for {@link #imageToImage}
     * @param mask what is painted anew: all that is not 0; of the size of the image. Called as
     *     {@code source} is. {@link LabelMask#background()} of an image's mask paints other
     *     surroundings for its objects.
     * @param strength share of the steps that are taken, above 0 and at most 1; at 1 the painted
     *     part starts from noise alone
     */
    public Builder inpaint(
        Function<GenerationJob, RgbImage> source,
        Function<GenerationJob, LabelMask> mask,
        double strength) {
      return source(new SourceImage.Option(source, mask, strength));
    }

    /**
     * Steers each job by an image of its own, such as the edges of a photo. Said several times,
     * what all of them answer is added up. Needs a UNet that was exported for ControlNets: one that
     * takes their residuals.
     */
    public Builder controlNet(ControlNet controlNet) {
      controlNets.add(controlNet);
      return this;
    }

    /**
     * Lets ControlNets guess what they see, for prompts that say little: the unconditional half is
     * not steered, and what they add early in the UNet counts less. {@code guess_mode} of
     * diffusers, which recommends a guidance between 3 and 5.
     */
    public Builder guessMode() {
      guessMode = true;
      return this;
    }

    private Builder source(SourceImage.Option option) {
      if (!(option.strength() > 0 && option.strength() <= 1)) {
        faults.add(
            option.name()
                + " with strength "
                + option.strength()
                + ": it must be above 0 and at most 1");
      }
      if (source != null) {
        faults.add(
            source.name() + " and " + option.name() + ": a job starts from one image, say one");
      }
      source = option;
      return this;
    }

    /**
     * How strongly the prompt is followed.
     *
     * @param scale of classifier-free guidance, at least 0; 7.5 unless said. Guidance is on where
     *     it is above 1; off, a step costs half, and negative prompts mean nothing. Turbo models
     *     want it off. Latent consistency models take it as an input: a step costs half at any
     *     scale, and negative prompts mean nothing.
     */
    public Builder guidance(double scale) {
      if (!(scale >= 0 && scale < Float.MAX_VALUE)) {
        faults.add("guidance " + scale + ": it must be 0 or more");
      }
      guidance = scale;
      return this;
    }

    /**
     * Brings guided answers back to the contrast of unguided ones, against overexposed images; for
     * models whose noise schedule ends without any signal. {@code guidance_rescale} of diffusers:
     * Lin et al., arXiv 2305.08891, section 3.4, which recommends 0.7.
     *
     * @param share of the standard deviation that is brought back, 0 to 1; 0, nothing, unless said
     */
    public Builder guidanceRescale(double share) {
      if (!(share >= 0 && share <= 1)) {
        faults.add("guidanceRescale " + share + ": it must be between 0 and 1");
      }
      guidanceRescale = share;
      return this;
    }

    /**
     * Guides some of the steps only. The others cost half, because the negative prompt is not
     * looked at: Kynkäänniemi et al., arXiv 2404.07724.
     *
     * @param start share of the steps before the first that is guided, 0 to 1; 0 unless said
     * @param stop share of the steps before the first that is not guided any more, above {@code
     *     start} and at most 1; 1 unless said
     */
    public Builder guidanceInterval(double start, double stop) {
      if (!(start >= 0 && start < stop && stop <= 1)) {
        faults.add(
            "guidanceInterval "
                + start
                + " to "
                + stop
                + ": it must start at 0 or later, end at 1 or earlier, and end after its start");
      }
      guidanceStart = start;
      guidanceStop = stop;
      return this;
    }

    /**
     * Takes another scheduler than the one in {@code scheduler/scheduler_config.json}, with the
     * betas and options of that file.
     *
     * @param className as diffusers names it: DDIMScheduler, DDPMScheduler, PNDMScheduler,
     *     LMSDiscreteScheduler, EulerDiscreteScheduler, EulerAncestralDiscreteScheduler,
     *     HeunDiscreteScheduler, DPMSolverMultistepScheduler, DPMSolverSinglestepScheduler,
     *     UniPCMultistepScheduler, DEISMultistepScheduler, LCMScheduler, TCDScheduler,
     *     FlowMatchEulerDiscreteScheduler, EDMEulerScheduler or EDMDPMSolverMultistepScheduler. One
     *     that samples models trained in another way than this one, such as those of flows or with
     *     EDM's preconditioning, is refused when the model is loaded
     */
    public Builder scheduler(String className) {
      scheduler = className;
      return this;
    }

    /**
     * The size of the images, in pixels. Unless said, the size that the UNet was trained on, or
     * that the graphs were exported for; those take no other.
     *
     * @param width a multiple of what autoencoder and UNet divide it by, 64 for Stable Diffusion
     * @param height likewise
     */
    public Builder size(int width, int height) {
      this.width = positive("width", width);
      this.height = positive("height", height);
      return this;
    }

    /**
     * Decodes images larger than those that the autoencoder was trained on in tiles of that size,
     * which overlap and are blended: the decoder needs memory for one tile, and pixels change a
     * little. {@code enable_vae_tiling} of diffusers.
     */
    public Builder tiledDecoding() {
      tiledDecoding = true;
      return this;
    }

    /**
     * What makes the images of previews. Cheaper ones are less sharp, so whoever judges them may
     * drop other images; those that are painted to the end have the same bytes.
     *
     * @param decoder {@link PreviewDecoder#FULL} unless said
     */
    public Builder previews(PreviewDecoder decoder) {
      previewDecoder = decoder;
      return this;
    }

    /**
     * Leaves out the last layers of the text encoder for prompts, as {@code clip_skip} of diffusers
     * does. SDXL leaves out one more in any case. Negative prompts go through all layers, there as
     * here. The export must have {@code hidden_states.N} outputs: those of SDXL have, others where
     * the encoder's config said {@code output_hidden_states}.
     *
     * @param layers 0 or more; 1 is what many call "clip skip 2"
     */
    public Builder clipSkip(int layers) {
      if (layers < 0) {
        faults.add("clipSkip " + layers + ": it must be 0 or more");
      }
      clipSkip = layers;
      return this;
    }

    /**
     * Reads brackets in prompts and negative prompts as weights: {@code (word)} counts 1.1 times,
     * {@code (word:1.3)} 1.3 times, {@code [word]} one 1.1th; brackets within brackets multiply,
     * and {@code \(} is a bracket as such. As {@code lpw_stable_diffusion} of diffusers' community
     * does, and {@code lpw_stable_diffusion_xl} for SDXL. Unless said, brackets are text.
     */
    public Builder promptWeights() {
      promptWeights = true;
      return this;
    }

    /**
     * Reads prompts of any length in chunks, and shows the UNet their embeddings one after another,
     * as the same pipelines do. On a CPU a prompt of several chunks is painted by itself, whatever
     * the batch; on other devices with those of equally many chunks. Unless said, what is beyond
     * {@link StableDiffusion#maxPromptTokens()} is cut off.
     */
    public Builder longPrompts() {
      longPrompts = true;
      return this;
    }

    /**
     * Tells SDXL that its training image was of this size before it was scaled: small sizes give
     * blurred images. {@code original_size} of diffusers.
     *
     * @param width in pixels; that of the image unless said
     * @param height in pixels
     */
    public Builder originalSize(int width, int height) {
      originalWidth = positive("originalSize, width", width);
      originalHeight = positive("originalSize, height", height);
      return this;
    }

    /**
     * Tells SDXL that its training image was cut out from here. {@code crops_coords_top_left} of
     * diffusers.
     *
     * @param left pixels cut off at the left, 0 or more; 0, a centred subject, unless said
     * @param top pixels cut off at the top
     */
    public Builder crop(int left, int top) {
      if (left < 0 || top < 0) {
        faults.add("crop " + left + ", " + top + ": both must be 0 or more");
      }
      cropLeft = left;
      cropTop = top;
      return this;
    }

    private TextOptions textOptions() {
      return new TextOptions(clipSkip, promptWeights, longPrompts);
    }

    /**
     * How many threads paint.
     *
     * @param threads how many images or batches are painted at once, each on one thread; as many as
     *     there are processors unless said, 1 on a GPU. An image that is alone is helped by a
     *     thread that has nothing to do. Changes no pixel.
     */
    public Builder threads(int threads) {
      this.threads = positive("threads", threads);
      return this;
    }

    /**
     * How many images a thread paints together.
     *
     * @param batch how many images go through the UNet together on one thread; 4 unless said, or 1
     *     for latents beyond 32 x 32 on a CPU, or as many as fill the batch that an export fixes.
     *     On a CPU every size up to it is tried while the model is loaded, which takes time with
     *     the square of the batch, and where company changes a bit of an image, smaller batches are
     *     taken. Changes no pixel there.
     */
    public Builder batch(int batch) {
      this.batch = positive("batch", batch);
      return this;
    }

    /**
     * Where the networks run.
     *
     * @param device the CPU unless said
     */
    public Builder device(Device device) {
      this.device = device;
      return this;
    }

    /**
     * Keeps the graphs as ONNX Runtime has optimised them in a folder, so that the next load need
     * not optimise them again. A kept graph is used only for the very same model files, ONNX
     * Runtime, device and kind of processor, and only if it is undamaged; otherwise it is made
     * anew. Several models and processes may share a folder, which may be deleted at any time. It
     * takes about the room of the models in float32. Changes no pixel on a CPU.
     *
     * @param folder made if it is not there; nothing is kept unless said
     */
    public Builder graphCache(Path folder) {
      graphCache = folder;
      return this;
    }

    /**
     * Loads the model.
     *
     * @throws ConfigurationException if options are out of range or the device is not there
     * @throws ModelException if a file of the folder is missing or cannot be used
     * @throws StorageException if the graph cache cannot be written
     * @throws CancelledException if the thread was interrupted while batches were tried; it stays
     *     interrupted
     */
    public StableDiffusion build() {
      List<String> faults = new ArrayList<>(this.faults);
      if (stepsAreSaid && (timesteps != null || sigmas != null)) {
        faults.add("steps " + steps + ": say either steps, or timesteps or sigmas");
      }
      if (guessMode && controlNets.isEmpty()) {
        faults.add("guessMode: it means something with a controlNet only");
      }
      if (!faults.isEmpty()) {
        throw new ConfigurationException(faults);
      }
      return new StableDiffusion(this);
    }

    private int positive(String name, int value) {
      if (value < 1) {
        faults.add(name + " " + value + ": it must be at least 1");
      }
      return value;
    }
  }
}
