package io.github.iaa4j.cli;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.sampling.ModelNote;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.diffusion.StableDiffusionBuilder;
import io.github.iaa4j.onnx.Device;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How images are generated, for every command that does so. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class SamplerOptions {

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "20",
      description = "Denoising steps. Default: ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--guidance",
      paramLabel = "G",
      description =
          "Classifier-free guidance: how strictly the prompt is followed; 1 turns it off. Default:"
              + " 7.5, or 5 for the built-in checkpoint.")
  private @Nullable Double guidance;

  @Option(
      names = "--guidance-rescale",
      paramLabel = "R",
      defaultValue = "0",
      description =
          "Brings guided images back to the contrast of unguided ones, 0 to 1. Default:"
              + " ${DEFAULT-VALUE}.")
  private double guidanceRescale;

  @Option(
      names = "--guidance-interval",
      paramLabel = "A:B",
      defaultValue = "0:1",
      description =
          "Guide only the steps from fraction A to fraction B of all steps; the others cost half"
              + " as much. Default: ${DEFAULT-VALUE}.")
  private String guidanceInterval;

  @Option(
      names = "--scheduler",
      paramLabel = "NAME",
      description =
          "ddim, ddpm, pndm, lms, euler, euler-a, heun, dpm++, dpm++-single, unipc, deis, lcm, tcd,"
              + " flow-euler, edm-euler or edm-dpm++. One that does not fit how the model was"
              + " trained is refused. Default: the one that the model's folder names.")
  private @Nullable String scheduler;

  @Option(
      names = "--clip-skip",
      paramLabel = "N",
      description =
          "Leave out the last N layers of the text encoder for prompts, as some models require."
              + " Default: none.")
  private @Nullable Integer clipSkip;

  @Option(
      names = "--prompt-weights",
      description =
          "Read brackets in prompts as weights: (word), (word:1.3), [word]. Without this, they are"
              + " text.")
  private boolean promptWeights;

  @Option(
      names = "--long-prompts",
      description =
          "Read prompts of any length. Without this, what the model cannot read is cut off.")
  private boolean longPrompts;

  @Option(
      names = "--tiled",
      description =
          "Decode images larger than the model's own in tiles, to save memory. Changes pixels a"
              + " little.")
  private boolean tiled;

  @Mixin private DeviceOption device;

  @Option(
      names = "--graph-cache",
      paramLabel = "DIR",
      description =
          "Keep the networks here as ONNX Runtime has optimised them, so that the next start is"
              + " faster. Does not change any image.")
  private @Nullable Path graphCache;

  /** The model's builder, with these options. */
  StableDiffusionBuilder builder(Path model, double usualGuidance) {
    StableDiffusionBuilder builder =
        StableDiffusion.builder(model)
            .steps(steps)
            .guidance(guidance == null ? usualGuidance : guidance)
            .guidanceRescale(guidanceRescale)
            .guidanceInterval(interval(0), interval(1))
            .device(device.get());
    if (clipSkip != null) {
      builder.clipSkip(clipSkip);
    }
    if (promptWeights) {
      builder.promptWeights();
    }
    if (longPrompts) {
      builder.longPrompts();
    }
    if (tiled) {
      builder.tiledDecoding();
    }
    if (graphCache != null) {
      builder.graphCache(graphCache);
    }
    return scheduler == null ? builder : builder.scheduler(className(scheduler));
  }

  /** Where the networks compute. */
  Device device() {
    return device.get();
  }

  private double interval(int end) {
    String[] ends = guidanceInterval.split(":", -1);
    try {
      if (ends.length == 2) {
        return Double.parseDouble(ends[end]);
      }
    } catch (NumberFormatException e) {
      // Falls through to the message that names both ends.
    }
    throw new ConfigurationException(
        "--guidance-interval " + guidanceInterval + ": expected two fractions, such as 0.2:0.8");
  }

  /**
   * The class names of diffusers are understood too; an unknown name is passed on, to be refused by
   * name.
   */
  private static String className(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "ddim" -> "DDIMScheduler";
      case "ddpm" -> "DDPMScheduler";
      case "pndm" -> "PNDMScheduler";
      case "lms" -> "LMSDiscreteScheduler";
      case "euler" -> "EulerDiscreteScheduler";
      case "euler-a" -> "EulerAncestralDiscreteScheduler";
      case "heun" -> "HeunDiscreteScheduler";
      case "dpm++", "dpm" -> "DPMSolverMultistepScheduler";
      case "dpm++-single" -> "DPMSolverSinglestepScheduler";
      case "unipc" -> "UniPCMultistepScheduler";
      case "deis" -> "DEISMultistepScheduler";
      case "lcm" -> "LCMScheduler";
      case "tcd" -> "TCDScheduler";
      case "flow-euler" -> "FlowMatchEulerDiscreteScheduler";
      case "edm-euler" -> "EDMEulerScheduler";
      case "edm-dpm++" -> "EDMDPMSolverMultistepScheduler";
      default -> name;
    };
  }

  /** What was taken for granted of a model, a line each. */
  static void print(List<ModelNote> notes, Console console) {
    notes.forEach(note -> console.print("Note: %s.", note));
  }
}
