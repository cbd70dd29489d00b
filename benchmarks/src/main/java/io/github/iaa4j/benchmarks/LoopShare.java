package io.github.iaa4j.benchmarks;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.diffusion.Device;
import io.github.iaa4j.diffusion.internal.Architecture;
import io.github.iaa4j.diffusion.internal.Canvas;
import io.github.iaa4j.diffusion.internal.Conditioning;
import io.github.iaa4j.diffusion.internal.Denoiser;
import io.github.iaa4j.diffusion.internal.GaussianNoise;
import io.github.iaa4j.diffusion.internal.Guidance;
import io.github.iaa4j.diffusion.internal.JsonConfig;
import io.github.iaa4j.diffusion.internal.Unet;
import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import io.github.iaa4j.diffusion.internal.scheduler.SchedulerConfig;
import io.github.iaa4j.diffusion.internal.scheduler.Trajectory;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
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

  @Override
  public Integer call() throws IOException {
    JsonConfig config = Unet.config(model);
    Architecture architecture = Architecture.of(model);
    int size = Unet.sampleSize(config, architecture);
    long[] latentShape = {config.integer("in_channels"), size, size};
    JsonConfig text = JsonConfig.read(model.resolve("text_encoder/config.json"));
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
      try (Unet unet = new Unet(model, 2, latentShape, Map.of(Unet.TEXT, textShape), device);
          Denoiser denoiser =
              new Denoiser(unet, scheduler, Guidance.of(7.5), elements(latentShape))) {
        Canvas canvas = canvas(scheduler, elements(latentShape), textShape);
        denoiser.denoise(List.of(canvas), 1, () -> false);
        long begun = System.nanoTime();
        denoiser.denoise(List.of(canvas), steps + 1, () -> false);
        wall = (System.nanoTime() - begun) / 1e9;
      }
      double runs = runs(profiles);
      double share = (wall - runs) / wall;
      System.out.println(model + ": " + steps + " guided steps of one image, one thread");
      Table table = new Table("", "a step", "share", "goal");
      table.row("ONNX Runtime", milliseconds(runs / steps), percent(1 - share), "");
      table.row(
          "the loop around it",
          milliseconds((wall - runs) / steps),
          percent(share),
          "at most " + percent(GOAL));
      table.print();
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

  /** Seconds that the profiler counted for all runs but the first. */
  private static double runs(Path profiles) throws IOException {
    Path file;
    try (Stream<Path> files = Files.list(profiles)) {
      file = files.findFirst().orElseThrow();
    }
    double microseconds = 0;
    boolean isFirst = true;
    try (Reader reader = Files.newBufferedReader(file)) {
      JsonArray events = JsonParser.parseReader(reader).getAsJsonArray();
      for (JsonElement element : events) {
        JsonObject event = element.getAsJsonObject();
        if (event.has("name") && event.get("name").getAsString().equals("model_run")) {
          microseconds += isFirst ? 0 : event.get("dur").getAsDouble();
          isFirst = false;
        }
      }
    }
    return microseconds / 1e6;
  }

  private static Canvas canvas(Scheduler scheduler, int latentSize, long[] textShape) {
    GaussianNoise noise = new GaussianNoise(1);
    float[] latents = new float[latentSize];
    float[] text = new float[elements(textShape)];
    float[] negativeText = new float[elements(textShape)];
    noise.fill(latents);
    noise.fill(text);
    noise.fill(negativeText);
    return new Canvas(
        new Trajectory(scheduler, latents, noise, 0),
        asked(textShape, text),
        asked(textShape, negativeText));
  }

  private static Conditioning asked(long[] textShape, float[] text) {
    return new Conditioning((int) textShape[0], Map.of(Unet.TEXT, text));
  }

  private static int elements(long[] shape) {
    long elements = 1;
    for (long length : shape) {
      elements *= length;
    }
    return Math.toIntExact(elements);
  }
}
