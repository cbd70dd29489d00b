package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.internal.Sha256;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.outcome.Reason.Kind;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.words.ClassWords;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is known of a diffusion model from the prompts that it has generated images from: which
 * words go with images that were accepted. An image that was rejected for one class still counts as
 * one that showed the others, as far as the filter's reasons name classes: those that are {@link
 * Reason.Kind#MISSING}, or else those of any other reason. An image that only repeats another one
 * counts as accepted; one that could not be generated does not count.
 *
 * <p>What is learnt is what the filter accepted. A filter that is wrong about a colour teaches that
 * the colour cannot be generated.
 *
 * <p>Immutable, and safe for use by several threads.
 */
public final class GenerationExperience {

  private static final GenerationExperience NONE =
      new GenerationExperience(List.of(), ClassWords.builtIn());

  /** How many attempts weigh as much as what is known without them. */
  private static final double PRIOR_ATTEMPTS = 4;

  private static final int MAX_WORDS_SHOWN = 3;
  private static final int MIN_ATTEMPTS_SHOWN = 6;

  /** In log odds: below this a word makes little difference. */
  private static final double MIN_EFFECT_SHOWN = 0.25;

  private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}\\p{N}]+");

  private final List<GeneratedPrompt> prompts;
  private final ClassWords classWords;
  private final Count all = new Count();
  private final Map<String, Count> byClass = new HashMap<>();
  private final Map<String, Count> byWord = new HashMap<>();
  private final Map<String, Map<String, Count>> byClassAndWord = new HashMap<>();
  private final Map<String, String> adviceByLabel = new ConcurrentHashMap<>();

  private GenerationExperience(List<GeneratedPrompt> prompts, ClassWords classWords) {
    this.prompts = List.copyOf(prompts);
    this.classWords = classWords;
    this.prompts.forEach(this::learn);
  }

  /** Nothing generated yet. */
  public static GenerationExperience none() {
    return NONE;
  }

  /** What these prompts teach; classes are named with the built-in words. */
  public static GenerationExperience of(List<GeneratedPrompt> prompts) {
    return prompts.isEmpty() ? NONE : new GenerationExperience(prompts, NONE.classWords);
  }

  /** The same, with classes named in these words, which are those of the prompts. */
  public GenerationExperience withWords(ClassWords words) {
    return words == classWords ? this : new GenerationExperience(prompts, words);
  }

  /** This and what another experience adds, with the words of this. */
  public GenerationExperience and(GenerationExperience more) {
    return of(Stream.concat(prompts.stream(), more.prompts.stream()).toList())
        .withWords(classWords);
  }

  /** How much it is and its checksum, for the run's files: the same in every process. */
  public Description describe() {
    MessageDigest digest = Sha256.digest();
    for (GeneratedPrompt prompt : prompts) {
      List<Object> parts =
          List.of(
              prompt.labels(),
              prompt.prompt().text(),
              prompt.attempts(),
              prompt.accepted(),
              prompt.reasons());
      String repeats = prompt.repeats() == 0 ? "" : " repeats " + prompt.repeats();
      digest.update((parts + repeats).getBytes(StandardCharsets.UTF_8));
    }
    return Description.of("experience")
        .with("prompts", prompts.size())
        .with("sha256", Sha256.hex(digest).substring(0, 16));
  }

  /** The prompts that it comes from. */
  public List<GeneratedPrompt> prompts() {
    return prompts;
  }

  /** Whether nothing is known. */
  public boolean isEmpty() {
    return prompts.isEmpty();
  }

  private void learn(GeneratedPrompt prompt) {
    Set<String> words = words(prompt.prompt().text());
    for (String label : prompt.labels()) {
      int shown = prompt.repeats() + (prompt.accepted() ? 1 : 0);
      int judged = shown;
      for (Map.Entry<List<Reason>, Integer> rejected : prompt.reasons().entrySet()) {
        judged += rejected.getValue();
        Set<String> blamed = blamed(rejected.getKey(), prompt.labels());
        if (!blamed.isEmpty() && !blamed.contains(label)) {
          shown += rejected.getValue();
        }
      }
      all.add(judged, shown);
      byClass.computeIfAbsent(label, k -> new Count()).add(judged, shown);
      Map<String, Count> ofClass = byClassAndWord.computeIfAbsent(label, k -> new TreeMap<>());
      for (String word : words) {
        byWord.computeIfAbsent(word, k -> new Count()).add(judged, shown);
        ofClass.computeIfAbsent(word, k -> new Count()).add(judged, shown);
      }
    }
  }

  /** Those of the labels that an image did not show, as far as its reasons say which. */
  private static Set<String> blamed(List<Reason> reasons, List<String> labels) {
    Set<String> blamed = new HashSet<>();
    boolean isMissing = reasons.stream().anyMatch(reason -> reason.kind() == Kind.MISSING);
    for (Reason reason : reasons) {
      if (!isMissing || reason.kind() == Kind.MISSING) {
        blamed.addAll(reason.classes());
      }
    }
    blamed.retainAll(labels);
    return blamed;
  }

  /**
   * How probable it is that one image of a text shows all labels, by naive Bayes over its words and
   * pairs of neighbouring words. Good for comparing texts for the same labels; overconfident as a
   * probability.
   *
   * @return in (0, 1); 0.5 for each label where nothing is known
   */
  public double expectation(List<String> labels, String text) {
    Set<String> words = words(text);
    double product = 1;
    for (String label : labels) {
      double odds = logOdds(shownShare(label));
      for (String word : words) {
        odds += effect(label, word);
      }
      product *= 1 / (1 + StrictMath.exp(-odds));
    }
    return product;
  }

  /**
   * What is known of these labels, in a sentence for each that writers can act on; may be empty.
   */
  public String advice(List<String> labels) {
    return labels.stream()
        .map(label -> adviceByLabel.computeIfAbsent(label, this::adviceOn))
        .filter(Predicate.not(String::isEmpty))
        .collect(Collectors.joining(" "));
  }

  private String adviceOn(String label) {
    List<Map.Entry<String, Double>> effects =
        byClassAndWord.getOrDefault(label, Map.of()).entrySet().stream()
            .filter(entry -> entry.getValue().judged >= MIN_ATTEMPTS_SHOWN)
            .map(Map.Entry::getKey)
            .filter(word -> word.length() > 2 && word.indexOf(' ') < 0)
            .filter(
                word -> byClass.keySet().stream().noneMatch(name -> classWords.names(word, name)))
            .map(word -> Map.entry(word, effect(label, word)))
            .sorted(Comparator.comparingDouble(entry -> -entry.getValue()))
            .toList();
    String more =
        some(effects.stream().filter(entry -> entry.getValue() > MIN_EFFECT_SHOWN).toList());
    String fewer =
        some(
            effects.stream()
                .filter(entry -> entry.getValue() < -MIN_EFFECT_SHOWN)
                .sorted(Comparator.comparingDouble(Map.Entry::getValue))
                .toList());
    if (more.isEmpty() && fewer.isEmpty()) {
      return "";
    }
    return "Images of "
        + ClassWords.withArticle(classWords.spoken(label))
        + " come out "
        + (more.isEmpty() ? "" : "well with " + more)
        + (more.isEmpty() || fewer.isEmpty() ? "" : " and ")
        + (fewer.isEmpty() ? "" : "badly with " + fewer)
        + ".";
  }

  private static String some(List<Map.Entry<String, Double>> effects) {
    return effects.stream()
        .limit(MAX_WORDS_SHOWN)
        .map(Map.Entry::getKey)
        .collect(Collectors.joining(", "));
  }

  private double shownShare(String label) {
    return byClass.getOrDefault(label, Count.NOTHING).share(overallShare());
  }

  private double overallShare() {
    return all.share(0.5);
  }

  /** By how much a word changes the log odds of a class; drawn towards what it does elsewhere. */
  private double effect(String label, String word) {
    double overall = overallShare();
    double ofClass = logOdds(shownShare(label));
    double elsewhere =
        logOdds(byWord.getOrDefault(word, Count.NOTHING).share(overall)) - logOdds(overall);
    double prior = 1 / (1 + StrictMath.exp(-(ofClass + elsewhere)));
    Count count = byClassAndWord.getOrDefault(label, Map.of()).getOrDefault(word, Count.NOTHING);
    return logOdds(count.share(prior)) - ofClass;
  }

  private static double logOdds(double share) {
    return StrictMath.log(share / (1 - share));
  }

  /** Words, and pairs of neighbouring words: a colour belongs to the word that follows it. */
  private static Set<String> words(String text) {
    Set<String> words = new LinkedHashSet<>();
    String before = "";
    for (String word : BETWEEN_WORDS.split(text.toLowerCase(Locale.ROOT), -1)) {
      if (!word.isEmpty()) {
        words.add(word);
        if (!before.isEmpty()) {
          words.add(before + " " + word);
        }
        before = word;
      }
    }
    return words;
  }

  private static final class Count {
    static final Count NOTHING = new Count();

    private int judged;
    private int shown;

    void add(int moreJudged, int moreShown) {
      judged += moreJudged;
      shown += moreShown;
    }

    double share(double prior) {
      return (shown + PRIOR_ATTEMPTS * prior) / (judged + PRIOR_ATTEMPTS);
    }
  }
}
