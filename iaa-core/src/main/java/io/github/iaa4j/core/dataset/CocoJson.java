package io.github.iaa4j.core.dataset;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import io.github.iaa4j.core.DatasetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Streams a COCO instances file, which can have hundreds of megabytes: each image, category and
 * annotation is handed over as it is read, in file order.
 */
final class CocoJson {

  /** What the file holds. Field paths are for messages, such as {@code $.images[3].id}. */
  interface Visitor {
    default void image(String field, long id, String fileName, int width, int height) {}

    default void category(String field, long id, String name) {}

    /** The outline is null if outlines are not read, or where the annotation has none. */
    default void annotation(
        String field, long imageId, long categoryId, @Nullable CocoOutline outline) {}
  }

  private final Path file;
  private final JsonReader json;
  private final boolean outlines;

  private CocoJson(Path file, JsonReader json, boolean outlines) {
    this.file = file;
    this.json = json;
    this.outlines = outlines;
  }

  /**
   * Reads the file from start to end.
   *
   * @param outlines whether to read the outlines of the objects, most of the file, or to skip them
   * @throws DatasetException if the file is missing or malformed, or the visitor says so
   */
  static void read(Path file, boolean outlines, Visitor visitor) {
    try (JsonReader json = new JsonReader(Files.newBufferedReader(file))) {
      json.setStrictness(Strictness.STRICT);
      CocoJson reader = new CocoJson(file, json, outlines);
      try {
        reader.document(visitor);
      } catch (MalformedJsonException | IllegalStateException | NumberFormatException e) {
        throw reader.fault(
            json.getPath(),
            "is not what a COCO instances file has here; mend it, or give instances_*.json: "
                + String.valueOf(e.getMessage()).replaceFirst("(?s)\\nSee https.*", ""),
            e);
      }
    } catch (NoSuchFileException e) {
      throw new DatasetException(file, null, "there is no such file; check the path", e);
    } catch (IOException e) {
      throw new DatasetException(
          file, null, "cannot be read to its end (" + e.getMessage() + "); copy it anew", e);
    }
  }

  private void document(Visitor visitor) throws IOException {
    boolean images = false;
    boolean annotations = false;
    boolean categories = false;
    json.beginObject();
    while (json.hasNext()) {
      switch (json.nextName()) {
        case "images" -> {
          images = true;
          each(() -> image(visitor));
        }
        case "annotations" -> {
          annotations = true;
          each(() -> annotation(visitor));
        }
        case "categories" -> {
          categories = true;
          each(() -> category(visitor));
        }
        default -> json.skipValue();
      }
    }
    json.endObject();
    if (!images || !annotations || !categories) {
      throw fault(
          "$",
          "must have the lists images, annotations and categories; give instances_*.json, not the"
              + " file of captions or of a test set",
          null);
    }
  }

  private interface Item {
    void read() throws IOException;
  }

  private void each(Item item) throws IOException {
    json.beginArray();
    while (json.hasNext()) {
      item.read();
    }
    json.endArray();
  }

  private void image(Visitor visitor) throws IOException {
    Long id = null;
    String fileName = null;
    int width = 0;
    int height = 0;
    String field = json.getPath();
    json.beginObject();
    while (json.hasNext()) {
      switch (json.nextName()) {
        case "id" -> id = json.nextLong();
        case "file_name" -> fileName = json.nextString();
        case "width" -> width = json.nextInt();
        case "height" -> height = json.nextInt();
        default -> json.skipValue();
      }
    }
    json.endObject();
    if (id == null || fileName == null || width < 1 || height < 1) {
      throw fault(field, "an image needs id, file_name, width and height; add what is missing");
    }
    if ((long) width * height > ImageFile.MAX_PIXELS) {
      throw fault(
          field, "claims " + width + " x " + height + " pixels; 64 million are read at most");
    }
    visitor.image(field, id, fileName, width, height);
  }

  private void category(Visitor visitor) throws IOException {
    Long id = null;
    String name = null;
    String field = json.getPath();
    json.beginObject();
    while (json.hasNext()) {
      switch (json.nextName()) {
        case "id" -> id = json.nextLong();
        case "name" -> name = json.nextString();
        default -> json.skipValue();
      }
    }
    json.endObject();
    if (id == null || name == null || !ListFile.fitsALine(name)) {
      throw fault(field, "a category needs id and name, plain text without space around; mend it");
    }
    visitor.category(field, id, name);
  }

  private void annotation(Visitor visitor) throws IOException {
    Long imageId = null;
    Long categoryId = null;
    double area = Double.NaN;
    CocoOutline outline = null;
    String field = json.getPath();
    json.beginObject();
    while (json.hasNext()) {
      String name = json.nextName();
      if (name.equals("image_id")) {
        imageId = json.nextLong();
      } else if (name.equals("category_id")) {
        categoryId = json.nextLong();
      } else if (outlines && name.equals("area")) {
        area = json.nextDouble();
      } else if (outlines && name.equals("segmentation")) {
        outline = segmentation();
      } else {
        json.skipValue();
      }
    }
    json.endObject();
    if (imageId == null || categoryId == null) {
      throw fault(field, "an annotation needs image_id and category_id; add what is missing");
    }
    visitor.annotation(field, imageId, categoryId, outline == null ? null : outline.withArea(area));
  }

  private @Nullable CocoOutline segmentation() throws IOException {
    String field = json.getPath();
    if (json.peek() == JsonToken.NULL) {
      json.nextNull();
      return null;
    }
    if (json.peek() == JsonToken.BEGIN_OBJECT) {
      return runs(field);
    }
    List<int[]> polygons = new ArrayList<>();
    each(
        () -> {
          int[] points = new int[32];
          int count = 0;
          json.beginArray();
          while (json.hasNext()) {
            if (count == points.length) {
              points = Arrays.copyOf(points, 2 * count);
            }
            points[count++] = CocoOutline.upsampled(json.nextDouble());
          }
          json.endArray();
          if (count % 2 != 0) {
            throw fault(
                field,
                "a polygon has x and y in turn, but this one has " + count + " numbers; mend it");
          }
          polygons.add(Arrays.copyOf(points, count));
        });
    return CocoOutline.ofPolygons(field, polygons);
  }

  private CocoOutline runs(String field) throws IOException {
    int[] size = new int[0];
    int[] runs = null;
    json.beginObject();
    while (json.hasNext()) {
      switch (json.nextName()) {
        case "size" -> size = ints();
        case "counts" -> {
          if (json.peek() == JsonToken.STRING) {
            runs = CocoOutline.decompress(json.nextString());
            if (runs == null) {
              throw fault(
                  field, "counts is no run-length string as pycocotools writes it; mend it");
            }
          } else {
            runs = ints();
          }
        }
        default -> json.skipValue();
      }
    }
    json.endObject();
    if (size.length != 2 || runs == null) {
      throw fault(field, "a run-length mask needs size, [height, width], and counts; mend it");
    }
    return CocoOutline.ofRuns(field, size[0], size[1], runs);
  }

  private int[] ints() throws IOException {
    int[] values = new int[16];
    int count = 0;
    json.beginArray();
    while (json.hasNext()) {
      if (count == values.length) {
        values = Arrays.copyOf(values, 2 * values.length);
      }
      values[count++] = json.nextInt();
    }
    json.endArray();
    return Arrays.copyOf(values, count);
  }

  private DatasetException fault(String field, String problem) {
    return fault(field, problem, null);
  }

  private DatasetException fault(String field, String problem, @Nullable Throwable cause) {
    return new DatasetException(file, field, problem, cause);
  }
}
