package io.github.iaa4j.diffusion;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.internal.DaemonThreads;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.ModelNote;
import io.github.iaa4j.core.sampling.StepObserver;
import io.github.iaa4j.core.sampling.TokenCounter;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.diffusion.internal.pipeline.IdleThreads;
import io.github.iaa4j.diffusion.internal.pipeline.Occupancy;
import io.github.iaa4j.diffusion.internal.text.FolderTokenCounter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stable Diffusion 1.x and 2.x (Rombach et al., arXiv 2112.10752), SDXL (Podell et al., arXiv
 * 2307.01952), their Turbo models and latent consistency models (Luo et al., arXiv 2310.04378) on
 * ONNX Runtime: text to image, image to image, inpainting and ControlNets.
 *
 * <pre>{@code
 * try (StableDiffusion model = StableDiffusion.builder(folder).steps(30).build()) {
 *   RgbImage image = model.image(new Prompt("a photo of a cat", ""), 42);
 * }
 * }</pre>
 *
 * <p>Loads a folder in the Hugging Face ONNX layout, as {@code optimum-cli export onnx} writes it:
 * {@code model_index.json}, {@code scheduler/}, {@code tokenizer/}, {@code text_encoder/}, {@code
 * unet/}, {@code vae_decoder/}; for SDXL {@code tokenizer_2/} and {@code text_encoder_2/}; {@code
 * vae_encoder/} where jobs start from images, and {@code vae_preview/} for {@link
 * PreviewDecoder#TINY}. Every constant is read from its configs.
 *
 * <p>On a CPU an image depends on its prompt, its seed and {@link #describe() description} alone,
 * to the last bit. Safe for use by several threads at once.
 */
public final class StableDiffusion implements DiffusionSampler {

  private static final Logger log = LoggerFactory.getLogger(StableDiffusion.class);

  private final LoadedPipeline pipeline;
  private final List<GenerationRun> runs = new ArrayList<>();
  private int users;
  private boolean isClosed;
  private Occupancy occupancy = new Occupancy(0, 0);

  StableDiffusion(LoadedPipeline pipeline) {
    this.pipeline = pipeline;
  }

  /**
   * Loads a model with the defaults of every option: the folder's own scheduler and size, 20 steps,
   * a guidance scale of 7.5, the CPU. The caller closes it.
   *
   * @param folder in the layout above
   * @throws ConfigurationException if the defaults do not fit the model
   * @throws ModelException if a file of the folder is missing or cannot be used, or the UNet is one
   *     that only inpaints
   * @throws CancelledException if the thread was interrupted while the model was tested; its
   *     interrupt flag stays set
   */
  public static StableDiffusion load(Path folder) {
    return builder(folder).build();
  }

  /**
   * Options to load a model with. Reads no file yet.
   *
   * <p>Loading a tokenizer, by {@link #tokenCounter} too, sets the system properties {@code
   * OPT_OUT_TRACKING} to {@code true} and {@code RUST_FLAVOR} to {@code cpu} for the whole process,
   * each unless a property or an environment variable has that name. Without them the tokenizers'
   * native library may report its use, and may download a CUDA build of itself.
   *
   * @param folder in the layout above
   */
  public static StableDiffusionBuilder builder(Path folder) {
    return new StableDiffusionBuilder(folder);
  }

  /**
   * Counts the tokens of prompts as a model folder's text encoder reads them, without loading the
   * model: for programs that write prompts before they generate. The caller closes it.
   *
   * @param folder in the layout above
   * @throws ModelException if it holds no usable {@code tokenizer/}
   */
  public static TokenCounter tokenCounter(Path folder) {
    return new FolderTokenCounter(folder);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Named after the model's folder. Its settings are {@code modelChecksum}, the SHA-256 over the
   * model's files; {@code scheduler}, {@code steps}, {@code guidanceScale}, {@code width} and
   * {@code height}; and, by the names of their methods, the options that differ from the defaults
   * and decide pixels or which previews a filter sees. {@code imageToImage.source}, {@code
   * inpaint.source}, {@code inpaint.mask} and {@code controlNet.1.image} are the functions of jobs,
   * with their own settings; it is complete if theirs are. The first call reads all files of the
   * model.
   */
  @Override
  public Description describe() {
    return pipeline.describe();
  }

  /**
   * How often the UNet is evaluated for an image, which is what previews count. Solvers may need
   * more evaluations than the steps that were asked for, image to image fewer.
   */
  public int steps() {
    return pipeline.plan().steps();
  }

  /** The width of the images, in pixels. */
  public int width() {
    return pipeline.plan().width();
  }

  /** The height of the images, in pixels. */
  public int height() {
    return pipeline.plan().height();
  }

  /**
   * What the folder does not state, or states in an unusual way, and what was assumed, in the order
   * in which it was found; empty for usual folders.
   */
  @Override
  public List<ModelNote> notes() {
    return pipeline.notes();
  }

  /**
   * The shape of the latents of one image: {@code [1, C, h, w]}, where h and w are the height and
   * width of the image over what the autoencoder divides them by, usually 8.
   */
  public int[] latentShape() {
    return pipeline.latentShape();
  }

  /**
   * How many tokens of a prompt the model sees, the start and end tokens included; {@link
   * Integer#MAX_VALUE} where it reads long prompts.
   */
  public int maxPromptTokens() {
    return readsLongPrompts() ? Integer.MAX_VALUE : pipeline.textEncoder().length();
  }

  private boolean readsLongPrompts() {
    return pipeline.plan().options().text().isLong();
  }

  /**
   * How many tokens a prompt has, the start and end tokens included. What is beyond {@link
   * #maxPromptTokens()} is cut off, unless the model reads {@link
   * StableDiffusionBuilder#longPrompts() long prompts}.
   *
   * @throws IllegalStateException if the model is closed
   */
  public int promptTokens(String prompt) {
    enter();
    try {
      return pipeline.textEncoder().count(prompt);
    } finally {
      leave();
    }
  }

  /**
   * Counts as {@link #promptTokens} does; the limit is {@link #maxPromptTokens()}. Null where the
   * model reads {@link StableDiffusionBuilder#longPrompts() long prompts}.
   */
  @Override
  public @Nullable TokenCounter tokenCounter() {
    if (readsLongPrompts()) {
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
   * The unit noise that {@link #generate} starts a job from.
   *
   * @param seed the job's
   * @return {@code [1, C, h, w]}, NCHW, float32, mean 0, standard deviation 1; owned by the caller
   */
  public Npy initialNoise(long seed) {
    return new Npy(latentShape(), pipeline.unitNoise(seed));
  }

  /**
   * Generates one image from given noise, for comparing implementations. Runs on the calling
   * thread, and on a second one if the model has more than one. A scheduler that adds noise during
   * the steps draws it as for a job of seed 0. Where jobs start from images, their latents are the
   * means that the encoder predicts.
   *
   * @param noise {@code [1, C, h, w]}, NCHW, mean 0 and standard deviation 1: the {@code latents}
   *     argument of diffusers; not changed
   * @param prompt may be empty
   * @param negativePrompt may be empty
   * @return latents and image in float32; owned by the caller
   * @throws ModelException if the noise has another shape, or latents or pixels become NaN or
   *     infinite
   * @throws CancelledException if the thread was interrupted, or the model closed by another
   *     thread; within one denoising step
   * @throws IllegalStateException if the model was closed before
   */
  public Sample sample(Npy noise, String prompt, String negativePrompt) {
    PipelinePlan plan = pipeline.plan();
    if (!Arrays.equals(noise.shape(), latentShape())) {
      throw new ModelException(
          plan.options().folder(),
          "latents",
          "expected latents of shape "
              + Arrays.toString(latentShape())
              + " for images of "
              + plan.width()
              + " x "
              + plan.height()
              + ", found "
              + Arrays.toString(noise.shape())
              + ".",
          null);
    }
    enter();
    ExecutorService second = Executors.newSingleThreadExecutor(DaemonThreads.named("iaa-sample"));
    try {
      IdleThreads idle = plan.options().threads() > 1 ? IdleThreads.of(second) : IdleThreads.NONE;
      Sample sample =
          pipeline.sample(noise.values(), prompt, negativePrompt, idle, this::isCancelled);
      if (sample == null) {
        throw new CancelledException(
            Thread.currentThread().isInterrupted()
                ? "generating an image was interrupted"
                : "the model was closed while it generated an image",
            null);
      }
      return sample;
    } finally {
      second.shutdown();
      leave();
    }
  }

  private synchronized boolean isCancelled() {
    return isClosed || Thread.currentThread().isInterrupted();
  }

  /**
   * {@inheritDoc}
   *
   * <p>Works on daemon threads of its own, as many as {@link StableDiffusionBuilder#threads} says.
   * Several calls at once each have their own.
   *
   * @throws ConfigurationException if the observer's preview steps do not ascend from 1 to {@code
   *     steps} - 1, or the image of a job is missing or has another size
   */
  @Override
  public void generate(JobSource jobs, StepObserver observer) {
    enter();
    GenerationRun run = null;
    try {
      run = begin(new GenerationRun(pipeline, jobs, observer));
      run.run();
    } finally {
      if (run != null) {
        end(run);
      }
      leave();
    }
  }

  private synchronized GenerationRun begin(GenerationRun run) {
    runs.add(run);
    if (isClosed) {
      run.stop();
    }
    return run;
  }

  private void end(GenerationRun run) {
    Occupancy its = run.occupancy();
    synchronized (this) {
      runs.remove(run);
      occupancy = occupancy.plus(its);
    }
    log.info("Batches were {} % full", Math.round(100 * its.share()));
  }

  /**
   * How full the batches of all {@link #generate} calls that have returned were: rows of the UNet
   * that belonged to a job, over rows if every batch had been full. Low values mean that {@link
   * StableDiffusionBuilder#batch} is too large for the work.
   *
   * @return 0 to 1; 1 if nothing has run
   */
  public synchronized double batchOccupancy() {
    return occupancy.share();
  }

  /**
   * {@inheritDoc}
   *
   * <p>Does not wait: native memory is released when the work in progress has stopped, within one
   * denoising step.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (isClosed) {
        return;
      }
      isClosed = true;
      users++;
      runs.forEach(GenerationRun::stop);
    }
    leave();
  }

  private synchronized void enter() {
    if (isClosed) {
      throw new IllegalStateException(
          "the model " + pipeline.plan().options().folder() + " is closed");
    }
    users++;
  }

  /** The last one out after {@link #close()} releases the native memory. */
  private void leave() {
    synchronized (this) {
      users--;
      if (!isClosed || users > 0) {
        return;
      }
    }
    pipeline.close();
  }
}
