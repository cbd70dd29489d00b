package io.github.iaa4j.wsss.internal.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import io.github.iaa4j.core.error.ModelException;
import java.util.List;
import java.util.stream.LongStream;

/** The position table of a vision transformer. */
public final class PositionTable {

  private PositionTable() {}

  /**
   * A model whose table is interpolated to another grid: bicubic, with a filter that widens when it
   * shrinks, as {@code timm.layers.resample_abs_pos_embed}. The rows of prefix tokens stay.
   *
   * @param table name of an initializer {@code [1, prefix + side * side, C]}, or without its first
   *     dimension
   * @param prefix how many of its rows come before those of the patches
   * @param height of the new grid, in patches
   * @param width of the new grid, in patches
   * @throws ModelException if there is no such table, or its patches are no square
   */
  public static OnnxModel resized(
      OnnxModel model, String table, int prefix, int height, int width) {
    TensorProto tensor = model.initializers().get(table);
    if (tensor == null) {
      throw new ModelException(
          model.file(),
          table,
          "the graph has no such initializer, which the metadata names as its position table. "
              + OnnxModel.REMEDIES.otherNames(),
          null);
    }
    long[] shape = HostTensor.shape(tensor);
    int rows = (int) shape[shape.length - 2];
    int channels = (int) shape[shape.length - 1];
    int side = (int) Math.round(Math.sqrt(rows - prefix));
    if (side * side != rows - prefix) {
      throw new ModelException(
          model.file(),
          table,
          "the position table has "
              + rows
              + " rows, "
              + prefix
              + " of them for other tokens, and the rest is not a square of patches. "
              + OnnxModel.REMEDIES.otherNames(),
          null);
    }
    if (side == height && side == width) {
      return model;
    }
    float[] values = resized(model.values(table), prefix, side, height, width, channels);
    long[] newShape = shape.clone();
    newShape[shape.length - 2] = prefix + (long) height * width;
    return model.edited(
        graph -> {
          for (int i = 0; i < graph.getInitializerCount(); i++) {
            String name = graph.getInitializer(i).getName();
            if (name.equals(table)) {
              graph.setInitializer(i, Protos.tensor(table, values, newShape));
            }
          }
          long[] indices = LongStream.range(0, newShape[shape.length - 2]).toArray();
          for (int i = 0; i < graph.getNodeCount(); i++) {
            boolean isLookUp =
                graph.getNode(i).getOpType().equals("Gather")
                    && graph.getNode(i).getInput(0).equals(table);
            if (isLookUp) {
              // The rows are taken in their order, one by one; now there are others.
              String name = table + ".rows";
              graph.addInitializer(
                  Protos.integerTensor(name, indices).toBuilder()
                      .clearDims()
                      .addAllDims(List.of(1L, (long) indices.length)));
              graph.setNode(i, graph.getNode(i).toBuilder().setInput(1, name));
            }
          }
        });
  }

  private static float[] resized(
      float[] values, int prefix, int side, int height, int width, int channels) {
    ResizeWeights bicubic = ResizeWeights.bicubic();
    float[][] down = bicubic.matrix(side, height, (double) height / side);
    float[][] across = bicubic.matrix(side, width, (double) width / side);
    float[] result = new float[(prefix + height * width) * channels];
    System.arraycopy(values, 0, result, 0, prefix * channels);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int to = (prefix + y * width + x) * channels;
        for (int i = 0; i < side; i++) {
          for (int j = 0; j < side; j++) {
            float weight = down[y][i] * across[x][j];
            int from = (prefix + i * side + j) * channels;
            for (int c = 0; weight != 0 && c < channels; c++) {
              result[to + c] += weight * values[from + c];
            }
          }
        }
      }
    }
    return result;
  }
}
