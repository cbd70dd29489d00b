package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.sampling.JobFunction;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.settings.Description;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Jobs that start from images of their own. */
@Timeout(60)
class JobImagesTest extends ImageGuided {

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

  private static LabelMask nothing() {
    return new LabelMask(SIZE, SIZE, new byte[SIZE * SIZE]);
  }

  private static long difference(RgbImage one, RgbImage other) {
    long difference = 0;
    for (int i = 0; i < one.pixels().length; i++) {
      difference += Math.abs((one.pixels()[i] & 0xff) - (other.pixels()[i] & 0xff));
    }
    return difference;
  }
}
