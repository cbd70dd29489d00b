package io.github.iaa4j.diffusion.internal.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.diffusion.Golden;
import io.github.iaa4j.diffusion.Npy;
import io.github.iaa4j.diffusion.internal.JsonConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every scheduler against what diffusers did with the same options, noise and model answers. */
class SchedulerParityTest {

  private static final int VALUES = 16;
  private static final float[] INPUTS = Npy.read(Golden.path("schedulers/inputs.npy")).values();
  private static final float[] TRACES = Npy.read(Golden.path("schedulers/traces.npy")).values();
  private static final Map<String, Double> WORST = new TreeMap<>();

  @TempDir Path folder;

  record Case(
      String name,
      String scheduler,
      int steps,
      JsonObject config,
      List<Float> timesteps,
      List<Float> sigmas,
      float initialScale,
      List<Float> inputScales,
      int firstTraceRow) {

    @Override
    public String toString() {
      return scheduler + ", " + name + ", " + steps + " steps";
    }
  }

  static Stream<Case> cases() throws IOException {
    JsonArray cases =
        JsonParser.parseString(Files.readString(Golden.path("schedulers/cases.json")))
            .getAsJsonArray();
    return cases.asList().stream().map(SchedulerParityTest::parse);
  }

  private static Case parse(JsonElement element) {
    JsonObject json = element.getAsJsonObject();
    return new Case(
        json.get("name").getAsString(),
        json.get("scheduler").getAsString(),
        json.get("steps").getAsInt(),
        json.getAsJsonObject("config"),
        floats(json.getAsJsonArray("timesteps")),
        floats(json.getAsJsonArray("sigmas")),
        json.get("initial_scale").getAsFloat(),
        floats(json.getAsJsonArray("input_scales")),
        json.get("first_trace_row").getAsInt());
  }

  private static List<Float> floats(JsonArray numbers) {
    return numbers.asList().stream().map(JsonElement::getAsFloat).toList();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void asksAboutTheTimestepsOfDiffusers(Case golden) throws IOException {
    Scheduler scheduler = scheduler(golden);
    // Interpolating back from a Karras sigma goes through NumPy's own float32 logarithm.
    boolean isInterpolated =
        scheduler instanceof EulerDiscreteScheduler && golden.name.startsWith("karras");
    for (int step = 0; step < golden.steps; step++) {
      assertThat(scheduler.timestep(step))
          .isCloseTo(golden.timesteps.get(step), within(isInterpolated ? 1e-3f : 0f));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void standsAtTheNoiseLevelsOfDiffusers(Case golden) throws IOException {
    Scheduler scheduler = scheduler(golden);
    for (int i = 0; i < golden.sigmas.size(); i++) {
      float sigma =
          scheduler instanceof EulerDiscreteScheduler euler
              ? euler.sigma(i)
              : ((DpmSolverMultistepScheduler) scheduler).sigma(i);
      assertThat(sigma).isCloseTo(golden.sigmas.get(i), within(1e-5f * golden.sigmas.get(i)));
    }
    assertThat(scheduler.initialScale())
        .isCloseTo(golden.initialScale, within(1e-5f * golden.initialScale));
    for (int step = 0; step < golden.steps; step++) {
      assertThat(scheduler.inputScale(step))
          .isCloseTo(golden.inputScales.get(step), within(1e-5f * golden.inputScales.get(step)));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void movesTheLatentsAsDiffusers(Case golden) throws IOException {
    Scheduler scheduler = scheduler(golden);
    float[] latents = Arrays.copyOf(INPUTS, VALUES);
    for (int i = 0; i < VALUES; i++) {
      latents[i] *= scheduler.initialScale();
    }
    float[] denoised = new float[VALUES];
    for (int step = 0; step < golden.steps; step++) {
      float[] answer = Arrays.copyOfRange(INPUTS, (1 + step) * VALUES, (2 + step) * VALUES);
      scheduler.step(step, answer, latents, denoised);
      int row = (golden.firstTraceRow + step) * VALUES;
      float[] expected = Arrays.copyOfRange(TRACES, row, row + VALUES);
      // Noise as the model's answer makes latents that are far larger than an image's.
      float size = 1;
      double worst = 0;
      for (int i = 0; i < VALUES; i++) {
        size = Math.max(size, Math.abs(expected[i]));
        worst = Math.max(worst, Math.abs(latents[i] - expected[i]));
      }
      assertThat(worst / size).isLessThanOrEqualTo(1e-5);
      WORST.merge(golden.scheduler, worst / size, Math::max);
    }
  }

  @AfterAll
  static void report() {
    WORST.forEach(
        (name, worst) -> System.out.printf(Locale.ROOT, "step parity %s %.1e%n", name, worst));
  }

  private Scheduler scheduler(Case golden) throws IOException {
    JsonObject config = golden.config.deepCopy();
    config.addProperty("_class_name", golden.scheduler);
    Path file = Files.writeString(folder.resolve("scheduler_config.json"), config.toString());
    return new SchedulerConfig(JsonConfig.read(file), Optional.empty()).scheduler(golden.steps);
  }
}
