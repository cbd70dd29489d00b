package io.github.iaa4j.core.prompt;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** How people write the class names of a data set, and whether a text names a class. */
public final class ClassWords {

  /** Names that VOC runs together, and their usual spelling in a sentence. */
  private static final Map<String, String> SPOKEN =
      Map.of(
          "diningtable", "dining table",
          "pottedplant", "potted plant",
          "tvmonitor", "tv monitor");

  /** Other words for the same thing, and words for kinds of it. Singular. */
  private static final Map<String, List<String>> ALSO =
      Map.ofEntries(
          Map.entry("aeroplane", List.of("airplane", "plane", "jet", "aircraft", "airliner")),
          Map.entry("airplane", List.of("aeroplane", "plane", "jet", "aircraft", "airliner")),
          Map.entry("bicycle", List.of("bike", "cycle")),
          Map.entry("bird", List.of("sparrow", "parrot", "gull", "seagull", "duck", "eagle")),
          Map.entry("boat", List.of("ship", "sailboat", "yacht", "canoe", "vessel")),
          Map.entry("car", List.of("automobile", "sedan", "motorcar", "taxi")),
          Map.entry("cat", List.of("kitten", "kitty")),
          Map.entry("couch", List.of("sofa")),
          Map.entry("cow", List.of("bull", "calf", "cattle", "ox")),
          Map.entry("diningtable", List.of("table")),
          Map.entry("dog", List.of("puppy", "hound", "terrier")),
          Map.entry("horse", List.of("pony", "stallion", "mare", "foal")),
          Map.entry("motorbike", List.of("motorcycle", "moped")),
          Map.entry("motorcycle", List.of("motorbike", "moped")),
          Map.entry(
              "person",
              List.of(
                  "people",
                  "man",
                  "men",
                  "woman",
                  "women",
                  "boy",
                  "girl",
                  "child",
                  "children",
                  "pedestrian",
                  "human",
                  "someone",
                  "rider",
                  "farmer",
                  "kid",
                  "lady",
                  "guy")),
          Map.entry("pottedplant", List.of("houseplant", "plant in a pot")),
          Map.entry("sheep", List.of("lamb", "ewe", "ram")),
          Map.entry("sofa", List.of("couch")),
          Map.entry("train", List.of("locomotive")),
          Map.entry("tvmonitor", List.of("tv", "television", "monitor")));

  private ClassWords() {}

  /** The class as a sentence names it, such as {@code potted plant}. */
  public static String spoken(String className) {
    return SPOKEN.getOrDefault(className, className.replace('_', ' ').toLowerCase(Locale.ROOT));
  }

  /** The spoken name and the words that name the same class or a kind of it. */
  public static List<String> allWords(String className) {
    List<String> also = ALSO.getOrDefault(className, List.of());
    return Stream.concat(Stream.of(spoken(className)), also.stream()).distinct().toList();
  }

  /** With the indefinite article that it takes, such as {@code an aeroplane}. */
  public static String withArticle(String noun) {
    return ("aeiou".indexOf(noun.charAt(0)) >= 0 ? "an " : "a ") + noun;
  }

  /** Whether a text names a class, by any of its words, in singular or plural. */
  public static boolean names(String text, String className) {
    String lower = text.toLowerCase(Locale.ROOT);
    return allWords(className).stream().anyMatch(word -> pattern(word).matcher(lower).find());
  }

  private static Pattern pattern(String word) {
    return Pattern.compile(
        "(?<![\\p{L}\\p{N}])" + Pattern.quote(word) + "(?:s|es)?(?![\\p{L}\\p{N}])");
  }
}
