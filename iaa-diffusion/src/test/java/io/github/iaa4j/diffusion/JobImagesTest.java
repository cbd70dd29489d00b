package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobFunction;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.settings.Description;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs that start from images of their own. */
@Timeout(60)
class JobImagesTest {

  private static final Path TINY = Golden.path("tiny-sd");
  private static final int SIZE = 32;
  private static final RgbImage SOURCE = image(1);
  private static final LabelMask LEFT_HALF = leftHalf();

  @TempDir static Path inpainting;
  @TempDir static Path controlled;

  @BeforeAll
  static void copy() throws IOException {
    Golden.copy("tiny-sd", inpainting);
    Golden.copy("tiny-sd-inpaint", inpainting);
    Golden.copy("tiny-sd", controlled);
    Golden.copy("tiny-sd-control", controlled);
  }

  static Stream<Named<StableDiffusionBuilder>> kinds() {
    return Stream.of(
        Named.of(
            "image to image",
            load(TINY, "EulerAncestralDiscreteScheduler").imageToImage(job -> image(job), 0.75)),
        Named.of(
            "image to image with Heun",
            load(TINY, "HeunDiscreteScheduler").imageToImage(job -> image(job), 0.75)),
        Named.of(
            "inpainting",
            load(TINY, "DPMSolverMultistepScheduler")
                .inpaint(job -> image(job), job -> LEFT_HALF, 0.75)),
        Named.of(
            "inpainting with 9 channels",
            load(inpainting, "DDIMScheduler").inpaint(job -> image(job), job -> LEFT_HALF, 1)),
        Named.of(
            "two ControlNets",
            load(controlled, "DDIMScheduler")
                .guidanceInterval(0.2, 0.8)
                .controlNet(control("controlnet").withScale(2))
                .controlNet(control("controlnet-2").withSteps(0.3, 0.9))),
        Named.of(
            "guess mode",
            load(controlled, "DDIMScheduler")
                .guidanceInterval(0.5, 1)
                .controlNet(control("controlnet"))
                .guessMode()));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void generatesTheSameBytesInAnyCompany(StableDiffusionBuilder builder) {
    Recorder alone = generate(builder.threads(1).batch(1), jobs(4), new Recorder());

    Recorder parked =
        generate(builder.threads(2).batch(2), jobs(4), new Recorder(1, 2).dropping(1));

    assertThat(parked.images.keySet()).containsExactly(0, 2, 3);
    parked.images.forEach((slot, image) -> assertThat(image).isEqualTo(alone.images.get(slot)));
    assertThat(alone.images.values()).doesNotHaveDuplicates();
  }

  @Test
  void drawsLatentsOfAnImageFromTheSeedOfTheJob() {
    StableDiffusionBuilder builder =
        load(TINY, "DDIMScheduler").imageToImage(job -> SOURCE, 0.3).guidance(1);
    Recorder recorder = generate(builder, List.of(job(0, 7), job(1, 7), job(2, 8)), new Recorder());

    assertThat(recorder.images.get(1)).isEqualTo(recorder.images.get(0));
    assertThat(recorder.images.get(2)).isNotEqualTo(recorder.images.get(0));
  }

  @Test
  void staysNearerToTheImageTheLowerTheStrength() {
    List<Long> apart = new ArrayList<>();
    for (double strength : new double[] {0.1, 0.5, 1}) {
      StableDiffusionBuilder builder =
          load(TINY, "DDIMScheduler").steps(10).imageToImage(job -> SOURCE, strength);
      apart.add(difference(generate(builder, jobs(1), new Recorder()).images.get(0), decoded()));
    }

    assertThat(apart).isSorted();
  }

  /** What the autoencoder alone makes of the image. */
  private static RgbImage decoded() {
    return generate(
            load(TINY, "DDIMScheduler").steps(10).inpaint(job -> SOURCE, job -> nothing(), 0.1),
            jobs(1),
            new Recorder())
        .images
        .get(0);
  }

  @Test
  void keepsWhatIsOutsideOfTheMask() {
    float[] kept;
    float[] other;
    try (StableDiffusion model =
        load(TINY, "EulerDiscreteScheduler").inpaint(job -> SOURCE, job -> LEFT_HALF, 1).build()) {
      kept = model.sample(model.initialNoise(1), "a red bird", "").latents().values();
      other = model.sample(model.initialNoise(2), "a boat", "").latents().values();
    }

    for (int i = 0; i < kept.length; i++) {
      boolean isGenerated = i % 8 < 4;
      assertThat(kept[i] == other[i]).isEqualTo(!isGenerated);
    }
  }

  @Test
  void previewsCountTheStepsThatAreTaken() {
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    Recorder recorder =
        new Recorder(1) {
          @Override
          public boolean onPreview(Preview preview) {
            seen.add(preview.step() + "/" + preview.steps() + " " + preview.functionEvaluations());
            return true;
          }
        };

    generate(
        load(TINY, "DDIMScheduler").steps(10).imageToImage(job -> SOURCE, 0.3), jobs(1), recorder);

    assertThat(recorder.asked).containsExactly(3);
    assertThat(seen).containsExactly("1/3 2");
    assertThat(recorder.rows).containsEntry(0, 6);
  }

  @Test
  void guidesSharesOfTheStepsThatAreTaken() {
    Recorder recorder = new Recorder();

    generate(
        load(TINY, "DDIMScheduler")
            .steps(10)
            .guidanceInterval(0, 0.5)
            .imageToImage(job -> SOURCE, 0.4),
        jobs(1),
        recorder);

    assertThat(recorder.rows).containsEntry(0, 2 + 2 + 1 + 1);
  }

  @Test
  void asksForTheImagesOfAJobOnce() {
    Map<Integer, AtomicInteger> asked = new ConcurrentHashMap<>();
    StableDiffusionBuilder builder =
        load(controlled, "DDIMScheduler")
            .controlNet(
                ControlNet.of(
                    controlled.resolve("controlnet"),
                    job -> {
                      asked.computeIfAbsent(job.slot(), k -> new AtomicInteger()).addAndGet(1);
                      return image(job);
                    }));

    generate(builder.threads(2).batch(2), jobs(3), new Recorder(1, 2));

    assertThat(asked).hasSize(3);
    assertThat(asked.values()).allSatisfy(count -> assertThat(count).hasValue(1));
  }

  @Test
  void aControlNetWithoutAScaleChangesNothing() {
    Recorder without = generate(load(controlled, "DDIMScheduler"), jobs(1), new Recorder());
    Recorder with =
        generate(
            load(controlled, "DDIMScheduler").controlNet(control("controlnet").withScale(0)),
            jobs(1),
            new Recorder());
    Recorder steered =
        generate(
            load(controlled, "DDIMScheduler").controlNet(control("controlnet")),
            jobs(1),
            new Recorder());

    assertThat(with.images).isEqualTo(without.images);
    assertThat(steered.images).isNotEqualTo(without.images);
  }

  @Test
  void recordsWhatItStartsFrom() {
    try (StableDiffusion plain = load(controlled, "DDIMScheduler").build();
        StableDiffusion over =
            load(controlled, "DDIMScheduler").steps(10).imageToImage(job -> SOURCE, 0.3).build();
        StableDiffusion steered =
            load(controlled, "DDIMScheduler")
                .inpaint(job -> SOURCE, job -> LEFT_HALF, 1)
                .controlNet(control("controlnet").withScale(0.8).withSteps(0, 0.5))
                .guessMode()
                .build();
        StableDiffusion custom =
            load(controlled, "DDPMScheduler", null).timesteps(900, 500, 100).build()) {
      assertThat(DescribedOptions.of(plain)).isEmpty();
      assertThat(over.steps()).isEqualTo(3);
      assertThat(DescribedOptions.of(over))
          .containsExactly(
              Map.entry("imageToImage.source", "a lambda"),
              Map.entry("imageToImage.steps", "10"),
              Map.entry("imageToImage.strength", "0.3"));
      assertThat(DescribedOptions.checksum(over)).isNotEqualTo(DescribedOptions.checksum(plain));
      assertThat(DescribedOptions.of(steered))
          .containsExactly(
              Map.entry("controlNet.1", "controlnet"),
              Map.entry("controlNet.1.end", "0.5"),
              Map.entry("controlNet.1.image", "a lambda"),
              Map.entry("controlNet.1.scale", "0.8"),
              Map.entry("controlNet.1.start", "0.0"),
              Map.entry("guessMode", "true"),
              Map.entry("inpaint.mask", "a lambda"),
              Map.entry("inpaint.source", "a lambda"),
              Map.entry("inpaint.steps", "4"),
              Map.entry("inpaint.strength", "1.0"));
      assertThat(DescribedOptions.checksum(steered)).isNotEqualTo(DescribedOptions.checksum(over));
      assertThat(custom.steps()).isEqualTo(3);
      assertThat(DescribedOptions.of(custom))
          .containsExactly(Map.entry("timesteps", "[900.0, 500.0, 100.0]"));
    }
  }

  @Test
  void isDescribedCompletelyIfTheFunctionsOfJobsAre() {
    JobFunction<RgbImage> grey =
        JobFunction.of(Description.of("grey").with("value", 3), job -> SOURCE);
    JobFunction<LabelMask> left = JobFunction.of(Description.of("left half"), job -> LEFT_HALF);
    ControlNet edges = ControlNet.of(controlled.resolve("controlnet"), grey);
    try (StableDiffusion plain = load(TINY, "DDIMScheduler").build();
        StableDiffusion complete =
            load(controlled, "DDIMScheduler").inpaint(grey, left, 1).controlNet(edges).build();
        StableDiffusion source =
            load(TINY, "DDIMScheduler").imageToImage(job -> SOURCE, 1).build();
        StableDiffusion mask =
            load(TINY, "DDIMScheduler").inpaint(grey, job -> LEFT_HALF, 1).build();
        StableDiffusion control =
            load(controlled, "DDIMScheduler").controlNet(control("controlnet")).build()) {
      assertThat(plain.describe().isComplete()).isTrue();
      assertThat(complete.describe().isComplete()).isTrue();
      assertThat(complete.describe().settings())
          .containsEntry("inpaint.source", "grey")
          .containsEntry("inpaint.source.value", "3")
          .containsEntry("inpaint.mask", "left half")
          .containsEntry("controlNet.1.image.value", "3");
      assertThat(List.of(source, mask, control))
          .allSatisfy(model -> assertThat(model.describe().isComplete()).isFalse());
    }
  }

  @Test
  void samplesWithoutAPrompt() {
    try (StableDiffusion model =
        load(controlled, "DDIMScheduler").controlNet(control("controlnet")).guessMode().build()) {
      Sample sample = model.sample(model.initialNoise(1), "", "");

      assertThat(sample.latents().values()[0]).isNotCloseTo(0, within(0f));
    }
  }

  // ---------------------------------------------------------------------------- wrong input

  static Stream<Named<Mistake>> mistakes() {
    return Stream.of(
        mistake(
            "strength 1.5", b -> b.imageToImage(job -> SOURCE, 1.5), "strength 1.5", "at most 1"),
        mistake("strength 0", b -> b.inpaint(job -> SOURCE, job -> LEFT_HALF, 0), "strength 0.0"),
        mistake("no step left", b -> b.imageToImage(job -> SOURCE, 0.1), "none of 4 steps"),
        mistake(
            "two sources",
            b -> b.imageToImage(job -> SOURCE, 1).inpaint(job -> SOURCE, job -> LEFT_HALF, 1),
            "imageToImage and inpaint"),
        mistake("guess mode alone", b -> b.guessMode(), "guessMode", "controlNet"),
        mistake("steps and timesteps", b -> b.timesteps(900, 100), "steps 4", "timesteps"),
        mistake(
            "Runge-Kutta",
            b -> b.scheduler("PNDMScheduler").imageToImage(job -> SOURCE, 0.5),
            "skip_prk_steps"));
  }

  private record Mistake(UnaryOperator<StableDiffusionBuilder> option, List<String> words) {}

  private static Named<Mistake> mistake(
      String name, UnaryOperator<StableDiffusionBuilder> option, String... words) {
    return Named.of(name, new Mistake(option, List.of(words)));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void refusesOptionsWithoutEffect(Mistake mistake, @TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd", folder);
    change(folder.resolve("scheduler/scheduler_config.json"), "skip_prk_steps", "false");

    assertThatThrownBy(() -> mistake.option.apply(load(folder, "DDIMScheduler")).build())
        .isInstanceOfAny(ConfigurationException.class, ModelException.class)
        .message()
        .contains(mistake.words);
  }

  @Test
  void refusesTimestepsWhereTheSchedulerTakesNone() {
    assertThatThrownBy(() -> load(TINY, "DDIMScheduler", null).timesteps(900, 100).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("DDIMScheduler takes no timesteps of its own")
        .hasMessageContaining("DPMSolverMultistepScheduler");
  }

  @Test
  void refusesJobsWithoutAnImage() {
    assertFails(load(TINY, "DDIMScheduler").imageToImage(job -> nothingAtAll(), 1), "null");
    assertFails(
        load(TINY, "DDIMScheduler").inpaint(job -> SOURCE, job -> nothingAtAll(), 1),
        "the mask of slot 0 is missing");
    assertFails(
        load(controlled, "DDIMScheduler")
            .controlNet(ControlNet.of(controlled.resolve("controlnet"), job -> nothingAtAll())),
        "controlNet: the image of slot 0 is missing");
  }

  @Test
  void refusesImagesOfAnotherSize() {
    RgbImage wide = new RgbImage(40, 32, new byte[3 * 40 * 32]);
    LabelMask high = new LabelMask(32, 40, new byte[32 * 40]);
    assertFails(
        load(TINY, "DDIMScheduler").imageToImage(job -> wide, 1),
        "imageToImage: the image of slot 0 has 40 x 32 pixels",
        "32 x 32",
        ".size(40, 32)");
    assertFails(
        load(TINY, "DDIMScheduler").inpaint(job -> SOURCE, job -> high, 1),
        "inpaint: the mask of slot 0 has 32 x 40 pixels");
    assertFails(
        load(controlled, "DDIMScheduler")
            .controlNet(ControlNet.of(controlled.resolve("controlnet"), job -> wide)),
        "controlNet: the image of slot 0 has 40 x 32 pixels");
  }

  @Test
  void refusesToGenerateWithoutAMaskWhereTheUnetNeedsOne() {
    assertThatThrownBy(() -> load(inpainting, "DDIMScheduler").build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("in_channels"))
        .hasMessageContaining(".inpaint(");
  }

  @ParameterizedTest
  @ValueSource(strings = {"vae_encoder/config.json", "vae_encoder/model.onnx"})
  void namesWhatIsMissingOfTheEncoder(String name, @TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd", folder);
    Files.delete(folder.resolve(name));

    assertThatThrownBy(() -> load(folder, "DDIMScheduler").imageToImage(job -> SOURCE, 1).build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.file()).isEqualTo(folder.resolve(name)));
  }

  @Test
  void namesWhereEncoderAndDecoderDiffer(@TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd", folder);
    change(folder.resolve("vae_encoder/config.json"), "scaling_factor", "0.18215");

    assertThatThrownBy(() -> load(folder, "DDIMScheduler").imageToImage(job -> SOURCE, 1).build())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("scaling_factor"))
        .hasMessageContaining("0.18215")
        .hasMessageContaining("0.7");
  }

  @Test
  void refusesAControlNetWithoutAConfig(@TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd-control/controlnet", folder);
    Files.delete(folder.resolve("config.json"));

    assertThatThrownBy(() -> steeredBy(folder))
        .isInstanceOfSatisfying(
            ModelException.class,
            e -> assertThat(e.file()).isEqualTo(folder.resolve("config.json")));
  }

  @Test
  void refusesAControlNetThatWasMadeForAnotherUnet(@TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd-control/controlnet", folder);
    change(folder.resolve("config.json"), "layers_per_block", "2");

    assertThatThrownBy(() -> steeredBy(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("its 7 residuals fit the UNet, which takes 5");
  }

  @Test
  void refusesAControlNetWithAnotherNumberOfResiduals(@TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd-control/controlnet", folder);
    Files.delete(folder.resolve("model.onnx"));
    Files.copy(TINY.resolve("unet/model.onnx"), folder.resolve("model.onnx"));

    assertThatThrownBy(() -> steeredBy(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("controlnet_cond")
        .hasMessageContaining("encoder_hidden_states");
  }

  @Test
  void refusesAUnetThatTakesNoResiduals() {
    assertThatThrownBy(() -> load(TINY, "DDIMScheduler").controlNet(control("controlnet")).build())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("mid_block_additional_residual")
        .hasMessageContaining("Export the UNet for ControlNets");
  }

  @Test
  void refusesControlNetsOutOfRange() {
    ControlNet control = control("controlnet");
    assertThatThrownBy(() -> control.withScale(-1))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("scale -1.0");
    assertThatThrownBy(() -> control.withSteps(0.5, 0.5))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("from 0.5 to 0.5");
  }

  private static void steeredBy(Path folder) {
    load(controlled, "DDIMScheduler").controlNet(ControlNet.of(folder, job -> SOURCE)).build();
  }

  private static void assertFails(StableDiffusionBuilder builder, String... words) {
    assertThatThrownBy(() -> generate(builder, jobs(1), new Recorder()))
        .isInstanceOf(ConfigurationException.class)
        .message()
        .contains(words);
  }

  /** What a user's function answers that forgot a job. */
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  private static <T> T nothingAtAll() {
    return null;
  }

  private static void change(Path file, String key, String value) throws IOException {
    JsonObject config = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    config.add(key, JsonParser.parseString(value));
    Files.writeString(file, config.toString());
  }

  private static StableDiffusionBuilder load(Path folder, String scheduler) {
    return load(folder, scheduler, 4);
  }

  private static StableDiffusionBuilder load(
      Path folder, String scheduler, @Nullable Integer steps) {
    StableDiffusionBuilder builder =
        StableDiffusion.builder(folder).scheduler(scheduler).threads(1).batch(1);
    return steps == null ? builder : builder.steps(steps);
  }

  private static ControlNet control(String name) {
    return ControlNet.of(controlled.resolve(name), job -> image(job));
  }

  private static RgbImage image(GenerationJob job) {
    return image(job.slot());
  }

  private static RgbImage image(long seed) {
    byte[] rgb = new byte[3 * SIZE * SIZE];
    new SplittableRandom(seed).nextBytes(rgb);
    return new RgbImage(SIZE, SIZE, rgb);
  }

  private static LabelMask leftHalf() {
    byte[] indices = new byte[SIZE * SIZE];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = (byte) (i % SIZE < SIZE / 2 ? 3 : 0);
    }
    return new LabelMask(SIZE, SIZE, indices);
  }

  private static LabelMask nothing() {
    return new LabelMask(SIZE, SIZE, new byte[SIZE * SIZE]);
  }

  private static GenerationJob job(int slot, long seed) {
    return new GenerationJob(slot, 0, seed, new Prompt("a red bird", "blurry"));
  }

  private static List<GenerationJob> jobs(int count) {
    return IntStream.range(0, count).mapToObj(i -> job(i, 1000 + i)).toList();
  }

  private static Recorder generate(
      StableDiffusionBuilder builder, List<GenerationJob> jobs, Recorder recorder) {
    AtomicInteger next = new AtomicInteger();
    try (StableDiffusion model = builder.build()) {
      model.generate(
          () -> {
            int i = next.getAndIncrement();
            return i < jobs.size() ? jobs.get(i) : null;
          },
          recorder);
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
