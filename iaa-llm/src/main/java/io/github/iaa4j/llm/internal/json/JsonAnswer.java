package io.github.iaa4j.llm.internal.json;

import com.google.gson.JsonObject;
import io.github.iaa4j.llm.internal.text.Excerpt;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the JSON object in what a model really wrote. */
public final class JsonAnswer {

  private static final Pattern THINKING =
      Pattern.compile(
          "[<\\[◁](/?)(?:[a-z]{1,12}:)?(?:think|thinking|thoughts?|reasoning|reflection|analysis"
              + "|scratchpad|inner_monologue)(?:\\s[^<>\\[\\]{}]{0,80})?[>\\]▷]",
          Pattern.CASE_INSENSITIVE);

  /** What may follow an answer that a model forgot to take out of its thoughts. */
  private static final Pattern NOTHING_MORE =
      Pattern.compile("[\\s`]*+(?:[<\\[◁]/\\w++[>\\]▷]\\s*+)*+");

  private static final Pattern REFUSAL =
      Pattern.compile(
          "\\W*(?:i['’]m (?:very |really )?sorry|i am (?:very |really )?sorry|sorry\\b"
              + "|i (?:can['’]t|cannot|can not|won['’]t|will not|must decline)"
              + "|i['’]m (?:unable|not able)|i am (?:unable|not able)|as an ai\\b)",
          Pattern.CASE_INSENSITIVE);

  private JsonAnswer() {}

  /**
   * The first object that has the field. Thoughts between {@code <think>} tags or before a closing
   * one, code fences and prose around it are skipped.
   *
   * @throws Unusable saying what is wrong, in a way that the model can act on
   */
  static JsonObject find(String answer, String field) throws Unusable {
    return find(answer, List.of(field)).get(0).object();
  }

  /**
   * The objects that have all the fields, in their order, or if there are none those that have
   * some. Thoughts do not count, unless they were never closed and end in the object.
   *
   * @return never empty
   * @throws Unusable if no object has any of them
   */
  static List<LenientJson.Found> find(String answer, Collection<String> fields) throws Unusable {
    List<LenientJson.Found> some = List.of();
    Unusable fault = null;
    for (String passage : Channels.passages(answer)) {
      try {
        List<LenientJson.Found> found = findIn(passage, fields);
        if (hasAll(found.get(0), fields)) {
          return found;
        }
        some = some.isEmpty() ? found : some;
      } catch (Unusable e) {
        fault = fault == null ? e : fault;
      }
    }
    if (some.isEmpty()) {
      throw Objects.requireNonNull(fault); // There is at least one passage.
    }
    return some;
  }

  private static List<LenientJson.Found> findIn(String answer, Collection<String> fields)
      throws Unusable {
    if (answer.isBlank()) {
      throw new Unusable(Unusable.Fault.EMPTY, "The answer was empty");
    }
    String visible = answer;
    List<LenientJson.Found> found = LenientJson.objects(answer, fields);
    if (THINKING.matcher(answer).find()) {
      List<LenientJson.Found> anywhere = found;
      for (LenientJson.Found object : anywhere) {
        // The tags are a part of its text.
        if (!object.repaired()
            && hasAll(object, fields)
            && THINKING.matcher(answer).region(object.start(), object.end()).find()) {
          return List.of(object);
        }
      }
      visible = withoutThoughts(answer);
      found = LenientJson.objects(visible, fields);
      if (found.isEmpty() || !hasAll(found.get(0), fields)) {
        for (LenientJson.Found object : anywhere) {
          if (!object.truncated()
              && hasAll(object, fields)
              && NOTHING_MORE.matcher(answer).region(object.end(), answer.length()).matches()) {
            return List.of(object);
          }
        }
      }
    }
    if (found.isEmpty() && visible.contains("\\\"")) {
      // The object was written as the text of a string.
      found = LenientJson.objects(visible.replace("\\\"", "\"").replace("\\\\", "\\"), fields);
    }
    if (!found.isEmpty() && hasAll(found.get(0), fields)) {
      return Channels.last(
          visible, found.stream().filter(object -> hasAll(object, fields)).toList());
    }
    if (!found.isEmpty()) {
      return found;
    }
    if (visible.isBlank()) {
      throw new Unusable(Unusable.Fault.ONLY_THINKING, "There was only thinking");
    }
    if (visible.indexOf('{') >= 0) {
      throw new Unusable(
          Unusable.Fault.BAD_JSON,
          "There was no complete JSON object with \"" + String.join("\", \"", fields) + "\"");
    }
    if (REFUSAL.matcher(visible).lookingAt()) {
      throw new Unusable(Unusable.Fault.REFUSED, "The model refused, with " + Excerpt.of(visible));
    }
    throw new Unusable(Unusable.Fault.BAD_JSON, "There was no JSON object");
  }

  /** Whether a text consists of thoughts and nothing after them. */
  public static boolean isThoughtAlone(String answer) {
    return Channels.passages(answer).stream()
        .allMatch(
            passage ->
                passage.isBlank()
                    || (THINKING.matcher(passage).find() && withoutThoughts(passage).isBlank()));
  }

  private static boolean hasAll(LenientJson.Found found, Collection<String> fields) {
    return fields.stream().allMatch(found.object()::has);
  }

  /** The text without what is between tags, before a closing one, and after an unclosed one. */
  private static String withoutThoughts(String answer) {
    StringBuilder visible = new StringBuilder();
    Matcher tag = THINKING.matcher(answer);
    int from = 0;
    boolean thinking = false;
    while (tag.find()) {
      boolean closing = !tag.group(1).isEmpty();
      if (!closing && !thinking) {
        visible.append(answer, from, tag.start());
        thinking = true;
      } else if (closing && !thinking) {
        // Templates that open the thoughts themselves leave the model to close them.
        visible.setLength(0);
        from = tag.end();
      } else if (closing) {
        from = tag.end();
        thinking = false;
      }
    }
    return thinking ? visible.toString() : visible.append(answer, from, answer.length()).toString();
  }

  /** An answer is not usable. */
  public static final class Unusable extends Exception {

    private static final long serialVersionUID = 1L;

    /** Why it is not usable. */
    enum Fault {
      /** Nothing was written. */
      EMPTY,
      /** The model or a filter of the server refused. */
      REFUSED,
      /** There were thoughts, but no answer after them. */
      ONLY_THINKING,
      /** No object with the fields could be read from it. */
      BAD_JSON,
      /** There was an object, but its values were not what was asked for. */
      WRONG_SHAPE
    }

    private final Fault fault;

    /** A fault of the values. */
    public Unusable(String what) {
      this(Fault.WRONG_SHAPE, what);
    }

    /**
     * @param what one sentence without its full stop
     */
    public Unusable(Fault fault, String what) {
      super(what);
      this.fault = fault;
    }

    Fault fault() {
      return fault;
    }
  }
}
