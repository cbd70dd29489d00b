package io.github.iaa4j.diffusion;

import static java.util.Objects.requireNonNull;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.sampling.JobFunction;
import io.github.iaa4j.diffusion.internal.pipeline.SourceImage;
import io.github.iaa4j.onnx.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Options of a {@link StableDiffusion}. Each has a default; if an option is set twice, the last
 * value counts, except that {@link #controlNet} adds one and that a second image to start from is
 * refused. {@link #build()} checks them all and names every one that is out of range. Not safe for
 * use by several threads; may build several models.
 *
 * <p>No method accepts null: each throws a {@link NullPointerException} that names the option.
 */
public final class StableDiffusionBuilder {

  final Path folder;
  final List<SourceImage.Option> sources = new ArrayList<>();
  final List<ControlNet> controlNets = new ArrayList<>();
  @Nullable Integer steps;
  double @Nullable [] timesteps;
  double @Nullable [] sigmas;
  @Nullable String scheduler;
  boolean guessMode;
  @Nullable Double guidance;
  double guidanceRescale;
  double guidanceStart;
  double guidanceStop = 1;
  StableDiffusionOptions.@Nullable Size size;
  StableDiffusionOptions.@Nullable Size originalSize;
  StableDiffusionOptions.@Nullable Crop crop;
  boolean tiledDecoding;
  PreviewDecoder previewDecoder = PreviewDecoder.FULL;
  @Nullable Integer clipSkip;
  boolean promptWeights;
  boolean longPrompts;
  @Nullable Integer threads;
  @Nullable Integer batch;
  Device device = Device.cpu();
  @Nullable Path graphCache;

  StableDiffusionBuilder(Path folder) {
    this.folder = requireNonNull(folder, "folder must not be null");
  }

  /**
   * How many steps denoise each image. The UNet is evaluated once per step; with the Heun scheduler
   * twice except in the last step, with PNDM one to nine times more in total. {@link
   * StableDiffusion#steps()} and previews count these evaluations.
   *
   * @param steps at least 1; defaults to 20
   */
  public StableDiffusionBuilder steps(int steps) {
    this.steps = steps;
    return this;
  }

  /**
   * The timesteps to evaluate the model at, in place of {@link #steps(int)}. For the schedulers
   * that take them in diffusers: DDPM, Euler, Heun, DPM-Solver (multistep and singlestep), LCM, TCD
   * and flow matching Euler, unless the config chooses other sigmas, such as Karras'.
   *
   * @param timesteps of the model's training, usually 0 to 999; descending, one for each step, such
   *     as 999, 850, 500, 200. Not together with {@code steps}
   */
  public StableDiffusionBuilder timesteps(int... timesteps) {
    requireNonNull(timesteps, "timesteps must not be null");
    this.timesteps = Arrays.stream(timesteps).asDoubleStream().toArray();
    return this;
  }

  /**
   * The noise levels to evaluate the model at, in place of {@link #steps(int)}. For the schedulers
   * that take them in diffusers: Euler, flow matching Euler and, with flow sigmas, UniPC.
   *
   * @param sigmas descending, one for each step; for {@code EulerDiscreteScheduler} one more for
   *     the end, usually 0. Not together with {@code steps}
   */
  public StableDiffusionBuilder sigmas(double... sigmas) {
    this.sigmas = requireNonNull(sigmas, "sigmas must not be null").clone();
    return this;
  }

  /**
   * Starts each job from its own image rather than from noise alone: noise is added to the image
   * and the last steps are taken from there. The lower the strength, the more of its layout stays.
   * {@code StableDiffusionImg2ImgPipeline} of diffusers; needs {@code vae_encoder/}.
   *
   * <p>The images decide pixels: a job must always get the same one. {@link
   * StableDiffusion#describe()} has the description of the function; for a lambda, {@link
   * JobFunction#of} states one.
   *
   * @param source a job's image, of the size that is generated. Called once per job, by several
   *     threads at once, before the job's first step. {@link StableDiffusion#sample} calls it with
   *     slot, attempt and seed 0.
   * @param strength the share of the steps that are taken, above 0 and at most 1; 0.8 is usual.
   *     {@link StableDiffusion#steps()} and previews count the steps that are taken.
   */
  public StableDiffusionBuilder imageToImage(JobFunction<RgbImage> source, double strength) {
    requireNonNull(source, "imageToImage: source must not be null");
    sources.add(new SourceImage.Option(source, null, strength));
    return this;
  }

  /**
   * Regenerates a part of each job's image and keeps the rest. With the usual models the latents of
   * the rest are restored after each step, as {@code StableDiffusionInpaintPipeline} of diffusers
   * does; needs {@code vae_encoder/}. The rest passes through the autoencoder, so its pixels change
   * a little; and a latent is regenerated as a whole where the mask is set at its first pixel.
   *
   * @param source a job's image, as for {@link #imageToImage}
   * @param mask of the size of the image; everything that is not 0 is regenerated. Called as {@code
   *     source} is. {@link LabelMask#background()} of an image's mask gives its objects other
   *     surroundings.
   * @param strength share of the steps that are taken, above 0 and at most 1; at 1 the new part
   *     starts from noise alone
   */
  public StableDiffusionBuilder inpaint(
      JobFunction<RgbImage> source, JobFunction<LabelMask> mask, double strength) {
    requireNonNull(source, "inpaint: source must not be null");
    requireNonNull(mask, "inpaint: mask must not be null");
    sources.add(new SourceImage.Option(source, mask, strength));
    return this;
  }

  /**
   * Steers each job by its own image, such as the edges of a photo. The residuals of several
   * ControlNets are added up. Needs a UNet that was exported for ControlNets: one that takes their
   * residuals.
   */
  public StableDiffusionBuilder controlNet(ControlNet controlNet) {
    controlNets.add(requireNonNull(controlNet, "controlNet must not be null"));
    return this;
  }

  /**
   * Lets ControlNets work from their images where prompts say little: the unconditional prediction
   * is not steered, and residuals early in the UNet count less. {@code guess_mode} of diffusers,
   * which recommends a guidance between 3 and 5. {@link #build()} refuses it without a ControlNet.
   */
  public StableDiffusionBuilder guessMode() {
    guessMode = true;
    return this;
  }

  /**
   * How strongly the prompt is followed.
   *
   * @param scale of classifier-free guidance, at least 0; defaults to 7.5. Guidance is on above 1;
   *     off, a step costs half, and negative prompts have no effect. Turbo models want it off.
   *     Latent consistency models take it as an input: a step costs half at any scale, and negative
   *     prompts have no effect.
   */
  public StableDiffusionBuilder guidance(double scale) {
    guidance = scale;
    return this;
  }

  /**
   * Rescales guided predictions to the contrast of unguided ones, against overexposed images; for
   * models whose noise schedule ends without any signal. {@code guidance_rescale} of diffusers: Lin
   * et al., arXiv 2305.08891, section 3.4, which recommends 0.7.
   *
   * @param fraction of the standard deviation that is restored, 0 to 1; defaults to 0, none
   */
  public StableDiffusionBuilder guidanceRescale(double fraction) {
    guidanceRescale = fraction;
    return this;
  }

  /**
   * Guides some of the steps only. The others cost half, because the negative prompt is not
   * evaluated: Kynkäänniemi et al., arXiv 2404.07724.
   *
   * @param start share of the steps before the first that is guided, 0 to 1; defaults to 0
   * @param stop share of the steps up to the last that is guided, above {@code start} and at most
   *     1; defaults to 1
   */
  public StableDiffusionBuilder guidanceInterval(double start, double stop) {
    guidanceStart = start;
    guidanceStop = stop;
    return this;
  }

  /**
   * Uses a different scheduler from the one in {@code scheduler/scheduler_config.json}, with the
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
  public StableDiffusionBuilder scheduler(String className) {
    scheduler = requireNonNull(className, "scheduler must not be null");
    return this;
  }

  /**
   * The size of the images, in pixels. Defaults to the size that the UNet was trained on, or the
   * size that the graphs were exported for if it is fixed.
   *
   * @param width at least 1, a multiple of what autoencoder and UNet divide it by, 64 for Stable
   *     Diffusion
   * @param height likewise
   */
  public StableDiffusionBuilder size(int width, int height) {
    size = new StableDiffusionOptions.Size(width, height);
    return this;
  }

  /**
   * Decodes images larger than those that the autoencoder was trained on in tiles of that size,
   * which overlap and are blended: the decoder needs memory for one tile, and pixels change a
   * little. {@code enable_vae_tiling} of diffusers.
   */
  public StableDiffusionBuilder tiledDecoding() {
    tiledDecoding = true;
    return this;
  }

  /**
   * What decodes the images of previews. Cheaper decoders are less sharp, so a filter may drop
   * other images; finished images have the same bytes.
   *
   * @param decoder defaults to {@link PreviewDecoder#FULL}
   */
  public StableDiffusionBuilder previews(PreviewDecoder decoder) {
    previewDecoder = requireNonNull(decoder, "previews must not be null");
    return this;
  }

  /**
   * Skips the last layers of the text encoder for prompts, as {@code clip_skip} of diffusers does.
   * SDXL skips one more in any case. Negative prompts go through all layers, as in diffusers. The
   * export must have {@code hidden_states.N} outputs: exports of SDXL do, others if the encoder's
   * config said {@code output_hidden_states}.
   *
   * @param layers 0 or more; 1 is what many call "clip skip 2"
   */
  public StableDiffusionBuilder clipSkip(int layers) {
    clipSkip = layers;
    return this;
  }

  /**
   * Reads brackets in prompts and negative prompts as weights: {@code (word)} counts 1.1 times,
   * {@code (word:1.3)} 1.3 times, {@code [word]} counts 1/1.1 times; nested brackets multiply, and
   * {@code \(} is a literal bracket. The syntax is that of the diffusers community pipelines {@code
   * lpw_stable_diffusion} and, for SDXL, {@code lpw_stable_diffusion_xl}. By default brackets are
   * text.
   */
  public StableDiffusionBuilder promptWeights() {
    promptWeights = true;
    return this;
  }

  /**
   * Reads prompts of any length in chunks and gives the UNet their embeddings one after another, as
   * the same pipelines do. On a CPU a prompt of several chunks is generated alone, whatever the
   * batch size; on other devices together with prompts of as many chunks. By default what is beyond
   * {@link StableDiffusion#maxPromptTokens()} is cut off.
   */
  public StableDiffusionBuilder longPrompts() {
    longPrompts = true;
    return this;
  }

  /**
   * The original size that SDXL is conditioned on; where it is not the size of the image, the image
   * looks scaled up or down. {@code original_size} of diffusers. Defaults to the size of the image.
   * {@link #build()} refuses it for models other than SDXL.
   *
   * @param width in pixels, at least 1
   * @param height in pixels, at least 1
   */
  public StableDiffusionBuilder originalSize(int width, int height) {
    originalSize = new StableDiffusionOptions.Size(width, height);
    return this;
  }

  /**
   * The crop that SDXL is conditioned on; above 0 the image looks cropped. {@code
   * crops_coords_top_left} of diffusers, there in the order top, left. Defaults to 0, 0, a centred
   * subject. {@link #build()} refuses it for models other than SDXL.
   *
   * @param left pixels cut off at the left, 0 or more
   * @param top pixels cut off at the top, 0 or more
   */
  public StableDiffusionBuilder crop(int left, int top) {
    crop = new StableDiffusionOptions.Crop(left, top);
    return this;
  }

  /**
   * How many threads generate.
   *
   * @param threads how many images or batches are generated at once, each on one thread, at least
   *     1; defaults to the number of processors, or 1 on a GPU. An idle thread helps with a batch
   *     of one image. Changes no pixel.
   */
  public StableDiffusionBuilder threads(int threads) {
    this.threads = threads;
    return this;
  }

  /**
   * How many images a thread generates together.
   *
   * @param batch how many images go through the UNet together on one thread, at least 1; defaults
   *     to 4, or 1 for latents beyond 32 x 32 on a CPU, or as many as fill the batch that an export
   *     fixes. On a CPU every size up to it is tried while the model is loaded, which takes time
   *     with the square of the batch, and if batching changes a bit of an image, smaller batches
   *     are used. Changes no pixel there.
   */
  public StableDiffusionBuilder batch(int batch) {
    this.batch = batch;
    return this;
  }

  /**
   * Where the networks run.
   *
   * @param device defaults to the CPU
   */
  public StableDiffusionBuilder device(Device device) {
    this.device = requireNonNull(device, "device must not be null");
    return this;
  }

  /**
   * Keeps the graphs as ONNX Runtime has optimised them in a folder, so that the next load need not
   * optimise them again. A kept graph is used only for exactly the same model files, ONNX Runtime,
   * device and kind of processor, and only if it is undamaged; otherwise it is optimised again.
   * Several models and processes may share a folder, which may be deleted at any time. It takes
   * about as much disk space as the models in float32. Changes no pixel on a CPU. By default no
   * graph is kept.
   *
   * @param folder created if it does not exist
   */
  public StableDiffusionBuilder graphCache(Path folder) {
    graphCache = requireNonNull(folder, "graphCache must not be null");
    return this;
  }

  /**
   * Loads the model, which the caller closes.
   *
   * @throws ConfigurationException if options are out of range or do not fit the model, or the
   *     device is not available
   * @throws ModelException if a file of the folder is missing or cannot be used
   * @throws StorageException if the graph cache cannot be written
   * @throws CancelledException if the thread was interrupted while the model was tested; its
   *     interrupt flag stays set
   */
  public StableDiffusion build() {
    return new StableDiffusion(LoadedPipeline.load(new StableDiffusionOptions(this)));
  }
}
