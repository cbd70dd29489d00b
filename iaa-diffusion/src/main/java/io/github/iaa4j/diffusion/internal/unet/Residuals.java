package io.github.iaa4j.diffusion.internal.unet;

import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What ControlNets add within a UNet: a tensor for its first convolution and for each layer of its
 * way down, and one for its middle. Exports name them by their numbers, in several ways.
 */
final class Residuals {

  private static final Pattern DOWN =
      Pattern.compile("down_block_(?:additional_residuals?_)?(\\d+)(?:_additional_residual)?");
  private static final String MIDDLE = "mid_block_additional_residual";

  private Residuals() {}

  /** The names among these that are those of residuals, in their order: the middle comes last. */
  static List<String> among(Collection<String> names) {
    TreeMap<Integer, String> down = new TreeMap<>();
    for (String name : names) {
      Matcher matcher = DOWN.matcher(name);
      if (matcher.matches()) {
        down.put(Integer.valueOf(matcher.group(1)), name);
      }
    }
    List<String> residuals = new ArrayList<>(down.values());
    if (names.contains(MIDDLE)) {
      residuals.add(MIDDLE);
    }
    return residuals;
  }

  /**
   * The shape of each for one row, {@code [C, h, w]}, of a UNet or ControlNet.
   *
   * @param config of the UNet or ControlNet
   * @param high of the latents
   * @param wide of the latents
   * @throws ModelException if the config does not say
   */
  static List<long[]> shapes(JsonConfig config, long high, long wide) {
    List<Integer> channels = config.integers("block_out_channels");
    int layers = config.integer("layers_per_block", 2);
    List<long[]> shapes = new ArrayList<>();
    long[] shape = {channels.get(0), high, wide};
    shapes.add(shape);
    for (int block = 0; block < channels.size(); block++) {
      shape = new long[] {channels.get(block), shape[1], shape[2]};
      for (int layer = 0; layer < layers; layer++) {
        shapes.add(shape);
      }
      if (block < channels.size() - 1) {
        shape = new long[] {shape[0], shape[1] / 2, shape[2] / 2};
        shapes.add(shape);
      }
    }
    shapes.add(shape);
    return shapes;
  }
}
