package io.github.iaa4j.benchmarks;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.diffusion.internal.model.Architecture;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import io.github.iaa4j.diffusion.internal.model.TensorNames;
import io.github.iaa4j.diffusion.internal.pipeline.Denoiser;
import io.github.iaa4j.diffusion.internal.pipeline.DenoisingState;
import io.github.iaa4j.diffusion.internal.pipeline.GaussianNoise;
import io.github.iaa4j.diffusion.internal.pipeline.Guidance;
import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import io.github.iaa4j.diffusion.internal.scheduler.SchedulerConfig;
import io.github.iaa4j.diffusion.internal.scheduler.Trajectory;
import io.github.iaa4j.diffusion.internal.text.Conditioning;
import io.github.iaa4j.diffusion.internal.unet.Unet;
import io.github.iaa4j.onnx.Device;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How much of the denoising loop's wall time is not ONNX Runtime's. What ONNX Runtime's profiler
 * counts as the run of a model is its; the rest, its Java binding included, counts as ours.
 */
@Command(
    name = "share",
    description = "Share of the denoising loop's wall time outside ONNX Runtime.",
    mixinStandardHelpOptions = true)
final class LoopShare implements Callable<Integer> {

  private static final double GOAL = 0.02;
  private static final int SHOWN = 8;

  /** Operators that multiply matrices, as ONNX Runtime names them. */
  private static final Set<String> PRODUCTS =
      Set.of("Conv", "FusedConv", "MatMul", "FusedMatMul", "Gemm", "FusedGemm", "Attention");

  @Option(
      names = "--model",
      required = true,
      description = "A folder, such as make_model.py makes with sd15; only its UNet is loaded.")
  private Path model = Path.of("");

  @Option(
      names = "--steps",
      defaultValue = "5",
      description = "Denoising steps after the first, which warms up. Default: ${DEFAULT-VALUE}.")
  private int steps = 5;

  @Option(
      names = "--images",
      defaultValue = "1",
      description = "Images of a batch; a queue has 4. Default: ${DEFAULT-VALUE}.")
  private int images = 1;

  @Override
  public Integer call() throws IOException {
    ModelFolder folder = new ModelFolder(model);
    JsonConfig config = Unet.config(folder);
    Architecture architecture = Architecture.of(folder);
    Unet.Size size = Unet.sampleSize(folder, architecture);
    long[] latentShape = {config.integer("in_channels"), size.height(), size.width()};
    JsonConfig text = folder.config("text_encoder");
    long[] textShape = {text.integer("max_position_embeddings"), text.integer("hidden_size")};
    Path profiles = Files.createTempDirectory("iaa-profile-");
    try {
      Device device =
          Device.provider(
              "cpu, profiled",
              options -> options.enableProfiling(profiles.resolve("unet").toString()));
      double wall;
      Scheduler scheduler =
          SchedulerConfig.ofPipeline(model, architecture, Optional.empty()).scheduler(steps + 1);
      try (Unet unet =
              new Unet(
                  folder,
                  latentShape,
                  Map.of(TensorNames.ENCODER_HIDDEN_STATES, textShape),
                  device);
          Denoiser denoiser =
              new Denoiser(unet, scheduler, Guidance.of(7.5), elements(latentShape))) {
        List<DenoisingState> canvases =
            IntStream.range(0, images)
                .mapToObj(k -> canvas(k, scheduler, elements(latentShape), textShape))
                .toList();
        denoiser.denoise(canvases, 1, () -> false);
        long begun = System.nanoTime();
        denoiser.denoise(canvases, steps + 1, () -> false);
        wall = (System.nanoTime() - begun) / 1e9;
      }
      Profile profile = profile(profiles);
      double runs = profile.seconds;
      double share = (wall - runs) / wall;
      System.out.println(
          model + ": " + steps + " guided steps, images in a batch: " + images + ", one thread");
      Table table = new Table("", "a step", "share", "goal");
      table.row("ONNX Runtime", milliseconds(runs / steps), percent(1 - share), "");
      table.row(
          "the loop around it",
          milliseconds((wall - runs) / steps),
          percent(share),
          "at most " + percent(GOAL));
      table.print();
      Table operators = new Table("operator of the UNet", "share of the kernels' time");
      profile.shares().forEach((name, part) -> operators.row(name, percent(part)));
      operators.print();
      return 0;
    } finally {
      LoadTime.delete(profiles);
    }
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.3f %%", 100 * share);
  }

  private static String milliseconds(double seconds) {
    return String.format(Locale.ROOT, "%.3f ms", 1000 * seconds);
  }

  /**
   * What the profiler counted.
   *
   * @param seconds of all runs but the first
   * @param kernels microseconds by operator, in all runs
   */
  private record Profile(double seconds, Map<String, Double> kernels) {

    /** The largest shares, and what multiplies matrices together. */
    Map<String, Double> shares() {
      double all = kernels.values().stream().mapToDouble(Double::doubleValue).sum();
      double products =
          kernels.entrySet().stream()
              .filter(kernel -> PRODUCTS.contains(kernel.getKey()))
              .mapToDouble(Map.Entry::getValue)
              .sum();
      Map<String, Double> shares = new LinkedHashMap<>();
      kernels.entrySet().stream()
          .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
          .limit(SHOWN)
          .forEach(kernel -> shares.put(kernel.getKey(), kernel.getValue() / all));
      shares.put("convolutions and matrix products together", products / all);
      return shares;
    }
  }

  private static Profile profile(Path profiles) throws IOException {
    Path file;
    try (Stream<Path> files = Files.list(profiles)) {
      file = files.findFirst().orElseThrow();
    }
    double microseconds = 0;
    boolean isFirst = true;
    Map<String, Double> kernels = new TreeMap<>();
    try (Reader reader = Files.newBufferedReader(file)) {
      for (JsonElement element : JsonParser.parseReader(reader).getAsJsonArray()) {
        JsonObject event = element.getAsJsonObject();
        String name = event.has("name") ? event.get("name").getAsString() : "";
        if (name.equals("model_run")) {
          microseconds += isFirst ? 0 : event.get("dur").getAsDouble();
          isFirst = false;
        } else if (name.endsWith("_kernel_time")) {
          String operator = event.getAsJsonObject("args").get("op_name").getAsString();
          kernels.merge(operator, event.get("dur").getAsDouble(), Double::sum);
        }
      }
    }
    if (isFirst || kernels.isEmpty()) {
      throw new IllegalStateException("the profiler counted nothing in " + file);
    }
    return new Profile(microseconds / 1e6, kernels);
  }

  private static DenoisingState canvas(
      int seed, Scheduler scheduler, int latentSize, long[] textShape) {
    GaussianNoise noise = new GaussianNoise(seed);
    float[] latents = new float[latentSize];
    float[] text = new float[elements(textShape)];
    float[] negativePrompt = new float[elements(textShape)];
    noise.fill(latents);
    noise.fill(text);
    noise.fill(negativePrompt);
    return new DenoisingState(
        new Trajectory(scheduler, latents, noise, 0),
        asked(textShape, text),
        asked(textShape, negativePrompt));
  }

  private static Conditioning asked(long[] textShape, float[] text) {
    return new Conditioning((int) textShape[0], Map.of(TensorNames.ENCODER_HIDDEN_STATES, text));
  }

  private static int elements(long[] shape) {
    long elements = 1;
    for (long length : shape) {
      elements *= length;
    }
    return Math.toIntExact(elements);
  }
}
