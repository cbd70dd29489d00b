package io.github.iaa4j.onnx.internal;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows of float32 for a graph. One that takes a fixed number of rows is run as often as they need;
 * the last run has idle rows, which cost as much as others and change nothing. For one thread.
 */
public final class RowTensor implements AutoCloseable {

  private final List<FloatTensor> runs = new ArrayList<>();
  private final int rowsInRun;
  private final int rowSize;

  /**
   * @param graph the tensor's
   * @param rows at least 1
   * @param fixedRows how many a run takes, or 0 where it takes all of them
   * @param row the shape of one, every dimension at least 1
   * @param type FLOAT or FLOAT16
   */
  public RowTensor(Graph graph, int rows, int fixedRows, long[] row, OnnxJavaType type) {
    rowsInRun = fixedRows == 0 ? rows : fixedRows;
    rowSize = Graph.elements(row);
    try {
      for (int run = 0; run < runs(rows, fixedRows); run++) {
        runs.add(new FloatTensor(graph, withRows(rowsInRun, row), type));
      }
    } catch (RuntimeException | Error e) {
      Resources.closeAfter(e, runs);
      throw e;
    }
  }

  /** The shape of a batch: the number of its rows, then the shape of one. */
  public static long[] withRows(int rows, long[] row) {
    long[] shape = new long[row.length + 1];
    shape[0] = rows;
    System.arraycopy(row, 0, shape, 1, row.length);
    return shape;
  }

  /** How many runs a number of rows needs. */
  public static int runs(int rows, int fixedRows) {
    return fixedRows == 0 ? 1 : (rows + fixedRows - 1) / fixedRows;
  }

  /** Numbers in a row. */
  public int rowSize() {
    return rowSize;
  }

  /** The tensor of a run; closed with this. */
  public OnnxTensor tensor(int run) {
    return runs.get(run).tensor();
  }

  /** Writes values into a row, from a place on. */
  public void put(int row, int start, float[] values) {
    runs.get(row / rowsInRun).put(row % rowsInRun * rowSize + start, values);
  }

  /** Copies a row from its beginning, as many values as the array holds. */
  public void get(int row, float[] into) {
    runs.get(row / rowsInRun).get(row % rowsInRun * rowSize, into);
  }

  @Override
  public void close() {
    runs.forEach(FloatTensor::close);
  }
}
