package io.github.iaa4j.cli;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.diffusion.ControlNet;
import io.github.iaa4j.diffusion.Npy;
import io.github.iaa4j.diffusion.Sample;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.diffusion.StableDiffusionBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "sample",
    description = {
      "Generates one image, to inspect a model or to compare it with another implementation.",
      "",
      "NPY files are float32, NCHW. Initial latents have mean 0 and standard deviation 1, like the"
          + " latents argument of diffusers; height and width of the image follow from their shape."
          + " The image is RGB in [0, 1]."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  iaa sample --prompt \"a photo of a red car in the snow\" --seed 3 --out samples",
      "  iaa sample --prompt \"a cat at night\" --image cat.png --strength 0.6 --out samples",
      "  iaa sample --model stable-diffusion-v1-5-onnx --prompt \"a cat\" --latents noise.npy \\",
      "      --latents-out latents.npy --images-out image.npy --out samples"
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class SampleCommand implements Runnable {

  private static final double USUAL_STRENGTH = 0.8;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description =
          "A Stable Diffusion folder in the Hugging Face ONNX layout. Default: the built-in"
              + " checkpoint of Toy World.")
  private @Nullable Path model;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      required = true,
      description = "What to generate.")
  private String prompt;

  @Option(
      names = "--negative-prompt",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "What the image should not show.")
  private String negative;

  @Mixin private SamplerOptions sampler;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "0",
      description = "The seed of the noise. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--latents",
      paramLabel = "FILE",
      description = "Initial latents, an NPY file, instead of noise from the seed.")
  private @Nullable Path latents;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description =
          "Start from this image, a PNG or JPEG, and keep its layout. The result has its size.")
  private @Nullable Path image;

  @Option(
      names = "--strength",
      paramLabel = "S",
      description =
          "With --image: S, above 0 and at most 1, is the strength: the fraction of the steps that"
              + " are run. Default: 0.8, or 1 with --mask.")
  private @Nullable Double strength;

  @Option(
      names = "--mask",
      paramLabel = "FILE",
      description =
          "Regenerate --image where this mask, a grey or palette PNG of its size, is not 0, and"
              + " keep the rest.")
  private @Nullable Path mask;

  @ArgGroup(exclusive = false, multiplicity = "0..*")
  private List<Control> controls = new ArrayList<>();

  /** One ControlNet. */
  static final class Control {

    @Option(
        names = "--controlnet",
        paramLabel = "DIR",
        required = true,
        description =
            "A ControlNet, a folder with config.json and model.onnx. Needs --control-image;"
                + " may be repeated.")
    private Path folder;

    @Option(
        names = "--control-image",
        paramLabel = "FILE",
        required = true,
        description = "What the ControlNet sees, such as edges.")
    private Path image;

    @Option(
        names = "--control-scale",
        paramLabel = "X",
        description = "How strongly it steers. Default: 1.")
    private @Nullable Double scale;
  }

  @Option(
      names = "--latents-out",
      paramLabel = "FILE",
      description = "Write the final latents here, as NPY.")
  private @Nullable Path latentsOut;

  @Option(
      names = "--images-out",
      paramLabel = "FILE",
      description = "Write the image here, as NPY.")
  private @Nullable Path imagesOut;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "The folder of the PNG, created if it does not exist.")
  private Path out;

  @Mixin private Console console;

  @Override
  public void run() {
    Checkpoint checkpoint = Checkpoint.of(model);
    Npy given = latents == null ? null : Npy.read(latents);
    long begun = System.nanoTime();
    try (StableDiffusion diffusion = open(checkpoint, given)) {
      SamplerOptions.print(diffusion.notes(), console);
      Sample sample =
          diffusion.sample(given == null ? diffusion.initialNoise(seed) : given, prompt, negative);
      double seconds = (System.nanoTime() - begun) / 1e9;
      Path png = out.resolve(given == null ? "seed-" + seed + ".png" : "latents.png");
      writePng(png, sample.image());
      writeNpy(latentsOut, sample.latents());
      writeNpy(imagesOut, sample.image());
      int[] shape = sample.image().shape();
      console.print("%s: %d x %d pixels, %.1f seconds.", png, shape[3], shape[2], seconds);
      if (diffusion.promptTokens(prompt) > diffusion.maxPromptTokens()) {
        console.print(
            "The prompt has %d tokens and the model reads %d: the end was cut off.",
            diffusion.promptTokens(prompt), diffusion.maxPromptTokens());
      }
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("command", "sample");
      result.put("file", png.toString());
      result.put("width", shape[3]);
      result.put("height", shape[2]);
      result.put("seconds", seconds);
      result.put("notes", diffusion.notes());
      console.result(result);
    }
  }

  private StableDiffusion open(Checkpoint checkpoint, @Nullable Npy given) {
    StableDiffusionBuilder builder =
        sampler.builder(checkpoint.folder(), checkpoint.usualGuidance()).batch(1);
    startFromImages(builder);
    StableDiffusion diffusion = builder.build();
    int[] own = diffusion.latentShape();
    if (given == null || Arrays.equals(given.shape(), own)) {
      return diffusion;
    }
    int scale = diffusion.width() / own[3];
    diffusion.close();
    int[] wanted = given.shape();
    if (wanted.length != 4 || wanted[0] != 1 || wanted[1] != own[1]) {
      throw new ConfigurationException(
          "--latents "
              + latents
              + ": expected the shape [1, "
              + own[1]
              + ", height, width], found "
              + Arrays.toString(wanted));
    }
    return builder.size(wanted[3] * scale, wanted[2] * scale).build();
  }

  private void startFromImages(StableDiffusionBuilder builder) {
    for (Control control : controls) {
      RgbImage seen = RgbImage.read(control.image);
      builder.size(seen.width(), seen.height());
      builder.controlNet(
          ControlNet.of(control.folder, job -> seen)
              .withScale(control.scale == null ? 1 : control.scale));
    }
    if (image == null) {
      if (strength != null || mask != null) {
        throw new ConfigurationException(
            (mask == null ? "--strength" : "--mask") + " needs --image, which it is about");
      }
      return;
    }
    RgbImage source = RgbImage.read(image);
    builder.size(source.width(), source.height());
    if (mask == null) {
      builder.imageToImage(job -> source, strength == null ? USUAL_STRENGTH : strength);
    } else {
      LabelMask region = LabelMask.read(mask, LabelMask.MAX_CLASSES);
      builder.inpaint(job -> source, job -> region, strength == null ? 1 : strength);
    }
  }

  private static void writeNpy(@Nullable Path file, Npy array) {
    if (file != null) {
      array.write(file);
    }
  }

  private static void writePng(Path file, Npy image) {
    int height = image.shape()[2];
    int width = image.shape()[3];
    byte[] pixels = new byte[width * height * 3];
    for (int channel = 0; channel < 3; channel++) {
      for (int i = 0; i < width * height; i++) {
        pixels[3 * i + channel] =
            (byte) Math.round(image.values()[channel * width * height + i] * 255);
      }
    }
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      ImageIO.write(new RgbImage(width, height, pixels).toBufferedImage(), "png", file.toFile());
    } catch (IOException e) {
      throw new StorageException(
          file, "the image cannot be written (" + e + "). Check the path and free space.", e);
    }
  }
}
