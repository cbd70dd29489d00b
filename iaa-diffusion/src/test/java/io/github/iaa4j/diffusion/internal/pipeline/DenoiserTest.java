package io.github.iaa4j.diffusion.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.Golden;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import io.github.iaa4j.diffusion.internal.model.NotFinite;
import io.github.iaa4j.diffusion.internal.model.TensorNames;
import io.github.iaa4j.diffusion.internal.scheduler.NoiseSource;
import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import io.github.iaa4j.diffusion.internal.scheduler.SchedulerConfig;
import io.github.iaa4j.diffusion.internal.scheduler.Trajectory;
import io.github.iaa4j.diffusion.internal.text.Conditioning;
import io.github.iaa4j.diffusion.internal.unet.Unet;
import io.github.iaa4j.diffusion.internal.unet.UnetBatch;
import io.github.iaa4j.onnx.Device;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DenoiserTest {

  private static final int LATENTS = 4 * 8 * 8;
  private static final int TEXT = 24 * 32;
  private static final Guidance GUIDED = new Guidance(2, 0, 0, 1);

  private Unet unet;
  private Scheduler scheduler;
  private Denoiser denoiser;

  @BeforeEach
  void load() {
    unet =
        new Unet(
            new ModelFolder(Golden.path("tiny-sd")),
            new long[] {4, 8, 8},
            Map.of(TensorNames.ENCODER_HIDDEN_STATES, new long[] {24, 32}),
            Device.cpu());
    scheduler = scheduler("DDIMScheduler");
    denoiser = denoiser(GUIDED);
  }

  @AfterEach
  void close() {
    denoiser.close();
    unet.close();
  }

  @Test
  void keepsNotANumberWithinItsOwnImage() {
    DenoisingState alone = state(1);
    denoiser.denoise(List.of(alone), 3, () -> false);

    DenoisingState broken = state(2);
    broken.latents()[17] = Float.NaN;
    DenoisingState sound = state(1);
    denoiser.denoise(List.of(broken, sound), 3, () -> false);

    assertThat(broken.notFinite()).isEqualTo(NotFinite.LATENTS);
    assertThat(broken.step()).isZero();
    assertThat(sound.notFinite()).isNull();
    // Not to the last bit on every processor: that is why batches are tried first.
    assertThat(sound.latents()).containsExactly(alone.latents(), within(1e-4f));
  }

  @Test
  void stopsBeforeTheNextStepWhenCancelled() {
    DenoisingState state = state(1);

    boolean finished = denoiser.denoise(List.of(state), 3, () -> state.step() == 2);

    assertThat(finished).isFalse();
    assertThat(state.step()).isEqualTo(2);
  }

  @Test
  void resumesWhereItStopped() {
    DenoisingState inOneGo = state(1);
    denoiser.denoise(List.of(inOneGo), 3, () -> false);
    DenoisingState inTwo = state(1);

    denoiser.denoise(List.of(inTwo), 2, () -> false);
    denoiser.denoise(List.of(state(5)), 3, () -> false);
    denoiser.denoise(List.of(inTwo), 3, () -> false);

    assertThat(inTwo.latents()).containsExactly(inOneGo.latents());
  }

  @Test
  void evaluatesTheNegativePromptInsideTheGuidanceIntervalOnly() {
    DenoisingState state = state(1);
    try (Denoiser limited = denoiser(new Guidance(2, 0, 0.34, 0.67))) {
      limited.denoise(List.of(state), 3, () -> false);
    }

    assertThat(state.functionEvaluations())
        .as("steps 0 and 2 unguided, step 1 guided")
        .isEqualTo(1 + 2 + 1);
  }

  @Test
  void anIntervalOverAllStepsChangesNothing() {
    DenoisingState always = state(1);
    denoiser.denoise(List.of(always), 3, () -> false);
    DenoisingState limited = state(1);
    try (Denoiser whole = denoiser(new Guidance(2, 0, 0, 1))) {
      whole.denoise(List.of(limited), 3, () -> false);
    }

    assertThat(limited.latents()).containsExactly(always.latents());
  }

  @Test
  void anUnguidedStepIsAsWithoutGuidance() {
    DenoisingState off = state(1);
    try (Denoiser unguided = denoiser(new Guidance(1, 0, 0, 1))) {
      unguided.denoise(List.of(off), 1, () -> false);
    }
    DenoisingState late = state(1);
    try (Denoiser limited = denoiser(new Guidance(2, 0, 0.5, 1))) {
      limited.denoise(List.of(late), 1, () -> false);
    }

    assertThat(late.latents()).containsExactly(off.latents());
  }

  @Test
  void drawsTheNoiseOfEachImageInABatchFromItsOwnSource() {
    Scheduler ancestral = scheduler("EulerAncestralDiscreteScheduler");
    try (Denoiser noisy = new Denoiser(unet, ancestral, GUIDED, LATENTS, null, IdleThreads.NONE)) {
      List<DenoisingState> together = new ArrayList<>();
      List<DenoisingState> alone = new ArrayList<>();
      for (long seed = 1; seed <= 2; seed++) {
        together.add(state(ancestral, 5, new GaussianNoise(seed)));
        alone.add(state(ancestral, 5, new GaussianNoise(seed)));
        noisy.denoise(List.of(alone.get(alone.size() - 1)), 3, () -> false);
      }

      noisy.denoise(together, 2, () -> false);
      noisy.denoise(together, 3, () -> false);

      for (int k = 0; k < 2; k++) {
        assertThat(together.get(k).latents())
            .containsExactly(alone.get(k).latents(), within(1e-3f));
      }
      // The same latents and texts: all that sets them apart is the noise of the steps.
      assertThat(together.get(0).latents()[0])
          .isNotCloseTo(together.get(1).latents()[0], within(1e-2f));
    }
  }

  @Test
  void evaluatesOncePerStepOfTheScheduler() {
    Scheduler heun = scheduler("HeunDiscreteScheduler");
    try (Denoiser denoiser = new Denoiser(unet, heun, GUIDED, LATENTS, null, IdleThreads.NONE)) {
      DenoisingState state = state(heun, 1, new GaussianNoise(1));

      denoiser.denoise(List.of(state), heun.steps(), () -> false);

      assertThat(state.step()).isEqualTo(5);
      assertThat(state.functionEvaluations()).isEqualTo(10);
    }
  }

  @Test
  void beginsWhereTheTrajectoryBegins() {
    DenoisingState late = state(1);
    Trajectory trajectory =
        new Trajectory(scheduler, late.latents(), new GaussianNoise(1), scheduler.begin(2));
    DenoisingState state =
        new DenoisingState(
            trajectory, late.conditioning, late.negativeConditioning(), null, null, List.of());

    denoiser.denoise(List.of(state), 3, () -> false);

    assertThat(state.step()).isEqualTo(3);
    assertThat(state.functionEvaluations()).isEqualTo(2);
  }

  @Test
  void otherDevicesKeepOneShapeAndLeaveRowsIdle(@TempDir Path folder) throws IOException {
    DenoisingState alone = state(4);
    denoiser.denoise(List.of(alone), 3, () -> false);
    Device device =
        Device.provider(
            "like a GPU", options -> options.enableProfiling(folder.resolve("unet").toString()));
    try (Unet elsewhere =
            new Unet(
                new ModelFolder(Golden.path("tiny-sd")),
                new long[] {4, 8, 8},
                Map.of(TensorNames.ENCODER_HIDDEN_STATES, new long[] {24, 32}),
                device);
        Denoiser padding =
            new Denoiser(elsewhere, scheduler, GUIDED, LATENTS, null, IdleThreads.NONE)) {
      DenoisingState last = state(4);

      padding.denoise(List.of(state(1), state(2), state(3)), 3, () -> false);
      padding.denoise(List.of(last), 3, () -> false);

      assertThat(last.latents()).containsExactly(alone.latents(), within(1e-4f));
      assertThat(last.functionEvaluations()).isEqualTo(alone.functionEvaluations());
    }
    assertThat(rowsOfConvolutions(folder)).containsExactly(2 * 3);
  }

  /** The first dimensions that ONNX Runtime's profiler saw, once a session was closed. */
  private static Set<Integer> rowsOfConvolutions(Path folder) throws IOException {
    Path profile;
    try (Stream<Path> files = Files.list(folder)) {
      profile = files.findFirst().orElseThrow();
    }
    Set<Integer> rows = new TreeSet<>();
    for (JsonElement event : JsonParser.parseString(Files.readString(profile)).getAsJsonArray()) {
      JsonElement args = event.getAsJsonObject().get("args");
      if (args != null && args.toString().contains("\"op_name\":\"Conv\"")) {
        JsonElement inputs = args.getAsJsonObject().get("input_type_shape");
        if (inputs != null) {
          JsonObject first = inputs.getAsJsonArray().get(0).getAsJsonObject();
          rows.add(first.get("float").getAsJsonArray().get(0).getAsInt());
        }
      }
    }
    return rows;
  }

  @Test
  void anImageThatIsAloneIsSplitWithAnIdleThread() throws InterruptedException {
    DenoisingState alone = state(4);
    denoiser.denoise(List.of(alone), 3, () -> false);
    DenoisingState shared = state(4);
    AtomicInteger taken = new AtomicInteger();
    ExecutorService other = Executors.newSingleThreadExecutor();
    IdleThreads counted =
        IdleThreads.of(
            task ->
                other.execute(
                    () -> {
                      taken.incrementAndGet();
                      task.run();
                    }));

    try (Denoiser splitting = splitting(counted)) {
      splitting.denoise(List.of(shared), 3, () -> false);
    } finally {
      other.shutdown();
      assertThat(other.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
    }

    assertThat(shared.latents()).containsExactly(alone.latents());
    assertThat(shared.functionEvaluations()).isEqualTo(alone.functionEvaluations());
    assertThat(taken)
        .as("the first step tries both ways; some processors answer one row with other bits")
        .hasValue(unet.splitsGuidance(24) ? 2 : 0);
  }

  @Test
  void aRowThatAnotherThreadComputedIsUsed() {
    DenoisingState alone = state(4);
    denoiser.denoise(List.of(alone), 3, () -> false);
    DenoisingState shared = state(4);
    unet.setSplitsGuidance(24, true);
    AtomicInteger taken = new AtomicInteger();
    IdleThreads others =
        IdleThreads.of(
            task -> {
              taken.incrementAndGet();
              CompletableFuture.runAsync(task).join();
            });

    try (Denoiser splitting = splitting(others)) {
      splitting.denoise(List.of(shared), 3, () -> false);
    }

    assertThat(taken).hasValue(3);
    assertThat(shared.latents()).containsExactly(alone.latents(), within(1e-4f));
  }

  @Test
  void anImageThatIsLostProvesNothingAboutSplitting() {
    DenoisingState lost = state(4);
    lost.latents()[5] = Float.NaN;

    try (Denoiser splitting = splitting(IdleThreads.of(task -> {}))) {
      splitting.denoise(List.of(lost), 1, () -> false);
    }

    assertThat(unet.maySplitGuidance(24)).isTrue();
    assertThat(unet.splitsGuidance(24)).isFalse();
  }

  @Test
  void whatFailsOnAnotherThreadFailsHere() {
    try (UnetBatch tooShort = new UnetBatch(unet, 1, 7)) {
      SplitGuidance row = new SplitGuidance(tooShort);

      row.offer(1, IdleThreads.of(Runnable::run));

      assertThatThrownBy(row::finish).isInstanceOf(ModelException.class);
    }
  }

  @Test
  void anAbandonedRowIsNotBegunAnyMore() {
    try (UnetBatch tooShort = new UnetBatch(unet, 1, 7)) {
      SplitGuidance row = new SplitGuidance(tooShort);
      row.offer(1, IdleThreads.of(task -> {}));

      row.abandon();
      row.run();

      assertThatThrownBy(
              () -> {
                row.offer(1, IdleThreads.of(task -> {}));
                row.finish();
              })
          .as("it fails where it is begun")
          .isInstanceOf(ModelException.class);
    }
  }

  @Test
  void aRowThatNoThreadTakesIsComputedHere() {
    DenoisingState alone = state(4);
    denoiser.denoise(List.of(alone), 3, () -> false);
    DenoisingState shared = state(4);

    try (Denoiser splitting = splitting(IdleThreads.of(task -> {}))) {
      splitting.denoise(List.of(shared), 3, () -> false);
    }

    assertThat(shared.latents()).containsExactly(alone.latents());
  }

  @Test
  void severalImagesAreNotSplit() {
    AtomicInteger offered = new AtomicInteger();

    try (Denoiser splitting = splitting(IdleThreads.of(task -> offered.incrementAndGet()))) {
      splitting.denoise(List.of(state(1), state(2)), 3, () -> false);
    }

    assertThat(offered).hasValue(0);
  }

  @Test
  void rowsStayTogetherWhereSplittingChangesABit() {
    AtomicInteger offered = new AtomicInteger();
    unet.setSplitsGuidance(24, false);

    try (Denoiser splitting = splitting(IdleThreads.of(task -> offered.incrementAndGet()))) {
      splitting.denoise(List.of(state(1)), 3, () -> false);
    }

    assertThat(offered).hasValue(0);
  }

  @Test
  void takesExportsWithAScalarTimestep(@TempDir Path folder) throws IOException {
    DenoisingState state = state(1);
    denoiser.denoise(List.of(state), 3, () -> false);
    Golden.copy("tiny-sd", folder);
    Path file = folder.resolve("unet/model.onnx");
    Files.write(file, withScalarTimestep(Files.readAllBytes(file)));
    try (Unet scalar =
            new Unet(
                new ModelFolder(folder),
                new long[] {4, 8, 8},
                Map.of(TensorNames.ENCODER_HIDDEN_STATES, new long[] {24, 32}),
                Device.cpu());
        Denoiser loop = new Denoiser(scalar, scheduler, GUIDED, LATENTS, null, IdleThreads.NONE)) {
      DenoisingState same = state(1);

      loop.denoise(List.of(same), 3, () -> false);

      assertThat(unet.graph().inputShape("timestep")).hasSize(1);
      assertThat(scalar.graph().inputShape("timestep")).isEmpty();
      assertThat(same.latents()).containsExactly(state.latents());
    }
  }

  /** The input's only dimension gets the number of a field that ONNX does not have. */
  private static byte[] withScalarTimestep(byte[] model) {
    String bytes = new String(model, StandardCharsets.ISO_8859_1);
    int input = bytes.indexOf("\n\btimestep\u0012");
    int dimension = bytes.indexOf("\n\u0002\b\u0001", input);
    assertThat(dimension).isBetween(input, input + 24);
    model[dimension] = 15 << 3 | 2;
    return model;
  }

  private Denoiser splitting(IdleThreads idleThreads) {
    return new Denoiser(unet, scheduler, GUIDED, LATENTS, null, idleThreads);
  }

  private Denoiser denoiser(Guidance guidance) {
    return new Denoiser(unet, scheduler, guidance, LATENTS, null, IdleThreads.NONE);
  }

  private static Scheduler scheduler(String name) {
    return new SchedulerConfig(
            JsonConfig.read(Golden.path("tiny-sd/scheduler/scheduler_config.json")),
            Optional.of(name))
        .scheduler(3);
  }

  private DenoisingState state(long seed) {
    return state(scheduler, seed, new GaussianNoise(seed));
  }

  private static DenoisingState state(Scheduler scheduler, long seed, NoiseSource steps) {
    float[] latents = new float[LATENTS];
    float[] text = new float[TEXT];
    float[] negativePrompt = new float[TEXT];
    GaussianNoise noise = new GaussianNoise(seed);
    noise.fill(latents);
    noise.fill(text);
    noise.fill(negativePrompt);
    return new DenoisingState(
        new Trajectory(scheduler, latents, steps, 0),
        conditioning(text),
        conditioning(negativePrompt),
        null,
        null,
        List.of());
  }

  private static Conditioning conditioning(float[] text) {
    return new Conditioning(text.length / 32, Map.of(TensorNames.ENCODER_HIDDEN_STATES, text));
  }
}
