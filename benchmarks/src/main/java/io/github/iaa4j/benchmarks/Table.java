package io.github.iaa4j.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Rows of text, printed in columns as Markdown has them. */
final class Table {

  private final List<List<String>> rows = new ArrayList<>();

  Table(String... head) {
    rows.add(List.of(head));
  }

  /** Adds a row; numbers are given three significant digits. */
  void row(Object... cells) {
    rows.add(Arrays.stream(cells).map(Table::text).toList());
  }

  private static String text(Object cell) {
    if (cell instanceof Double number) {
      double size = Math.abs(number);
      int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4;
      return String.format(Locale.ROOT, "%." + decimals + "f", number);
    }
    return cell.toString();
  }

  /** A ratio for people. */
  static String times(double ratio) {
    return text(ratio) + "x";
  }

  void print() {
    int columns = rows.get(0).size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int c = 0; c < columns; c++) {
        widths[c] = Math.max(widths[c], row.get(c).length());
      }
    }
    for (int r = 0; r < rows.size(); r++) {
      StringBuilder line = new StringBuilder("|");
      StringBuilder rule = new StringBuilder("|");
      for (int c = 0; c < columns; c++) {
        String cell = rows.get(r).get(c);
        line.append(' ').append(cell).append(" ".repeat(widths[c] - cell.length())).append(" |");
        rule.append(' ').append("-".repeat(widths[c])).append(" |");
      }
      System.out.println(line);
      if (r == 0) {
        System.out.println(rule);
      }
    }
    System.out.flush();
  }

  /** The middle value; of an even number of values, the mean of the middle two. */
  static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
