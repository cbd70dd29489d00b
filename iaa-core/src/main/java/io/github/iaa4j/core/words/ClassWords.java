package io.github.iaa4j.core.words;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.settings.Description;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * What the classes of a data set are called in sentences, and where a text names one.
 *
 * <p>The words are data: {@code class-words.txt} beside this class holds those of PASCAL VOC and
 * COCO, and {@link #read} adds a file of the same form for classes of your own or with other words.
 * A class that no file holds is called what its name spells ({@code golden_retriever} is "golden
 * retriever"), with a regular plural and no other words. Case, blanks, hyphens and underscores in a
 * class name do not matter.
 *
 * <p>Immutable; safe for use by many threads.
 */
public final class ClassWords {

  private static final ClassWords BUILT_IN = new ClassWords(ClassWordsFile.builtIn());

  /** By {@link ClassTerms#key}. */
  private final Map<String, ClassTerms> entries;

  /** By class name as the caller spells it. */
  private final Map<String, MentionFinder> finders = new ConcurrentHashMap<>();

  private ClassWords(Map<String, ClassTerms> entries) {
    this.entries = entries;
  }

  /** The words of VOC's 20 classes and COCO's 80. */
  public static ClassWords builtIn() {
    return BUILT_IN;
  }

  /**
   * The built-in words, with the classes of a file added or put in their place. The file is UTF-8
   * text with a block for each class, such as
   *
   * <pre>
   * # Ours.
   * [tvmonitor]
   * say: tv monitor
   * plural: tv monitors
   * one: a tv monitor
   * group: electronics
   * also: tv, television, computer screen, monitor (verb)
   * near: tv stand
   * not: tv dinner
   * avoid: laptop, window
   * </pre>
   *
   * <p>Every field may be left out; lines that begin with {@code #} are comments.
   *
   * <ul>
   *   <li>{@code say}: the name in a sentence; defaults to the class name, spelled out
   *   <li>{@code plural}: where it is not regular
   *   <li>{@code one}: one of it, where "a" or "an" does not do; ends in the name
   *   <li>{@code group}: classes of one group are confused with each other
   *   <li>{@code also}: other words for it, and kinds of it, which name the class
   *   <li>{@code near}: words that neither name the class nor leave it out
   *   <li>{@code not}: words that hold the name and mean something else
   *   <li>{@code avoid}: look-alikes, for a negative prompt
   * </ul>
   *
   * <p>{@code also}, {@code near}, {@code not} and {@code avoid} are lists with commas. A term is
   * written in singular; {@code man/men} gives a plural that is not regular, and {@code (verb)} or
   * {@code (adjective)} after it says that the word is one as well: "dogs that train" show no
   * train.
   *
   * @throws ConfigurationException if the file cannot be read, or naming every fault in it with
   *     file, line and field
   */
  public static ClassWords read(Path file) {
    Map<String, ClassTerms> all = new HashMap<>(BUILT_IN.entries);
    all.putAll(ClassWordsFile.read(file));
    return new ClassWords(all);
  }

  /**
   * What distinguishes these words from others: {@code built-in}, or {@code own} with a checksum of
   * their contents. Part of the description of an agent that writes with them.
   */
  public Description describe() {
    if (entries.equals(BUILT_IN.entries)) {
      return Description.of("built-in");
    }
    CRC32 checksum = new CRC32();
    checksum.update(new TreeMap<>(entries).toString().getBytes(StandardCharsets.UTF_8));
    return Description.of("own")
        .with("checksum", String.format(Locale.ROOT, "%08x", checksum.getValue()));
  }

  /** The class as a sentence names it, such as {@code potted plant}. */
  public String spoken(String className) {
    return terms(className).say().singular();
  }

  /** More than one of it, such as {@code potted plants}. */
  public String plural(String className) {
    return terms(className).say().plural();
  }

  /** One of it, such as {@code an aeroplane} or {@code a pair of scissors}. */
  public String one(String className) {
    return one("", className);
  }

  /**
   * One of it with words before it, such as {@code a pair of red scissors}.
   *
   * @param before ends in a blank unless it is empty
   */
  public String one(String before, String className) {
    ClassTerms terms = terms(className);
    String noun = terms.say().singular();
    return terms.one().isEmpty()
        ? withArticle(before + noun)
        : terms.one().substring(0, terms.one().length() - noun.length()) + before + noun;
  }

  /** The spoken name and the words that name the same class or a kind of it, in singular. */
  public List<String> allWords(String className) {
    ClassTerms terms = terms(className);
    return Stream.concat(Stream.of(terms.say()), terms.also().stream())
        .map(Term::singular)
        .distinct()
        .toList();
  }

  /** The name of a group of classes that are confused with each other, as animals are; or empty. */
  public String group(String className) {
    return terms(className).group();
  }

  /** What is mistaken for the class and is not it, in singular, for a negative prompt. */
  public List<String> lookAlikes(String className) {
    return terms(className).avoid();
  }

  /**
   * With the indefinite article, such as {@code an aeroplane}.
   *
   * @param noun in lower case; adjectives may stand before it
   */
  public static String withArticle(String noun) {
    return Article.before(noun) + noun;
  }

  /**
   * Whether a text certainly names a class, by any of its words, in singular or plural.
   *
   * @param text of any kind; it is {@linkplain #clean cleaned}
   */
  public boolean names(String text, String className) {
    return mentions(clean(text), List.of(className)).stream().anyMatch(Mention::certain);
  }

  /**
   * Where a text names classes, from left to right. The longer of two nested mentions counts: a hot
   * dog is not a dog, and a teddy bear is not a bear. Neither spelling (hyphens, blanks, case,
   * accents) nor {@linkplain Homoglyphs characters that look alike} hide a name. A denial is a
   * mention: "no dog" names a dog.
   *
   * @param text as {@link #clean} gives it
   */
  public List<Mention> mentions(String text, Collection<String> classNames) {
    String folded = Homoglyphs.fold(text);
    // A digit may stand for a letter, as in d0g, or between words, as in cat4dog.
    String letters = Homoglyphs.foldDigits(folded);
    Set<Mention> found = new LinkedHashSet<>();
    for (String className : classNames) {
      MentionFinder finder =
          finders.computeIfAbsent(className, name -> new MentionFinder(name, terms(name)));
      finder.find(letters, found);
      if (!letters.equals(folded)) {
        finder.find(folded, found);
      }
    }
    return found.stream()
        .filter(mention -> found.stream().noneMatch(other -> other.hides(mention)))
        .sorted(Comparator.comparingInt(Mention::start))
        .toList();
  }

  /**
   * A text as a reader sees it: Unicode's compatibility forms (full-width and mathematical letters)
   * become plain ones; zero-width and control characters, and accents stacked on Latin letters, are
   * removed (a zero-width space between longer pieces becomes a blank); and a word whose letters
   * stand apart, as in {@code d-o-g}, is joined.
   */
  public static String clean(String text) {
    return VisibleText.of(text);
  }

  private ClassTerms terms(String className) {
    ClassTerms known = entries.get(ClassTerms.key(className));
    return known == null ? ClassTerms.ofUnknown(className) : known;
  }

  /**
   * A place in a text that names a class.
   *
   * @param className as the caller spelled it
   * @param start index of the first character
   * @param end index after the last character
   * @param certain false for words that are near the class: too little where the class is wanted,
   *     too much where it is not
   * @param plural whether the word is a plural and not a singular
   * @param own whether it is the class's own name rather than another word for it
   */
  public record Mention(
      String className, int start, int end, boolean certain, boolean plural, boolean own) {

    private boolean hides(Mention other) {
      boolean isAround = start <= other.start && end >= other.end;
      int longer = (end - start) - (other.end - other.start);
      return isAround && (longer > 0 || (longer == 0 && own && !other.own));
    }
  }
}
