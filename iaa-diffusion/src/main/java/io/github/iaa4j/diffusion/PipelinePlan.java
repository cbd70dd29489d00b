package io.github.iaa4j.diffusion;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.sampling.ModelNote;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.diffusion.internal.model.Architecture;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import io.github.iaa4j.diffusion.internal.model.TensorNames;
import io.github.iaa4j.diffusion.internal.pipeline.Guidance;
import io.github.iaa4j.diffusion.internal.pipeline.SourceImage;
import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import io.github.iaa4j.diffusion.internal.scheduler.SchedulerConfig;
import io.github.iaa4j.diffusion.internal.unet.Unet;
import io.github.iaa4j.diffusion.internal.vae.Vae;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the options and the configs of a model's folder decide together, before any graph is loaded.
 *
 * @param options as they were given
 * @param model the folder
 * @param architecture of the model
 * @param scheduler for all steps, those that image to image skips too
 * @param schedulerNotes what was assumed about its config
 * @param begin the first step that jobs take
 * @param guidance off where the model takes its scale as an input
 * @param width of the images, in pixels
 * @param height of the images, in pixels
 * @param latentScale pixels along one side of a latent
 * @param constants inputs of the UNet that are the same for all rows, by name
 */
record PipelinePlan(
    StableDiffusionOptions options,
    ModelFolder model,
    Architecture architecture,
    Scheduler scheduler,
    List<ModelNote> schedulerNotes,
    int begin,
    Guidance guidance,
    int width,
    int height,
    int latentScale,
    Map<String, float[]> constants) {

  /**
   * Reads the configs.
   *
   * @throws ConfigurationException if options do not fit the model
   * @throws io.github.iaa4j.core.error.ModelException if a file is missing or cannot be used
   */
  static PipelinePlan of(StableDiffusionOptions options) {
    ModelFolder model = new ModelFolder(options.folder());
    Architecture architecture = Architecture.of(model);
    model.requireGraphs(architecture.isXl());
    SchedulerConfig config =
        SchedulerConfig.ofPipeline(options.folder(), architecture, options.scheduler());
    Scheduler scheduler = scheduler(options, config);
    int begin = begin(options, scheduler);
    requireFit(options, architecture);
    Guidance asked = options.guidance();
    Guidance guidance =
        new Guidance(
            architecture.isGuidedByInput() ? 1 : asked.scale(),
            asked.rescale(),
            asked.start(),
            asked.stop());
    requireGuidedStep(guidance, scheduler.steps() - begin);
    int scale = Vae.scale(Vae.config(model));
    StableDiffusionOptions.Size size = size(options, model, architecture, scale);
    return new PipelinePlan(
        options,
        model,
        architecture,
        scheduler,
        config.notes(),
        begin,
        guidance,
        size.width(),
        size.height(),
        scale,
        constants(options, architecture, size));
  }

  private static Scheduler scheduler(StableDiffusionOptions options, SchedulerConfig config) {
    return options.timesteps() == null && options.sigmas() == null
        ? config.scheduler(options.steps())
        : config.scheduler(options.timesteps(), options.sigmas());
  }

  private static int begin(StableDiffusionOptions options, Scheduler scheduler) {
    SourceImage.Option source = options.source();
    return source == null
        ? 0
        : scheduler.begin(source.skippedSteps(askedSteps(options, scheduler)));
  }

  /** Steps as they were asked for: solvers may take more evaluations for them. */
  private static int askedSteps(StableDiffusionOptions options, Scheduler scheduler) {
    double[] timesteps = options.timesteps();
    if (timesteps != null) {
      return timesteps.length;
    }
    return options.sigmas() != null ? scheduler.steps() : options.steps();
  }

  /** Refuses options that have no effect on such a model. */
  private static void requireFit(StableDiffusionOptions options, Architecture architecture) {
    Guidance guidance = options.guidance();
    if (architecture.isGuidedByInput() && (guidance.rescale() != 0 || guidance.isLimited())) {
      throw new ConfigurationException(
          "guidanceRescale and guidanceInterval: this model takes its guidance as an input, so there"
              + " is nothing to rescale or to leave out");
    }
    SourceImage.Option source = options.source();
    if (architecture.family() == Architecture.Family.LCM && source != null) {
      throw new ConfigurationException(
          source.name()
              + ": a LatentConsistencyModelPipeline starts from noise alone here. Name the pipeline"
              + " StableDiffusionPipeline in model_index.json to skip steps as that one does.");
    }
    if (!architecture.isXl() && (options.originalSize() != null || options.crop() != null)) {
      throw new ConfigurationException(
          "originalSize and crop: only SDXL takes them, and this model is not SDXL");
    }
  }

  private static void requireGuidedStep(Guidance guidance, int steps) {
    if (guidance.scale() > 1 && !guidance.isOn(steps)) {
      throw new ConfigurationException(
          "guidanceInterval "
              + guidance.start()
              + " to "
              + guidance.stop()
              + ": none of "
              + steps
              + " steps begins in it");
    }
  }

  private static StableDiffusionOptions.Size size(
      StableDiffusionOptions options, ModelFolder model, Architecture architecture, int scale) {
    StableDiffusionOptions.Size asked = options.size();
    if (asked == null) {
      Unet.Size latents = Unet.sampleSize(model, architecture);
      return new StableDiffusionOptions.Size(latents.width() * scale, latents.height() * scale);
    }
    requireFixedSize(asked, model, scale);
    int multiple = scale * Unet.latentMultiple(Unet.config(model));
    if (asked.width() % multiple != 0 || asked.height() % multiple != 0) {
      throw new ConfigurationException(
          "size "
              + asked.width()
              + " x "
              + asked.height()
              + ": both must be multiples of "
              + multiple
              + " for this model");
    }
    return asked;
  }

  /** Refuses a size other than the only one that a graph takes. */
  private static void requireFixedSize(
      StableDiffusionOptions.Size asked, ModelFolder model, int scale) {
    Integer fixedHeight = model.fixedLatents(2);
    Integer fixedWidth = model.fixedLatents(3);
    if ((fixedHeight == null || fixedHeight * scale == asked.height())
        && (fixedWidth == null || fixedWidth * scale == asked.width())) {
      return;
    }
    throw new ConfigurationException(
        "size "
            + asked.width()
            + " x "
            + asked.height()
            + ": "
            + model.fixingGraph(fixedHeight == null ? 3 : 2)
            + " was exported only for images "
            + (fixedWidth == null ? "" : fixedWidth * scale + " wide ")
            + (fixedWidth == null || fixedHeight == null ? "" : "and ")
            + (fixedHeight == null ? "" : fixedHeight * scale + " high")
            + ". Ask for that size, which is the default and is also that of images to start"
            + " from and of given latents; or export the model with open dimensions.");
  }

  private static Map<String, float[]> constants(
      StableDiffusionOptions options, Architecture architecture, StableDiffusionOptions.Size size) {
    Map<String, float[]> constants = new TreeMap<>();
    if (architecture.isXl()) {
      StableDiffusionOptions.Size asked = options.originalSize();
      StableDiffusionOptions.Size original = asked == null ? size : asked;
      StableDiffusionOptions.Crop crop = options.crop();
      constants.put(
          TensorNames.TIME_IDS,
          new float[] {
            original.height(),
            original.width(),
            crop == null ? 0 : crop.top(),
            crop == null ? 0 : crop.left(),
            size.height(),
            size.width()
          });
    }
    if (architecture.isGuidedByInput()) {
      constants.put(
          TensorNames.TIMESTEP_COND, architecture.guidanceEmbedding(options.guidance().scale()));
    }
    return constants;
  }

  /** How often the model is evaluated for an image. */
  int steps() {
    return scheduler.steps() - begin;
  }

  /** Whether any step is guided, so that negative prompts have an effect. */
  boolean isGuided() {
    return guidance.isOn(steps());
  }

  /**
   * What decides pixels besides prompt and seed.
   *
   * @param checksum of the model's files
   */
  Description describe(String checksum) {
    Path name = options.folder().toAbsolutePath().normalize().getFileName();
    Description described =
        Description.of(String.valueOf(name))
            .with("modelChecksum", checksum)
            .with("scheduler", scheduler.name())
            .with("steps", steps())
            .with("guidanceScale", options.guidance().scale())
            .with("width", width)
            .with("height", height);
    SourceImage.Option source = options.source();
    if (source != null) {
      described = source.addTo(described, askedSteps(options, scheduler));
    }
    return options.addTo(described);
  }
}
