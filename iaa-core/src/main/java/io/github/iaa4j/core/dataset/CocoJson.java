package io.github.iaa4j.core.dataset;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import io.github.iaa4j.core.DatasetException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
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

    /** What labels need of an object; handed over where outlines are not read. */
    default void object(String field, long imageId, long categoryId, ObjectShape shape) {}

    /** The outline is null where the annotation has none. Handed over where outlines are read. */
    default void annotation(
        String field, long imageId, long categoryId, @Nullable CocoOutline outline) {}
  }

  /**
   * How an object is outlined.
   *
   * @param encloses whether its outline encloses anything
   * @param box whether the outline is a rectangle along the axes
   * @param crowd whether it stands for many objects
   */
  record ObjectShape(boolean encloses, boolean box, boolean crowd) {}

  /** A segmentation of four numbers, outside a polygon or in one, is a box. */
  private static final int BOX_NUMBERS = 4;

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
      } catch (EOFException e) {
        throw reader.fault(
            json.getPath(), "cannot be read to its end: it is cut off here; copy it anew", e);
      } catch (MalformedJsonException e) {
        throw reader.fault(
            json.getPath(),
            "is not what a COCO instances file has here, nor any JSON, such as NaN, a comment, a"
                + " comma too many or a web page; fix it, or give instances_*.json",
            e);
      }
    } catch (NoSuchFileException e) {
      throw new DatasetException(file, null, "there is no such file; check the path", e);
    } catch (CharacterCodingException e) {
      throw ListFile.notUtf8(file, e);
    } catch (IOException e) {
      throw ListFile.unreadable(file, e);
    }
  }

  private void document(Visitor visitor) throws IOException {
    boolean images = false;
    boolean annotations = false;
    boolean categories = false;
    begin(JsonToken.BEGIN_OBJECT, "an object with the lists images, annotations and categories");
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
    begin(JsonToken.BEGIN_ARRAY, "a list");
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
    begin(JsonToken.BEGIN_OBJECT, "an object");
    while (json.hasNext()) {
      switch (json.nextName()) {
        case "id" -> id = wholeNumber();
        case "file_name" -> fileName = string();
        case "width" -> width = size();
        case "height" -> height = size();
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
    begin(JsonToken.BEGIN_OBJECT, "an object");
    while (json.hasNext()) {
      switch (json.nextName()) {
        case "id" -> id = wholeNumber();
        case "name" -> name = string();
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
    boolean crowd = false;
    ShapeReader shape = new ShapeReader();
    String field = json.getPath();
    begin(JsonToken.BEGIN_OBJECT, "an object");
    while (json.hasNext()) {
      String name = json.nextName();
      if (name.equals("image_id")) {
        imageId = wholeNumber();
      } else if (name.equals("category_id")) {
        categoryId = wholeNumber();
      } else if (outlines && name.equals("area")) {
        area = json.peek() == JsonToken.NULL ? skipped() : number();
      } else if (name.equals("segmentation")) {
        if (outlines) {
          outline = segmentation();
        } else {
          shape.segmentation();
        }
      } else if (name.equals("iscrowd")) {
        crowd = isYes();
      } else {
        json.skipValue();
      }
    }
    json.endObject();
    if (imageId == null || categoryId == null) {
      throw fault(field, "an annotation needs image_id and category_id; add what is missing");
    }
    if (outlines) {
      CocoOutline complete = outline == null ? null : outline.withArea(area);
      visitor.annotation(field, imageId, categoryId, complete);
    } else {
      visitor.object(
          field, imageId, categoryId, new ObjectShape(shape.encloses, shape.isBox(), crowd));
    }
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
    int[] loose = {0};
    each(
        () -> {
          if (json.peek() == JsonToken.NUMBER) {
            json.skipValue();
            loose[0]++;
            return;
          }
          int[] points = new int[32];
          int count = 0;
          begin(JsonToken.BEGIN_ARRAY, "a list of numbers, x and y in turn");
          while (json.hasNext()) {
            if (count == points.length) {
              points = Arrays.copyOf(points, 2 * count);
            }
            points[count++] = CocoOutline.upsampled(number());
          }
          json.endArray();
          if (count % 2 != 0) {
            throw fault(
                field,
                "a polygon has x and y in turn, but this one has " + count + " numbers; mend it");
          }
          polygons.add(Arrays.copyOf(points, count));
        });
    // Four numbers are a box, as pycocotools has it, and so no outline.
    if (loose[0] != 0 && (loose[0] != BOX_NUMBERS || !polygons.isEmpty())) {
      throw fault(
          field,
          "must be a list of polygons, each a list of numbers, such as [[10, 10, 40, 10, 40, 30]];"
              + " put the numbers into one more pair of brackets");
    }
    return CocoOutline.ofPolygons(field, polygons);
  }

  private CocoOutline runs(String field) throws IOException {
    int[] size = new int[0];
    int[] runs = null;
    begin(JsonToken.BEGIN_OBJECT, "an object");
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
    begin(JsonToken.BEGIN_ARRAY, "a list of whole numbers");
    while (json.hasNext()) {
      if (count == values.length) {
        values = Arrays.copyOf(values, 2 * values.length);
      }
      values[count++] = Math.toIntExact(wholeNumber());
    }
    json.endArray();
    return Arrays.copyOf(values, count);
  }

  /**
   * Looks at an outline without keeping it. What is malformed counts as an outline here: it is told
   * when the mask is asked for, and labels can do without.
   */
  private final class ShapeReader {

    private boolean encloses;
    private int polygons;
    private int numbers;
    private final double[] first = new double[10];

    void segmentation() throws IOException {
      switch (json.peek()) {
        case NULL -> json.nextNull();
        case BEGIN_OBJECT -> runs();
        case BEGIN_ARRAY -> {
          int loose = 0;
          json.beginArray();
          while (json.hasNext()) {
            if (json.peek() == JsonToken.BEGIN_ARRAY) {
              polygon();
            } else {
              json.skipValue();
              loose++;
            }
          }
          json.endArray();
          encloses |= loose != 0 && loose != BOX_NUMBERS;
        }
        default -> {
          json.skipValue();
          encloses = true;
        }
      }
    }

    private void polygon() throws IOException {
      polygons++;
      numbers = 0;
      json.beginArray();
      while (json.hasNext()) {
        if (json.peek() == JsonToken.NUMBER && numbers < first.length) {
          first[numbers] = json.nextDouble();
        } else {
          json.skipValue();
        }
        numbers++;
      }
      json.endArray();
      encloses |= numbers >= CocoOutline.LEAST_NUMBERS;
    }

    private void runs() throws IOException {
      json.beginObject();
      while (json.hasNext()) {
        if (!json.nextName().equals("counts")) {
          json.skipValue();
        } else if (json.peek() == JsonToken.STRING) {
          int[] runs = CocoOutline.decompress(json.nextString());
          encloses |= runs == null || CocoOutline.encloses(runs);
        } else if (json.peek() == JsonToken.BEGIN_ARRAY) {
          json.beginArray();
          for (int i = 0; json.hasNext(); i++) {
            boolean isRun = i % 2 == 1 && json.peek() == JsonToken.NUMBER;
            if (isRun) {
              encloses |= json.nextDouble() != 0;
            } else {
              json.skipValue();
            }
          }
          json.endArray();
        } else {
          json.skipValue();
          encloses = true;
        }
      }
      json.endObject();
    }

    /** Four corners along the axes, the first perhaps once more at the end. */
    boolean isBox() {
      if (polygons != 1 || (numbers != 8 && numbers != 10)) {
        return false;
      }
      if (numbers == 10 && (first[8] != first[0] || first[9] != first[1])) {
        return false;
      }
      for (int i = 0; i < 4; i++) {
        int next = (i + 1) % 4;
        boolean sameX = first[2 * i] == first[2 * next];
        boolean sameY = first[2 * i + 1] == first[2 * next + 1];
        if (sameX == sameY) {
          return false;
        }
      }
      return true;
    }
  }

  /** Starts a list or an object, or says what is there in its place. */
  private void begin(JsonToken wanted, String what) throws IOException {
    if (json.peek() != wanted) {
      throw expected(what);
    }
    if (wanted == JsonToken.BEGIN_ARRAY) {
      json.beginArray();
    } else {
      json.beginObject();
    }
  }

  private long wholeNumber() throws IOException {
    JsonToken token = json.peek();
    if (token == JsonToken.NUMBER || token == JsonToken.STRING) {
      try {
        return json.nextLong();
      } catch (NumberFormatException e) {
        throw fault(json.getPath(), "must be a whole number; fix it", e);
      }
    }
    throw expected("a whole number");
  }

  private int size() throws IOException {
    long size = wholeNumber();
    if (size < Integer.MIN_VALUE || size > Integer.MAX_VALUE) {
      throw fault(json.getPath(), "must be a size in pixels, but is " + size + "; fix it");
    }
    return (int) size;
  }

  private double number() throws IOException {
    if (json.peek() != JsonToken.NUMBER) {
      throw expected("a number");
    }
    return json.nextDouble();
  }

  private double skipped() throws IOException {
    json.skipValue();
    return Double.NaN;
  }

  private String string() throws IOException {
    if (json.peek() != JsonToken.STRING) {
      throw expected("a text");
    }
    return json.nextString();
  }

  /** 1 or true; whatever else is there counts as no. */
  private boolean isYes() throws IOException {
    return switch (json.peek()) {
      case BOOLEAN -> json.nextBoolean();
      case NUMBER -> json.nextDouble() == 1;
      default -> {
        json.skipValue();
        yield false;
      }
    };
  }

  private DatasetException expected(String what) throws IOException {
    String found =
        switch (json.peek()) {
          case BEGIN_ARRAY -> "a list";
          case BEGIN_OBJECT -> "an object";
          case STRING -> "a text";
          case NUMBER -> "a number";
          case BOOLEAN -> "true or false";
          case NULL -> "null";
          default -> "nothing";
        };
    return fault(
        json.getPath(),
        "is not what a COCO instances file has here, which is "
            + what
            + ", but "
            + found
            + "; fix it, or give instances_*.json");
  }

  private DatasetException fault(String field, String problem) {
    return fault(field, problem, null);
  }

  private DatasetException fault(String field, String problem, @Nullable Throwable cause) {
    return new DatasetException(file, field, problem, cause);
  }
}
