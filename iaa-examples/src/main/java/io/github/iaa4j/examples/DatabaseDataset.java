package io.github.iaa4j.examples;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.sql.DataSource;

/** A custom data set: images and labels in a database, read as they are needed. */
public final class DatabaseDataset {

  private DatabaseDataset() {}

  /** Reads the table {@code image(id, labels, png)}, labels in one column, commas between them. */
  static LabeledDataset open(DataSource database, List<String> classNames) throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (Connection connection = database.getConnection();
        PreparedStatement query =
            connection.prepareStatement("SELECT id, labels FROM image ORDER BY id");
        ResultSet found = query.executeQuery()) {
      while (found.next()) {
        rows.add(new Row(database, found.getString(1), List.of(found.getString(2).split(","))));
      }
    }
    return LabeledDataset.of(classNames, rows);
  }

  /** Holds no pixels, so any number of rows fits; several threads may read at once. */
  private record Row(DataSource database, String id, List<String> labels) implements LabeledImage {
    @Override
    public boolean generated() {
      return false;
    }

    @Override
    public RgbImage image() {
      try (Connection connection = database.getConnection();
          PreparedStatement query =
              connection.prepareStatement("SELECT png FROM image WHERE id = ?")) {
        query.setString(1, id);
        try (ResultSet found = query.executeQuery()) {
          found.next();
          return RgbImage.of(ImageIO.read(new ByteArrayInputStream(found.getBytes(1))));
        }
      } catch (SQLException e) {
        throw new IllegalStateException("image " + id + " cannot be read from the database", e);
      } catch (IOException e) {
        throw new UncheckedIOException("image " + id + " is not a PNG file", e);
      }
    }

    @Override
    public Optional<LabelMask> mask() {
      return Optional.empty();
    }
  }
}
