package io.github.iaa4j.benchmarks;

import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.diffusion.StableDiffusionBuilder;
import io.github.iaa4j.toyworld.ToyWorldCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How long a folder takes to load, without and with its optimised graphs kept on disk. */
@Command(
    name = "load",
    description = "Load time of a folder, and with the optimised graphs cached on disk.",
    mixinStandardHelpOptions = true)
final class LoadTime implements Callable<Integer> {

  @Option(names = "--model", description = "A folder. Default: Toy World's checkpoint.")
  private @Nullable Path model;

  @Option(
      names = "--rounds",
      defaultValue = "7",
      description = "Loads of each kind. Default: ${DEFAULT-VALUE}.")
  private int rounds = 7;

  @Override
  public Integer call() throws IOException {
    Path folder = model == null ? ToyWorldCheckpoint.folder() : model;
    Path cache = Files.createTempDirectory("iaa-graphs-");
    try {
      // Native libraries are loaded once a process, whoever comes first.
      load(folder, null, 1);
      double making = load(folder, cache, 1);
      List<Double> plain = new ArrayList<>();
      List<Double> cached = new ArrayList<>();
      List<Double> tried = new ArrayList<>();
      for (int round = 0; round < rounds; round++) {
        plain.add(load(folder, null, 1));
        cached.add(load(folder, cache, 1));
        tried.add(load(folder, cache, 4));
      }
      Table table = new Table("load", "seconds", "as fast as plain");
      double usual = Table.median(plain);
      table.row("plain", usual, 1.0);
      table.row("with an empty cache", making, usual / making);
      table.row("with cached graphs", Table.median(cached), usual / Table.median(cached));
      table.row("the same, batches of 4 tried", Table.median(tried), usual / Table.median(tried));
      System.out.println("Load time of " + folder + ", medians of " + rounds);
      table.print();
    } finally {
      delete(cache);
    }
    return 0;
  }

  private static double load(Path folder, @Nullable Path cache, int batch) {
    StableDiffusionBuilder builder = StableDiffusion.builder(folder).batch(batch);
    if (cache != null) {
      builder.graphCache(cache);
    }
    long begun = System.nanoTime();
    builder.build().close();
    return (System.nanoTime() - begun) / 1e9;
  }

  static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
