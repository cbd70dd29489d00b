package io.github.iaa4j.llm;

import io.github.iaa4j.core.prompt.ClassWords;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.TemplatePromptAgent;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is demanded of every prompt, whoever wrote it and whatever a judge says: it names each
 * label, it names no other class of the data set, and it is one plain sentence of bounded length.
 * Faults are found by rules, and mended where that is safe.
 */
final class PromptGuards {

  /** What a prompt can get wrong. */
  enum Rule {
    LABEL_MISSING(0.3),
    UNWANTED_CLASS(0.4),
    NEGATED(0.4),
    STUTTER(0.4),
    TOO_LONG(0.6),
    SEVERAL_SENTENCES(0.6),
    MARKUP(0.6),
    BARE(0.7),
    LIKE_EARLIER(0.7);

    private final double ceiling;

    Rule(double ceiling) {
      this.ceiling = ceiling;
    }
  }

  /**
   * A fault.
   *
   * @param advice one sentence that says what to do
   */
  record Finding(Rule rule, String advice) {}

  private record Mention(String className, int start, int end) {}

  private static final double ALIKE = 0.75;
  private static final int MOST_REPEATS = 2;
  private static final int LEAST_SCENE_WORDS = 2;
  private static final int MOST_MENTIONS = 2;

  /** Far more than any prompt has. Patterns cannot go on over text without end. */
  private static final int LONGEST = 2_000;

  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+(?:['’-][\\p{L}\\p{N}]+)*");
  private static final Pattern MARKUP = Pattern.compile("[\"“”„«»`*_#<>\\[\\]{}()|~^\\\\]");
  private static final Pattern LOOSE_APOSTROPHE =
      Pattern.compile("(?<![\\p{L}\\p{N}])['’‘]|['’‘](?![\\p{L}\\p{N}])");
  private static final Pattern SPACE = Pattern.compile("[\\s\\p{Z}\\p{C}]+");
  private static final Pattern PREAMBLE =
      Pattern.compile(
          "^(?:[-•\\s]|\\d+[.)]\\s|(?:sure|okay|certainly)\\b[,.!:]?\\s*"
              + "|(?:here is|here's)\\b[^:]{0,40}:"
              + "|(?:image |photo )?(?:prompt|caption|description|scene|sentence|output)\\s*:)+",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.!?])\\s+(?=\\p{L})");
  private static final Pattern TAIL = Pattern.compile("[\\s.,;:!?…-]+$");
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
      Pattern.compile("\\b(?:no|not|without|never|nor)(?: \\p{L}+){0,2} $");
  private static final Pattern DANGLING =
      Pattern.compile(
          "(?:[\\s,;]+(?:a|an|the|and|or|of|in|on|at|with|to|for|by|from|near|under|over|while|that"
              + "|which|is|are|its|his|her|their|as))+$",
          Pattern.CASE_INSENSITIVE);
  private static final Set<String> FUNCTION_WORDS =
      Set.of(
          "a", "an", "the", "and", "or", "of", "in", "on", "at", "with", "to", "by", "from", "is",
          "are", "its", "it", "that", "while", "as", "photo", "image", "picture", "near", "under",
          "over", "for", "their");
  private static final Set<String> PLURALS =
      Set.of("people", "men", "women", "children", "cattle", "oxen");

  /** One class of COCO is a colour too: "an orange cat" shows no fruit. */
  private static final Pattern ORANGE_AS_COLOUR =
      Pattern.compile(
          "orange (?!(?:and|or|in|on|at|with|is|near|by|under|lies|sits|beside) )\\p{L}");

  /** By class name; a data set has few. */
  private static final Map<String, Pattern> PATTERNS = new ConcurrentHashMap<>();

  private final int maxWords;
  private final String example;

  /**
   * @param maxWords the most words that a prompt may have
   * @param example the scene that the model is shown, which small models like to copy
   */
  PromptGuards(int maxWords, String example) {
    this.maxWords = maxWords;
    this.example = example;
  }

  /** Every fault of a text, worst first. */
  List<Finding> inspect(PromptRequest request, String text) {
    List<Finding> findings = new ArrayList<>();
    List<String> labels = request.slot().labels();
    Set<String> named = named(text, request);
    for (String label : labels) {
      if (!named.contains(label)) {
        findings.add(new Finding(Rule.LABEL_MISSING, "Name the " + ClassWords.spoken(label) + "."));
      }
    }
    for (String other : request.unwanted()) {
      if (named.contains(other)) {
        findings.add(
            new Finding(Rule.UNWANTED_CLASS, "Leave out the " + ClassWords.spoken(other) + "."));
      }
    }
    for (String label : labels) {
      List<Mention> mentions =
          mentions(text, request.classNames()).stream()
              .filter(mention -> mention.className().equals(label))
              .toList();
      String name = ClassWords.spoken(label);
      if (mentions.stream()
          .anyMatch(
              mention ->
                  NEGATION
                      .matcher(text.substring(0, mention.start()).toLowerCase(Locale.ROOT))
                      .find())) {
        findings.add(new Finding(Rule.NEGATED, "Do not say that there is no " + name + "."));
      }
      if (mentions.size() > MOST_MENTIONS) {
        findings.add(new Finding(Rule.STUTTER, "Name the " + name + " once."));
      }
    }
    List<String> words = words(text);
    Map<String, Integer> counts = new TreeMap<>();
    words.stream()
        .filter(word -> !FUNCTION_WORDS.contains(word))
        .forEach(word -> counts.merge(word, 1, Integer::sum));
    counts.forEach(
        (word, count) -> {
          if (count > MOST_REPEATS) {
            findings.add(new Finding(Rule.STUTTER, "Do not repeat the word " + word + "."));
          }
        });
    if (words.size() > maxWords) {
      findings.add(new Finding(Rule.TOO_LONG, "Use at most " + maxWords + " words."));
    }
    if (SENTENCE_END.matcher(text.strip()).find()) {
      findings.add(new Finding(Rule.SEVERAL_SENTENCES, "Write one sentence."));
    }
    if (!text.equals(plain(text))) {
      findings.add(new Finding(Rule.MARKUP, "Use plain words without quotes or marks."));
    }
    if (scene(request, text).size() < LEAST_SCENE_WORDS) {
      findings.add(new Finding(Rule.BARE, "Say what it looks like and where it is."));
    }
    if (Stream.concat(request.memory().stream(), Stream.of(example))
        .anyMatch(earlier -> alikeness(request, text, earlier) >= ALIKE)) {
      findings.add(
          new Finding(Rule.LIKE_EARLIER, "Choose another scene; this one was used before."));
    }
    return findings;
  }

  /** The best score that a prompt with these faults can have; 1 without any. */
  static double ceiling(List<Finding> findings) {
    return findings.stream().mapToDouble(finding -> finding.rule().ceiling).min().orElse(1);
  }

  /** Whether a text names each label, once or twice, and no other class. */
  boolean truthful(PromptRequest request, String text) {
    return ceiling(inspect(request, text)) > Rule.STUTTER.ceiling;
  }

  /**
   * Mends what can be mended without asking: marks and quotes go, one sentence stays, a label is
   * called by its own name, a clause that names an unwanted class is dropped, a missing label is
   * added. What is left is for {@link #inspect} to find. Mending twice changes nothing more.
   */
  String repair(PromptRequest request, String text) {
    String mended = text.length() > LONGEST ? text.substring(0, LONGEST) : text;
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
   * What remains where a text cannot be mended: the template, with the text's setting if that is
   * clean, else with the place that the model was given.
   *
   * @param place such as {@code on a beach, at sunset}
   */
  String floor(PromptRequest request, String text, String place) {
    String bare = TemplatePromptAgent.template(request.slot().labels()).text();
    for (String setting : List.of(setting(request, text), place)) {
      String whole = bare + " " + setting;
      if (!setting.isEmpty() && words(whole).size() <= maxWords && truthful(request, whole)) {
        return whole;
      }
    }
    return bare;
  }

  private String repairOnce(PromptRequest request, String text) {
    String mended = plain(text);
    mended = STUTTER.matcher(mended).replaceAll("$1");
    mended = oneSentence(request, mended);
    for (String label : request.slot().labels()) {
      mended = callByName(request, mended, label);
    }
    mended = dropUnwanted(request, mended);
    mended = addMissing(request, mended);
    return plain(shorten(request, mended));
  }

  private static String plain(String text) {
    String line = MARKUP.matcher(text).replaceAll("");
    line = LOOSE_APOSTROPHE.matcher(line).replaceAll("");
    line = SPACE.matcher(line).replaceAll(" ").strip();
    line = PREAMBLE.matcher(line).replaceFirst("").strip();
    return TAIL.matcher(line).replaceFirst("");
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
      if (named(joined, request).containsAll(request.slot().labels())) {
        return joined;
      }
    }
    return clean.get(0);
  }

  /** The painter and the classifier know a class by its name, so the name stands in the prompt. */
  private static String callByName(PromptRequest request, String text, String label) {
    String name = ClassWords.spoken(label);
    List<Mention> mentions =
        mentions(text, request.classNames()).stream()
            .filter(mention -> mention.className().equals(label))
            .toList();
    if (mentions.isEmpty()
        || mentions.stream().anyMatch(m -> isForm(text.substring(m.start(), m.end()), name))) {
      return text;
    }
    Mention first = mentions.get(0);
    String word = text.substring(first.start(), first.end()).toLowerCase(Locale.ROOT);
    boolean plural =
        PLURALS.contains(word)
            || ClassWords.allWords(label).stream().noneMatch(known -> known.equals(word));
    String before = text.substring(0, first.start());
    if (!plural) {
      before =
          Pattern.compile("\\b([Aa])n? $")
              .matcher(before)
              .replaceFirst(m -> m.group(1) + ("aeiou".indexOf(name.charAt(0)) >= 0 ? "n " : " "));
    }
    return before + (plural ? plural(name) : name) + text.substring(first.end());
  }

  private static boolean isForm(String word, String name) {
    String lower = word.toLowerCase(Locale.ROOT);
    return lower.startsWith(name) || lower.equals(plural(name));
  }

  private static String plural(String name) {
    return switch (name) {
      case "sheep" -> name;
      case "person" -> "people";
      case "knife" -> "knives";
      case "mouse" -> "mice";
      default -> name + (name.matches(".*(?:s|x|ch|sh)") ? "es" : "s");
    };
  }

  private static String dropUnwanted(PromptRequest request, String text) {
    String[] clauses = CLAUSE.split(text, -1);
    StringBuilder kept = new StringBuilder();
    boolean dropped = false;
    for (int i = 0; i < clauses.length; i++) {
      Set<String> named = named(clauses[i], request);
      boolean unwanted = request.unwanted().stream().anyMatch(named::contains);
      boolean wanted = request.slot().labels().stream().anyMatch(named::contains);
      if (unwanted && (wanted || i == 0)) {
        return text;
      }
      if (unwanted) {
        String setting = setting(request, clauses[i]);
        kept.append(setting.isEmpty() ? "" : " " + setting);
      } else if (wanted || !dropped || !POINTS_BACK.matcher(clauses[i]).find()) {
        kept.append(clauses[i]);
      }
      dropped = unwanted;
    }
    return kept.toString();
  }

  private static String addMissing(PromptRequest request, String text) {
    Set<String> named = named(text, request);
    List<String> missing =
        request.slot().labels().stream().filter(label -> !named.contains(label)).toList();
    if (missing.isEmpty()) {
      return text;
    }
    if (missing.size() == request.slot().labels().size()) {
      // The text is about something else; only where it plays can be kept.
      String bare = TemplatePromptAgent.template(missing).text();
      String setting = setting(request, text);
      return setting.isEmpty() ? bare : bare + " " + setting;
    }
    return missing.stream()
        .map(label -> ClassWords.withArticle(ClassWords.spoken(label)))
        .collect(Collectors.joining(" and ", text + ", with ", ""));
  }

  private String shorten(PromptRequest request, String text) {
    if (words(text).size() <= maxWords) {
      return text;
    }
    List<String> clauses = new ArrayList<>(List.of(CLAUSE.split(text, -1)));
    while (clauses.size() > 1 && words(String.join("", clauses)).size() > maxWords) {
      clauses.remove(clauses.size() - 1);
    }
    String cut = String.join("", clauses);
    if (words(cut).size() > maxWords) {
      Matcher word = WORD.matcher(cut);
      int end = 0;
      for (int i = 0; i < maxWords && word.find(); i++) {
        end = word.end();
      }
      cut = cut.substring(0, end);
    }
    cut = DANGLING.matcher(cut).replaceFirst("");
    return named(cut, request).containsAll(request.slot().labels()) ? cut : text;
  }

  /** The part of a text that says where it plays, as far as it names no class at all. */
  private static String setting(PromptRequest request, String text) {
    Matcher place = SETTING.matcher(plain(text));
    if (!place.find()) {
      return "";
    }
    StringBuilder kept = new StringBuilder();
    for (String clause : CLAUSE.split(SENTENCE_END.split(place.group(), -1)[0], -1)) {
      if (!mentions(clause, request.classNames()).isEmpty()) {
        break;
      }
      kept.append(clause);
    }
    return TAIL.matcher(DANGLING.matcher(kept).replaceFirst("")).replaceFirst("");
  }

  /** The words that make the scene: no function words, and not the labels. */
  private static Set<String> scene(PromptRequest request, String text) {
    Set<String> content = new HashSet<>(words(text));
    content.removeAll(FUNCTION_WORDS);
    for (String label : request.slot().labels()) {
      for (String word : ClassWords.allWords(label)) {
        content.removeAll(words(word));
        content.remove(plural(word));
      }
    }
    return content;
  }

  private static double alikeness(PromptRequest request, String a, String b) {
    Set<String> first = scene(request, a);
    Set<String> second = scene(request, b);
    Set<String> all = new HashSet<>(first);
    all.addAll(second);
    first.retainAll(second);
    return all.isEmpty() ? 1 : (double) first.size() / all.size();
  }

  private static List<String> words(String text) {
    return WORD.matcher(text.toLowerCase(Locale.ROOT)).results().map(r -> r.group()).toList();
  }

  private static Set<String> named(String text, PromptRequest request) {
    Set<String> classes = new LinkedHashSet<>(request.slot().labels());
    classes.addAll(request.classNames());
    return mentions(text, classes).stream()
        .map(Mention::className)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** Where classes are named. A hot dog is no dog: the longer of two nested mentions counts. */
  private static List<Mention> mentions(String text, Collection<String> classes) {
    String lower = text.toLowerCase(Locale.ROOT);
    List<Mention> found = new ArrayList<>();
    for (String className : classes) {
      Matcher matcher = pattern(className).matcher(lower);
      while (matcher.find()) {
        boolean colour =
            className.equals("orange")
                && ORANGE_AS_COLOUR
                    .matcher(lower)
                    .region(matcher.start(), lower.length())
                    .lookingAt();
        if (!colour) {
          found.add(new Mention(className, matcher.start(), matcher.end()));
        }
      }
    }
    return found.stream()
        .filter(
            mention ->
                found.stream()
                    .noneMatch(
                        other ->
                            other.start() <= mention.start()
                                && other.end() >= mention.end()
                                && other.end() - other.start() > mention.end() - mention.start()))
        .sorted(Comparator.comparingInt(Mention::start))
        .toList();
  }

  private static Pattern pattern(String className) {
    return PATTERNS.computeIfAbsent(className, PromptGuards::compile);
  }

  private static Pattern compile(String className) {
    return Pattern.compile(
        ClassWords.allWords(className).stream()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .map(Pattern::quote)
            .collect(
                Collectors.joining("|", "(?<![\\p{L}\\p{N}])(?:", ")(?:s|es)?(?![\\p{L}\\p{N}])")));
  }
}
