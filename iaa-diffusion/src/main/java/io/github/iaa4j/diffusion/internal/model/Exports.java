package io.github.iaa4j.diffusion.internal.model;

import io.github.iaa4j.onnx.internal.Remedies;

/** How a folder in the layout that is read is made. */
public final class Exports {

  /** The command, up to the model's name and the folder to write. */
  static final String COMMAND = "optimum-cli export onnx --model ";

  /** For graphs that were exported from PyTorch. */
  public static final Remedies REMEDIES =
      new Remedies(
          "Export the original model to ONNX without optimisations, for the device that it runs on: "
              + COMMAND
              + "MODEL DIR.",
          "If it was exported for one size or batch, ask for that; otherwise export the model again"
              + " with open dimensions, as "
              + COMMAND
              + "MODEL DIR does.",
          "The README of iaa-diffusion says which exports are read.",
          "Export the model again with --dtype fp32.",
          "Export the model again with open dimensions, or choose another size or batch.");

  private Exports() {}
}
