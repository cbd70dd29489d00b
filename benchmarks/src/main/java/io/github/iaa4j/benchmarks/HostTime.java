package io.github.iaa4j.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What a step costs around the UNet, in time and garbage. A loop of 60 steps less one of 10 leaves
 * 50 steps and nothing of what a job costs once; less the UNet calls alone, it leaves the work of
 * the host.
 */
@Command(
    name = "host",
    description = "Host time and bytes allocated per denoising step, against sd4j.",
    mixinStandardHelpOptions = true)
final class HostTime implements Callable<Integer> {

  private static final int SHORT = 10;
  private static final int LONG = 60;

  @Option(
      names = "--sd4j",
      defaultValue = "",
      description =
          "Class path of sd4j, built elsewhere with the ONNX Runtime of this project, and of the"
              + " libraries that it needs. Without it ours is measured alone.")
  private String sd4j = "";

  @Option(
      names = "--seconds",
      defaultValue = "1",
      description = "Length of an iteration; there are 3 to warm up and 5. Default: 1.")
  private double seconds = 1;

  @Option(names = "--forks", defaultValue = "1", description = "JVMs. Default: ${DEFAULT-VALUE}.")
  private int forks = 1;

  /** Per step: microseconds and bytes. */
  private record Cost(double micros, double bytes) {}

  @Override
  public Integer call() throws RunnerException {
    List<RunResult> results = new ArrayList<>(new Runner(options("ours|runs")).run());
    if (!sd4j.isEmpty()) {
      results.addAll(new Runner(options("sd4j")).run());
    }
    System.out.println("A guided step of one image at the sizes of Stable Diffusion 1.5");
    Table table =
        new Table(
            "scheduler", "who", "host µs", "bytes", "of the binding", "ours is faster", "goal");
    for (HostLoop.Solver solver : HostLoop.Solver.values()) {
      Cost runs = cost(results, "runs", solver);
      Cost ours = cost(results, "ours", solver);
      double host = ours.micros - runs.micros;
      table.row(
          solver, "ours", host, bytes(ours.bytes - runs.bytes), bytes(runs.bytes), "", "0 bytes");
      if (!sd4j.isEmpty()) {
        Cost theirs = cost(results, "sd4j", solver);
        double theirHost = theirs.micros - runs.micros;
        table.row(
            solver,
            "sd4j",
            theirHost,
            bytes(theirs.bytes),
            "",
            Table.times(theirHost / host),
            "5x");
      }
    }
    table.print();
    System.out.println(
        "The binding is ONNX Runtime's own Java code, which allocates in every run; it is not in"
            + " our bytes, and is in sd4j's. Buffers outside of the heap are not counted: sd4j"
            + " makes some in each step, ours none.");
    return 0;
  }

  private Options options(String methods) {
    List<String> arguments = List.of("-D" + HostLoop.SD4J + "=" + sd4j);
    return new OptionsBuilder()
        .include(HostLoop.class.getName() + "\\.(" + methods + ")$")
        .addProfiler(GCProfiler.class)
        .forks(forks)
        .jvmArgsAppend(arguments.toArray(String[]::new))
        .warmupIterations(3)
        .warmupTime(TimeValue.milliseconds(Math.round(1000 * seconds)))
        .measurementIterations(5)
        .measurementTime(TimeValue.milliseconds(Math.round(1000 * seconds)))
        .verbosity(VerboseMode.SILENT)
        .build();
  }

  private static Cost cost(Collection<RunResult> results, String method, HostLoop.Solver solver) {
    RunResult longer = find(results, method, solver, LONG);
    RunResult shorter = find(results, method, solver, SHORT);
    double steps = LONG - SHORT;
    return new Cost(
        (longer.getPrimaryResult().getScore() - shorter.getPrimaryResult().getScore()) / steps,
        (allocated(longer) - allocated(shorter)) / steps);
  }

  private static RunResult find(
      Collection<RunResult> results, String method, HostLoop.Solver solver, int steps) {
    return results.stream()
        .filter(
            result ->
                result.getParams().getBenchmark().endsWith("." + method)
                    && result.getParams().getParam("solver").equals(solver.name())
                    && result.getParams().getParam("steps").equals(String.valueOf(steps)))
        .findFirst()
        .orElseThrow();
  }

  private static double allocated(RunResult result) {
    for (Map.Entry<String, ? extends Result<?>> one : secondary(result).entrySet()) {
      if (one.getKey().endsWith("gc.alloc.rate.norm")) {
        return one.getValue().getScore();
      }
    }
    throw new IllegalStateException("the profiler counted nothing");
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // JMH declares raw results
  private static Map<String, Result<?>> secondary(RunResult result) {
    return (Map) result.getSecondaryResults();
  }

  private static String bytes(double bytes) {
    return String.format(Locale.ROOT, "%.0f", bytes);
  }
}
