package io.github.iaa4j.benchmarks;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.onnx.Device;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How much of the denoising loop's wall time is not ONNX Runtime's. What its profiler counts as
 * runs of the UNet is ONNX Runtime's; the rest, its Java binding included, counts as ours. The time
 * is taken between two previews.
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
      description = "A model, such as make_model.py makes with sd15.")
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
    Path profiles = Files.createTempDirectory("iaa-profile-");
    try {
      AtomicInteger graphs = new AtomicInteger();
      Device device =
          Device.provider(
              "cpu, profiled",
              options ->
                  options.enableProfiling(
                      profiles.resolve("graph-" + graphs.getAndIncrement()).toString()));
      Stopwatch stopwatch = new Stopwatch();
      // After the last step that is measured all images are dropped, so none is decoded.
      try (StableDiffusion diffusion =
          StableDiffusion.builder(model)
              .device(device)
              .steps(steps + 2)
              .threads(1)
              .batch(images)
              .build()) {
        List<GenerationJob> jobs =
            IntStream.range(0, images)
                .mapToObj(k -> new GenerationJob(k, 0, k, new Prompt("a photo of a cat", "blurry")))
                .toList();
        diffusion.generate(JobSource.of(jobs), stopwatch);
      }
      double wall = stopwatch.seconds();
      Profile profile = unetProfile(profiles);
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

  /**
   * Measures from the preview after the first step, a warm-up, to one a given number of steps
   * later.
   */
  private final class Stopwatch implements PreviewObserver {

    private long begun;
    private long ended;

    @Override
    public int[] previewSteps(int all) {
      return new int[] {1, 1 + steps};
    }

    @Override
    public boolean onPreview(Preview preview) {
      long now = System.nanoTime();
      if (preview.step() == 1) {
        begun = now;
        return true;
      }
      ended = ended == 0 ? now : ended;
      return false;
    }

    double seconds() {
      return (ended - begun) / 1e9;
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
   * @param runs of the graph
   * @param seconds of all runs but the first
   * @param kernels microseconds by operator, in all runs
   */
  private record Profile(int runs, double seconds, Map<String, Double> kernels) {

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

  /** That of the graph that ran most often. */
  private static Profile unetProfile(Path profiles) throws IOException {
    List<Profile> all = new ArrayList<>();
    try (Stream<Path> files = Files.list(profiles)) {
      for (Path file : files.toList()) {
        all.add(profile(file));
      }
    }
    return all.stream().max(Comparator.comparingInt(Profile::runs)).orElseThrow();
  }

  private static Profile profile(Path file) throws IOException {
    double microseconds = 0;
    int runs = 0;
    Map<String, Double> kernels = new TreeMap<>();
    try (Reader reader = Files.newBufferedReader(file)) {
      for (JsonElement element : JsonParser.parseReader(reader).getAsJsonArray()) {
        JsonObject event = element.getAsJsonObject();
        String name = event.has("name") ? event.get("name").getAsString() : "";
        if (name.equals("model_run")) {
          microseconds += runs == 0 ? 0 : event.get("dur").getAsDouble();
          runs++;
        } else if (name.endsWith("_kernel_time")) {
          String operator = event.getAsJsonObject("args").get("op_name").getAsString();
          kernels.merge(operator, event.get("dur").getAsDouble(), Double::sum);
        }
      }
    }
    return new Profile(runs, microseconds / 1e6, kernels);
  }
}
