package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images, masks and ControlNets that a model cannot use. */
class JobImagesRefusalTest extends ImageGuided {

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
}
