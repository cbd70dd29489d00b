package io.github.iaa4j.llm.testing;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.iaa4j.llm.internal.text.Excerpt;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Compares requests, for a person who looks for what changed. */
final class RequestDifferences {

  /** Characters shown before the first difference. */
  private static final int CONTEXT = 15;

  private RequestDifferences() {}

  /** What differs between two requests, field by field. */
  static List<String> of(JsonObject recorded, JsonObject asked) {
    List<String> differences = new ArrayList<>();
    Set<String> fields = new LinkedHashSet<>(asked.keySet());
    fields.addAll(recorded.keySet());
    for (String field : fields) {
      JsonElement before = recorded.get(field);
      JsonElement now = asked.get(field);
      if (Objects.equals(now, before)) {
        continue;
      }
      if (field.equals("messages")) {
        addMessages(differences, before.getAsJsonArray(), now.getAsJsonArray());
      } else {
        differences.add(difference(field, String.valueOf(before), String.valueOf(now)));
      }
    }
    return differences;
  }

  private static void addMessages(List<String> differences, JsonArray recorded, JsonArray asked) {
    if (recorded.size() != asked.size()) {
      differences.add("messages: recorded " + recorded.size() + ", asked with " + asked.size());
    }
    for (int i = 0; i < Math.min(recorded.size(), asked.size()); i++) {
      addMessage(
          differences,
          "messages[" + i + "]",
          recorded.get(i).getAsJsonObject(),
          asked.get(i).getAsJsonObject());
    }
  }

  private static void addMessage(
      List<String> differences, String message, JsonObject recorded, JsonObject asked) {
    if (!text(recorded).equals(text(asked))) {
      differences.add(difference(message, text(recorded), text(asked)));
    }
    for (String field : List.of("role", "images")) {
      String before = String.valueOf(recorded.get(field));
      String now = String.valueOf(asked.get(field));
      if (!before.equals(now)) {
        differences.add(difference(message + "." + field, before, now));
      }
    }
  }

  /** The text of a message. */
  static String text(JsonObject message) {
    return message.get("text").getAsString();
  }

  private static String difference(String where, String recorded, String asked) {
    int at = Math.max(0, commonPrefix(recorded, asked) - CONTEXT);
    return where
        + ": recorded "
        + Excerpt.of(recorded.substring(Math.min(at, recorded.length())))
        + ", asked "
        + Excerpt.of(asked.substring(Math.min(at, asked.length())));
  }

  /** How many characters two texts have in common at their beginning and their end. */
  static int similarity(String a, String b) {
    int shorter = Math.min(a.length(), b.length());
    int front = commonPrefix(a, b);
    int back = 0;
    while (back < shorter - front
        && a.charAt(a.length() - 1 - back) == b.charAt(b.length() - 1 - back)) {
      back++;
    }
    return front + back;
  }

  private static int commonPrefix(String a, String b) {
    int shorter = Math.min(a.length(), b.length());
    int i = 0;
    while (i < shorter && a.charAt(i) == b.charAt(i)) {
      i++;
    }
    return i;
  }
}
