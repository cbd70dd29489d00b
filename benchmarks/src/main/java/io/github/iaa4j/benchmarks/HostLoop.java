package io.github.iaa4j.benchmarks;

import ai.onnxruntime.OrtSession;
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
import io.github.iaa4j.diffusion.internal.unet.UnetBatch;
import io.github.iaa4j.onnx.Device;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Whole denoising loops over {@link TrivialModel}, guided, one image, one thread: ours, that of
 * sd4j, and the UNet calls alone.
 *
 * <p>sd4j is looked up by name in the jars of the system property {@code sd4j}, as it is no part of
 * this project. Both share one ONNX Runtime.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init") // JMH calls the set-up
public class HostLoop {

  static final String SD4J = "sd4j";
  private static final float GUIDANCE = 7.5f;

  /** What both have. */
  public enum Solver {
    /** Linear multistep. */
    LMS("LMSDiscreteScheduler"),
    /** Draws noise at each step. */
    EULER_ANCESTRAL("EulerAncestralDiscreteScheduler");

    private final String diffusers;

    Solver(String diffusers) {
      this.diffusers = diffusers;
    }
  }

  /** The scheduler. */
  @Param public Solver solver;

  /** Denoising steps of one loop. */
  @Param({"10", "60"})
  public int steps;

  private Path folder;
  private Scheduler scheduler;
  private Unet unet;
  private Denoiser denoiser;
  private UnetBatch batch;
  private Conditioning asked;
  private @Nullable Sd4j sd4j;

  /** Loads all. */
  @Setup
  public void load() throws IOException {
    folder = Files.createTempDirectory("iaa-trivial-");
    TrivialModel.write(folder);
    JsonConfig config = JsonConfig.read(folder.resolve("scheduler/scheduler_config.json"));
    scheduler = new SchedulerConfig(config, Optional.of(solver.diffusers)).scheduler(steps);
    unet =
        new Unet(
            new ModelFolder(folder),
            TrivialModel.LATENTS,
            Map.of(TensorNames.ENCODER_HIDDEN_STATES, TrivialModel.TEXT),
            Device.cpu());
    denoiser = new Denoiser(unet, scheduler, Guidance.of(GUIDANCE), size(TrivialModel.LATENTS));
    batch = new UnetBatch(unet, 2, (int) TrivialModel.TEXT[0]);
    asked =
        new Conditioning(
            (int) TrivialModel.TEXT[0],
            Map.of(TensorNames.ENCODER_HIDDEN_STATES, new float[size(TrivialModel.TEXT)]));
    if (!System.getProperty(SD4J, "").isEmpty()) {
      sd4j = Sd4j.load(folder.resolve("unet/model.onnx"), solver.name());
    }
  }

  /** Releases all. */
  @TearDown
  public void close() throws IOException {
    batch.close();
    denoiser.close();
    unet.close();
    if (sd4j != null) {
      sd4j.close();
    }
    LoadTime.delete(folder);
  }

  /** Ours: one new job, from noise to latents. */
  @Benchmark
  public float[] ours() {
    GaussianNoise noise = new GaussianNoise(1);
    float[] latents = new float[size(TrivialModel.LATENTS)];
    noise.fill(latents);
    for (int i = 0; i < latents.length; i++) {
      latents[i] *= scheduler.initialScale();
    }
    DenoisingState canvas =
        new DenoisingState(new Trajectory(scheduler, latents, noise, 0), asked, asked);
    denoiser.denoise(List.of(canvas), steps, () -> false);
    return canvas.latents();
  }

  /** The UNet calls of a loop and nothing else, as ours makes them. */
  @Benchmark
  public UnetBatch runs() {
    for (int step = 0; step < steps; step++) {
      batch.run(scheduler.timestep(step));
    }
    return batch;
  }

  /** The same with sd4j. */
  @Benchmark
  public Object sd4j() {
    if (sd4j == null) {
      throw new IllegalStateException("the system property sd4j names no jars");
    }
    return sd4j.inference(steps);
  }

  private static int size(long[] shape) {
    long size = 1;
    for (long length : shape) {
      size *= length;
    }
    return Math.toIntExact(size);
  }

  /** The UNet class of sd4j, by reflection. */
  private record Sd4j(
      URLClassLoader loader,
      AutoCloseable unet,
      Method inference,
      Object embeddings,
      Object solver,
      Consumer<Integer> callback) {

    private static final String PACKAGE = "com.oracle.labs.mlrg.sd4j.";

    static Sd4j load(Path graph, String solverName) {
      // It logs a line each step, which would be most of its time.
      Logger.getLogger(PACKAGE.substring(0, PACKAGE.length() - 1)).setLevel(Level.OFF);
      List<URL> jars = new ArrayList<>();
      try {
        for (String jar : System.getProperty(SD4J, "").split(File.pathSeparator, -1)) {
          jars.add(Path.of(jar).toUri().toURL());
        }
        URLClassLoader loader =
            new URLClassLoader(jars.toArray(URL[]::new), HostLoop.class.getClassLoader());
        Class<?> unetClass = loader.loadClass(PACKAGE + "UNet");
        Class<?> tensorClass = loader.loadClass(PACKAGE + "FloatTensor");
        Class<?> solverClass = loader.loadClass(PACKAGE + "Schedulers");
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(1);
        options.setInterOpNumThreads(1);
        Object unet =
            unetClass
                .getConstructor(Path.class, OrtSession.SessionOptions.class)
                .newInstance(graph, options);
        long[] shape = {2, TrivialModel.TEXT[0], TrivialModel.TEXT[1]};
        Object embeddings = tensorClass.getConstructor(long[].class).newInstance((Object) shape);
        Method inference =
            unetClass.getMethod(
                "inference",
                int.class,
                tensorClass,
                float.class,
                int.class,
                int.class,
                int.class,
                int.class,
                Consumer.class,
                solverClass);
        Object solver = solverClass.getMethod("valueOf", String.class).invoke(null, solverName);
        return new Sd4j(loader, (AutoCloseable) unet, inference, embeddings, solver, step -> {});
      } catch (Exception e) {
        throw new IllegalStateException("sd4j cannot be used from " + jars, e);
      }
    }

    Object inference(int steps) {
      try {
        return inference.invoke(
            unet, steps, embeddings, GUIDANCE, 1, 512, 512, 1, callback, solver);
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new IllegalStateException("sd4j failed", e);
      }
    }

    void close() {
      try {
        unet.close();
        loader.close();
      } catch (Exception e) {
        throw new IllegalStateException("sd4j cannot be closed", e);
      }
    }
  }
}
