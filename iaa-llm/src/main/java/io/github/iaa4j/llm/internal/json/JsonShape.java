package io.github.iaa4j.llm.internal.json;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.iaa4j.llm.chat.JsonSchema;
import io.github.iaa4j.llm.internal.text.Excerpt;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The shape of an answer, derived from a record: the schema to send, and the reader of the JSON.
 * Immutable.
 *
 * <p>Components are {@code String}, {@code int}, {@code long}, {@code double}, {@code boolean},
 * enums, records, and lists of these. The schema is one that strict modes accept: every property is
 * required, no other is allowed, and limits are in the descriptions, because not every strict mode
 * supports {@code minimum}. They are checked when the answer is read.
 *
 * @param <R> the record
 */
public final class JsonShape<R extends Record> {

  // The narrowest of the published limits of strict modes: those of Azure OpenAI.
  private static final int MAX_LEVELS = 5;
  private static final int MAX_PROPERTIES = 100;
  private static final int MAX_CHOICES = 500;
  private static final int MAX_CHARACTERS = 15_000;
  private static final int MAX_FAULTS = 5;

  /** What a component means and which values it may have. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.RECORD_COMPONENT)
  public @interface Part {

    /** What it means, for the model. */
    String value() default "";

    /** The minimum of a number, of the characters of a stripped text, or of the items of a list. */
    double min() default Double.NEGATIVE_INFINITY;

    /** The maximum of the same. */
    double max() default Double.POSITIVE_INFINITY;
  }

  private final Class<R> type;
  private final JsonSchema schema;
  private final Set<String> fields;

  private JsonShape(Class<R> type, JsonSchema schema, Set<String> fields) {
    this.type = type;
    this.schema = schema;
    this.fields = fields;
  }

  /**
   * The shape of a record.
   *
   * @param name the schema's name, as in {@link JsonSchema}
   * @throws IllegalArgumentException if a component is of another type, or the schema is larger
   *     than strict modes take; the message names the component
   */
  public static <R extends Record> JsonShape<R> of(String name, Class<R> type) {
    SchemaWriter writer = new SchemaWriter();
    JsonObject json = writer.object(type, "$", 1);
    if (writer.properties > MAX_PROPERTIES) {
      throw refused("$", writer.properties + " properties in all; at most " + MAX_PROPERTIES);
    }
    if (writer.characters > MAX_CHARACTERS) {
      throw refused(
          "$", writer.characters + " characters of names and choices; at most " + MAX_CHARACTERS);
    }
    Set<String> fields = new LinkedHashSet<>();
    for (RecordComponent component : type.getRecordComponents()) {
      fields.add(component.getName());
    }
    return new JsonShape<>(type, new JsonSchema(name, json.toString()), fields);
  }

  /** The schema, with the properties in the order of the components. */
  JsonSchema schema() {
    return schema;
  }

  /** The names of the outermost components, in their order. */
  Set<String> fields() {
    return fields;
  }

  /**
   * The record.
   *
   * @param lenient whether keys that the shape lacks are ignored, and missing texts that may be
   *     empty are empty
   * @throws JsonAnswer.Unusable naming each value at fault by its JSON path, with what was expected
   *     and what was found
   */
  R read(JsonObject object, boolean lenient) throws JsonAnswer.Unusable {
    ValueReader reader = new ValueReader(lenient);
    Object value = reader.object(object, type, "$");
    if (!reader.faults.isEmpty() || value == null) {
      List<String> faults = reader.faults;
      String more = faults.size() > MAX_FAULTS ? "; and more" : "";
      throw new JsonAnswer.Unusable(
          faults.stream().limit(MAX_FAULTS).collect(Collectors.joining("; ", "", more)));
    }
    return type.cast(value);
  }

  private static IllegalArgumentException refused(String path, String what) {
    return new IllegalArgumentException(
        "no strict JSON schema can be made of " + path + ": " + what + '.');
  }

  private static String bounds(@Nullable Part part, String unit) {
    if (part == null || (part.min() == Double.NEGATIVE_INFINITY && Double.isInfinite(part.max()))) {
      return "";
    }
    if (unit.equals("characters") && part.min() == 1 && Double.isInfinite(part.max())) {
      return "not empty";
    }
    String of = unit.isEmpty() ? "" : " " + unit;
    if (Double.isInfinite(part.max())) {
      return "at least " + plain(part.min()) + of;
    }
    if (Double.isInfinite(part.min())) {
      return "at most " + plain(part.max()) + of;
    }
    return "from " + plain(part.min()) + " to " + plain(part.max()) + of;
  }

  private static String plain(double bound) {
    return bound == Math.rint(bound) && Math.abs(bound) < 1e15
        ? Long.toString((long) bound)
        : Double.toString(bound);
  }

  private static boolean outside(@Nullable Part part, double measure) {
    return part != null && !(measure >= part.min() && measure <= part.max());
  }

  private static String unit(Type type) {
    return type == String.class ? "characters" : type instanceof ParameterizedType ? "items" : "";
  }

  private static boolean isNumber(Type type) {
    return type == int.class || type == long.class || type == double.class;
  }

  private static @Nullable Type item(Type type) {
    return type instanceof ParameterizedType list && list.getRawType() == List.class
        ? list.getActualTypeArguments()[0]
        : null;
  }

  private static List<String> choices(Class<?> type) {
    return Arrays.stream(type.getEnumConstants()).map(c -> ((Enum<?>) c).name()).toList();
  }

  /** Builds the schema. */
  private static final class SchemaWriter {

    private final List<Class<?>> within = new ArrayList<>();
    private int properties;
    private int characters;

    JsonObject object(Class<?> type, String path, int level) {
      if (within.contains(type)) {
        throw refused(path, type.getSimpleName() + " holds itself, so its schema would not end");
      }
      if (level > MAX_LEVELS) {
        throw refused(path, "it lies " + level + " levels deep; at most " + MAX_LEVELS);
      }
      if (type.getRecordComponents().length == 0) {
        throw refused(path, type.getSimpleName() + " has no components");
      }
      within.add(type);
      JsonObject members = new JsonObject();
      JsonArray required = new JsonArray();
      for (RecordComponent component : type.getRecordComponents()) {
        String name = component.getName();
        properties++;
        characters += name.length();
        members.add(
            name,
            described(
                value(component.getGenericType(), path + '.' + name, level),
                component.getGenericType(),
                component.getAnnotation(Part.class),
                path + '.' + name));
        required.add(name);
      }
      within.remove(within.size() - 1);
      JsonObject object = new JsonObject();
      object.addProperty("type", "object");
      object.add("properties", members);
      object.add("required", required);
      object.addProperty("additionalProperties", false);
      return object;
    }

    private JsonObject value(Type type, String path, int level) {
      JsonObject value = new JsonObject();
      Type item = item(type);
      if (item != null) {
        value.addProperty("type", "array");
        value.add("items", value(item, path + "[]", level));
      } else if (type == String.class) {
        value.addProperty("type", "string");
      } else if (type == int.class || type == long.class) {
        value.addProperty("type", "integer");
      } else if (type == double.class) {
        value.addProperty("type", "number");
      } else if (type == boolean.class) {
        value.addProperty("type", "boolean");
      } else if (type instanceof Class<?> named && named.isEnum()) {
        List<String> choices = choices(named);
        if (choices.isEmpty() || choices.size() > MAX_CHOICES) {
          throw refused(path, choices.size() + " choices; from 1 to " + MAX_CHOICES);
        }
        JsonArray names = new JsonArray();
        choices.forEach(names::add);
        characters += choices.stream().mapToInt(String::length).sum();
        value.addProperty("type", "string");
        value.add("enum", names);
      } else if (type instanceof Class<?> named && named.isRecord()) {
        return object(named, path, level + 1);
      } else {
        throw refused(
            path,
            "a component is String, int, long, double, boolean, an enum, a record or a List of"
                + " these, not "
                + type.getTypeName());
      }
      return value;
    }

    private static JsonObject described(
        JsonObject value, Type type, @Nullable Part part, String path) {
      if (part == null) {
        return value;
      }
      if (part.min() > part.max()) {
        throw refused(path, "min " + part.min() + " is more than max " + part.max());
      }
      String bounds = bounds(part, unit(type));
      if (!bounds.isEmpty() && !isNumber(type) && unit(type).isEmpty()) {
        throw refused(path, "min and max are for numbers, texts and lists");
      }
      String words =
          part.value().isEmpty() || bounds.isEmpty()
              ? part.value() + bounds
              : part.value() + " (" + bounds + ")";
      if (!words.isEmpty()) {
        value.addProperty("description", words);
      }
      return value;
    }
  }

  /** Reads values, and collects what is wrong with them. */
  private static final class ValueReader {

    private final boolean lenient;
    private final List<String> faults = new ArrayList<>();

    ValueReader(boolean lenient) {
      this.lenient = lenient;
    }

    @Nullable Object object(JsonElement json, Class<?> type, String path) {
      if (!json.isJsonObject()) {
        return fault(path, "an object", json);
      }
      JsonObject object = json.getAsJsonObject();
      RecordComponent[] components = type.getRecordComponents();
      @Nullable Object[] values = new @Nullable Object[components.length];
      Class<?>[] types = new Class<?>[components.length];
      Set<String> known = new LinkedHashSet<>();
      int before = faults.size();
      for (int i = 0; i < components.length; i++) {
        String name = components[i].getName();
        Type component = components[i].getGenericType();
        Part part = components[i].getAnnotation(Part.class);
        known.add(name);
        types[i] = components[i].getType();
        JsonElement value = object.get(name);
        if (value == null && lenient && component == String.class && !outside(part, 0)) {
          values[i] = "";
        } else if (value == null) {
          faults.add(
              path + '.' + name + ": expected " + expected(component, part) + ", found none");
        } else {
          values[i] = value(value, component, part, path + '.' + name);
        }
      }
      if (!lenient) {
        for (String name : object.keySet()) {
          if (!known.contains(name)) {
            faults.add(
                path
                    + ": expected no other keys than "
                    + String.join(", ", known)
                    + ", found "
                    + Excerpt.of(name));
          }
        }
      }
      return faults.size() == before ? made(type, types, values, path) : null;
    }

    private @Nullable Object value(JsonElement json, Type type, @Nullable Part part, String path) {
      Type item = item(type);
      if (item != null) {
        return list(json, type, item, part, path);
      }
      if (type instanceof Class<?> named && named.isRecord()) {
        return object(json, named, path);
      }
      if (!json.isJsonPrimitive()) {
        return fault(path, expected(type, part), json);
      }
      JsonPrimitive value = json.getAsJsonPrimitive();
      Object read =
          isNumber(type)
              ? number(value, type, part)
              : type == boolean.class
                  ? flag(value)
                  : type == String.class ? text(value, part) : choice(value, (Class<?>) type);
      return read == null ? fault(path, expected(type, part), json) : read;
    }

    private @Nullable Object list(
        JsonElement json, Type type, Type item, @Nullable Part part, String path) {
      if (!json.isJsonArray() || outside(part, json.getAsJsonArray().size())) {
        return fault(path, expected(type, part), json);
      }
      List<Object> items = new ArrayList<>();
      int index = 0;
      for (JsonElement element : json.getAsJsonArray()) {
        Object value = value(element, item, null, path + '[' + index++ + ']');
        if (value != null) {
          items.add(value);
        }
      }
      return List.copyOf(items);
    }

    private static @Nullable Object number(JsonPrimitive value, Type type, @Nullable Part part) {
      double number;
      try {
        number = value.isBoolean() ? Double.NaN : Double.parseDouble(value.getAsString().strip());
      } catch (NumberFormatException e) {
        return null;
      }
      if (!Double.isFinite(number) || outside(part, number)) {
        return null;
      }
      if (type == double.class) {
        return number;
      }
      // Beyond 2^53 a double no longer represents every whole number.
      if (number != Math.rint(number) || Math.abs(number) > 0x1p53) {
        return null;
      }
      if (type == long.class) {
        return (long) number;
      }
      return Math.abs(number) <= Integer.MAX_VALUE ? (Object) (int) number : null;
    }

    private static @Nullable Object flag(JsonPrimitive value) {
      String word = value.isNumber() ? "" : value.getAsString().strip().toLowerCase(Locale.ROOT);
      return word.equals("true") ? Boolean.TRUE : word.equals("false") ? Boolean.FALSE : null;
    }

    private static @Nullable Object text(JsonPrimitive value, @Nullable Part part) {
      return value.isString() && !outside(part, value.getAsString().strip().length())
          ? value.getAsString()
          : null;
    }

    private static @Nullable Object choice(JsonPrimitive value, Class<?> type) {
      String word = value.getAsString().strip();
      for (Object constant : type.getEnumConstants()) {
        if (((Enum<?>) constant).name().equalsIgnoreCase(word)) {
          return constant;
        }
      }
      return null;
    }

    private @Nullable Object made(
        Class<?> type, Class<?>[] types, @Nullable Object[] values, String path) {
      try {
        Constructor<?> constructor = type.getDeclaredConstructor(types);
        constructor.setAccessible(true);
        return constructor.newInstance(values);
      } catch (InvocationTargetException e) {
        if (e.getCause() instanceof IllegalArgumentException refusal) {
          faults.add(path + ": " + refusal.getMessage());
          return null;
        }
        throw new IllegalStateException("the record " + type + " cannot be made", e);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("the record " + type + " cannot be made", e);
      }
    }

    private @Nullable Object fault(String path, String expected, JsonElement found) {
      faults.add(path + ": expected " + expected + ", found " + words(found));
      return null;
    }

    private static String expected(Type type, @Nullable Part part) {
      String kind;
      Type item = item(type);
      if (item != null) {
        kind = "a list";
      } else if (type == String.class) {
        kind = "a text";
      } else if (type == int.class || type == long.class) {
        kind = "a whole number";
      } else if (type == double.class) {
        kind = "a number";
      } else if (type == boolean.class) {
        kind = "true or false";
      } else if (type instanceof Class<?> named && named.isEnum()) {
        kind = "one of " + String.join(", ", choices(named));
      } else {
        kind = "an object";
      }
      String bounds = bounds(part, unit(type));
      if (bounds.isEmpty() || bounds.equals("not empty")) {
        return bounds.isEmpty() ? kind : kind + " that is not empty";
      }
      return kind + (unit(type).isEmpty() ? " " : " of ") + bounds;
    }

    private static String words(JsonElement found) {
      if (found instanceof JsonNull) {
        return "null";
      }
      if (found.isJsonArray()) {
        return "a list of " + found.getAsJsonArray().size();
      }
      if (found.isJsonObject()) {
        return "an object";
      }
      JsonPrimitive value = found.getAsJsonPrimitive();
      return value.isString()
          ? "the text " + Excerpt.of(value.getAsString())
          : value.isNumber()
              ? "the number " + Excerpt.of(value.getAsString())
              : value.getAsString();
    }
  }
}
