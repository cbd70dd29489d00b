package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.words.ClassWords;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Judges prompts by rules that hold for any diffusion model: every wanted class is named and no
 * other one is, the objects are large enough to learn from, there is a place, objects stand side by
 * side, and the prompt is neither long nor a repetition. Each fault costs a fixed part of the
 * score. No network, and the same prompt gets the same critique.
 */
public final class RuleBasedPromptCritic implements PromptCritic {

  private static final int MAX_WORDS = 40;
  private static final double SAME_WORDS = 0.9;

  private static final Pattern WORDS = Pattern.compile("[^\\p{L}\\p{N}]+");

  private static final Pattern SMALL =
      anyOf("tiny", "small", "little", "distant", "far away", "in the distance", "faraway");

  private static final Pattern STYLE =
      anyOf(
          "text",
          "caption",
          "logo",
          "watermark",
          "collage",
          "poster",
          "grid",
          "frame",
          "cartoon",
          "abstract",
          "screenshot");

  private static final Pattern APART =
      anyOf("behind", "in front of", "left of", "right of", "on the left", "on the right", "above");

  /**
   * Relations that a diffusion model paints. Sides and depth it often gets wrong, and then loses
   * one of the objects: Gokhale et al., <em>Benchmarking Spatial Relationships in Text-to-Image
   * Generation</em>, arXiv 2212.10015.
   */
  private static final Pattern SIDE_BY_SIDE =
      anyOf("beside", "next to", "alongside", "side by side", "together", "with", "by", "riding");

  static final List<String> PLACES =
      List.of(
          "grass",
          "meadow",
          "field",
          "pasture",
          "lawn",
          "sea",
          "ocean",
          "water",
          "lake",
          "river",
          "harbour",
          "street",
          "road",
          "city",
          "town",
          "night",
          "snow",
          "desert",
          "sand",
          "beach",
          "forest",
          "woods",
          "trees",
          "sky",
          "clouds",
          "room",
          "house",
          "kitchen",
          "garden",
          "park",
          "farm",
          "mountain",
          "mountains",
          "hill",
          "hills",
          "sunset",
          "dusk",
          "airport",
          "runway",
          "indoors",
          "yard",
          "barn",
          "shore",
          "coast",
          "village",
          "station",
          "table",
          "floor");

  private static final Pattern PLACE = anyOf(PLACES.toArray(String[]::new));

  /** What can be wrong with a prompt, what it costs, and what to do about it. */
  enum Fault {
    MISSING_CLASS(0.7, "Name every wanted object"),
    OTHER_CLASS(0.5, "Leave out every other object"),
    SMALL(0.3, "Make the objects large and close"),
    STYLE(0.3, "Describe a scene, not text, a collage or a style"),
    NO_PLACE(0.25, "Say where the scene is"),
    TOO_LONG(0.25, "Use fewer words"),
    REPEATS(0.25, "Choose another scene than before"),
    APART(0.25, "Put the objects beside each other");

    private final double cost;
    private final String advice;

    Fault(double cost, String advice) {
      this.cost = cost;
      this.advice = advice;
    }

    String advice() {
      return advice;
    }
  }

  private final ClassWords classWords;

  /** A critic that knows classes by the built-in words. */
  public RuleBasedPromptCritic() {
    this(ClassWords.builtIn());
  }

  /** A critic that knows classes by these words. */
  public RuleBasedPromptCritic(ClassWords classWords) {
    this.classWords = classWords;
  }

  @Override
  public Critique byRules(PromptRequest request, Prompt prompt) {
    return review(request, prompt).critique();
  }

  @Override
  public Description describe() {
    return Description.of("rules").with("words", classWords.describe());
  }

  @Override
  public Review review(PromptRequest request, Prompt prompt) {
    String text = prompt.text().toLowerCase(Locale.ROOT);
    double score = 1;
    List<String> advice = new ArrayList<>();
    List<String> missing =
        request.slot().labels().stream().filter(label -> !classWords.names(text, label)).toList();
    List<String> others =
        request.unwanted().stream().filter(name -> classWords.names(text, name)).toList();
    for (Fault fault : Fault.values()) {
      boolean found =
          switch (fault) {
            case MISSING_CLASS -> !missing.isEmpty();
            case OTHER_CLASS -> !others.isEmpty();
            case SMALL -> SMALL.matcher(text).find();
            case STYLE -> STYLE.matcher(text).find();
            case NO_PLACE -> !PLACE.matcher(text).find();
            case TOO_LONG -> words(text).size() > MAX_WORDS;
            case REPEATS -> repeats(text, request.memory());
            case APART ->
                request.slot().labels().size() > 1
                    && (APART.matcher(text).find() || !SIDE_BY_SIDE.matcher(text).find());
          };
      if (found) {
        score -= fault.cost;
        advice.add(
            switch (fault) {
              case MISSING_CLASS -> fault.advice + ": " + spoken(missing) + ".";
              case OTHER_CLASS -> fault.advice + ": " + spoken(others) + ".";
              default -> fault.advice + ".";
            });
      }
    }
    // Two decimals, so that sums of costs compare with a threshold as people read them.
    double rounded = Math.max(0, Math.round(score * 100) / 100.0);
    return new Review(new Critique(rounded, String.join(" ", advice)), 0);
  }

  private String spoken(List<String> classNames) {
    return String.join(", ", classNames.stream().map(classWords::spoken).toList());
  }

  private static boolean repeats(String text, Collection<String> memory) {
    Set<String> own = words(text);
    return memory.stream()
        .map(earlier -> words(earlier.toLowerCase(Locale.ROOT)))
        .anyMatch(earlier -> overlap(own, earlier) >= SAME_WORDS);
  }

  /** Jaccard similarity of two sets of words. */
  private static double overlap(Set<String> a, Set<String> b) {
    long common = a.stream().filter(b::contains).count();
    return common / (double) Math.max(1, a.size() + b.size() - common);
  }

  private static Set<String> words(String text) {
    Set<String> words = new LinkedHashSet<>(List.of(WORDS.split(text)));
    words.remove("");
    return words;
  }

  private static Pattern anyOf(String... words) {
    return Pattern.compile("(?<!\\p{L})(?:" + String.join("|", List.of(words)) + ")(?!\\p{L})");
  }
}
