package io.github.iaa4j.core.words;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.settings.Description;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * How people write the class names of a data set, and where a text names a class.
 *
 * <p>The words are data: {@code class-words.txt} beside this class holds those of PASCAL VOC and
 * COCO, and {@link #read} adds a file of the same form, in which a user says them for classes of
 * their own or otherwise. A class that no file holds is spoken as it is spelled ({@code
 * golden_retriever} is "golden retriever"), with a regular plural and no other words.
 *
 * <p>Immutable; safe for use by many threads.
 */
public final class ClassWords {

  private static final Pattern SEPARATORS = Pattern.compile("[\\s_\\p{Pd}]+");
  private static final Pattern HUMP = Pattern.compile("(?<=\\p{Ll})(?=\\p{Lu})");
  private static final Pattern SOUNDS_LIKE_A = Pattern.compile("(?:uni|eu|one\\b|use).*");
  private static final Pattern SOUNDS_LIKE_AN = Pattern.compile("[aeiou].*|hour.*|honest.*");

  /** What stands before a verb in its base form. */
  private static final Pattern BEFORE_VERB =
      Pattern.compile(
          "(?:^|[^\\p{L}])(?:to|they|we|you|who|that|can|could|will|would|must|should|may|people|men"
              + "|women|children|\\p{L}{2,}[^s\\P{L}]s) +$");

  private static final Pattern DETERMINER_BEFORE =
      Pattern.compile(
          "(?:^|[^\\p{L}])(?:its|his|this|\\p{L}*'s|\\p{L}*ss|\\p{L}*us"
              // "A goods train": with an article, what ends in s is no subject.
              + "|(?:a|an|one|another) (?!(?:few|dozen|couple|hundred|thousand|lot|pair|number|group"
              + "|photo|picture|image)\\b)(?:\\p{L}+[ -])?\\p{L}*s"
              + "|(?:next|close|opposite|in front of|behind|near|beside|under|on) (?:to|that)) +$");

  /** What stands after a verb that ends in s. */
  private static final Pattern AFTER_VERB =
      Pattern.compile("^ +(?:a|an|the|his|her|its|their|him|it|them|hard)(?!\\p{L}).*");

  /** What stands after a noun, not after an adjective. */
  private static final Pattern AFTER_NOUN =
      Pattern.compile(
          "^ +(?:and|or|in|on|at|with|is|are|near|by|under|over|lies|lie|sits|sit|beside|behind|next"
              + "|from|to|of|that|which|while|as|for|between|inside|hangs|rests|stands|rolls|falls"
              + "|against|above|below|beneath|alongside|surrounded|placed|lying|resting|sitting|being"
              + "|left|right|the|a|an)(?!\\p{L}).*");

  private static final String COLOUR =
      "(?:red|blue|green|yellow|purple|brown|black|white|grey|gray|pink|golden|gold|orange)";
  private static final Pattern AND_A_COLOUR =
      Pattern.compile("^ (?:and|or) " + COLOUR + "(?!\\p{L}).*");
  private static final Pattern BEFORE_ADJECTIVE =
      Pattern.compile(
          "(?:^|[^\\p{L}])(?:is|are|glows|glow|turns|turn|turned|painted|dyed|in|"
              + COLOUR
              + " and) $");

  /** Letters of other scripts, and digits inside of a word, that look like Latin letters. */
  private static final Map<Character, Character> LOOKS_LIKE = looksLike();

  /** A space without width holds words apart, or hides a word in pieces. */
  private static final Pattern GAP_IN_WORDS =
      Pattern.compile("(?<=\\p{L}{3})\\x{200B}(?=\\p{L}{3})");

  private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cf}\\x{FE00}-\\x{FE0F}\\x{34F}]");
  private static final Pattern PILED = Pattern.compile("(?<=\\p{IsLatin})\\p{Mn}+");
  private static final Pattern SPELLED =
      Pattern.compile(
          "(?<![\\p{L}\\p{N}'])([Aa] )?((?:\\p{L}[ .·*_\\p{Pd}]){2,}\\p{L})(?![\\p{L}\\p{N}'])");
  private static final Pattern GAP = Pattern.compile("\\P{L}");

  private static final Set<String> FIELDS =
      Set.of("say", "plural", "one", "group", "also", "near", "not", "avoid");

  /** Last of the constants, because it is read with the others. */
  private static final ClassWords BUILT_IN = new ClassWords(builtInEntries());

  private final Map<String, Entry> entries;
  private final Map<String, Finder> finders = new ConcurrentHashMap<>();

  private ClassWords(Map<String, Entry> entries) {
    this.entries = entries;
  }

  /** The words of VOC's 20 classes and COCO's 80. */
  public static ClassWords builtIn() {
    return BUILT_IN;
  }

  /**
   * The built-in words, and over them those of a file in UTF-8 with blocks such as
   *
   * <pre>
   * [tvmonitor]
   * say: tv monitor
   * group: electronics
   * also: tv, television, computer screen
   * avoid: laptop, window
   * </pre>
   *
   * <p>The head of {@code class-words.txt} explains every field.
   *
   * @throws ConfigurationException naming every fault with file, line and field
   */
  public static ClassWords read(Path file) {
    String text;
    try {
      text = Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new ConfigurationException(file + ": is not UTF-8 text. Save it as UTF-8.");
    } catch (IOException e) {
      throw new ConfigurationException(
          file + ": the class words cannot be read (" + e + "). Name a file that can.");
    }
    Map<String, Entry> all = new HashMap<>(BUILT_IN.entries);
    all.putAll(parse(file.toString(), text));
    return new ClassWords(all);
  }

  /**
   * What tells these words from others: {@code built-in}, or {@code own} with a checksum of all
   * that they say. A part of the description of whoever writes with them.
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
    return entry(className).say().singular();
  }

  /** More than one of it, such as {@code potted plants}. */
  public String plural(String className) {
    return entry(className).say().plural();
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
    Entry entry = entry(className);
    String noun = entry.say().singular();
    return entry.one().isEmpty()
        ? withArticle(before + noun)
        : entry.one().substring(0, entry.one().length() - noun.length()) + before + noun;
  }

  /** The spoken name and the words that name the same class or a kind of it, in singular. */
  public List<String> allWords(String className) {
    Entry entry = entry(className);
    return Stream.concat(Stream.of(entry.say()), entry.also().stream())
        .map(Word::singular)
        .distinct()
        .toList();
  }

  /** Classes of one group are taken for each other, as animals are; empty where none is known. */
  public String group(String className) {
    return entry(className).group();
  }

  /** What is taken for the class and is none of it, for a negative prompt. */
  public List<String> lookAlikes(String className) {
    return entry(className).avoid();
  }

  /** With the indefinite article that it takes, such as {@code an aeroplane}. */
  public static String withArticle(String noun) {
    boolean an = SOUNDS_LIKE_AN.matcher(noun).matches() && !SOUNDS_LIKE_A.matcher(noun).matches();
    return (an ? "an " : "a ") + noun;
  }

  /** Whether a text surely names a class, by any of its words, in singular or plural. */
  public boolean names(String text, String className) {
    return mentions(clean(text), List.of(className)).stream().anyMatch(Mention::certain);
  }

  /**
   * Where a text names classes, from left to right. The longer of two nested mentions counts: a hot
   * dog is no dog, and a teddy bear no bear. Neither spelling (hyphens, blanks, case, accents) nor
   * letters of other scripts that look the same hide a name.
   *
   * @param text as {@link #clean} gives it
   */
  public List<Mention> mentions(String text, Collection<String> classNames) {
    String folded = fold(text);
    // A digit may stand for a letter, as in d0g, or between words, as in cat4dog.
    String letters = foldDigits(folded);
    Set<Mention> found = new LinkedHashSet<>();
    for (String className : classNames) {
      Finder finder = finders.computeIfAbsent(className, name -> new Finder(entry(name)));
      finder.find(letters, className, found);
      if (!letters.equals(folded)) {
        finder.find(folded, className, found);
      }
    }
    return found.stream()
        .filter(mention -> found.stream().noneMatch(other -> other.hides(mention)))
        .sorted(Comparator.comparingInt(Mention::start))
        .toList();
  }

  /**
   * A text without what a reader does not see: Unicode's compatibility forms (full-width and
   * mathematical letters) become plain ones, zero-width and control characters and accents piled on
   * Latin letters go (a zero-width space between longer pieces becomes a blank), and a word that is
   * s p e l l e d is joined.
   */
  public static String clean(String text) {
    String line = Normalizer.normalize(text, Normalizer.Form.NFKC);
    line = GAP_IN_WORDS.matcher(line).replaceAll(" ");
    line = INVISIBLE.matcher(line).replaceAll("");
    line = PILED.matcher(line).replaceAll("");
    return SPELLED
        .matcher(line)
        .replaceAll(
            word ->
                (word.group(1) == null ? "" : word.group(1))
                    + GAP.matcher(word.group(2)).replaceAll(""));
  }

  /** Letters as the eye takes them, character by character, so that places stay what they are. */
  private static String fold(String text) {
    char[] chars = text.toCharArray();
    for (int i = 0; i < chars.length; i++) {
      char c = Character.toLowerCase(chars[i]);
      if (c >= 0x80) {
        c = latin(c);
      }
      chars[i] = c;
    }
    return new String(chars);
  }

  private static String foldDigits(String text) {
    char[] chars = text.toCharArray();
    for (int i = 0; i < chars.length; i++) {
      boolean inWord =
          (i > 0 && Character.isLetter(chars[i - 1]))
              && (i + 1 < chars.length && Character.isLetter(chars[i + 1]));
      if (Character.isDigit(chars[i]) && inWord) {
        chars[i] = LOOKS_LIKE.getOrDefault(chars[i], chars[i]);
      }
    }
    return new String(chars);
  }

  /**
   * The Latin letter that a letter looks like, in lower case; the character itself where there is
   * none.
   */
  public static char latin(char letter) {
    char c = Character.toLowerCase(letter);
    if (c == '’' || c == '‘' || c == 'ʼ') {
      return '\'';
    }
    if (Character.getType(c) == Character.DASH_PUNCTUATION) {
      return '-';
    }
    if (Character.isSpaceChar(c)) {
      return ' ';
    }
    Character like = LOOKS_LIKE.get(c);
    if (like != null && !Character.isDigit(c)) {
      return like;
    }
    char base = Normalizer.normalize(String.valueOf(c), Normalizer.Form.NFD).charAt(0);
    return LOOKS_LIKE.getOrDefault(base, base);
  }

  private static Map<Character, Character> looksLike() {
    String strange = "авсеһнікјӏморԛѕтуѵԝхԁαβεηικνορτυχγωςϲϳıɑɡɩʟɴʀᴀᴄᴅᴇᴏɢᴛƒđħłøօոսհьζ";
    String letters = "abcehhikjlmopqstyvwxdabenikvoptuxywscjiagilnracdeogtfdhloonuhbz";
    Map<Character, Character> table = new HashMap<>();
    if (strange.length() != letters.length()) {
      throw new IllegalStateException(strange.length() + " letters, " + letters.length());
    }
    for (int i = 0; i < strange.length(); i++) {
      table.put(strange.charAt(i), letters.charAt(i));
    }
    table.put('0', 'o');
    table.put('1', 'i');
    table.put('3', 'e');
    table.put('4', 'a');
    table.put('5', 's');
    return Map.copyOf(table);
  }

  private Entry entry(String className) {
    Entry known = entries.get(key(className));
    if (known != null) {
      return known;
    }
    String spoken =
        SEPARATORS
            .matcher(HUMP.matcher(className).replaceAll(" "))
            .replaceAll(" ")
            .strip()
            .toLowerCase(Locale.ROOT);
    return Entry.of(Word.regular(spoken.isEmpty() ? className : spoken));
  }

  private static String key(String className) {
    return SEPARATORS.matcher(clean(className)).replaceAll("").toLowerCase(Locale.ROOT);
  }

  /**
   * A place in a text that names a class.
   *
   * @param start the first character
   * @param end after the last character
   * @param certain false for words that are near the class: too little where it is wanted, too much
   *     where it is not
   * @param plural whether the word is a plural and no singular
   * @param own whether it is the class's own name rather than another word for it
   */
  public record Mention(
      String className, int start, int end, boolean certain, boolean plural, boolean own) {

    private boolean hides(Mention other) {
      boolean around = start <= other.start && end >= other.end;
      int longer = (end - start) - (other.end - other.start);
      return around && (longer > 0 || (longer == 0 && own && !other.own));
    }
  }

  private record Word(String singular, String plural, boolean verb, boolean adjective) {

    /** With a letter or digit, and without what means something in a file of words. */
    private static final String NAME = "(?=[^/()\\[\\]:,]*[\\p{L}\\p{N}])[^/()\\[\\]:,]+?";

    private static final Pattern PLAIN = Pattern.compile(NAME);
    private static final Pattern FORM =
        Pattern.compile("(" + NAME + ")(?:/(" + NAME + "))?(?: *\\((verb|adjective)\\))?");

    static Word regular(String singular) {
      return new Word(singular, pluralOf(singular), false, false);
    }

    Word withPlural(String other) {
      return new Word(singular, other, verb, adjective);
    }

    /** As in the file; a checksum of it must not depend on how Java prints records. */
    @Override
    public String toString() {
      return singular + "/" + plural + (verb ? " (verb)" : "") + (adjective ? " (adjective)" : "");
    }

    private static String pluralOf(String noun) {
      if (noun.matches(".*(?:s|x|z|ch|sh)")) {
        return noun + "es";
      }
      return noun.matches(".*[^aeiou]y")
          ? noun.substring(0, noun.length() - 1) + "ies"
          : noun + "s";
    }
  }

  private record Entry(
      Word say,
      String one,
      String group,
      List<Word> also,
      List<Word> near,
      List<Word> not,
      List<String> avoid) {

    static Entry of(Word say) {
      return new Entry(say, "", "", List.of(), List.of(), List.of(), List.of());
    }

    @Override
    public String toString() {
      return Stream.of(say, one, group, also, near, not, avoid)
          .map(Object::toString)
          .collect(Collectors.joining("; "));
    }
  }

  /** Finds the words of one class. */
  private static final class Finder {

    private enum Sense {
      NOT,
      NEAR,
      ALSO,
      OWN
    }

    private static final String NOT_ONE =
        Stream.of("", "(?!of )\\p{L}{1,15} ", "(?!of )\\p{L}{1,15} (?!of )\\p{L}{1,15} ")
            .map(between -> "(?<!\\b(?:a|an|one|another|this) " + between + ")")
            .collect(Collectors.joining());

    private record Term(String form, Word word, Sense sense) {}

    private final List<Term> terms = new ArrayList<>();
    private final Pattern pattern;

    Finder(Entry entry) {
      add(entry.say(), Sense.OWN);
      entry.also().forEach(word -> add(word, Sense.ALSO));
      entry.near().forEach(word -> add(word, Sense.NEAR));
      entry.not().forEach(word -> add(word, Sense.NOT));
      // At one place the longest form is tried first.
      terms.sort(Comparator.comparingInt((Term term) -> term.form().length()).reversed());
      StringBuilder regex = new StringBuilder("(?<!\\p{L})(?:");
      for (int i = 0; i < terms.size(); i++) {
        regex.append(i == 0 ? "(" : "|(").append(spelled(terms.get(i))).append(')');
      }
      pattern = Pattern.compile(regex + ")(?!\\p{L})");
    }

    private void add(Word word, Sense sense) {
      Stream.of(word.singular(), word.plural(), word.singular() + "s", word.singular() + "es")
          .map(ClassWords::fold)
          .distinct()
          .forEach(form -> terms.add(new Term(form, word, sense)));
    }

    /**
     * A name may be hyphenated or run together; what is only near it makes another word so. "Bus
     * stops" are several, but a bus stops.
     */
    private static String spelled(Term term) {
      String gap = term.sense() == Sense.NEAR ? "[\\s_-]+" : "[\\s_-]*";
      String spelled =
          Stream.of(term.form().split("[ -]+"))
              .filter(part -> !part.isEmpty())
              .map(Pattern::quote)
              .reduce((a, b) -> a + gap + b)
              .orElse(Pattern.quote(term.form()));
      boolean plural = !term.form().equals(fold(term.word().singular()));
      // Looked at before what stands in front of it, which takes longer.
      return term.sense().compareTo(Sense.NEAR) <= 0 && plural
          ? "(?=" + spelled + ")" + NOT_ONE + spelled
          : spelled;
    }

    void find(String folded, String className, Collection<Mention> found) {
      Matcher matcher = pattern.matcher(folded);
      while (matcher.find()) {
        Term term = term(matcher);
        if (term.sense() == Sense.NOT || isOther(folded, matcher, term)) {
          continue;
        }
        Word word = term.word();
        boolean plural =
            !term.form().equals(word.singular())
                || (word.singular().equals(word.plural())
                    && !folded
                        .substring(0, matcher.start())
                        .matches("(?s).*(?:^| )(?:a|an|one) (?:\\p{L}+ ){0,2}"));
        found.add(
            new Mention(
                className,
                matcher.start(),
                matcher.end(),
                term.sense() != Sense.NEAR && !isPartOfWord(folded, matcher),
                plural,
                term.sense() == Sense.OWN));
      }
    }

    private Term term(Matcher matcher) {
      for (int i = 0; i < terms.size(); i++) {
        if (matcher.start(i + 1) >= 0) {
          return terms.get(i);
        }
      }
      throw new IllegalStateException("no group of " + pattern);
    }

    /** "Dog-friendly" shows no dog, and yet the painter reads dog. */
    private static boolean isPartOfWord(String text, Matcher matcher) {
      return text.substring(0, matcher.start()).matches("(?s).*\\p{L}-")
          || text.substring(matcher.end()).matches("(?s)-\\p{L}.*");
    }

    /** Whether the word stands as a verb or an adjective. */
    private static boolean isOther(String text, Matcher matcher, Term term) {
      String before = text.substring(0, matcher.start());
      String after = text.substring(matcher.end());
      if (term.word().adjective() && term.form().equals(term.word().singular())) {
        return (after.matches("(?s) \\p{L}.*") && !matches(AFTER_NOUN, after))
            || matches(AND_A_COLOUR, after)
            || BEFORE_ADJECTIVE.matcher(before).find();
      }
      if (term.word().verb()) {
        return term.form().equals(term.word().singular())
            ? BEFORE_VERB.matcher(before).find() && !DETERMINER_BEFORE.matcher(before).find()
            : matches(AFTER_VERB, after);
      }
      return false;
    }

    private static boolean matches(Pattern pattern, String rest) {
      return pattern.matcher(rest.replace('\n', ' ')).matches();
    }
  }

  private static Map<String, Entry> builtInEntries() {
    try (InputStream in = ClassWords.class.getResourceAsStream("class-words.txt")) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks class-words.txt");
      }
      return parse("class-words.txt", new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Entry> parse(String source, String text) {
    return new Parser(source).parse(text);
  }

  /** Reads the text form, and collects what is wrong with it. */
  private static final class Parser {

    private final String source;
    private final List<String> faults = new ArrayList<>();
    private final Map<String, Entry> entries = new HashMap<>();
    private final Map<String, String> fields = new LinkedHashMap<>();
    private final Map<String, Integer> lines = new HashMap<>();
    private String className = "";

    Parser(String source) {
      this.source = source;
    }

    Map<String, Entry> parse(String text) {
      int number = 0;
      for (String raw : text.split("\r?\n", -1)) {
        number++;
        // As the texts are that they are looked for in; the mark at a file's beginning goes too.
        String line = clean(raw).strip();
        if (line.isEmpty() || line.startsWith("#")) {
          continue;
        }
        if (line.startsWith("[")) {
          begin(line, number);
        } else {
          field(line, number);
        }
      }
      end();
      if (!faults.isEmpty()) {
        throw new ConfigurationException(faults);
      }
      return entries;
    }

    private void begin(String line, int number) {
      end();
      className = line.endsWith("]") ? line.substring(1, line.length() - 1).strip() : "";
      if (key(className).isEmpty()) {
        fault(number, "expected a class name in brackets, such as [tvmonitor], found " + line);
        className = "unnamed"; // What stands in it is read all the same, for its faults.
      } else if (entries.containsKey(key(className))) {
        fault(number, "the class [" + className + "] stands here twice. Join the two");
      }
      lines.put("", number);
    }

    private void field(String line, int number) {
      int colon = line.indexOf(':');
      String field = colon < 0 ? line : line.substring(0, colon).strip();
      String value = colon < 0 ? "" : line.substring(colon + 1).strip();
      if (className.isEmpty()) {
        fault(number, field + ": stands before any class. Begin with its name, such as [cat]");
      } else if (!FIELDS.contains(field)) {
        fault(
            number,
            "expected say, plural, one, group, also, near, not or avoid and a colon, found "
                + line);
      } else if (value.isEmpty()) {
        fault(number, field + ": holds nothing. Give it words, or leave the line out");
      } else if (fields.putIfAbsent(field, value) != null) {
        fault(number, field + ": stands twice in [" + className + "]. Join the two with a comma");
      } else {
        lines.put(field, number);
      }
    }

    private void end() {
      if (!className.isEmpty()) {
        Word say = word("say", fields.getOrDefault("say", spelled()));
        String plural = fields.get("plural");
        if (plural != null && Word.PLAIN.matcher(plural).matches()) {
          say = say.withPlural(plural.toLowerCase(Locale.ROOT));
        } else if (plural != null) {
          fault(
              line("plural"),
              "plural: expected one name without a comma, such as mice; found \"" + plural + "\"");
        }
        String one = fields.getOrDefault("one", "");
        if (!one.isEmpty() && !one.endsWith(say.singular())) {
          fault(
              line("one"),
              "one: expected words that end in \"" + say.singular() + "\", found " + one);
          one = "";
        }
        entries.put(
            key(className),
            new Entry(
                say,
                one,
                fields.getOrDefault("group", "").toLowerCase(Locale.ROOT),
                words("also"),
                words("near"),
                words("not"),
                words("avoid").stream().map(Word::singular).toList()));
      }
      fields.clear();
      lines.clear();
      className = "";
    }

    private String spelled() {
      return SEPARATORS
          .matcher(HUMP.matcher(className).replaceAll(" "))
          .replaceAll(" ")
          .toLowerCase(Locale.ROOT);
    }

    private List<Word> words(String field) {
      String value = fields.get(field);
      return value == null
          ? List.of()
          : Stream.of(value.split(",", -1)).map(part -> word(field, part)).toList();
    }

    private Word word(String field, String part) {
      Matcher form = Word.FORM.matcher(part.strip().toLowerCase(Locale.ROOT));
      if (!form.matches()) {
        fault(
            line(field),
            field
                + (field.equals("say")
                    ? ": expected one name without a comma, such as: tv monitor"
                    : ": expected words with commas between them, such as: man/men, duck (verb)")
                + "; found \""
                + part.strip()
                + "\"");
        return Word.regular("?");
      }
      String singular = form.group(1).strip();
      String plural = form.group(2);
      String other = form.group(3);
      return new Word(
          singular,
          plural == null ? Word.pluralOf(singular) : plural.strip(),
          "verb".equals(other),
          "adjective".equals(other));
    }

    private int line(String field) {
      return lines.getOrDefault(field, lines.getOrDefault("", 0));
    }

    private void fault(int line, String problem) {
      faults.add(source + ":" + line + ": " + problem + ".");
    }
  }
}
