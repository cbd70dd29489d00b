package io.github.iaa4j.diffusion.internal.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.diffusion.Golden;
import io.github.iaa4j.diffusion.Npy;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every scheduler against what diffusers did with the same options, noise and model outputs. Each
 * test goes through all cases of one scheduler and names those that differ.
 */
class SchedulerParityTest {

  private static final int VALUES = 8;
  private static final double LIMIT = 1e-4;
  private static final float[] INPUTS = Npy.read(Golden.path("schedulers/inputs.npy")).values();
  private static final float[] NOISES = Npy.read(Golden.path("schedulers/noises.npy")).values();
  private static final float[] TRACES = Npy.read(Golden.path("schedulers/traces.npy")).values();
  private static final Map<String, Double> WORST = new TreeMap<>();

  /** Values compared in all tests. */
  private static int compared;

  @TempDir static Path folder;

  record Case(JsonObject json) {

    float[] floats(String key) {
      JsonArray numbers = json.has(key) ? json.getAsJsonArray(key) : new JsonArray();
      float[] floats = new float[numbers.size()];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = numbers.get(i).getAsFloat();
      }
      return floats;
    }

    String scheduler() {
      return json.get("scheduler").getAsString();
    }

    JsonObject config() {
      return json.getAsJsonObject("config");
    }

    boolean spreadsLevels() {
      return config().toString().matches(".*use_(karras|exponential|beta)_sigmas.*")
          || json.has("custom_sigmas");
    }

    boolean isEdm() {
      return scheduler().startsWith("EDM");
    }

    @Override
    public String toString() {
      return scheduler() + ", " + json.get("name").getAsString() + ", " + json.get("steps");
    }
  }

  /** The cases of each scheduler that there is, by its name. */
  private static Map<String, List<Case>> casesByScheduler() throws IOException {
    JsonArray cases =
        JsonParser.parseString(Files.readString(Golden.path("schedulers/cases.json")))
            .getAsJsonArray();
    return cases.asList().stream()
        .map(JsonElement::getAsJsonObject)
        .map(Case::new)
        .collect(Collectors.groupingBy(Case::scheduler, TreeMap::new, Collectors.toList()));
  }

  static List<String> schedulers() {
    return SchedulerConfig.NAMES;
  }

  @Test
  void everySchedulerHasCasesAndNoCaseIsLeftOut() throws IOException {
    assertThat(casesByScheduler()).containsOnlyKeys(SchedulerConfig.NAMES);
  }

  private interface Check {
    void accept(Case golden) throws IOException;
  }

  private static void checkCases(String scheduler, Check check) throws IOException {
    SoftAssertions softly = new SoftAssertions();
    for (Case golden : casesByScheduler().get(scheduler)) {
      softly.check(
          () -> {
            try {
              check.accept(golden);
            } catch (AssertionError e) {
              throw new AssertionError(golden + ": " + e.getMessage(), e);
            }
          });
    }
    softly.assertAll();
  }

  @ParameterizedTest
  @MethodSource("schedulers")
  void asksAboutTheTimestepsOfDiffusers(String scheduler) throws IOException {
    checkCases(scheduler, SchedulerParityTest::compareTimesteps);
  }

  private static void compareTimesteps(Case golden) throws IOException {
    Scheduler scheduler = scheduler(golden);
    float[] timesteps = golden.floats("timesteps");
    // Going back from a sigma goes through NumPy's own float32 arithmetic and logarithm there.
    boolean isInterpolated = golden.spreadsLevels() && !(scheduler instanceof LogSnrScheduler);
    // Those of EDM are logarithms, of powers in float32 there, from -2 to 2.
    float apart = golden.isEdm() ? 1e-6f : isInterpolated ? 1e-3f : 0f;
    assertThat(scheduler.steps()).isEqualTo(timesteps.length);
    compared += 1 + timesteps.length;
    for (int step = 0; step < timesteps.length; step++) {
      assertThat(scheduler.timestep(step)).isCloseTo(timesteps[step], within(apart));
    }
  }

  @ParameterizedTest
  @MethodSource("schedulers")
  void standsAtTheNoiseLevelsOfDiffusers(String scheduler) throws IOException {
    checkCases(scheduler, SchedulerParityTest::compareSigmas);
  }

  private static void compareSigmas(Case golden) throws IOException {
    Scheduler scheduler = scheduler(golden);
    float[] sigmas = golden.floats("sigmas");
    for (int i = 0; i < sigmas.length; i++) {
      assertThat(sigma(scheduler, i)).isCloseTo(sigmas[i], within(1e-5f * sigmas[i]));
    }
    compared += sigmas.length + 1 + scheduler.steps() - begin(golden, scheduler);
    float initialScale = golden.json.get("initial_scale").getAsFloat();
    assertThat(scheduler.initialScale()).isCloseTo(initialScale, within(1e-5f * initialScale));
    float[] inputScales = golden.floats("input_scales");
    for (int step = begin(golden, scheduler); step < scheduler.steps(); step++) {
      float expected = inputScales.length == 0 ? 1 : inputScales[step];
      assertThat(scheduler.inputScale(step)).isCloseTo(expected, within(1e-5f * expected));
    }
  }

  @ParameterizedTest
  @MethodSource("schedulers")
  void movesTheLatentsAsDiffusers(String scheduler) throws IOException {
    checkCases(scheduler, SchedulerParityTest::compareSteps);
  }

  private static void compareSteps(Case golden) throws IOException {
    Scheduler scheduler = scheduler(golden);
    int row = golden.json.get("first_trace_row").getAsInt();
    int begin = begin(golden, scheduler);
    float[] latents = row(INPUTS, 0);
    if (golden.json.has("begin")) {
      scheduler.addNoise(row(INPUTS, 1), latents, begin, latents);
      assertThat(latents).containsExactly(row(TRACES, row++), within(1e-5f));
      compared += VALUES;
    } else {
      for (int i = 0; i < VALUES; i++) {
        latents[i] *= scheduler.initialScale();
      }
    }
    Trajectory job = new Trajectory(scheduler, latents, SchedulerParityTest::noise, begin);
    for (int step = begin; step < scheduler.steps(); step++) {
      // Noise as the model's output makes latents that are far larger than those of an image.
      float size = size(1, latents);
      scheduler.step(step, row(INPUTS, 1 + step), job);
      float[] expected = row(TRACES, row++);
      size = size(size, expected);
      compared += VALUES;
      for (int i = 0; i < VALUES; i++) {
        double apart = Math.abs(latents[i] - expected[i]) / size;
        assertThat(apart).as("value %d after step %d", i, step).isLessThanOrEqualTo(LIMIT);
        WORST.merge(golden.scheduler(), apart, Math::max);
      }
    }
  }

  @AfterAll
  static void report() {
    WORST.forEach(
        (name, worst) -> System.out.printf(Locale.ROOT, "step parity %s %.1e%n", name, worst));
    System.out.printf(Locale.ROOT, "scheduler parity over %d values%n", compared);
  }

  private static float size(float least, float[] latents) {
    float size = least;
    for (float value : latents) {
      size = Math.max(size, Math.abs(value));
    }
    return size;
  }

  private static float[] row(float[] table, int row) {
    return Arrays.copyOfRange(table, row * VALUES, (row + 1) * VALUES);
  }

  private static void noise(int draw, float[] into) {
    System.arraycopy(NOISES, draw * VALUES, into, 0, VALUES);
  }

  private static float sigma(Scheduler scheduler, int index) {
    if (scheduler instanceof VarianceExplodingScheduler exploding) {
      return exploding.sigma(index);
    }
    if (scheduler instanceof EdmEulerScheduler edm) {
      return edm.sigma(index);
    }
    return scheduler instanceof LogSnrScheduler preserving
        ? preserving.level(index)
        : ((FlowMatchEulerDiscreteScheduler) scheduler).sigma(index);
  }

  private static int begin(Case golden, Scheduler scheduler) {
    return golden.json.has("begin") ? scheduler.begin(golden.json.get("begin").getAsInt()) : 0;
  }

  private static Scheduler scheduler(Case golden) throws IOException {
    JsonObject json = golden.config().deepCopy();
    json.addProperty("_class_name", golden.scheduler());
    Path file = Files.writeString(folder.resolve("scheduler_config.json"), json.toString());
    SchedulerConfig config = new SchedulerConfig(JsonConfig.read(file), Optional.empty());
    if (!golden.json.get("steps").isJsonNull()) {
      return config.scheduler(golden.json.get("steps").getAsInt());
    }
    return config.scheduler(custom(golden, "custom_timesteps"), custom(golden, "custom_sigmas"));
  }

  private static double @Nullable [] custom(Case golden, String key) {
    if (!golden.json.has(key)) {
      return null;
    }
    return golden.json.getAsJsonArray(key).asList().stream()
        .mapToDouble(JsonElement::getAsDouble)
        .toArray();
  }
}
