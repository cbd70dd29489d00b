package io.github.iaa4j.core.words;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a file of class words says of one class.
 *
 * @param say the class's own name in a sentence
 * @param one one of it, where the indefinite article does not do; else empty
 * @param group the classes that it is confused with share it; may be empty
 * @param also other words for it, and kinds of it
 * @param near words that neither name the class nor leave it out
 * @param not words that hold the name and mean something else
 * @param avoid look-alikes, in singular
 */
record ClassTerms(
    Term say,
    String one,
    String group,
    List<Term> also,
    List<Term> near,
    List<Term> not,
    List<String> avoid) {

  private static final Pattern SEPARATORS = Pattern.compile("[\\s_\\p{Pd}]+");
  private static final Pattern CAMEL_HUMP = Pattern.compile("(?<=\\p{Ll})(?=\\p{Lu})");

  /** Of a class that no file knows: it is spoken as it is spelled. */
  static ClassTerms ofUnknown(String className) {
    String spelled = spelledOut(className);
    return new ClassTerms(
        Term.regular(spelled.isEmpty() ? className : spelled),
        "",
        "",
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  /** {@code golden retriever} for {@code golden_retriever} and {@code GoldenRetriever}. */
  static String spelledOut(String className) {
    return SEPARATORS
        .matcher(CAMEL_HUMP.matcher(className).replaceAll(" "))
        .replaceAll(" ")
        .strip()
        .toLowerCase(Locale.ROOT);
  }

  /** The same for all spellings of a class name. */
  static String key(String className) {
    return SEPARATORS.matcher(VisibleText.of(className)).replaceAll("").toLowerCase(Locale.ROOT);
  }

  /** A checksum of this is recorded with runs, so it stays as it is. */
  @Override
  public String toString() {
    return Stream.of(say, one, group, also, near, not, avoid)
        .map(Object::toString)
        .collect(Collectors.joining("; "));
  }
}
