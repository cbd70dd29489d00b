package io.github.iaa4j.diffusion;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.ModelNote;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import io.github.iaa4j.diffusion.internal.model.NotFinite;
import io.github.iaa4j.diffusion.internal.model.NotFiniteException;
import io.github.iaa4j.diffusion.internal.model.TensorNames;
import io.github.iaa4j.diffusion.internal.pipeline.Denoiser;
import io.github.iaa4j.diffusion.internal.pipeline.DenoisingState;
import io.github.iaa4j.diffusion.internal.pipeline.GaussianNoise;
import io.github.iaa4j.diffusion.internal.pipeline.GenerationWorker;
import io.github.iaa4j.diffusion.internal.pipeline.IdleThreads;
import io.github.iaa4j.diffusion.internal.pipeline.SourceImage;
import io.github.iaa4j.diffusion.internal.scheduler.NoiseSource;
import io.github.iaa4j.diffusion.internal.scheduler.Trajectory;
import io.github.iaa4j.diffusion.internal.text.TextEncoder;
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
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A model whose graphs are loaded and tried. Owns the native handles. Safe for use by several
 * threads, except for {@link #close()}: it is called when nobody uses the model any more.
 */
final class LoadedPipeline implements AutoCloseable {

  private final PipelinePlan plan;
  private final TextEncoder textEncoder;
  private final Vae vae;
  private final @Nullable Vae tinyVae;
  private final Unet unet;
  private final @Nullable SourceImage source;
  private final @Nullable ControlNets controls;
  private final int[] latentShape;
  private final List<AutoCloseable> owned = new ArrayList<>();
  private int batch = 1;
  private @Nullable LinearPreview linearPreview;
  private @Nullable String checksum;

  /**
   * Loads a model and tries its batches.
   *
   * @throws io.github.iaa4j.core.error.IaaException as {@link StableDiffusionBuilder#build} says
   */
  static LoadedPipeline load(StableDiffusionOptions options) {
    LoadedPipeline pipeline = new LoadedPipeline(PipelinePlan.of(options));
    try {
      ModelTrial trial = new ModelTrial(pipeline);
      pipeline.batch = trial.batch();
      if (options.previewDecoder() == PreviewDecoder.LINEAR) {
        pipeline.linearPreview = trial.linearPreview();
      }
      return pipeline;
    } catch (RuntimeException | Error e) {
      Resources.closeAfter(e, pipeline.owned);
      throw e;
    }
  }

  private LoadedPipeline(PipelinePlan plan) {
    this.plan = plan;
    StableDiffusionOptions options = plan.options();
    ModelFolder model = plan.model();
    Device device = options.device();
    try {
      textEncoder = own(new TextEncoder(model, plan.architecture(), options.text(), device));
      plan.architecture().requireAddedSizes(model, textEncoder.pooledWidth());
      vae = own(new Vae(model, plan.width(), plan.height(), device));
      tinyVae =
          options.previewDecoder() == PreviewDecoder.TINY
              ? own(Vae.ofPreviews(model, vae, plan.width(), plan.height(), device))
              : null;
      int scale = plan.latentScale();
      latentShape = new int[] {vae.latentChannels(), plan.height() / scale, plan.width() / scale};
      long[] latents = Arrays.stream(latentShape).asLongStream().toArray();
      unet = own(new Unet(model, latents, rowShapes(), device));
      boolean isFractional = plan.scheduler().takesFractionalTimesteps();
      if (options.text().isLong()) {
        unet.requireOpenTexts();
      }
      if (isFractional) {
        unet.requireFractionalTimesteps(plan.scheduler().name());
      }
      source = loadSource();
      controls = loadControls();
      if (controls != null && options.text().isLong()) {
        controls.requireOpenTexts();
      }
      if (controls != null && isFractional) {
        controls.requireFractionalTimesteps(plan.scheduler().name());
      }
    } catch (RuntimeException | Error e) {
      Resources.closeAfter(e, owned);
      throw e;
    }
  }

  private <T extends AutoCloseable> T own(T part) {
    owned.add(part);
    return part;
  }

  /** What every row of the UNet takes besides its latents, and how it is shaped. */
  private Map<String, long[]> rowShapes() {
    Map<String, long[]> shapes = new TreeMap<>();
    shapes.put(
        TensorNames.ENCODER_HIDDEN_STATES, new long[] {textEncoder.length(), textEncoder.width()});
    if (plan.architecture().isXl()) {
      shapes.put(TensorNames.TEXT_EMBEDS, new long[] {textEncoder.pooledWidth()});
    }
    plan.constants().forEach((name, values) -> shapes.put(name, new long[] {values.length}));
    return shapes;
  }

  private @Nullable SourceImage loadSource() {
    SourceImage.Option option = plan.options().source();
    if (unet.isForInpainting() && (option == null || option.mask() == null)) {
      throw new ModelException(
          plan.options().folder().resolve("unet/config.json"),
          "in_channels",
          "this UNet only inpaints. Use .inpaint(source, mask, strength) in Java or --image and"
              + " --mask on the command line.",
          null);
    }
    if (option == null) {
      return null;
    }
    VaeEncoder encoder =
        new VaeEncoder(plan.model(), vae, plan.width(), plan.height(), plan.options().device());
    return own(
        new SourceImage(
            option,
            encoder,
            unet.isForInpainting(),
            plan.width(),
            plan.height(),
            plan.latentScale()));
  }

  private @Nullable ControlNets loadControls() {
    StableDiffusionOptions options = plan.options();
    return options.controlNets().isEmpty()
        ? null
        : own(
            new ControlNets(
                options.controlNets().stream().map(ControlNet::steering).toList(),
                options.guessMode(),
                unet,
                plan.width(),
                plan.height(),
                options.device()));
  }

  PipelinePlan plan() {
    return plan;
  }

  TextEncoder textEncoder() {
    return textEncoder;
  }

  Vae vae() {
    return vae;
  }

  Unet unet() {
    return unet;
  }

  @Nullable ControlNets controls() {
    return controls;
  }

  /** Images that go through the UNet together. */
  int batch() {
    return batch;
  }

  /** The shape of the latents of one image: {@code [1, C, h, w]}. */
  int[] latentShape() {
    return new int[] {1, latentShape[0], latentShape[1], latentShape[2]};
  }

  /** The unit noise that a seed starts from, {@code [C, h, w]}. */
  float[] unitNoise(long seed) {
    return unitNoise(new GaussianNoise(seed));
  }

  private float[] unitNoise(GaussianNoise draws) {
    float[] noise = new float[latentSize()];
    draws.fill(noise);
    return noise;
  }

  private int latentSize() {
    return latentShape[0] * latentShape[1] * latentShape[2];
  }

  /** What was assumed about the model, in the order in which it was met. */
  List<ModelNote> notes() {
    List<ModelNote> notes = new ArrayList<>(plan.model().notes());
    notes.addAll(plan.schedulerNotes());
    return List.copyOf(notes);
  }

  /** What decides pixels besides prompt and seed. */
  Description describe() {
    return plan.describe(checksum());
  }

  private synchronized String checksum() {
    if (checksum == null) {
      List<String> further = new ArrayList<>();
      if (plan.architecture().isXl()) {
        further.addAll(List.of("text_encoder_2", "tokenizer_2"));
      }
      if (source != null) {
        further.add("vae_encoder");
      }
      if (tinyVae != null) {
        further.add("vae_preview");
      }
      checksum =
          plan.model()
              .checksum(
                  further, plan.options().controlNets().stream().map(ControlNet::folder).toList());
    }
    return checksum;
  }

  /** A job at its first step. */
  GenerationWorker.Task begin(GenerationJob job) {
    GaussianNoise draws = new GaussianNoise(job.seed());
    SourceImage.Start start = start(job, unitNoise(draws), draws);
    return new GenerationWorker.Task(
        job, state(start, plan.begin(), controlImages(job), job.seed(), job.prompt()));
  }

  /** Where a job starts, from its unit noise; its image's latents are drawn, or at their mean. */
  private SourceImage.Start start(GenerationJob job, float[] noise, @Nullable NoiseSource draws) {
    return source == null
        ? SourceImage.Start.ofNoise(noise, plan.scheduler())
        : source.start(job, noise, draws, plan.scheduler(), plan.begin());
  }

  private List<RgbImage> controlImages(GenerationJob job) {
    return controls == null ? List.of() : controls.images(job);
  }

  /**
   * An image to try the model with. Users' functions are for jobs alone: what they would return is
   * noise here.
   *
   * @param seed of all noise
   * @param begin its first step
   */
  DenoisingState trialState(int seed, int begin, String prompt) {
    return state(
        SourceImage.Start.ofNoise(unitNoise(seed), plan.scheduler(), unet.conditionSize()),
        begin,
        controls == null ? List.of() : controls.noise(seed),
        seed,
        prompt,
        "");
  }

  private DenoisingState state(
      SourceImage.Start start, int begin, List<RgbImage> images, long seed, Prompt prompt) {
    return state(start, begin, images, seed, prompt.text(), prompt.negativePrompt());
  }

  private DenoisingState state(
      SourceImage.Start start,
      int begin,
      List<RgbImage> controlImages,
      long seed,
      String prompt,
      String negativePrompt) {
    boolean isGuided = plan.isGuided();
    return new DenoisingState(
        new Trajectory(plan.scheduler(), start.latents(), new GaussianNoise(seed), begin),
        textEncoder.embed(prompt, false, isGuided ? negativePrompt : "").with(plan.constants()),
        isGuided ? textEncoder.embed(negativePrompt, true, prompt).with(plan.constants()) : null,
        start.blend(),
        start.inpaintInput(),
        controlImages);
  }

  /**
   * Generates one image from given noise on the calling thread.
   *
   * @param noise {@code [C, h, w]}, standard normal; not changed
   * @param idleThreads may compute half of each step
   * @param cancelled asked before every step
   * @return null if it was cancelled on the way
   */
  @Nullable Sample sample(
      float[] noise,
      String prompt,
      String negativePrompt,
      IdleThreads idleThreads,
      BooleanSupplier cancelled) {
    // What functions of jobs are called with where there is no job.
    Prompt asked = new Prompt(prompt.isBlank() ? "no prompt" : prompt, negativePrompt);
    GenerationJob job = new GenerationJob(0, 0, 0, asked);
    try (Denoiser denoiser = denoiser(idleThreads);
        ImageDecoder decoder = decoder()) {
      // The latents of a source image at their mean, so that the given noise is all that is drawn.
      SourceImage.Start start = start(job, noise, null);
      DenoisingState state =
          state(start, plan.begin(), controlImages(job), 0, prompt, negativePrompt);
      if (!denoiser.denoise(List.of(state), plan.scheduler().steps(), cancelled)) {
        return null;
      }
      requireFinite(state);
      float[] image = decoder.decode(state.latents()).clone();
      if (!decoder.isFinite()) {
        throw failure(NotFinite.PIXELS, state);
      }
      return new Sample(
          new Npy(latentShape(), state.latents()),
          new Npy(new int[] {1, 3, plan.height(), plan.width()}, image));
    }
  }

  Denoiser denoiser(IdleThreads idleThreads) {
    return new Denoiser(
        unet, plan.scheduler(), plan.guidance(), latentSize(), controls, idleThreads);
  }

  ImageDecoder decoder() {
    return new ImageDecoder(vae, plan.width(), plan.height(), plan.options().tiledDecoding());
  }

  /** The decoder of previews, or null where there is none of their own. */
  @Nullable ImageDecoder tinyDecoder() {
    return tinyVae == null
        ? null
        : new ImageDecoder(
            tinyVae, latentShape[2] * tinyVae.scale(), latentShape[1] * tinyVae.scale(), false);
  }

  /** What turns predicted latents into images. */
  Function<float[], RgbImage> previews(ImageDecoder decoder, @Nullable ImageDecoder tiny) {
    if (tiny != null) {
      return latents -> tiny.image(latents).scaledTo(plan.width(), plan.height());
    }
    return linearPreview != null ? linearPreview::image : decoder::image;
  }

  /** Names the part of the model at fault. */
  NotFiniteException failure(NotFinite notFinite) {
    return new NotFiniteException(notFinite, graphOf(notFinite));
  }

  /**
   * Checks an image that is not part of a run, which could continue without it.
   *
   * @throws ModelException if it became NaN or infinite
   */
  void requireFinite(DenoisingState state) {
    NotFinite notFinite = state.notFinite();
    if (notFinite != null) {
      throw failure(notFinite, state);
    }
  }

  private ModelException failure(NotFinite notFinite, DenoisingState state) {
    Path graph = graphOf(notFinite);
    return new ModelException(
        graph,
        null,
        "at step "
            + (Math.min(state.step(), plan.scheduler().steps() - 1) - plan.begin() + 1)
            + " of "
            + plan.steps()
            + ", "
            + notFinite.problem(graph),
        null);
  }

  private Path graphOf(NotFinite notFinite) {
    return switch (notFinite) {
      case TEXT -> plan.model().graph("text_encoder");
      case SOURCE -> plan.model().graph("vae_encoder");
      case LATENTS -> plan.model().graph("unet");
      case PIXELS -> plan.model().graph("vae_decoder");
    };
  }

  @Override
  public void close() {
    Resources.close(owned);
  }
}
