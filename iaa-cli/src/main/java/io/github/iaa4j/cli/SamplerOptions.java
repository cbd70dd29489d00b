package io.github.iaa4j.cli;

import io.github.iaa4j.diffusion.StableDiffusion;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How images are painted, for every command that does. */
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
      names = "--scheduler",
      paramLabel = "NAME",
      description =
          "ddim, ddpm, pndm, lms, euler, euler-a, heun, dpm++, dpm++-single, unipc, deis, lcm, tcd or"
              + " flow-euler. Default: the one that the model's folder names.")
  private @Nullable String scheduler;

  /** The model's builder, with these options. */
  StableDiffusion.Builder builder(Path model, double usualGuidance) {
    StableDiffusion.Builder builder =
        StableDiffusion.load(model)
            .steps(steps)
            .guidance(guidance == null ? usualGuidance : guidance);
    return scheduler == null ? builder : builder.scheduler(className(scheduler));
  }

  /** The class names of diffusers are understood too, and what is unknown goes on to be named. */
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
      default -> name;
    };
  }
}
