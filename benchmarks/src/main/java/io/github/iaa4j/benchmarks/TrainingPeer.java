package io.github.iaa4j.benchmarks;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.sun.management.OperatingSystemMXBean;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.wsss.Backbone;
import io.github.iaa4j.wsss.OnnxWsss;
import io.github.iaa4j.wsss.TrainingListener;
import io.github.iaa4j.wsss.WsssTraining;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Fine-tuning and class activation maps of EfficientNet-Lite0 against PyTorch, which has the same
 * weights, photographs and recipe. Each side is one process from start to end, or two, and waits
 * while another works.
 */
@Command(
    name = "training",
    description = {
      "Training and class activation maps of EfficientNet-Lite0 against PyTorch.",
      "",
      "Images of 256 pixels in batches of 16 at stride 16; maps of four scales and their mirror"
          + " images at full resolution. The sides take turns, and the median of the rounds is"
          + " printed."
    },
    mixinStandardHelpOptions = true)
final class TrainingPeer implements Callable<Integer> {

  private static final int BATCH = 16;
  private static final int STRIDE = 16;

  @Option(
      names = "--python",
      defaultValue = "python3",
      description =
          "A Python with tools/peers/camseeds/requirements.txt. Default: ${DEFAULT-VALUE}.")
  private String python = "python3";

  @Option(
      names = "--script",
      defaultValue = "tools/peers/camseeds/cam_seeds.py",
      description = "The peer's side. Default: ${DEFAULT-VALUE}.")
  private Path script = Path.of("tools/peers/camseeds/cam_seeds.py");

  @Option(
      names = "--backbone",
      required = true,
      description = "EfficientNet-Lite0, as tools/backbones exports it.")
  private Path backbone = Path.of("lite0.onnx");

  @Option(
      names = "--voc",
      required = true,
      description = "A VOC folder: train is trained on, val gives the photographs of the maps.")
  private Path voc = Path.of("VOC2012");

  @Option(
      names = "--steps",
      defaultValue = "4",
      description = "Steps of training in a round. Default: ${DEFAULT-VALUE}.")
  private int steps = 4;

  @Option(
      names = "--photographs",
      defaultValue = "8",
      description = "Photographs in a round. Default: ${DEFAULT-VALUE}.")
  private int photographs = 8;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "Times of each side; one more warms up. Default: ${DEFAULT-VALUE}.")
  private int rounds = 3;

  /**
   * What some work took.
   *
   * @param seconds by the clock
   * @param processorSeconds of all threads
   */
  private record Cost(double seconds, double processorSeconds) {}

  private interface Work {
    void run() throws Exception;
  }

  private interface Side {

    /** Takes optimiser steps. */
    Cost train(int count) throws Exception;

    /** Makes the maps of the first photographs of val. */
    Cost maps(int count) throws Exception;
  }

  @Override
  public Integer call() throws Exception {
    Path folder = Files.createTempDirectory("training");
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try (Ours ours = new Ours(folder, threads);
        Peer twoThreads = new Peer(2);
        Peer first = new Peer(1);
        Peer second = new Peer(1)) {
      List<Side> sides = List.of(ours, twoThreads, new Both(first, second, threads));
      List<List<Cost>> training = new ArrayList<>();
      List<List<Cost>> maps = new ArrayList<>();
      for (int round = -1; round < rounds; round++) {
        List<Cost> trained = new ArrayList<>();
        List<Cost> mapped = new ArrayList<>();
        for (Side side : sides) {
          trained.add(side.train(round < 0 ? 1 : steps));
        }
        for (Side side : sides) {
          mapped.add(side.maps(round < 0 ? 2 : photographs));
        }
        if (round >= 0) {
          training.add(trained);
          maps.add(mapped);
        }
      }
      Table table =
          new Table(
              "what",
              "who",
              "images/s",
              "processor s/image",
              "ours is faster",
              "by processor",
              "goal");
      rows(table, "training", training, steps * BATCH, "1.3x", "1.0x");
      rows(table, "maps", maps, photographs, "1.5x", "");
      table.print();
      return 0;
    } finally {
      threads.shutdownNow();
      LoadTime.delete(folder);
    }
  }

  private static void rows(
      Table table, String what, List<List<Cost>> costs, int images, String... goals) {
    String[] names = {"ours", "PyTorch, 2 threads", "PyTorch, 2 processes"};
    for (int side = 0; side < names.length; side++) {
      int who = side;
      int done = who == 2 ? 2 * images : images;
      double seconds = Table.median(costs.stream().map(c -> c.get(who).seconds / done).toList());
      double processor =
          Table.median(costs.stream().map(c -> c.get(who).processorSeconds / done).toList());
      double faster =
          Table.median(
              costs.stream()
                  .map(c -> c.get(who).seconds / done / (c.get(0).seconds / images))
                  .toList());
      double cheaper =
          Table.median(
              costs.stream()
                  .map(
                      c ->
                          c.get(who).processorSeconds / done / (c.get(0).processorSeconds / images))
                  .toList());
      table.row(
          what,
          names[who],
          1 / seconds,
          processor,
          who == 0 ? "" : Table.times(faster),
          who == 0 ? "" : Table.times(cheaper),
          who == 0 ? "" : goals[who - 1]);
    }
  }

  private static Cost measure(Work work) throws Exception {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long processor = system.getProcessCpuTime();
    long begun = System.nanoTime();
    work.run();
    double seconds = (System.nanoTime() - begun) / 1e9;
    return new Cost(seconds, (system.getProcessCpuTime() - processor) / 1e9);
  }

  /** One training that lasts for all rounds, and a model that was trained for a step. */
  private final class Ours implements Side, AutoCloseable {

    private final OnnxWsss model;
    private final List<RgbImage> images;
    private final LabeledDataset train;
    private final Future<?> training;

    private final Semaphore permits = new Semaphore(0);
    private final Semaphore done = new Semaphore(0);

    Ours(Path folder, ExecutorService threads) throws InterruptedException, ExecutionException {
      train = VocDataset.open(voc, "train");
      LabeledDataset few = LabeledDataset.of(train.classNames(), train.images().subList(0, 2));
      images =
          VocDataset.open(voc, "val").images().stream()
              .limit(photographs)
              .map(LabeledImage::image)
              .toList();
      model = training().classifierSteps(1).segmenterSteps(1).build().fit(few, folder);
      TrainingListener listener =
          new TrainingListener() {
            @Override
            public void classifierStep(int step, int all, float loss) {
              done.release();
              try {
                permits.acquire();
              } catch (InterruptedException e) {
                throw new IllegalStateException("the benchmark is over", e);
              }
            }
          };
      WsssTraining endless = training().classifierSteps(100_000).listener(listener).build();
      training =
          threads.submit(
              () -> {
                try {
                  endless.fit(train, folder.resolve("endless"));
                } finally {
                  done.release();
                }
              });
      await(); // The images are read, and the first step is done.
    }

    private WsssTraining.Builder training() {
      return WsssTraining.builder()
          .backbone(Backbone.onnx(backbone).outputStride(STRIDE))
          .batchSize(BATCH)
          .camScales(0.5, 1, 1.5, 2);
    }

    @Override
    public Cost train(int count) throws Exception {
      return measure(
          () -> {
            for (int step = 0; step < count; step++) {
              permits.release();
              await();
            }
          });
    }

    private void await() throws InterruptedException, ExecutionException {
      done.acquire();
      if (training.isDone()) {
        training.get();
      }
    }

    @Override
    public Cost maps(int count) throws Exception {
      return measure(() -> images.stream().limit(count).parallel().forEach(model::cams));
    }

    @Override
    public void close() {
      training.cancel(true);
      model.close();
    }
  }

  /** Two processes at a time, each of which does all the work. */
  private record Both(Side first, Side second, ExecutorService threads) implements Side {

    @Override
    public Cost train(int count) throws Exception {
      return both(side -> side.train(count));
    }

    @Override
    public Cost maps(int count) throws Exception {
      return both(side -> side.maps(count));
    }

    private interface Task {
      Cost of(Side side) throws Exception;
    }

    private Cost both(Task task) throws InterruptedException, ExecutionException {
      Future<Cost> other = threads.submit(() -> task.of(second));
      Future<Cost> one = threads.submit(() -> task.of(first));
      Cost a = one.get();
      Cost b = other.get();
      return new Cost(Math.max(a.seconds, b.seconds), a.processorSeconds + b.processorSeconds);
    }
  }

  /** Answers with what some work took. */
  private final class Peer implements Side, AutoCloseable {

    private final PythonPeer process;

    Peer(int threads) throws IOException {
      process =
          new PythonPeer(
              "PyTorch",
              threads,
              List.of(
                  python,
                  script.toString(),
                  "--serve",
                  "--voc",
                  voc.toString(),
                  "--threads",
                  String.valueOf(threads)));
    }

    @Override
    public Cost train(int count) throws IOException {
      return ask("train", count);
    }

    @Override
    public Cost maps(int count) throws IOException {
      return ask("cams", count);
    }

    private Cost ask(String work, int count) throws IOException {
      JsonObject request = new JsonObject();
      request.addProperty("work", work);
      request.addProperty("count", count);
      return new Gson().fromJson(process.ask(request), Cost.class);
    }

    @Override
    public void close() {
      process.close();
    }
  }
}
