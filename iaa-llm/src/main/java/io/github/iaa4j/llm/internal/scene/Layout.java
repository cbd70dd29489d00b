package io.github.iaa4j.llm.internal.scene;

import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.llm.internal.text.Template;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** How large each object of a scene is, and where it stands. */
public final class Layout {

  private static final String ONE = "one";

  /** The first object, which the others stand by. */
  private static final Pattern IT = Pattern.compile("\\bit\\b");

  /** By number of objects: a phrase for each, in their order. */
  private static final List<List<String>> KNOWN =
      Template.lines("layouts.txt").stream()
          .map(line -> Arrays.stream(line.split("\\|", -1)).skip(1).map(String::strip).toList())
          .toList();

  private final List<String> labels;
  private final List<String> phrases;

  private Layout(List<String> labels, List<String> phrases) {
    this.labels = labels;
    this.phrases = phrases;
  }

  /** The layout that a seed draws. */
  public static Layout draw(List<String> labels, long seed) {
    List<List<String>> fitting =
        KNOWN.stream().filter(phrases -> phrases.size() == labels.size()).toList();
    if (fitting.isEmpty()) {
      // No model places four objects where each is told to be; together they stay in the picture.
      return new Layout(labels, labels.stream().map(label -> "beside the others").toList());
    }
    return new Layout(labels, fitting.get(new SplittableRandom(seed).nextInt(fitting.size())));
  }

  /**
   * As a language model is asked for it, such as {@code two cats, large, on the left; a dog, large,
   * on the right beside them}.
   *
   * @param count how many there are of the first object, in a word
   */
  public String description(String count, ClassWords words) {
    List<String> objects = counted(labels, count, words);
    return IntStream.range(0, objects.size())
        .mapToObj(i -> objects.get(i) + ", " + phrases.get(i))
        .map(object -> count.equals(ONE) ? object : IT.matcher(object).replaceAll("them"))
        .collect(Collectors.joining("; "));
  }

  /** The template's prompt y0 with that many of the first object. */
  public static String template(List<String> labels, String count, ClassWords words) {
    return counted(labels, count, words).stream()
        .collect(Collectors.joining(" and ", "a photo of ", ""));
  }

  private static List<String> counted(List<String> labels, String count, ClassWords words) {
    return IntStream.range(0, labels.size())
        .mapToObj(
            i ->
                i == 0 && !count.equals(ONE)
                    ? count + " " + words.plural(labels.get(i))
                    : words.one(labels.get(i)))
        .toList();
  }

  /**
   * As a prompt with one of each, such as {@code a photo of a cat on the left and a dog on the
   * right beside it}.
   */
  public String sentence(ClassWords words) {
    return IntStream.range(0, labels.size())
        .mapToObj(i -> words.one(labels.get(i)) + " " + placeOf(phrases.get(i)))
        .collect(Collectors.joining(" and ", "a photo of ", ""));
  }

  /** Without the size, which does not follow a noun. */
  private static String placeOf(String phrase) {
    return phrase.replaceFirst("^(?:large|close to the camera), ", "");
  }
}
