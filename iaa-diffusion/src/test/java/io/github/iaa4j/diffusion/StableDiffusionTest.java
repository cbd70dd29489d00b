package io.github.iaa4j.diffusion;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Named.named;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GeneratedImage;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.sampling.TokenCounter;
import io.github.iaa4j.onnx.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class StableDiffusionTest {

  private static final Path TINY = Golden.path("tiny-sd");
  private static final int STEPS = 4;

  @ParameterizedTest
  @CsvSource({"1, 2", "2, 1", "1, 4", "2, 3", "1, 7"})
  void generatesTheSameBytesWhateverThreadsAndBatch(int threads, int batch) {
    Map<Integer, RgbImage> alone = new ConcurrentHashMap<>();
    for (GenerationJob job : jobs(7)) {
      alone.putAll(generate(tiny().threads(1).batch(1), List.of(job), new Recorder()).images);
    }

    Recorder together = generate(tiny().threads(threads).batch(batch), jobs(7), new Recorder());

    assertThat(together.images).isEqualTo(alone);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "EulerAncestralDiscreteScheduler",
        "DDPMScheduler",
        "LCMScheduler",
        "HeunDiscreteScheduler",
        "PNDMScheduler",
        "DPMSolverSinglestepScheduler",
        "UniPCMultistepScheduler"
      })
  void drawsNoiseAndKeepsHistoryForEachImageAlone(String scheduler) {
    Recorder alone = generate(tiny().scheduler(scheduler).batch(1), jobs(4), new Recorder());

    Recorder parked =
        generate(tiny().scheduler(scheduler).threads(2).batch(2), jobs(4), new Recorder(1, 2, 3));

    assertThat(parked.images).isEqualTo(alone.images);
    assertThat(parked.images.values()).doesNotHaveDuplicates();
  }

  @Test
  void generatesTheSameBytesWhateverThePreviewsDrop() {
    Recorder all = generate(tiny(), jobs(6), new Recorder());

    Recorder some =
        generate(tiny().threads(2).batch(2), jobs(6), new Recorder(1, 3).dropping(0, 4));

    assertThat(some.images.keySet()).containsExactlyInAnyOrder(1, 2, 3, 5);
    some.images.forEach((slot, image) -> assertThat(image).isEqualTo(all.images.get(slot)));
  }

  @Test
  void generatesOtherImagesForOtherSeedsAndPrompts() {
    GenerationJob one = job(0, 7, "a red bird");
    GenerationJob otherSeed = job(1, 8, "a red bird");
    GenerationJob otherPrompt = job(2, 7, "two black cats");

    Map<Integer, RgbImage> images =
        generate(tiny(), List.of(one, otherSeed, otherPrompt), new Recorder()).images;

    assertThat(images.values()).doesNotHaveDuplicates().hasSize(3);
  }

  @Test
  void startsFromTheNoiseOfTheSeed() {
    try (StableDiffusion model = tiny().build()) {
      Recorder recorder = new Recorder();
      model.generate(JobSource.of(List.of(job(0, 42, "a red bird"))), recorder);

      float[] image = model.sample(model.initialNoise(42), "a red bird", "blurry").image().values();

      byte[] pixels = recorder.images.get(0).pixels();
      int plane = 32 * 32;
      for (int i = 0; i < plane; i++) {
        assertThat(pixels[3 * i] & 0xff).isEqualTo((int) Math.rint(image[i] * 255));
      }
    }
  }

  @Test
  void countsUnetRowsAndStepsInPreviews() {
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    Recorder recorder =
        new Recorder(1, 3) {
          @Override
          public boolean onPreview(Preview preview) {
            seen.add(preview.step() + "/" + preview.steps() + " " + preview.functionEvaluations());
            assertThat(preview.guidanceNorm()).isPositive();
            return true;
          }
        };

    generate(tiny(), jobs(1), recorder);

    assertThat(seen).containsExactly("1/4 2", "3/4 6");
    assertThat(recorder.rows.get(0)).isEqualTo(8);
  }

  @Test
  void countsBothEvaluationsOfAStepOfHeun() {
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    Recorder recorder =
        new Recorder(3) {
          @Override
          public boolean onPreview(Preview preview) {
            seen.add(preview.step() + "/" + preview.steps() + " " + preview.functionEvaluations());
            return true;
          }
        };

    generate(tiny().scheduler("HeunDiscreteScheduler"), jobs(1), recorder);

    assertThat(seen).containsExactly("3/7 6");
    assertThat(recorder.rows.get(0)).isEqualTo(14);
  }

  @Test
  void spendsHalfTheRowsWithoutGuidance() {
    List<Float> norms = new ArrayList<>();
    Recorder recorder =
        new Recorder(2) {
          @Override
          public boolean onPreview(Preview preview) {
            norms.add(preview.guidanceNorm());
            return true;
          }
        };

    generate(tiny().guidance(1), jobs(1), recorder);

    assertThat(recorder.rows.get(0)).isEqualTo(STEPS);
    assertThat(norms).containsExactly(0f);
  }

  @Test
  void previewsTheImageThatTheModelPredicts() {
    Map<Integer, RgbImage> previews = new ConcurrentHashMap<>();
    Recorder recorder =
        new Recorder(1, 3) {
          @Override
          public boolean onPreview(Preview preview) {
            previews.put(preview.step(), preview.image());
            return true;
          }
        };

    generate(tiny(), jobs(1), recorder);

    RgbImage last = recorder.images.get(0);
    assertThat(difference(previews.get(3), last)).isLessThan(difference(previews.get(1), last));
  }

  @Test
  void refusesThePreviewImageAfterItsCall() {
    List<Preview> kept = new ArrayList<>();
    Recorder recorder =
        new Recorder(1) {
          @Override
          public boolean onPreview(Preview preview) {
            kept.add(preview);
            return false;
          }
        };

    generate(tiny(), jobs(1), recorder);

    assertThatThrownBy(() -> kept.get(0).image()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void pollsTheSourceAgainWhenAnImageIsFinished() {
    Queue<GenerationJob> queue = new ArrayDeque<>(List.of(job(0, 0, "a red bird")));
    Recorder recorder =
        new Recorder() {
          @Override
          public void onGenerated(GeneratedImage generated) {
            super.onGenerated(generated);
            int slot = generated.job().slot();
            if (slot < 3) {
              synchronized (queue) {
                queue.add(job(slot + 1, slot + 1, "a red bird"));
              }
            }
          }
        };
    try (StableDiffusion model = tiny().threads(3).batch(2).build()) {
      model.generate(
          () -> {
            synchronized (queue) {
              return queue.poll();
            }
          },
          recorder);
    }

    assertThat(recorder.images.keySet()).containsExactlyInAnyOrder(0, 1, 2, 3);
  }

  @Test
  void failsJobsWhoseLatentsAreNotFinite() {
    try (StableDiffusion model =
        tiny().scheduler("EulerDiscreteScheduler").guidance(3e38).batch(2).build()) {
      Recorder recorder = new Recorder().keepingFailures();

      model.generate(JobSource.of(jobs(2)), recorder);

      assertThat(recorder.images).isEmpty();
      assertThat(recorder.failures).containsOnlyKeys(0, 1);
      assertThat(recorder.failures.get(0)).hasMessageContaining("NaN");
    }
  }

  @Test
  void stopsWhenInterrupted() {
    Thread caller = Thread.currentThread();
    Recorder recorder =
        new Recorder(1) {
          @Override
          public boolean onPreview(Preview preview) {
            caller.interrupt();
            return true;
          }
        };
    try (StableDiffusion model = tiny().build()) {
      assertThatThrownBy(() -> model.generate(endless(), recorder))
          .isInstanceOf(CancelledException.class)
          .hasMessageContaining("interrupted");

      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void stopsWhenAnObserverInterruptsTheThreadThatCallsIt() {
    Recorder recorder =
        new Recorder(1) {
          @Override
          public boolean onPreview(Preview preview) {
            Thread.currentThread().interrupt();
            return true;
          }
        };
    try (StableDiffusion model = tiny().build()) {
      assertThatThrownBy(() -> model.generate(endless(), recorder))
          .isInstanceOf(CancelledException.class)
          .hasMessageContaining("interrupted");

      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void stopsWhenClosedWhileGenerating() {
    StableDiffusion model = tiny().threads(2).build();
    Recorder recorder =
        new Recorder(1) {
          @Override
          public boolean onPreview(Preview preview) {
            model.close();
            return true;
          }
        };

    assertThatThrownBy(() -> model.generate(endless(), recorder))
        .isInstanceOf(CancelledException.class)
        .hasMessageContaining("closed");
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  static Stream<Named<Consumer<StableDiffusion>>> waysToGenerate() {
    Prompt bird = new Prompt("a red bird", "");
    return Stream.of(
        named("image", model -> model.image(bird, 1)),
        named("images", model -> model.images(Collections.nCopies(1_000, bird), 1)),
        named("sample", model -> model.sample(model.initialNoise(1), "a red bird", "")));
  }

  @ParameterizedTest
  @MethodSource("waysToGenerate")
  void everyWayToGenerateEndsWhenInterrupted(Consumer<StableDiffusion> generate) {
    Thread caller = Thread.currentThread();
    Runnable interruptAndWaitUntilItIsSeen =
        () -> {
          caller.interrupt();
          while (Thread.currentThread() != caller && caller.getState() != Thread.State.BLOCKED) {
            Thread.onSpinWait();
          }
        };
    try (StableDiffusion model = startingWith(interruptAndWaitUntilItIsSeen)) {
      assertThatThrownBy(() -> generate.accept(model))
          .isInstanceOf(CancelledException.class)
          .hasMessageContaining("interrupted");

      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("waysToGenerate")
  void everyWayToGenerateEndsWhenClosed(Consumer<StableDiffusion> generate) {
    AtomicReference<StableDiffusion> open = new AtomicReference<>();
    StableDiffusion model = startingWith(() -> open.get().close());
    open.set(model);

    assertThatThrownBy(() -> generate.accept(model))
        .isInstanceOf(CancelledException.class)
        .hasMessageContaining("closed");

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThatThrownBy(() -> generate.accept(model)).isInstanceOf(IllegalStateException.class);
  }

  /** A model that does something before the first step of each job. */
  private static StableDiffusion startingWith(Runnable action) {
    return tiny()
        .imageToImage(
            job -> {
              action.run();
              return new RgbImage(32, 32, new byte[32 * 32 * 3]);
            },
            1)
        .build();
  }

  @Test
  void refusesToGenerateOnceItIsClosed() {
    StableDiffusion model = tiny().build();
    model.close();

    assertThatThrownBy(() -> model.generate(endless(), new Recorder()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> model.image(new Prompt("a red bird", ""), 1))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> model.sample(model.initialNoise(1), "a red bird", ""))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void generatesOneImageInOneLine() {
    Recorder recorder = generate(tiny(), List.of(job(0, 42, "a red bird")), new Recorder());

    try (StableDiffusion model = tiny().build()) {
      assertThat(model.image(new Prompt("a red bird", "blurry"), 42))
          .isEqualTo(recorder.images.get(0));
    }
  }

  @Test
  void generatesAnImageForEachPromptWithSeedsThatCountUp() {
    List<Prompt> prompts =
        List.of(new Prompt("a red bird", ""), new Prompt("a boat", ""), new Prompt("a cat", ""));
    try (StableDiffusion model = tiny().threads(2).batch(2).build()) {
      List<RgbImage> images = model.images(prompts, 7);

      assertThat(images)
          .containsExactly(
              model.image(prompts.get(0), 7),
              model.image(prompts.get(1), 8),
              model.image(prompts.get(2), 9));
    }
  }

  @Test
  void namesThePromptWhoseImageFailed() {
    try (StableDiffusion model =
        tiny().scheduler("EulerDiscreteScheduler").guidance(3e38).threads(1).batch(1).build()) {
      assertThatThrownBy(
              () -> model.images(List.of(new Prompt("a bird", ""), new Prompt("a boat", "")), 1))
          .isInstanceOfSatisfying(GenerationException.class, e -> assertThat(e.slot()).isZero())
          .hasMessageContaining("NaN");
    }
  }

  @Test
  void measuresHowFullItsBatchesWere() {
    try (StableDiffusion model = tiny().batch(2).build()) {
      assertThat(model.batchOccupancy()).isEqualTo(1);

      model.generate(JobSource.of(jobs(3)), new Recorder());

      assertThat(model.batchOccupancy()).isEqualTo(0.75);
    }
  }

  @Test
  void namesTheOptionThatIsNull() {
    StableDiffusionBuilder builder = tiny();

    assertThatNullPointerException()
        .isThrownBy(() -> builder.scheduler(null))
        .withMessageContaining("scheduler");
    assertThatNullPointerException()
        .isThrownBy(() -> builder.device(null))
        .withMessageContaining("device");
    assertThatNullPointerException()
        .isThrownBy(() -> builder.imageToImage(null, 0.5))
        .withMessageContaining("imageToImage");
    assertThatNullPointerException()
        .isThrownBy(() -> StableDiffusion.builder(null))
        .withMessageContaining("folder");
  }

  @Test
  void showsNoMorePreviewsAfterItWasClosed() {
    List<Integer> previewed = new ArrayList<>();
    StableDiffusion model = tiny().batch(3).build();
    Recorder recorder =
        new Recorder(1) {
          @Override
          public boolean onPreview(Preview preview) {
            previewed.add(preview.job().slot());
            model.close();
            return true;
          }
        };

    assertThatThrownBy(() -> model.generate(endless(), recorder))
        .isInstanceOf(CancelledException.class);

    assertThat(previewed).containsExactly(0);
  }

  @Test
  void decodesNoMoreImagesAfterItWasClosed() {
    StableDiffusion model = tiny().batch(3).build();
    Recorder recorder =
        new Recorder() {
          @Override
          public void onGenerated(GeneratedImage generated) {
            super.onGenerated(generated);
            model.close();
          }
        };

    assertThatThrownBy(() -> model.generate(endless(), recorder))
        .isInstanceOf(CancelledException.class);

    assertThat(recorder.images).containsOnlyKeys(0);
  }

  @Test
  void passesOnWhatTheObserverThrows() {
    try (StableDiffusion model = tiny().threads(2).build()) {
      Recorder recorder =
          new Recorder() {
            @Override
            public void onGenerated(GeneratedImage generated) {
              throw new IllegalArgumentException("a full disk");
            }
          };

      assertThatThrownBy(() -> model.generate(endless(), recorder))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a full disk");
    }
  }

  @Test
  void canBeClosedTwice() {
    StableDiffusion model = tiny().build();
    model.close();
    model.close();

    assertThatThrownBy(() -> model.promptTokens("a bird"))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void generatesForSeveralCallersAtOnce() throws InterruptedException {
    try (StableDiffusion model = tiny().threads(1).build()) {
      Recorder expected = new Recorder();
      model.generate(JobSource.of(jobs(3)), expected);
      List<Recorder> recorders = List.of(new Recorder(), new Recorder());
      CountDownLatch done = new CountDownLatch(2);
      for (Recorder recorder : recorders) {
        new Thread(
                () -> {
                  try {
                    model.generate(JobSource.of(jobs(3)), recorder);
                  } finally {
                    done.countDown();
                  }
                })
            .start();
      }
      done.await();

      assertThat(recorders).allSatisfy(r -> assertThat(r.images).isEqualTo(expected.images));
    }
  }

  @Test
  void recordsWhatDecidesThePixels() {
    try (StableDiffusion model = tiny().build()) {
      assertThat(model.describe().name()).isEqualTo("tiny-sd");
      assertThat(DescribedOptions.checksum(model)).matches("[0-9a-f]{64}");
      assertThat(model.describe().settings()).containsEntry("scheduler", "DDIMScheduler");
      assertThat(model.steps()).isEqualTo(STEPS);
      assertThat(model.width()).isEqualTo(32);
      assertThat(model.height()).isEqualTo(32);
    }
  }

  @Test
  void loadsAFolderWithItsOwnDefaults() {
    try (StableDiffusion model = StableDiffusion.load(TINY);
        StableDiffusion built = StableDiffusion.builder(TINY).build()) {
      assertThat(model.describe()).isEqualTo(built.describe());
      assertThat(model.describe().settings())
          .containsEntry("guidanceScale", "7.5")
          .containsEntry("height", "32")
          .containsEntry("scheduler", "PNDMScheduler")
          .containsEntry("steps", "21")
          .containsEntry("width", "32");
    }
  }

  @Test
  void changesItsChecksumWithAnyFile(@TempDir Path folder) throws IOException {
    String before;
    try (StableDiffusion model = tiny().build()) {
      before = DescribedOptions.checksum(model);
    }
    Golden.copy("tiny-sd", folder);
    try (StableDiffusion same = load(folder).build()) {
      assertThat(DescribedOptions.checksum(same)).isEqualTo(before);
    }
    Files.writeString(folder.resolve("tokenizer/special_tokens_map.json"), "{}");
    try (StableDiffusion other = load(folder).build()) {
      assertThat(DescribedOptions.checksum(other)).isNotEqualTo(before);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "DDIMScheduler, clip_sample, true",
    "DDIMScheduler, clip_sample,",
    "DDIMScheduler, steps_offset, 0",
    "DDIMScheduler, steps_offset,",
    "EulerDiscreteScheduler, steps_offset,",
    "DPMSolverMultistepScheduler, steps_offset,"
  })
  void setsTheSchedulerUpAsThePipelineOfDiffusers(
      String scheduler, String key, @Nullable String value, @TempDir Path folder)
      throws IOException {
    Golden.copy("tiny-sd", folder);
    Path file = folder.resolve("scheduler/scheduler_config.json");
    JsonObject config = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    config.addProperty("timestep_spacing", "leading");
    Files.writeString(file, config.toString());
    Npy expected;
    try (StableDiffusion model = load(folder).scheduler(scheduler).build()) {
      expected = model.sample(model.initialNoise(1), "a red bird", "").latents();
    }
    config.remove(key);
    if (value != null) {
      config.add(key, JsonParser.parseString(value));
    }
    Files.writeString(file, config.toString());

    try (StableDiffusion model = load(folder).scheduler(scheduler).build()) {
      Npy latents = model.sample(model.initialNoise(1), "a red bird", "").latents();

      assertThat(latents.values()).containsExactly(expected.values());
    }
  }

  @ParameterizedTest
  @CsvSource({"0.7.0.dev0, 256", "0.9.0.dev0, 32", "0.10.2, 32"})
  void generatesTheSizeThatOldConfigsMeant(String version, int pixels, @TempDir Path folder)
      throws IOException {
    Golden.copy("tiny-sd", folder);
    Path file = folder.resolve("unet/config.json");
    JsonObject config = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    config.addProperty("_diffusers_version", version);
    Files.writeString(file, config.toString());

    try (StableDiffusion model = load(folder).build()) {
      assertThat(model.width()).isEqualTo(pixels);
      assertThat(model.height()).isEqualTo(pixels);
    }
  }

  @Test
  void generatesOtherSizes() {
    try (StableDiffusion model = tiny().size(48, 32).build()) {
      Sample sample = model.sample(model.initialNoise(1), "a red bird", "");

      assertThat(sample.latents().shape()).containsExactly(1, 4, 8, 12);
      assertThat(sample.image().shape()).containsExactly(1, 3, 32, 48);
    }
  }

  @Test
  void countsTheTokensOfAPrompt() {
    try (StableDiffusion model = tiny().build()) {
      assertThat(model.maxPromptTokens()).isEqualTo(24);
      assertThat(model.promptTokens("")).isEqualTo(2);
      assertThat(model.promptTokens("a red bird")).isEqualTo(5);
      TokenCounter counter = requireNonNull(model.tokenCounter());
      assertThat(counter.limit()).isEqualTo(24);
      assertThat(counter.count("a red bird")).isEqualTo(5);
    }
  }

  @Test
  void countsTheTokensOfAPromptWithoutLoadingTheModel() {
    try (TokenCounter counter = StableDiffusion.tokenCounter(TINY)) {
      assertThat(counter.limit()).isEqualTo(24);
      assertThat(counter.count("a red bird")).isEqualTo(5);
    }
  }

  @Test
  void takesTheSchedulerThatTheFolderStates() {
    try (StableDiffusion model = StableDiffusion.builder(TINY).steps(5).threads(1).build()) {
      assertThat(model.describe().settings()).containsEntry("scheduler", "PNDMScheduler");
      assertThat(model.steps()).isEqualTo(6);
    }
  }

  @Test
  void saysWhichSchedulersThereAreWhenTheFolderStatesAnother(@TempDir Path folder)
      throws IOException {
    Golden.copy("tiny-sd", folder);
    Path file = folder.resolve("scheduler/scheduler_config.json");
    Files.writeString(file, "{\"_class_name\": \"KDPM2DiscreteScheduler\"}");

    assertThatThrownBy(() -> StableDiffusion.builder(folder).build())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("KDPM2DiscreteScheduler")
        .hasMessageContaining("DPMSolverMultistepScheduler")
        .hasMessageContaining(".scheduler(")
        .hasMessageContaining("--scheduler");
  }

  @Test
  void namesEveryOptionThatIsOutOfRange() {
    assertThatThrownBy(() -> tiny().steps(0).guidance(-1).batch(0).threads(-1).build())
        .isInstanceOfSatisfying(
            ConfigurationException.class, e -> assertThat(e.faults()).hasSize(4));
    assertThatThrownBy(() -> tiny().size(33, 32).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("33 x 32");
  }

  /** 36 pixels are 9 latents, which the UNet cannot halve. */
  @ParameterizedTest
  @CsvSource({"36, 32", "32, 36"})
  void refusesSizesThatTheUnetCannotHalve(int width, int height) {
    assertThatThrownBy(() -> tiny().size(width, height).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(width + " x " + height)
        .hasMessageContaining("multiples of 8");
  }

  @ParameterizedTest
  @CsvSource({
    "model_index.json",
    "unet/model.onnx",
    "unet/config.json",
    "vae_decoder/model.onnx",
    "text_encoder/config.json",
    "scheduler/scheduler_config.json",
    "tokenizer/tokenizer_config.json",
    "tokenizer/vocab.json"
  })
  void namesTheFileThatIsMissing(String name, @TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd", folder);
    Files.delete(folder.resolve(name));

    assertThatThrownBy(() -> load(folder).build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.file()).isEqualTo(folder.resolve(name)));
  }

  @Test
  void namesTheInputsOfAnUnexpectedUnet(@TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd", folder);
    Files.delete(folder.resolve("unet/model.onnx"));
    Files.copy(folder.resolve("vae_decoder/model.onnx"), folder.resolve("unet/model.onnx"));

    assertThatThrownBy(() -> load(folder).build())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("encoder_hidden_states, sample, timestep")
        .hasMessageContaining("latent_sample");
  }

  @Test
  void namesConfigsThatDoNotFitTogether(@TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd", folder);
    Path config = folder.resolve("unet/config.json");
    Files.writeString(
        config,
        Files.readString(config)
            .replace("\"cross_attention_dim\": 32", "\"cross_attention_dim\": 768"));

    assertThatThrownBy(() -> load(folder).build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("cross_attention_dim"));
  }

  @Test
  void namesThePipelinesThatItReads(@TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd", folder);
    Files.writeString(
        folder.resolve("model_index.json"),
        "{\"_class_name\": \"OnnxStableDiffusionUpscalePipeline\"}");

    assertThatThrownBy(() -> load(folder).build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("_class_name"))
        .hasMessageContaining(
            "[LatentConsistencyModelPipeline, ORTLatentConsistencyModelPipeline, ")
        .hasMessageContaining("StableDiffusionXLPipeline]");
  }

  @Test
  void recordsWhatDiffersFromTheDefaults() {
    try (StableDiffusion usual = tiny().build();
        StableDiffusion other =
            tiny()
                .guidanceRescale(0.7)
                .guidanceInterval(0.2, 0.8)
                .tiledDecoding()
                .device(Device.provider("mine", options -> {}))
                .build()) {
      assertThat(DescribedOptions.of(usual)).isEmpty();
      assertThat(DescribedOptions.of(other))
          .containsExactly(
              Map.entry("device", "mine"),
              Map.entry("guidanceInterval", "0.2 to 0.8"),
              Map.entry("guidanceRescale", "0.7"),
              Map.entry("tiledDecoding", "true"));
    }
  }

  @Test
  void refusesGuidanceOutOfRange() {
    assertThatThrownBy(() -> tiny().guidanceRescale(1.5).guidanceInterval(0.8, 0.2).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("guidanceRescale 1.5")
        .hasMessageContaining("guidanceInterval 0.8 to 0.2");
  }

  @Test
  void refusesBrokenJson(@TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd", folder);
    Files.writeString(folder.resolve("unet/config.json"), "{\"sample_size\": ");

    assertThatThrownBy(() -> load(folder).build())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("config.json")
        .hasMessageContaining("not JSON");
  }

  @Test
  void refusesNoiseOfAnotherShape() {
    try (StableDiffusion model = tiny().build()) {
      Npy noise = new Npy(new int[] {1, 4, 16, 16}, new float[1024]);

      assertThatThrownBy(() -> model.sample(noise, "a bird", ""))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("[1, 4, 8, 8]")
          .hasMessageContaining("[1, 4, 16, 16]");
    }
  }

  private static StableDiffusionBuilder tiny() {
    return load(TINY);
  }

  private static StableDiffusionBuilder load(Path folder) {
    return StableDiffusion.builder(folder).scheduler("DDIMScheduler").steps(STEPS).threads(1);
  }

  private static GenerationJob job(int slot, long seed, String text) {
    return new GenerationJob(slot, 0, seed, new Prompt(text, "blurry"));
  }

  private static List<GenerationJob> jobs(int count) {
    return IntStream.range(0, count).mapToObj(i -> job(i, 1000 + i, "bird " + i % 3)).toList();
  }

  private static JobSource endless() {
    AtomicInteger next = new AtomicInteger();
    return () -> job(next.getAndIncrement(), 0, "a red bird");
  }

  private static Recorder generate(
      StableDiffusionBuilder builder, List<GenerationJob> jobs, Recorder recorder) {
    try (StableDiffusion model = builder.build()) {
      model.generate(JobSource.of(jobs), recorder);
    }
    return recorder;
  }

  private static long difference(RgbImage one, RgbImage other) {
    long difference = 0;
    for (int i = 0; i < one.pixels().length; i++) {
      difference += Math.abs((one.pixels()[i] & 0xff) - (other.pixels()[i] & 0xff));
    }
    return difference;
  }
}
