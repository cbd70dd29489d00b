package io.github.iaa4j.diffusion.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.Golden;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DenoiserTest {

  private static final int LATENTS = 4 * 8 * 8;
  private static final int TEXT = 24 * 32;

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
    denoiser = denoiser(Guidance.of(2));
  }

  @AfterEach
  void close() {
    denoiser.close();
    unet.close();
  }

  @Test
  void keepsNotANumberWithinItsOwnImage() {
    DenoisingState alone = canvas(1);
    denoiser.denoise(List.of(alone), 3, () -> false);

    DenoisingState broken = canvas(2);
    broken.latents()[17] = Float.NaN;
    DenoisingState sound = canvas(1);
    denoiser.denoise(List.of(broken, sound), 3, () -> false);

    assertThat(broken.isFinite()).isFalse();
    assertThat(broken.step()).isZero();
    assertThat(sound.isFinite()).isTrue();
    // Not to the last bit on every processor: that is why batches are tried first.
    assertThat(sound.latents()).containsExactly(alone.latents(), within(1e-4f));
  }

  @Test
  void stopsBeforeTheNextStepWhenCancelled() {
    DenoisingState canvas = canvas(1);

    boolean finished = denoiser.denoise(List.of(canvas), 3, () -> canvas.step() == 2);

    assertThat(finished).isFalse();
    assertThat(canvas.step()).isEqualTo(2);
  }

  @Test
  void goesOnWhereItStood() {
    DenoisingState inOneGo = canvas(1);
    denoiser.denoise(List.of(inOneGo), 3, () -> false);
    DenoisingState inTwo = canvas(1);

    denoiser.denoise(List.of(inTwo), 2, () -> false);
    denoiser.denoise(List.of(canvas(5)), 3, () -> false);
    denoiser.denoise(List.of(inTwo), 3, () -> false);

    assertThat(inTwo.latents()).containsExactly(inOneGo.latents());
  }

  @Test
  void looksAtTheNegativePromptInsideTheGuidanceIntervalOnly() {
    DenoisingState canvas = canvas(1);
    try (Denoiser limited = denoiser(new Guidance(2, 0, 0.34, 0.67))) {
      limited.denoise(List.of(canvas), 3, () -> false);
    }

    assertThat(canvas.functionEvaluations())
        .as("steps 0 and 2 unguided, step 1 guided")
        .isEqualTo(1 + 2 + 1);
  }

  @Test
  void anIntervalOverAllStepsChangesNothing() {
    DenoisingState always = canvas(1);
    denoiser.denoise(List.of(always), 3, () -> false);
    DenoisingState limited = canvas(1);
    try (Denoiser whole = denoiser(new Guidance(2, 0, 0, 1))) {
      whole.denoise(List.of(limited), 3, () -> false);
    }

    assertThat(limited.latents()).containsExactly(always.latents());
  }

  @Test
  void whatIsNotGuidedIsAsWithoutGuidance() {
    DenoisingState off = canvas(1);
    try (Denoiser unguided = denoiser(Guidance.of(1))) {
      unguided.denoise(List.of(off), 1, () -> false);
    }
    DenoisingState late = canvas(1);
    try (Denoiser limited = denoiser(new Guidance(2, 0, 0.5, 1))) {
      limited.denoise(List.of(late), 1, () -> false);
    }

    assertThat(late.latents()).containsExactly(off.latents());
  }

  @Test
  void drawsTheNoiseOfEachImageInABatchFromItsOwnSource() {
    Scheduler ancestral = scheduler("EulerAncestralDiscreteScheduler");
    try (Denoiser noisy = new Denoiser(unet, ancestral, Guidance.of(2), LATENTS)) {
      List<DenoisingState> together = new ArrayList<>();
      List<DenoisingState> alone = new ArrayList<>();
      for (long seed = 1; seed <= 2; seed++) {
        together.add(canvas(ancestral, 5, new GaussianNoise(seed)));
        alone.add(canvas(ancestral, 5, new GaussianNoise(seed)));
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
  void asksOnceForEachStepOfTheScheduler() {
    Scheduler heun = scheduler("HeunDiscreteScheduler");
    try (Denoiser denoiser = new Denoiser(unet, heun, Guidance.of(2), LATENTS)) {
      DenoisingState canvas = canvas(heun, 1, new GaussianNoise(1));

      denoiser.denoise(List.of(canvas), heun.steps(), () -> false);

      assertThat(canvas.step()).isEqualTo(5);
      assertThat(canvas.functionEvaluations()).isEqualTo(10);
    }
  }

  @Test
  void beginsWhereTheTrajectoryBegins() {
    DenoisingState late = canvas(1);
    Trajectory trajectory =
        new Trajectory(scheduler, late.latents(), new GaussianNoise(1), scheduler.begin(2));
    DenoisingState canvas =
        new DenoisingState(trajectory, late.conditioning, late.negativeConditioning);

    denoiser.denoise(List.of(canvas), 3, () -> false);

    assertThat(canvas.step()).isEqualTo(3);
    assertThat(canvas.functionEvaluations()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"0, 1, 1", "0.2, 1, 3", "0, 0.5, 6", "0, 0.05, 1"})
  void findsAStepOfEachKind(double start, double stop, int steps) {
    assertThat(Denoiser.stepsOfEachKind(new Guidance(2, 0, start, stop), null, 10))
        .isEqualTo(steps);
  }

  @Test
  void onlyShapesThatFitAreUsedOnACpu() {
    denoiser.denoise(List.of(canvas(1), canvas(2), canvas(3)), 1, () -> false);
    denoiser.denoise(List.of(canvas(4)), 1, () -> false);

    assertThat(denoiser.shapes()).isEqualTo(2);
  }

  @Test
  void otherDevicesKeepOneShapeAndLeaveRowsIdle() {
    DenoisingState alone = canvas(4);
    denoiser.denoise(List.of(alone), 3, () -> false);
    Device device = Device.provider("like a GPU", options -> {});
    try (Unet elsewhere =
            new Unet(
                new ModelFolder(Golden.path("tiny-sd")),
                new long[] {4, 8, 8},
                Map.of(TensorNames.ENCODER_HIDDEN_STATES, new long[] {24, 32}),
                device);
        Denoiser padding = new Denoiser(elsewhere, scheduler, Guidance.of(2), LATENTS)) {
      DenoisingState last = canvas(4);

      padding.denoise(List.of(canvas(1), canvas(2), canvas(3)), 3, () -> false);
      padding.denoise(List.of(last), 3, () -> false);

      assertThat(padding.shapes()).isEqualTo(1);
      assertThat(last.latents()).containsExactly(alone.latents(), within(1e-4f));
      assertThat(last.functionEvaluations()).isEqualTo(alone.functionEvaluations());
    }
  }

  @Test
  void anImageThatIsAloneIsSharedWithAThreadThatWaits() throws InterruptedException {
    DenoisingState alone = canvas(4);
    denoiser.denoise(List.of(alone), 3, () -> false);
    DenoisingState shared = canvas(4);
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

    try (Denoiser halving = halving(counted)) {
      halving.denoise(List.of(shared), 3, () -> false);
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
  void aHalfThatAnotherThreadComputedIsUsed() {
    DenoisingState alone = canvas(4);
    denoiser.denoise(List.of(alone), 3, () -> false);
    DenoisingState shared = canvas(4);
    unet.setSplitsGuidance(24, true);
    AtomicInteger taken = new AtomicInteger();
    IdleThreads others =
        IdleThreads.of(
            task -> {
              taken.incrementAndGet();
              CompletableFuture.runAsync(task).join();
            });

    try (Denoiser halving = halving(others)) {
      halving.denoise(List.of(shared), 3, () -> false);
    }

    assertThat(taken).hasValue(3);
    assertThat(shared.latents()).containsExactly(alone.latents(), within(1e-4f));
  }

  @Test
  void anImageThatIsLostTellsNothingOfHalves() {
    DenoisingState lost = canvas(4);
    lost.latents()[5] = Float.NaN;

    try (Denoiser halving = halving(IdleThreads.of(task -> {}))) {
      halving.denoise(List.of(lost), 1, () -> false);
    }

    assertThat(unet.maySplitGuidance(24)).isTrue();
    assertThat(unet.splitsGuidance(24)).isFalse();
  }

  @Test
  void whatFailsOnAnotherThreadFailsHere() {
    try (UnetBatch tooShort = new UnetBatch(unet, 1, 7)) {
      SplitGuidance half = new SplitGuidance(tooShort);

      half.offer(1, IdleThreads.of(Runnable::run));

      assertThatThrownBy(half::finish).isInstanceOf(ModelException.class);
    }
  }

  @Test
  void aHalfThatWasAbandonedIsNotBegunAnyMore() {
    try (UnetBatch tooShort = new UnetBatch(unet, 1, 7)) {
      SplitGuidance half = new SplitGuidance(tooShort);
      half.offer(1, IdleThreads.of(task -> {}));

      half.abandon();
      half.run();

      assertThatThrownBy(
              () -> {
                half.offer(1, IdleThreads.of(task -> {}));
                half.finish();
              })
          .as("it fails where it is begun")
          .isInstanceOf(ModelException.class);
    }
  }

  @Test
  void aHalfThatNobodyTakesIsComputedHere() {
    DenoisingState alone = canvas(4);
    denoiser.denoise(List.of(alone), 3, () -> false);
    DenoisingState shared = canvas(4);

    try (Denoiser halving = halving(IdleThreads.of(task -> {}))) {
      halving.denoise(List.of(shared), 3, () -> false);
    }

    assertThat(shared.latents()).containsExactly(alone.latents());
  }

  @Test
  void severalImagesAreNotHalved() {
    AtomicInteger offered = new AtomicInteger();

    try (Denoiser halving = halving(IdleThreads.of(task -> offered.incrementAndGet()))) {
      halving.denoise(List.of(canvas(1), canvas(2)), 3, () -> false);
    }

    assertThat(offered).hasValue(0);
  }

  @Test
  void whereAHalfChangesABitRowsStayTogether() {
    AtomicInteger offered = new AtomicInteger();
    unet.setSplitsGuidance(24, false);

    try (Denoiser halving = halving(IdleThreads.of(task -> offered.incrementAndGet()))) {
      halving.denoise(List.of(canvas(1)), 3, () -> false);
    }

    assertThat(offered).hasValue(0);
  }

  @Test
  void takesExportsWithAScalarTimestep(@TempDir Path folder) throws IOException {
    DenoisingState canvas = canvas(1);
    denoiser.denoise(List.of(canvas), 3, () -> false);
    Golden.copy("tiny-sd", folder);
    Path file = folder.resolve("unet/model.onnx");
    Files.write(file, withScalarTimestep(Files.readAllBytes(file)));
    try (Unet scalar =
            new Unet(
                new ModelFolder(folder),
                new long[] {4, 8, 8},
                Map.of(TensorNames.ENCODER_HIDDEN_STATES, new long[] {24, 32}),
                Device.cpu());
        Denoiser loop = new Denoiser(scalar, scheduler, Guidance.of(2), LATENTS)) {
      DenoisingState same = canvas(1);

      loop.denoise(List.of(same), 3, () -> false);

      assertThat(unet.graph().inputShape("timestep")).hasSize(1);
      assertThat(scalar.graph().inputShape("timestep")).isEmpty();
      assertThat(same.latents()).containsExactly(canvas.latents());
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

  private Denoiser halving(IdleThreads helpers) {
    return new Denoiser(unet, scheduler, Guidance.of(2), LATENTS, null, helpers);
  }

  private Denoiser denoiser(Guidance guidance) {
    return new Denoiser(unet, scheduler, guidance, LATENTS);
  }

  private static Scheduler scheduler(String name) {
    return new SchedulerConfig(
            JsonConfig.read(Golden.path("tiny-sd/scheduler/scheduler_config.json")),
            Optional.of(name))
        .scheduler(3);
  }

  private DenoisingState canvas(long seed) {
    return canvas(scheduler, seed, new GaussianNoise(seed));
  }

  private static DenoisingState canvas(Scheduler scheduler, long seed, NoiseSource steps) {
    float[] latents = new float[LATENTS];
    float[] text = new float[TEXT];
    float[] negativePrompt = new float[TEXT];
    GaussianNoise noise = new GaussianNoise(seed);
    noise.fill(latents);
    noise.fill(text);
    noise.fill(negativePrompt);
    return new DenoisingState(
        new Trajectory(scheduler, latents, steps, 0), asked(text), asked(negativePrompt));
  }

  private static Conditioning asked(float[] text) {
    return new Conditioning(text.length / 32, Map.of(TensorNames.ENCODER_HIDDEN_STATES, text));
  }
}
