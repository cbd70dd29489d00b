package io.github.iaa4j.diffusion;

import static java.util.Objects.requireNonNullElse;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.diffusion.internal.pipeline.Guidance;
import io.github.iaa4j.diffusion.internal.pipeline.SourceImage;
import io.github.iaa4j.diffusion.internal.text.TextOptions;
import io.github.iaa4j.onnx.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link StableDiffusionBuilder} was given, checked and immutable. Holds every range that
 * does not depend on the model, and every default.
 */
final class StableDiffusionOptions {

  /** Width and height, in pixels. */
  record Size(int width, int height) {}

  /** Left and top, in pixels. */
  record Crop(int left, int top) {}

  private static final int DEFAULT_STEPS = 20;
  private static final double DEFAULT_GUIDANCE = 7.5;
  private static final int NO_CLIP_SKIP = -1;

  private final Path folder;
  private final int steps;
  private final double @Nullable [] timesteps;
  private final double @Nullable [] sigmas;
  private final @Nullable String scheduler;
  private final SourceImage.@Nullable Option source;
  private final List<ControlNet> controlNets;
  private final boolean guessMode;
  private final Guidance guidance;
  private final @Nullable Size size;
  private final @Nullable Size originalSize;
  private final @Nullable Crop crop;
  private final boolean tiledDecoding;
  private final PreviewDecoder previewDecoder;
  private final TextOptions text;
  private final @Nullable Integer threads;
  private final @Nullable Integer batch;
  private final Device device;

  /**
   * @throws ConfigurationException that lists all options that are out of range
   */
  StableDiffusionOptions(StableDiffusionBuilder given) {
    List<String> faults = new ArrayList<>();
    folder = given.folder;
    steps = requireNonNullElse(given.steps, DEFAULT_STEPS);
    atLeastOne("steps", given.steps, faults);
    timesteps = given.timesteps == null ? null : given.timesteps.clone();
    sigmas = given.sigmas == null ? null : given.sigmas.clone();
    if (given.steps != null && (timesteps != null || sigmas != null)) {
      faults.add("steps " + steps + ": give either steps, or timesteps or sigmas");
    }
    scheduler = given.scheduler;
    source = source(given.sources, faults);
    controlNets = List.copyOf(given.controlNets);
    guessMode = given.guessMode;
    if (guessMode && controlNets.isEmpty()) {
      faults.add("guessMode: it needs a controlNet");
    }
    guidance = guidance(given, faults);
    size = given.size;
    if (size != null) {
      atLeastOne("width", size.width, faults);
      atLeastOne("height", size.height, faults);
    }
    originalSize = given.originalSize;
    if (originalSize != null) {
      atLeastOne("originalSize, width", originalSize.width, faults);
      atLeastOne("originalSize, height", originalSize.height, faults);
    }
    crop = given.crop;
    if (crop != null && (crop.left < 0 || crop.top < 0)) {
      faults.add("crop " + crop.left + ", " + crop.top + ": both must be 0 or more");
    }
    tiledDecoding = given.tiledDecoding;
    previewDecoder = given.previewDecoder;
    if (given.clipSkip != null && given.clipSkip < 0) {
      faults.add("clipSkip " + given.clipSkip + ": it must be 0 or more");
    }
    text =
        new TextOptions(
            requireNonNullElse(given.clipSkip, NO_CLIP_SKIP),
            given.promptWeights,
            given.longPrompts);
    threads = atLeastOne("threads", given.threads, faults);
    batch = atLeastOne("batch", given.batch, faults);
    device =
        given.graphCache == null ? given.device : given.device.keepingGraphsIn(given.graphCache);
    if (!faults.isEmpty()) {
      throw new ConfigurationException(faults);
    }
  }

  private static @Nullable Integer atLeastOne(
      String name, @Nullable Integer value, List<String> faults) {
    if (value != null && value < 1) {
      faults.add(name + " " + value + ": it must be at least 1");
    }
    return value;
  }

  private static SourceImage.@Nullable Option source(
      List<SourceImage.Option> given, List<String> faults) {
    for (SourceImage.Option option : given) {
      if (!(option.strength() > 0 && option.strength() <= 1)) {
        faults.add(
            option.name()
                + " with strength "
                + option.strength()
                + ": it must be above 0 and at most 1");
      }
    }
    for (int i = 1; i < given.size(); i++) {
      faults.add(
          given.get(i - 1).name()
              + " and "
              + given.get(i).name()
              + ": a job starts from one image, give one of them");
    }
    return given.isEmpty() ? null : given.get(given.size() - 1);
  }

  private static Guidance guidance(StableDiffusionBuilder given, List<String> faults) {
    double scale = requireNonNullElse(given.guidance, DEFAULT_GUIDANCE);
    double rescale = given.guidanceRescale;
    double start = given.guidanceStart;
    double stop = given.guidanceStop;
    if (!(scale >= 0 && scale < Float.MAX_VALUE)) {
      faults.add("guidance " + scale + ": it must be 0 or more");
    }
    if (!(rescale >= 0 && rescale <= 1)) {
      faults.add("guidanceRescale " + rescale + ": it must be between 0 and 1");
    }
    if (!(start >= 0 && start < stop && stop <= 1)) {
      faults.add(
          "guidanceInterval "
              + start
              + " to "
              + stop
              + ": it must start at 0 or later, end at 1 or earlier, and end after its start");
    }
    return new Guidance(scale, rescale, start, stop);
  }

  Path folder() {
    return folder;
  }

  /** Steps where neither timesteps nor sigmas were given. */
  int steps() {
    return steps;
  }

  double @Nullable [] timesteps() {
    return timesteps;
  }

  double @Nullable [] sigmas() {
    return sigmas;
  }

  Optional<String> scheduler() {
    return Optional.ofNullable(scheduler);
  }

  SourceImage.@Nullable Option source() {
    return source;
  }

  List<ControlNet> controlNets() {
    return controlNets;
  }

  boolean guessMode() {
    return guessMode;
  }

  /** As it was asked for, whatever the model makes of it. */
  Guidance guidance() {
    return guidance;
  }

  /** Of the images, or null for that of the model. */
  @Nullable Size size() {
    return size;
  }

  /** What SDXL takes as the size before scaling, or null for that of the image. */
  @Nullable Size originalSize() {
    return originalSize;
  }

  /** What SDXL takes as the corner that was cropped to, or null for 0, 0. */
  @Nullable Crop crop() {
    return crop;
  }

  boolean tiledDecoding() {
    return tiledDecoding;
  }

  PreviewDecoder previewDecoder() {
    return previewDecoder;
  }

  TextOptions text() {
    return text;
  }

  /** Images or batches that are generated at once. */
  int threads() {
    if (threads != null) {
      return threads;
    }
    return device.isCpu() ? Runtime.getRuntime().availableProcessors() : 1;
  }

  /** Images of a batch, or null for what fits the model. */
  @Nullable Integer batch() {
    return batch;
  }

  /** Keeps its graphs in the cache that was given. */
  Device device() {
    return device;
  }

  /**
   * Adds what differs from the defaults and decides pixels or, through previews, which images are
   * kept.
   */
  Description addTo(Description description) {
    Description described = description;
    if (timesteps != null) {
      described = described.with("timesteps", Arrays.toString(timesteps));
    }
    if (sigmas != null) {
      described = described.with("sigmas", Arrays.toString(sigmas));
    }
    if (guidance.rescale() != 0) {
      described = described.with("guidanceRescale", guidance.rescale());
    }
    if (guidance.isLimited()) {
      described = described.with("guidanceInterval", guidance.start() + " to " + guidance.stop());
    }
    if (!device.isCpu()) {
      described = described.with("device", device);
    }
    if (tiledDecoding) {
      described = described.with("tiledDecoding", true);
    }
    if (previewDecoder != PreviewDecoder.FULL) {
      described = described.with("previews", previewDecoder.name().toLowerCase(Locale.ROOT));
    }
    if (text.clipSkip() >= 0) {
      described = described.with("clipSkip", text.clipSkip());
    }
    if (text.weights()) {
      described = described.with("promptWeights", true);
    }
    if (text.isLong()) {
      described = described.with("longPrompts", true);
    }
    if (originalSize != null) {
      described = described.with("originalSize", originalSize.width + " x " + originalSize.height);
    }
    if (crop != null && (crop.left > 0 || crop.top > 0)) {
      described = described.with("crop", crop.left + ", " + crop.top);
    }
    for (int i = 0; i < controlNets.size(); i++) {
      described = described.with("controlNet." + (i + 1), controlNets.get(i).steering().describe());
    }
    if (guessMode) {
      described = described.with("guessMode", true);
    }
    return described;
  }
}
