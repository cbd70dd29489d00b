package io.github.iaa4j.benchmarks;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.iaa4j.diffusion.Npy;
import io.github.iaa4j.diffusion.Sample;
import io.github.iaa4j.diffusion.StableDiffusion;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.LongStream;
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
 * Whole runs of {@link TrivialModel}, guided, one image, one thread: ours, that of sd4j, and the
 * UNet calls alone. What a run costs once is in ours too; {@link HostTime} subtracts it.
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
  private StableDiffusion model;
  private Npy noise;
  private UnetRuns runs;
  private @Nullable Sd4j sd4j;

  /** Loads all. */
  @Setup
  public void load() throws IOException, OrtException {
    folder = Files.createTempDirectory("iaa-trivial-");
    TrivialModel.write(folder);
    model =
        StableDiffusion.builder(folder)
            .scheduler(solver.diffusers)
            .steps(steps)
            .guidance(GUIDANCE)
            .threads(1)
            .batch(1)
            .build();
    noise = model.initialNoise(1);
    runs = new UnetRuns(folder.resolve("unet/model.onnx"));
    if (!System.getProperty(SD4J, "").isEmpty()) {
      sd4j = Sd4j.load(folder.resolve("unet/model.onnx"), solver.name());
    }
  }

  /** Releases all. */
  @TearDown
  public void close() throws IOException, OrtException {
    runs.close();
    model.close();
    if (sd4j != null) {
      sd4j.close();
    }
    LoadTime.delete(folder);
  }

  /** Ours: one image, from noise to pixels, which are one latent each. */
  @Benchmark
  public Sample ours() {
    return model.sample(noise, "a photo of a cat", "blurry");
  }

  /**
   * The UNet calls of a loop and nothing else, with buffers that are reused, as ours makes them.
   */
  @Benchmark
  public Object runs() throws OrtException {
    for (int step = 0; step < steps; step++) {
      runs.run();
    }
    return runs;
  }

  /** The same with sd4j. */
  @Benchmark
  public Object sd4j() {
    if (sd4j == null) {
      throw new IllegalStateException("the system property sd4j names no jars");
    }
    return sd4j.inference(steps);
  }

  /** The UNet by itself in ONNX Runtime, for two rows. */
  private static final class UnetRuns {

    private final OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    private final OrtSession session;
    private final Map<String, OnnxTensor> inputs = new TreeMap<>();
    private final Map<String, OnnxTensor> outputs = new TreeMap<>();

    UnetRuns(Path graph) throws OrtException {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      options.setDeterministicCompute(true);
      session = OrtEnvironment.getEnvironment().createSession(graph.toString(), options);
      inputs.put("sample", zeros(2, 4, 64, 64));
      inputs.put("timestep", zeros(1));
      inputs.put("encoder_hidden_states", zeros(2, TrivialModel.TEXT[0], TrivialModel.TEXT[1]));
      outputs.put("out_sample", zeros(2, 4, 64, 64));
    }

    private static OnnxTensor zeros(long... shape) throws OrtException {
      int size = Math.toIntExact(LongStream.of(shape).reduce(1, (a, b) -> a * b));
      FloatBuffer buffer =
          ByteBuffer.allocateDirect(Float.BYTES * size)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      return OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), buffer, shape);
    }

    void run() throws OrtException {
      session.run(inputs, outputs).close();
    }

    void close() throws OrtException {
      inputs.values().forEach(OnnxTensor::close);
      outputs.values().forEach(OnnxTensor::close);
      session.close();
      options.close();
    }
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
