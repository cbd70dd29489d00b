package io.github.iaa4j.llm.internal.scene;

import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.TemplatePromptAgent;
import io.github.iaa4j.core.sampling.TokenCounter;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.core.words.ClassWords.Mention;
import io.github.iaa4j.llm.internal.text.Template;
import java.lang.Character.UnicodeScript;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is demanded of every prompt, whoever wrote it and whatever a judge says. Some of it no score
 * makes up for: each label is named and not denied, no other class of the data set is named, no
 * text in the image, collage or style is asked for, all letters are ones that the painter reads,
 * and the text encoder reads it to the end. The rest costs: it is one plain sentence, it says where
 * it plays and, of several objects, where each stands, and it is no scene that was used before.
 * Faults are found by rules, and fixed where that is safe.
 */
public final class PromptGuards {

  /** What a prompt can get wrong. */
  public enum Rule {
    LABEL_MISSING(0.3, true),
    UNWANTED_CLASS(0.4, true),
    NEGATED(0.4, true),
    FOREIGN_LETTERS(0.4, true),
    STYLE(0.5, true),
    TOO_LONG(0.6, true),
    STUTTER(0.4, true),
    SEVERAL_SENTENCES(0.6, false),
    MARKUP(0.6, false),
    BARE(0.7, false),
    NOT_PLACED(0.7, false),
    LIKE_EARLIER(0.7, false);

    private final double ceiling;
    private final boolean forbids;

    Rule(double ceiling, boolean forbids) {
      this.ceiling = ceiling;
      this.forbids = forbids;
    }
  }

  /**
   * A fault.
   *
   * @param terms the classes or words that it is about; may be empty
   * @param advice one sentence that says what to do
   */
  public record Finding(Rule rule, List<String> terms, String advice) {
    Finding(Rule rule, String advice) {
      this(rule, List.of(), advice);
    }
  }

  private static final double ALIKE = 0.75;
  private static final int MOST_REPEATS = 2;
  private static final int LEAST_SCENE_WORDS = 2;
  private static final int MOST_MENTIONS = 2;

  /** Far more characters than any prompt has. Patterns cannot go on over text without end. */
  private static final int LONGEST = 2_000;

  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+(?:['’-][\\p{L}\\p{N}]+)*");
  private static final Pattern MARKUP =
      Pattern.compile("[\"“”„«»`*_#<>\\[\\]{}()|~^\\\\\\p{So}\\p{Sk}\\p{Cs}\\p{Co}\\p{Cn}]");
  private static final Pattern MARKUP_IN_WORDS =
      Pattern.compile("(?<=[\\p{L}\\p{N}])" + MARKUP + "++(?=[\\p{L}\\p{N}])");
  private static final Pattern PLURAL = Pattern.compile("(?<=\\p{L})\\((e?s)\\)");
  private static final Pattern LOOSE_APOSTROPHE =
      Pattern.compile("(?<![\\p{L}\\p{N}])['’‘]|['’‘](?![\\p{L}\\p{N}])");
  private static final Pattern SPACE = Pattern.compile("[\\s\\p{Z}\\p{C}]+");
  private static final Pattern PREAMBLE =
      Pattern.compile(
          "^(?:[-•\\s]|\\d+[.)]\\s|(?:sure|okay|certainly)\\b[,.!:]?\\s*"
              + "|(?:here is|here's)\\b[^:]{0,40}:"
              + "|(?:image |photo )?(?:prompt|caption|description|scene|sentence|output)\\s*:)++",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.!?])\\s+(?=\\p{L})");
  private static final Pattern TAIL = Pattern.compile("(?<![\\s.,;:!?…-])[\\s.,;:!?…-]++$");
  private static final Pattern STUTTER =
      Pattern.compile(
          "\\b(\\p{L}+(?:[ ,]+\\p{L}+){0,6}?)(?:[ ,]+\\1\\b)++", Pattern.CASE_INSENSITIVE);
  private static final Pattern CLAUSE =
      Pattern.compile(
          "(?=[,;] )|(?<![,;])(?= (?:and|with|while|near|beside|behind|next to|in front"
              + " of|alongside|along with|surrounded by|followed"
              + " by|as|where|that|which|who|under|over|above) )");
  private static final Pattern SETTING =
      Pattern.compile(
          "\\b(?:in|on|at|under|near|over|across|along|by|through|against|during) .+",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern POINTS_BACK =
      Pattern.compile("\\b(?:it|him|her|them|its|his|their|who|which|that)\\b");
  private static final Pattern NEGATION =
      Pattern.compile(
          "(?:\\b(?:no|not|without|never|nor|neither|(?<!-)zero(?! emissions?\\b)|lacks|lacking|missing"
              + "|minus|absence of|devoid of|free of|empty of|instead of)|n['’]t)"
              + "(?:(?: \\p{L}+){0,2}"
              // More words deny it as well, if no other thing or deed stands between.
              + "|(?: (?:a|an|the|any|one|single|even|its|his|her|their))*+"
              + "(?: (?!(?:a|an|the|and|with|but|only|just|near|far|around|of|to|for|by|from|over"
              + "|through|across|along|while|as|where|that|which|who|is|are|was|were|in|on|at"
              + "|beside|behind|under|between|next|sit|stand|lie|past|towards?|into|onto|against"
              + "|inside|outside|above|below|before|after|than|more|fewer|\\p{L}+s|\\p{L}+ing)\\b)"
              + "\\p{L}+){0,4}) $");
  private static final Pattern DANGLING =
      Pattern.compile(
          "(?:[\\s,;]+(?:a|an|the|and|or|of|in|on|at|with|to|for|by|from|near|under|over|while|that"
              + "|which|is|are|its|his|her|their|as))+$",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern ARTICLE = Pattern.compile("\\b([Aa])n? $");
  private static final Set<String> FUNCTION_WORDS =
      Set.of(
          "a", "an", "the", "and", "or", "of", "in", "on", "at", "with", "to", "by", "from", "is",
          "are", "its", "it", "that", "while", "as", "photo", "image", "picture", "near", "under",
          "over", "for", "their");

  /** Beyond them are letters that only look like those that a painter was trained on. */
  private static final int LAST_LATIN = 0x24F;

  private static final List<String> STYLE_WORDS = Template.lines("style-words.txt");
  private static final Pattern PLACED = anyOf(Template.lines("place-words.txt"));

  private final ClassWords words;
  private final @Nullable TokenCounter tokens;
  private final int maxWords;
  private final String example;

  private final @Nullable Pattern style;
  private final @Nullable Pattern styled;

  /**
   * @param words how classes are named
   * @param maxWords the most words that a prompt may have where nobody counts tokens
   * @param tokens counts tokens as the painter does, or null
   * @param allowedStyles style words that a prompt may hold, in lower case
   * @param example the scene that the model is shown, which small models like to copy
   */
  public PromptGuards(
      ClassWords words,
      int maxWords,
      @Nullable TokenCounter tokens,
      Collection<String> allowedStyles,
      String example) {
    this.words = words;
    this.maxWords = maxWords;
    this.tokens = tokens;
    this.example = example;
    List<String> forbidden =
        STYLE_WORDS.stream().filter(word -> !allowedStyles.contains(word)).toList();
    style = forbidden.isEmpty() ? null : anyOf(forbidden);
    styled =
        forbidden.isEmpty()
            ? null
            : Pattern.compile(
                "^(?:(?:an?|the) )?(?:[\\p{L}\\p{N}-]+ ){0,3}?"
                    + anyOf(forbidden).pattern()
                    + "(?: [\\p{L}-]+)? of (?=\\p{L})",
                Pattern.CASE_INSENSITIVE);
  }

  private static Pattern anyOf(List<String> phrases) {
    return Pattern.compile(
        phrases.stream()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .map(phrase -> phrase.replace(" ", "[ -]"))
            .collect(
                Collectors.joining("|", "(?<![\\p{L}\\p{N}])(?:", ")(?:e?s)?(?![\\p{L}\\p{N}])")));
  }

  /** Every fault of a text. */
  public List<Finding> inspect(PromptRequest request, String written) {
    List<Finding> findings = new ArrayList<>();
    String text = ClassWords.clean(bounded(written));
    List<String> labels = request.slot().labels();
    List<Mention> mentions = mentions(request, text);
    for (String label : labels) {
      String name = words.spoken(label);
      List<Mention> of = mentions.stream().filter(m -> m.className().equals(label)).toList();
      if (of.stream().noneMatch(Mention::certain)) {
        findings.add(new Finding(Rule.LABEL_MISSING, List.of(label), "Name the " + name + "."));
      }
      if (of.stream().anyMatch(mention -> isDenied(text, mention))) {
        findings.add(
            new Finding(Rule.NEGATED, List.of(label), "Do not say that there is no " + name + "."));
      }
      if (of.size() > MOST_MENTIONS) {
        findings.add(new Finding(Rule.STUTTER, List.of(label), "Name the " + name + " once."));
      }
    }
    mentions.stream()
        .map(Mention::className)
        .filter(name -> !labels.contains(name))
        .distinct()
        .map(
            other ->
                new Finding(
                    Rule.UNWANTED_CLASS,
                    List.of(other),
                    "Leave out the " + words.spoken(other) + "."))
        .forEach(findings::add);
    String foreign = foreignLetters(request, text);
    if (!foreign.isEmpty()) {
      findings.add(
          new Finding(
              Rule.FOREIGN_LETTERS, List.of(foreign), "Use English letters, not " + foreign + "."));
    }
    String styleWord = styleWord(text, mentions);
    if (!styleWord.isEmpty()) {
      findings.add(
          new Finding(
              Rule.STYLE,
              List.of(styleWord),
              "Describe a photo without the word \"" + styleWord + "\"."));
    }
    Map<String, Integer> counts = new TreeMap<>();
    words(text).stream()
        .filter(word -> !FUNCTION_WORDS.contains(word))
        .forEach(word -> counts.merge(word, 1, Integer::sum));
    counts.forEach(
        (word, count) -> {
          if (count > MOST_REPEATS) {
            findings.add(
                new Finding(Rule.STUTTER, List.of(word), "Do not repeat the word " + word + "."));
          }
        });
    if (isTooLong(written)) {
      findings.add(new Finding(Rule.TOO_LONG, "Use at most " + maxWords + " short words."));
    }
    if (SENTENCE_END.matcher(text.strip()).find()) {
      findings.add(new Finding(Rule.SEVERAL_SENTENCES, "Write one sentence."));
    }
    if (!written.equals(plain(request, written))) {
      findings.add(new Finding(Rule.MARKUP, "Use plain words without quotes or marks."));
    }
    Set<String> scene = scene(request, text);
    if (scene.size() < LEAST_SCENE_WORDS) {
      findings.add(new Finding(Rule.BARE, "Say what it looks like and where it is."));
    }
    if (labels.size() > 1 && !PLACED.matcher(text.toLowerCase(Locale.ROOT)).find()) {
      findings.add(
          new Finding(
              Rule.NOT_PLACED, "Say where each stands: left, right, in front, or beside another."));
    }
    if (Stream.concat(request.memory().stream(), Stream.of(example))
        .anyMatch(earlier -> alikeness(scene, scene(request, earlier)) >= ALIKE)) {
      findings.add(
          new Finding(Rule.LIKE_EARLIER, "Choose another scene; this one was used before."));
    }
    return findings;
  }

  private static boolean isDenied(String text, Mention mention) {
    return NEGATION.matcher(text.substring(0, mention.start()).toLowerCase(Locale.ROOT)).find();
  }

  private boolean isTooLong(String text) {
    return text.length() > LONGEST
        || (tokens == null ? words(text).size() > maxWords : tokens.count(text) > tokens.limit());
  }

  /** The first word of style that is not part of a class's name, or nothing. */
  private String styleWord(String text, List<Mention> mentions) {
    if (style == null) {
      return "";
    }
    return style
        .matcher(text.toLowerCase(Locale.ROOT))
        .results()
        .filter(
            word ->
                mentions.stream()
                    .noneMatch(m -> m.start() <= word.start() && m.end() >= word.end()))
        .map(MatchResult::group)
        .findFirst()
        .orElse("");
  }

  /** Letters of scripts that neither English nor the data set's names are written in. */
  private String foreignLetters(PromptRequest request, String text) {
    Set<UnicodeScript> known = scripts(request);
    return text.codePoints()
        .filter(c -> isForeign(c, known))
        .distinct()
        .limit(5)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static boolean isForeign(int letter, Set<UnicodeScript> known) {
    if (!Character.isLetter(letter)) {
      return false;
    }
    UnicodeScript script = UnicodeScript.of(letter);
    return script == UnicodeScript.LATIN ? letter > LAST_LATIN : !known.contains(script);
  }

  private Set<UnicodeScript> scripts(PromptRequest request) {
    return Stream.concat(request.classNames().stream(), request.slot().labels().stream())
        .flatMapToInt(name -> words.spoken(name).codePoints())
        .mapToObj(UnicodeScript::of)
        .filter(script -> script != UnicodeScript.LATIN)
        .collect(Collectors.toSet());
  }

  /** The best score that a prompt with these faults can have; 1 without any. */
  public static double ceiling(List<Finding> findings) {
    return findings.stream().mapToDouble(finding -> finding.rule().ceiling).min().orElse(1);
  }

  /** Whether a prompt with these faults may be painted at all. */
  public static boolean sound(List<Finding> findings) {
    return findings.stream().noneMatch(finding -> finding.rule().forbids);
  }

  /** Whether a text may be painted. */
  public boolean truthful(PromptRequest request, String text) {
    return sound(inspect(request, text));
  }

  /**
   * Fixes what can be fixed without asking: marks and quotes go, one sentence stays, a label is
   * called by its own name, a clause that names an unwanted class is dropped, a missing label is
   * added. What is left is for {@link #inspect} to find. Mending twice changes nothing more.
   */
  public String repair(PromptRequest request, String text) {
    String mended = bounded(text);
    for (int pass = 0; pass < 8; pass++) {
      String before = mended;
      mended = repairOnce(request, mended);
      if (mended.equals(before)) {
        break;
      }
    }
    return mended;
  }

  /**
   * What remains where a text cannot be fixed: the template, with each object's place, and with the
   * text's setting if that is clean, else with the place that the model was given.
   *
   * @param place such as {@code on a beach, at sunset}
   */
  public String floor(PromptRequest request, String text, Layout layout, String place) {
    String bare = TemplatePromptAgent.template(request.slot().labels(), words).text();
    String placed = layout.sentence(words);
    for (String where : List.of(setting(request, text), place)) {
      for (String whole : List.of(placed + ", " + where, bare + " " + where)) {
        String clean = plain(request, whole);
        if (!where.isEmpty() && inspect(request, clean).isEmpty()) {
          return clean;
        }
      }
    }
    return Stream.of(placed + ", " + place, bare + " " + place, placed)
        .map(whole -> plain(request, whole))
        .filter(whole -> truthful(request, whole))
        .findFirst()
        .orElse(bare);
  }

  /** Whether mending left nothing of a text but its setting, behind the template. */
  public boolean isTemplate(PromptRequest request, String mended, String written) {
    String bare = TemplatePromptAgent.template(request.slot().labels(), words).text();
    return mended.startsWith(bare) && !plain(request, written).startsWith(bare);
  }

  /** Whether mending changed words, and not marks alone. */
  public boolean isChanged(PromptRequest request, String mended, String written) {
    return !mended.equals(plain(request, written));
  }

  private static String bounded(String text) {
    return text.length() > LONGEST ? text.substring(0, LONGEST) : text;
  }

  private String repairOnce(PromptRequest request, String text) {
    String mended = plain(request, text);
    mended = STUTTER.matcher(mended).replaceAll("$1");
    mended = oneSentence(request, mended);
    mended = withoutStyle(request, mended);
    for (String label : request.slot().labels()) {
      mended = callByName(request, mended, label);
    }
    mended = dropUnwanted(request, mended);
    mended = addMissing(request, mended);
    return plain(request, shorten(request, mended));
  }

  private String plain(PromptRequest request, String text) {
    String line = inKnownLetters(request, ClassWords.clean(bounded(text)));
    line = PLURAL.matcher(line).replaceAll("$1");
    // What a mark holds apart stays apart, or "black_dog" would become a word of its own.
    line = MARKUP_IN_WORDS.matcher(line).replaceAll(" ");
    line = MARKUP.matcher(line).replaceAll("");
    line = LOOSE_APOSTROPHE.matcher(line).replaceAll("");
    line = SPACE.matcher(line).replaceAll(" ").strip();
    line = PREAMBLE.matcher(line).replaceFirst("").strip();
    return TAIL.matcher(line).replaceFirst("");
  }

  /** Letters that look like Latin ones become them, and others that nobody reads go. */
  private String inKnownLetters(PromptRequest request, String text) {
    Set<UnicodeScript> known = scripts(request);
    if (text.codePoints().noneMatch(c -> isForeign(c, known))) {
      return text;
    }
    StringBuilder kept = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (!isForeign(c, known)) {
                kept.appendCodePoint(c);
              } else if (Character.isBmpCodePoint(c)) {
                char like = ClassWords.latin((char) c);
                if (like < 0x80) {
                  kept.append(Character.isUpperCase(c) ? Character.toUpperCase(like) : like);
                }
              }
            });
    return kept.toString();
  }

  private String oneSentence(PromptRequest request, String text) {
    String[] sentences = SENTENCE_END.split(text, -1);
    if (sentences.length == 1) {
      return text;
    }
    List<String> clean = new ArrayList<>();
    for (String sentence : sentences) {
      clean.add(TAIL.matcher(sentence).replaceFirst(""));
      String joined = String.join(", ", clean);
      if (named(request, joined).containsAll(request.slot().labels())) {
        return joined;
      }
    }
    return clean.get(0);
  }

  /** "A watercolor of a cat" becomes a photo of it, and "a cartoon cat" a cat. */
  private String withoutStyle(PromptRequest request, String text) {
    if (style == null || styled == null) {
      return text;
    }
    String mended = styled.matcher(text).replaceFirst("a photo of ");
    for (Mention mention : mentions(request, mended)) {
      String before = mended.substring(0, mention.start());
      Matcher word = style.matcher(before.toLowerCase(Locale.ROOT));
      int start = -1;
      while (word.find()) {
        start = before.substring(word.end()).isBlank() ? word.start() : start;
      }
      if (start >= 0) {
        String noun = mended.substring(mention.start());
        return withArticleFor(noun, before.substring(0, start)) + noun;
      }
    }
    return mended;
  }

  /** The text with the article at its end as the noun takes it. */
  private static String withArticleFor(String noun, String before) {
    boolean an = ClassWords.withArticle(noun.toLowerCase(Locale.ROOT)).startsWith("an ");
    return ARTICLE.matcher(before).replaceFirst(m -> m.group(1) + (an ? "n " : " "));
  }

  /** The painter and the classifier know a class by its name, so the name stands in the prompt. */
  private String callByName(PromptRequest request, String text, String label) {
    List<Mention> mentions =
        mentions(request, text).stream()
            .filter(mention -> mention.className().equals(label) && mention.certain())
            .toList();
    if (mentions.isEmpty() || mentions.stream().anyMatch(Mention::own)) {
      return text;
    }
    Mention first = mentions.get(0);
    String name = first.plural() ? words.plural(label) : words.spoken(label);
    String before = text.substring(0, first.start());
    return (first.plural() ? before : withArticleFor(name, before))
        + name
        + text.substring(first.end());
  }

  private String dropUnwanted(PromptRequest request, String text) {
    String[] clauses = CLAUSE.split(text, -1);
    StringBuilder kept = new StringBuilder();
    boolean dropped = false;
    for (int i = 0; i < clauses.length; i++) {
      List<Mention> mentions = mentions(request, clauses[i]);
      List<String> labels = request.slot().labels();
      boolean styled = !styleWord(clauses[i], mentions).isEmpty();
      boolean unwanted =
          styled || mentions.stream().anyMatch(mention -> !labels.contains(mention.className()));
      boolean wanted = mentions.stream().anyMatch(mention -> labels.contains(mention.className()));
      if (unwanted && (wanted || i == 0)) {
        return text;
      }
      if (unwanted) {
        String setting = styled ? "" : setting(request, clauses[i]);
        kept.append(setting.isEmpty() ? "" : " " + setting);
      } else if (wanted || !dropped || !POINTS_BACK.matcher(clauses[i]).find()) {
        kept.append(clauses[i]);
      }
      dropped = unwanted;
    }
    return kept.toString();
  }

  private String addMissing(PromptRequest request, String text) {
    Set<String> named = named(request, text);
    List<String> missing =
        request.slot().labels().stream().filter(label -> !named.contains(label)).toList();
    if (missing.isEmpty()) {
      return text;
    }
    if (missing.size() == request.slot().labels().size()) {
      // The text is about something else; only where it plays can be kept.
      String bare = TemplatePromptAgent.template(missing, words).text();
      String setting = setting(request, text);
      return setting.isEmpty() ? bare : bare + " " + setting;
    }
    return missing.stream()
        .map(words::one)
        .collect(Collectors.joining(" and ", text + ", with ", ""));
  }

  private String shorten(PromptRequest request, String text) {
    if (!isTooLong(text)) {
      return text;
    }
    List<String> clauses = new ArrayList<>(List.of(CLAUSE.split(text, -1)));
    while (clauses.size() > 1 && isTooLong(String.join("", clauses))) {
      clauses.remove(clauses.size() - 1);
    }
    String cut = String.join("", clauses);
    while (isTooLong(cut) && cut.lastIndexOf(' ') > 0) {
      cut = cut.substring(0, cut.lastIndexOf(' '));
    }
    cut = DANGLING.matcher(cut).replaceFirst("");
    return named(request, cut).containsAll(request.slot().labels()) ? cut : text;
  }

  /** The part of a text that says where it plays, as far as it names no class at all. */
  private String setting(PromptRequest request, String text) {
    Matcher place = SETTING.matcher(plain(request, text));
    if (!place.find()) {
      return "";
    }
    StringBuilder kept = new StringBuilder();
    for (String clause : CLAUSE.split(SENTENCE_END.split(place.group(), -1)[0], -1)) {
      List<Mention> mentions = mentions(request, clause);
      if (!mentions.isEmpty() || !styleWord(clause, mentions).isEmpty()) {
        break;
      }
      kept.append(clause);
    }
    return TAIL.matcher(DANGLING.matcher(kept).replaceFirst("")).replaceFirst("");
  }

  /** The words that make the scene: no function words, and not the labels. */
  private Set<String> scene(PromptRequest request, String text) {
    String clean = ClassWords.clean(text);
    StringBuilder rest = new StringBuilder(clean);
    for (Mention mention : words.mentions(clean, request.slot().labels())) {
      rest.replace(mention.start(), mention.end(), " ".repeat(mention.end() - mention.start()));
    }
    Set<String> content = new HashSet<>(words(rest.toString()));
    content.removeAll(FUNCTION_WORDS);
    return content;
  }

  /** The share of words that two scenes have in common. */
  private static double alikeness(Set<String> a, Set<String> b) {
    Set<String> all = new HashSet<>(a);
    all.addAll(b);
    return all.isEmpty() ? 1 : (double) (a.size() + b.size() - all.size()) / all.size();
  }

  private static List<String> words(String text) {
    return WORD.matcher(text.toLowerCase(Locale.ROOT)).results().map(r -> r.group()).toList();
  }

  /** The classes that a text surely names. */
  private Set<String> named(PromptRequest request, String text) {
    return mentions(request, text).stream()
        .filter(Mention::certain)
        .map(Mention::className)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private List<Mention> mentions(PromptRequest request, String text) {
    Set<String> classes = new LinkedHashSet<>(request.slot().labels());
    classes.addAll(request.classNames());
    return words.mentions(text, classes);
  }
}
