package io.github.iaa4j.benchmarks;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GeneratedImage;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.StepObserver;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.toyworld.ToyWorldCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Against {@code ORTStableDiffusionPipeline} of Optimum and {@code StableDiffusionPipeline} of
 * diffusers on PyTorch. Each is a process that stays; they take turns, so that whatever else the
 * machine does meets all of them.
 */
@Command(
    name = "peers",
    description = {
      "Latency of one image and images a second over a queue, against Optimum and diffusers.",
      "",
      "The same ONNX files, prompts, steps and threads. diffusers on PyTorch has the same"
          + " architecture from the same configs, with random weights: only its time counts."
    },
    mixinStandardHelpOptions = true)
final class Peers implements Callable<Integer> {

  private static final double ONE_GOAL = 1;
  private static final double QUEUE_GOAL = 1.8;
  private static final int[] BATCHES = {1, 4, 8};

  @Option(
      names = "--python",
      defaultValue = "python3",
      description = "A Python with tools/benchmarks/requirements.txt. Default: ${DEFAULT-VALUE}.")
  private String python = "python3";

  @Option(
      names = "--script",
      defaultValue = "tools/benchmarks/peer.py",
      description = "The peer's side. Default: ${DEFAULT-VALUE}.")
  private Path script = Path.of("tools/benchmarks/peer.py");

  @Option(names = "--model", description = "A folder. Default: Toy World's checkpoint.")
  private @Nullable Path model;

  @Option(names = "--steps", defaultValue = "20", description = "Default: ${DEFAULT-VALUE}.")
  private int steps = 20;

  @Option(
      names = "--queue",
      defaultValue = "64",
      description = "Images in the queue; 0 leaves it out. Default: ${DEFAULT-VALUE}.")
  private int queue = 64;

  @Option(
      names = "--rounds",
      defaultValue = "7",
      description = "Single images of each. Default: ${DEFAULT-VALUE}.")
  private int rounds = 7;

  @Option(
      names = "--queue-rounds",
      defaultValue = "2",
      description = "Queues of each. Default: ${DEFAULT-VALUE}.")
  private int queueRounds = 2;

  @Option(
      names = "--threads",
      defaultValue = "1,2",
      split = ",",
      description = "For single images; the queue takes the last. Default: ${DEFAULT-VALUE}.")
  private List<Integer> threads = List.of(1, 2);

  @Option(
      names = "--peers",
      defaultValue = "optimum,diffusers",
      split = ",",
      description = "Default: ${DEFAULT-VALUE}.")
  private List<String> peers = List.of("optimum", "diffusers");

  /** One side: generates images for prompts in batches. */
  private interface Contender extends AutoCloseable {

    /** Seconds that it took. */
    double generate(List<String> prompts, int batch) throws IOException;

    @Override
    void close();
  }

  @Override
  public Integer call() throws IOException {
    Path folder = model == null ? ToyWorldCheckpoint.folder() : model;
    System.out.println(folder + ", " + steps + " guided steps");
    Table table = new Table("what", "threads", "who", "batch", "seconds", "ours is faster", "goal");
    for (int count : threads) {
      boolean isLast = count == threads.get(threads.size() - 1);
      Map<String, Contender> contenders = new LinkedHashMap<>();
      try {
        contenders.put("ours", new Ours(folder, count));
        for (String peer : peers) {
          if (!peer.isEmpty()) {
            contenders.put(peer, new Peer(peer, folder, count));
          }
        }
        one(table, contenders, count);
        if (isLast && queue > 0) {
          queue(table, contenders, count);
        }
      } finally {
        contenders.values().forEach(Contender::close);
      }
    }
    table.print();
    return 0;
  }

  private void one(Table table, Map<String, Contender> contenders, int count) throws IOException {
    Map<String, List<Double>> seconds = new LinkedHashMap<>();
    for (int round = -1; round < rounds; round++) {
      for (Map.Entry<String, Contender> contender : contenders.entrySet()) {
        double took = contender.getValue().generate(prompts(1, round + 1), 1);
        if (round >= 0) {
          seconds.computeIfAbsent(contender.getKey(), who -> new ArrayList<>()).add(took);
        }
      }
    }
    rows(table, "one image", count, seconds, Map.of(), ONE_GOAL);
  }

  private void queue(Table table, Map<String, Contender> contenders, int count) throws IOException {
    Map<String, Integer> best = new LinkedHashMap<>();
    for (Map.Entry<String, Contender> contender : contenders.entrySet()) {
      // Ours has a default; the others are given the batch that suits them.
      int batch = 0;
      if (!contender.getKey().equals("ours")) {
        double least = Double.MAX_VALUE;
        for (int tried : BATCHES) {
          double took = contender.getValue().generate(prompts(8, 0), tried);
          batch = took < least ? tried : batch;
          least = Math.min(took, least);
        }
      }
      best.put(contender.getKey(), batch);
    }
    Map<String, List<Double>> seconds = new LinkedHashMap<>();
    for (int round = 0; round < queueRounds; round++) {
      for (Map.Entry<String, Contender> contender : contenders.entrySet()) {
        double took =
            contender
                .getValue()
                .generate(prompts(queue, round), best.getOrDefault(contender.getKey(), 1));
        seconds.computeIfAbsent(contender.getKey(), who -> new ArrayList<>()).add(took);
      }
    }
    rows(table, "a queue of " + queue, count, seconds, best, QUEUE_GOAL);
  }

  private static void rows(
      Table table,
      String what,
      int count,
      Map<String, List<Double>> seconds,
      Map<String, Integer> batches,
      double goal) {
    double ours = Table.median(seconds.getOrDefault("ours", List.of()));
    seconds.forEach(
        (who, all) -> {
          boolean isOurs = who.equals("ours");
          double median = Table.median(all);
          int batch = batches.getOrDefault(who, 1);
          table.row(
              what,
              count,
              who,
              batch == 0 ? "default" : batch,
              median,
              isOurs ? "" : Table.times(median / ours),
              isOurs ? "" : goal + "x");
        });
  }

  /** No two alike, so that nobody's cache helps. */
  private static List<String> prompts(int count, int round) {
    String[] colours = {"red", "blue", "green", "yellow", "white", "black", "brown", "grey"};
    String[] things = {"car", "bird", "boat", "cat", "cow", "dog", "horse", "sheep"};
    String[] places = {"in the snow", "on the grass", "by the sea", "in a street", "at night"};
    return IntStream.range(round * 1000, round * 1000 + count)
        .mapToObj(
            k ->
                "a photo of a "
                    + colours[k % 8]
                    + " "
                    + things[k / 8 % 8]
                    + " "
                    + places[k / 64 % 5]
                    + " number "
                    + k)
        .toList();
  }

  private final class Ours implements Contender {

    private final StableDiffusion diffusion;

    Ours(Path folder, int count) {
      diffusion = StableDiffusion.builder(folder).steps(steps).threads(count).build();
    }

    @Override
    public double generate(List<String> prompts, int batch) {
      List<GenerationJob> jobs = new ArrayList<>();
      for (int k = 0; k < prompts.size(); k++) {
        jobs.add(new GenerationJob(k, 0, k, new Prompt(prompts.get(k), "")));
      }
      Counter counter = new Counter();
      long begun = System.nanoTime();
      diffusion.generate(JobSource.of(jobs), counter);
      double seconds = (System.nanoTime() - begun) / 1e9;
      if (counter.generated.get() != prompts.size()) {
        throw new IllegalStateException(counter.generated + " of " + prompts.size() + " generated");
      }
      return seconds;
    }

    @Override
    public void close() {
      diffusion.close();
    }
  }

  private static final class Counter implements StepObserver {

    final AtomicInteger generated = new AtomicInteger();

    @Override
    public void onGenerated(GeneratedImage image) {
      generated.incrementAndGet();
    }

    @Override
    public void onFailed(GenerationJob job, GenerationException failure) {
      throw failure;
    }
  }

  private final class Peer implements Contender {

    private final PythonPeer process;

    Peer(String name, Path folder, int count) throws IOException {
      process =
          new PythonPeer(
              name,
              count,
              List.of(
                  python,
                  script.toString(),
                  name,
                  folder.toString(),
                  "--threads",
                  String.valueOf(count),
                  "--steps",
                  String.valueOf(steps)));
    }

    @Override
    public double generate(List<String> prompts, int batch) throws IOException {
      JsonObject request = new JsonObject();
      request.addProperty("batch", batch);
      request.add("prompts", new Gson().toJsonTree(prompts));
      return Double.parseDouble(process.ask(request));
    }

    @Override
    public void close() {
      process.close();
    }
  }
}
