package io.github.iaa4j.diffusion;

import io.github.iaa4j.core.ConfigurationException;
import io.github.iaa4j.core.ModelException;
import io.github.iaa4j.core.RunCancelledException;
import io.github.iaa4j.core.StorageException;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.PaintJob;
import io.github.iaa4j.core.sampling.SamplerInfo;
import io.github.iaa4j.core.sampling.StepObserver;
import io.github.iaa4j.diffusion.internal.BatchInvariance;
import io.github.iaa4j.diffusion.internal.Canvas;
import io.github.iaa4j.diffusion.internal.Denoiser;
import io.github.iaa4j.diffusion.internal.GaussianNoise;
import io.github.iaa4j.diffusion.internal.Guidance;
import io.github.iaa4j.diffusion.internal.ImageDecoder;
import io.github.iaa4j.diffusion.internal.JsonConfig;
import io.github.iaa4j.diffusion.internal.ModelChecksum;
import io.github.iaa4j.diffusion.internal.Occupancy;
import io.github.iaa4j.diffusion.internal.Painter;
import io.github.iaa4j.diffusion.internal.Stages;
import io.github.iaa4j.diffusion.internal.TextEncoder;
import io.github.iaa4j.diffusion.internal.Unet;
import io.github.iaa4j.diffusion.internal.Vae;
import io.github.iaa4j.diffusion.internal.scheduler.NoiseSource;
import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import io.github.iaa4j.diffusion.internal.scheduler.SchedulerConfig;
import io.github.iaa4j.diffusion.internal.scheduler.Trajectory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stable Diffusion 1.x and 2.x (Rombach et al., arXiv 2112.10752) on ONNX Runtime, text to image.
 *
 * <p>Loads a folder in the Hugging Face ONNX layout, as {@code optimum-cli export onnx} writes it:
 * {@code model_index.json}, {@code scheduler/}, {@code tokenizer/}, {@code text_encoder/}, {@code
 * unet/}, {@code vae_decoder/}. Every constant is read from its configs.
 *
 * <p>On a CPU an image depends on its prompt, its seed and {@link #info()} alone, to the last bit.
 * May be used by several threads at once.
 */
public final class StableDiffusion implements DiffusionSampler {

  private static final Logger log = LoggerFactory.getLogger(StableDiffusion.class);
  private static final Set<String> PIPELINES =
      Set.of("StableDiffusionPipeline", "ORTStableDiffusionPipeline");

  private final Path folder;
  private final Scheduler scheduler;
  private final Guidance guidance;
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

  private final List<Stages<Painter.Task>> underWay = new ArrayList<>();
  private int users;
  private boolean closed;
  private @Nullable String checksum;
  private Occupancy occupancy = new Occupancy(0, 0);

  private StableDiffusion(Builder builder) {
    folder = builder.folder;
    JsonConfig index = JsonConfig.read(folder.resolve("model_index.json"));
    if (!PIPELINES.contains(index.string("_class_name"))) {
      throw index.unexpected("_class_name", "one of " + PIPELINES.stream().sorted().toList(), null);
    }
    scheduler =
        SchedulerConfig.ofPipeline(folder, Optional.ofNullable(builder.scheduler))
            .scheduler(builder.steps);
    guidance =
        new Guidance(
            builder.guidance, builder.guidanceRescale, builder.guidanceStart, builder.guidanceStop);
    tiledDecoding = builder.tiledDecoding;
    device =
        builder.graphCache == null
            ? builder.device
            : builder.device.keepingGraphsIn(builder.graphCache);
    boolean isGuided = guidance.isOn(scheduler.steps());
    if (guidance.scale() > 1 && !isGuided) {
      throw new ConfigurationException(
          "guidanceInterval "
              + guidance.start()
              + " to "
              + guidance.stop()
              + ": none of "
              + scheduler.steps()
              + " steps begins in it");
    }
    boolean isCpu = builder.device.isCpu();
    threads =
        builder.threads > 0
            ? builder.threads
            : isCpu ? Runtime.getRuntime().availableProcessors() : 1;

    JsonConfig unetConfig = Unet.config(folder);
    int scale = Vae.scale(Vae.config(folder));
    if (builder.width > 0) {
      width = builder.width;
      height = builder.height;
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
      width = Unet.sampleSize(unetConfig) * scale;
      height = width;
    }

    int wanted = builder.batch > 0 ? builder.batch : defaultBatch(isCpu, scale);
    List<AutoCloseable> loaded = new ArrayList<>();
    try {
      textEncoder = new TextEncoder(folder, device);
      loaded.add(textEncoder);
      vae = new Vae(folder, width, height, device);
      loaded.add(vae);
      latentShape = new int[] {vae.latentChannels(), height / scale, width / scale};
      unet =
          new Unet(
              folder,
              wanted * (isGuided ? 2 : 1),
              Arrays.stream(latentShape).asLongStream().toArray(),
              new long[] {textEncoder.length(), textEncoder.width()},
              device);
      loaded.add(unet);
      batch = isCpu && wanted > 1 ? largestSafeBatch(wanted) : wanted;
    } catch (RuntimeException | Error e) {
      for (AutoCloseable part : loaded) {
        closeAfter(e, part);
      }
      throw e;
    }
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
        scheduler.steps(),
        guidance.scale(),
        width,
        height,
        options());
  }

  /** What differs from the usual, so that a run says all that decided its pixels. */
  private Map<String, String> options() {
    Map<String, String> options = new TreeMap<>();
    if (guidance.rescale() != 0) {
      options.put("guidanceRescale", String.valueOf(guidance.rescale()));
    }
    if (guidance.start() != 0 || guidance.stop() != 1) {
      options.put("guidanceInterval", guidance.start() + " to " + guidance.stop());
    }
    if (!device.isCpu()) {
      options.put("device", device.toString());
    }
    if (tiledDecoding) {
      options.put("tiledDecoding", "true");
    }
    return options;
  }

  /** The shape of the latents of one image: {@code [1, C, h, w]}. */
  public int[] latentShape() {
    return new int[] {1, latentShape[0], latentShape[1], latentShape[2]};
  }

  /** How many tokens of a prompt the model sees, the start and end tokens included. */
  public int maxPromptTokens() {
    return textEncoder.length();
  }

  /**
   * How many tokens a prompt has, the start and end tokens included. What is beyond {@link
   * #maxPromptTokens()} is cut off before it is painted.
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
   * The unit noise that {@link #paint} starts a job from.
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
   * Paints one image from given noise, for comparing implementations. Runs on the calling thread. A
   * scheduler that adds noise on the way draws it as a job of seed 0 does.
   *
   * @param noise {@code [1, C, h, w]}, mean 0 and standard deviation 1: the {@code latents}
   *     argument of diffusers; not changed
   * @param prompt may be empty
   * @param negativePrompt may be empty
   * @return latents and image in float32
   * @throws ModelException if the noise has another shape
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
    try (Denoiser denoiser = denoiser();
        ImageDecoder decoder = new ImageDecoder(vae, width, height, tiledDecoding)) {
      Canvas canvas = canvas(noise.values().clone(), new GaussianNoise(0), prompt, negativePrompt);
      denoiser.denoise(List.of(canvas), scheduler.steps(), () -> false);
      float[] image = decoder.decode(canvas.latents()).clone();
      return new Sample(
          new Npy(latentShape(), canvas.latents()),
          new Npy(new int[] {1, 3, height, width}, image));
    } finally {
      leave();
    }
  }

  @Override
  public void paint(JobSource jobs, StepObserver observer) throws InterruptedException {
    int[] cuts = cuts(observer.previewSteps(scheduler.steps()));
    Stages<Painter.Task> stages = new Stages<>(jobs, this::begin, cuts.length, batch);
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

  /** How full all batches were that {@link #paint} made. */
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
    List<Stages<Painter.Task>> stopping;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      stopping = List.copyOf(underWay);
      users++;
    }
    stopping.forEach(Stages::stop);
    leave();
  }

  private void run(Stages<Painter.Task> stages, int[] cuts, StepObserver observer)
      throws InterruptedException {
    List<Thread> painters = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Thread thread = new Thread(() -> work(stages, cuts, observer), "iaa-painter-" + i);
      thread.setDaemon(true);
      painters.add(thread);
    }
    painters.forEach(Thread::start);
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

  private void work(Stages<Painter.Task> stages, int[] cuts, StepObserver observer) {
    try (Denoiser denoiser = denoiser();
        ImageDecoder decoder = new ImageDecoder(vae, width, height, tiledDecoding)) {
      new Painter(stages, cuts, observer, denoiser, decoder).run();
    } catch (Throwable e) {
      stages.fail(e);
    }
  }

  /** Joins whatever happens: the buffers of a running thread must not be released. */
  private static boolean joinStoppingOnInterrupt(Thread painter, Stages<Painter.Task> stages) {
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

  private Painter.Task begin(PaintJob job) {
    return new Painter.Task(
        job, canvas(job.seed(), job.prompt().text(), job.prompt().negativeText()));
  }

  private Canvas canvas(long seed, String prompt, String negativePrompt) {
    GaussianNoise noise = new GaussianNoise(seed);
    float[] latents = new float[latentSize()];
    noise.fill(latents);
    return canvas(latents, noise, prompt, negativePrompt);
  }

  private Canvas canvas(float[] latents, NoiseSource noise, String prompt, String negativePrompt) {
    for (int i = 0; i < latents.length; i++) {
      latents[i] *= scheduler.initialScale();
    }
    return new Canvas(
        new Trajectory(scheduler, latents, noise, 0),
        textEncoder.embed(prompt),
        guidance.isOn(scheduler.steps()) ? textEncoder.embed(negativePrompt) : null);
  }

  /**
   * Images of up to 32 x 32 latents are so small that the overhead of an operator shows: up to four
   * share a run. Larger ones keep a thread busy by themselves, and need the memory.
   */
  private int defaultBatch(boolean isCpu, int scale) {
    return isCpu && (width / scale) * (height / scale) > 32 * 32 ? 1 : 4;
  }

  private int largestSafeBatch(int wanted) {
    log.info(
        "Trying every batch up to {}, {} UNet runs: an image must depend on its own job alone",
        wanted,
        (2 * wanted - 1) * guidance.firstStepOfEachKind(scheduler.steps()));
    int largest = BatchInvariance.largest(wanted, this::tryBatch);
    if (largest < wanted) {
      log.warn(
          "On this processor a batch of {} changes bits of its images. Painting {} at a time, so"
              + " that an image depends on its own job alone.",
          largest + 1,
          largest);
    }
    return largest;
  }

  private float[][] tryBatch(int first, int count) {
    List<Canvas> canvases = new ArrayList<>();
    for (int i = first; i < first + count; i++) {
      canvases.add(canvas(i, "number " + i, ""));
    }
    // Through the first step of each kind, guided and not: they differ in their rows.
    int until = guidance.firstStepOfEachKind(scheduler.steps());
    try (Denoiser denoiser = denoiser()) {
      if (!denoiser.denoise(canvases, until, Thread.currentThread()::isInterrupted)) {
        throw new RunCancelledException(folder);
      }
    }
    return canvases.stream().map(Canvas::latents).toArray(float[][]::new);
  }

  private Denoiser denoiser() {
    return new Denoiser(unet, scheduler, guidance, latentSize());
  }

  private int latentSize() {
    return latentShape[0] * latentShape[1] * latentShape[2];
  }

  private int[] cuts(int[] previews) {
    int[] cuts = Arrays.copyOf(previews, previews.length + 1);
    cuts[previews.length] = scheduler.steps();
    for (int i = 0; i < cuts.length; i++) {
      if (cuts[i] <= (i == 0 ? 0 : cuts[i - 1])) {
        throw new ConfigurationException(
            "the preview steps "
                + Arrays.toString(previews)
                + " do not ascend from 1 to "
                + (scheduler.steps() - 1));
      }
    }
    return cuts;
  }

  private synchronized String checksum() {
    if (checksum == null) {
      checksum = ModelChecksum.of(folder);
    }
    return checksum;
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
        vae) {
      unet.close();
    }
  }

  private static void closeAfter(Throwable failure, AutoCloseable part) {
    try {
      part.close();
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
  }

  /** What to paint with. Every option has a default. */
  public static final class Builder {

    private final Path folder;
    private int steps = 20;
    private double guidance = 7.5;
    private double guidanceRescale;
    private double guidanceStart;
    private double guidanceStop = 1;
    private boolean tiledDecoding;
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
      return this;
    }

    /**
     * How strongly the prompt is followed.
     *
     * @param scale of classifier-free guidance, at least 0; 7.5 unless said. Guidance is on where
     *     it is above 1; off, a step costs half, and negative prompts mean nothing.
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
     *     UniPCMultistepScheduler, DEISMultistepScheduler, LCMScheduler, TCDScheduler or
     *     FlowMatchEulerDiscreteScheduler
     */
    public Builder scheduler(String className) {
      scheduler = className;
      return this;
    }

    /**
     * The size of the images, in pixels. Unless said, the size that the UNet was trained on.
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
     * How many threads paint.
     *
     * @param threads how many images or batches are painted at once, each on one thread; as many as
     *     there are processors unless said, 1 on a GPU. Changes no pixel.
     */
    public Builder threads(int threads) {
      this.threads = positive("threads", threads);
      return this;
    }

    /**
     * How many images a thread paints together.
     *
     * @param batch how many images go through the UNet together on one thread; 4 unless said, or 1
     *     for latents beyond 32 x 32 on a CPU. On a CPU every size up to it is tried while the
     *     model is loaded, which takes time with the square of the batch, and where company changes
     *     a bit of an image, smaller batches are taken. Changes no pixel there.
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
     * @throws RunCancelledException if the thread was interrupted while batches were tried; it
     *     stays interrupted
     */
    public StableDiffusion build() {
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
