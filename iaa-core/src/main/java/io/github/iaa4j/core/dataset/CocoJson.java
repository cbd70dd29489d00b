package io.github.iaa4j.core.dataset;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import io.github.iaa4j.core.error.DatasetException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.MathContext;
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

    /**
     * An annotation. The outline is null where it has none.
     *
     * @param crowd whether it stands for many objects
     */
    default void annotation(
        String field,
        long imageId,
        long categoryId,
        @Nullable CocoOutline outline,
        boolean crowd) {}
  }

  /** A segmentation of four numbers, outside a polygon, is a box. */
  private static final int BOX_NUMBERS = 4;

  /** Enough of a polygon to tell whether it is a box. */
  private static final int FIRST_NUMBERS = 16;

  private final Path file;
  private final JsonReader json;
  private final boolean wholeOutlines;

  private CocoJson(Path file, JsonReader json, boolean wholeOutlines) {
    this.file = file;
    this.json = json;
    this.wholeOutlines = wholeOutlines;
  }

  /**
   * Reads the file from start to end.
   *
   * @param wholeOutlines whether to keep all points of the objects' outlines, most of the file, or
   *     just enough to tell a box and what encloses nothing
   * @throws DatasetException if the file is missing or malformed, or the visitor says so
   */
  static void read(Path file, boolean wholeOutlines, Visitor visitor) {
    try (JsonReader json = new JsonReader(Files.newBufferedReader(file))) {
      json.setStrictness(Strictness.STRICT);
      CocoJson reader = new CocoJson(file, json, wholeOutlines);
      try {
        reader.document(visitor);
      } catch (EOFException e) {
        throw reader.fault(
            json.getPath(),
            "cannot be read to its end: it is cut off here; download or copy it again",
            e);
      } catch (MalformedJsonException e) {
        if (startsWithZero(file)) {
          throw ListFile.notUtf8(file, e);
        }
        throw reader.fault(
            json.getPath(),
            "is not what a COCO instances file has here, nor any JSON, such as NaN, a comment, a"
                + " trailing comma or a web page; fix it, or give instances_*.json",
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

  /** Whether one of the first two bytes is 0, as in UTF-16 without a byte order mark. */
  private static boolean startsWithZero(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] start = in.readNBytes(2);
      return start.length == 2 && (start[0] == 0 || start[1] == 0);
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
      throw fault(field, "a category needs id and name, plain text without space around; fix it");
    }
    visitor.category(field, id, name);
  }

  private void annotation(Visitor visitor) throws IOException {
    Long imageId = null;
    Long categoryId = null;
    double area = Double.NaN;
    CocoOutline outline = null;
    boolean crowd = false;
    String field = json.getPath();
    begin(JsonToken.BEGIN_OBJECT, "an object");
    while (json.hasNext()) {
      String name = json.nextName();
      if (name.equals("image_id")) {
        imageId = wholeNumber();
      } else if (name.equals("category_id")) {
        categoryId = wholeNumber();
      } else if (name.equals("area")) {
        area = area();
      } else if (name.equals("segmentation")) {
        outline = new OutlineReader().read();
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
    visitor.annotation(
        field, imageId, categoryId, outline == null ? null : outline.withArea(area), crowd);
  }

  /** The area in pixels, or NaN where none is stated. */
  private double area() throws IOException {
    if (json.peek() == JsonToken.NUMBER) {
      return json.nextDouble();
    }
    String text = json.peek() == JsonToken.STRING ? json.nextString() : skipped();
    try {
      double area = Double.parseDouble(text);
      return Double.isInfinite(area) ? Double.NaN : area;
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  private String skipped() throws IOException {
    json.skipValue();
    return "";
  }

  /**
   * Reads an outline. A malformed one is not an error here, because labels can do without it: the
   * first fault of an outline takes its place.
   */
  private final class OutlineReader {

    private final String field = json.getPath();
    private @Nullable CocoOutline malformed;

    /** The outline, or null where there is none. */
    @Nullable CocoOutline read() throws IOException {
      CocoOutline outline =
          switch (json.peek()) {
            case NULL -> {
              json.nextNull();
              yield null;
            }
            case BEGIN_OBJECT -> runs();
            case BEGIN_ARRAY -> polygons();
            default -> {
              skipInPlaceOf("a list of polygons, or an object with size and counts");
              yield null;
            }
          };
      return malformed == null ? outline : malformed;
    }

    private void fault(String where, String problem) {
      malformed = malformed == null ? CocoOutline.malformed(where, problem) : malformed;
    }

    private void skipInPlaceOf(String wanted) throws IOException {
      if (malformed == null) {
        fault(json.getPath(), notWhatIsHere(wanted));
      }
      json.skipValue();
    }

    private CocoOutline polygons() throws IOException {
      List<int[]> polygons = new ArrayList<>();
      int loose = 0;
      json.beginArray();
      while (json.hasNext()) {
        if (json.peek() == JsonToken.BEGIN_ARRAY) {
          polygons.add(polygon());
        } else if (json.peek() == JsonToken.NUMBER) {
          json.skipValue();
          loose++;
        } else {
          skipInPlaceOf("a list of numbers, x and y in turn");
        }
      }
      json.endArray();
      // Four numbers are a box, as pycocotools has it, and so no outline.
      if (loose != 0 && (loose != BOX_NUMBERS || !polygons.isEmpty())) {
        fault(
            field,
            "must be a list of polygons, each a list of numbers, such as [[10, 10, 40, 10, 40,"
                + " 30]]; put the numbers into one more pair of brackets");
      }
      return CocoOutline.ofPolygons(field, polygons);
    }

    private int[] polygon() throws IOException {
      int[] points = new int[FIRST_NUMBERS];
      int kept = 0;
      int count = 0;
      boolean keeps = true;
      json.beginArray();
      while (json.hasNext()) {
        if (json.peek() == JsonToken.BEGIN_ARRAY) {
          fault(
              field,
              "a polygon is a list of numbers, x and y in turn, such as [10, 10, 40, 10, 40, 30],"
                  + " but this one is a list of points; take the inner brackets out");
          json.skipValue();
          continue;
        }
        if (json.peek() != JsonToken.NUMBER) {
          skipInPlaceOf("a number");
          continue;
        }
        count++;
        if (keeps && kept == points.length) {
          keeps = wholeOutlines || !CocoOutline.encloses(points, kept);
          points = keeps ? Arrays.copyOf(points, 2 * kept) : points;
        }
        if (keeps) {
          points[kept++] = CocoOutline.upsampled(json.nextDouble());
        } else {
          json.skipValue();
        }
      }
      json.endArray();
      if (count % 2 != 0) {
        fault(
            field, "a polygon has x and y in turn, but this one has " + count + " numbers; fix it");
      }
      return Arrays.copyOf(points, kept);
    }

    private @Nullable CocoOutline runs() throws IOException {
      int[] size = new int[0];
      int[] runs = null;
      json.beginObject();
      while (json.hasNext()) {
        switch (json.nextName()) {
          case "size" -> size = wholeNumbers();
          case "counts" -> {
            if (json.peek() == JsonToken.STRING) {
              runs = CocoOutline.decompress(json.nextString());
              if (runs == null) {
                fault(field, "counts is not a run-length string as pycocotools writes it; fix it");
              }
            } else {
              runs = wholeNumbers();
            }
          }
          default -> json.skipValue();
        }
      }
      json.endObject();
      if (size.length != 2 || runs == null) {
        fault(field, "a run-length mask needs size, [height, width], and counts; fix it");
        return null;
      }
      CocoOutline outline = CocoOutline.ofRuns(field, size[0], size[1], runs);
      String problem = outline.problem();
      if (problem != null) {
        fault(field, problem + "; fix it");
      }
      return outline;
    }

    private int[] wholeNumbers() throws IOException {
      int[] values = new int[16];
      int count = 0;
      if (json.peek() != JsonToken.BEGIN_ARRAY) {
        skipInPlaceOf("a list of whole numbers");
        return new int[0];
      }
      json.beginArray();
      while (json.hasNext()) {
        if (json.peek() != JsonToken.NUMBER) {
          skipInPlaceOf("a whole number");
          continue;
        }
        double value = json.nextDouble();
        if (value != (int) value) {
          fault(field, "must have whole numbers of pixels, but has " + shown(value) + "; fix it");
        }
        if (count == values.length) {
          values = Arrays.copyOf(values, 2 * values.length);
        }
        values[count++] = (int) value;
      }
      json.endArray();
      return Arrays.copyOf(values, count);
    }

    private static String shown(double number) {
      return new BigDecimal(number).round(MathContext.DECIMAL64).toPlainString();
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
    return fault(json.getPath(), notWhatIsHere(what));
  }

  /** That something else is here than is wanted, as words that follow the field. */
  private String notWhatIsHere(String wanted) throws IOException {
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
    return "is not what a COCO instances file has here, which is "
        + wanted
        + ", but "
        + found
        + "; fix it, or give instances_*.json";
  }

  private DatasetException fault(String field, String problem) {
    return fault(field, problem, null);
  }

  private DatasetException fault(String field, String problem, @Nullable Throwable cause) {
    // A reader that stopped at a name has the path of the object, with a dot at its end.
    String named = field.endsWith(".") ? field.substring(0, field.length() - 1) : field;
    return new DatasetException(file, named, problem, cause);
  }
}
