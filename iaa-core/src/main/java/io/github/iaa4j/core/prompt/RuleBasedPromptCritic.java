package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.words.ClassWords;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Judges prompts by rules that hold for any diffusion model: every wanted class is named and no
 * other one is, the objects are large enough to learn from, there is a place, objects stand side by
 * side, and the prompt is neither long nor a repetition. Each fault takes a fixed part off the
 * score. No network is used, and the same prompt gets the same critique.
 */
public final class RuleBasedPromptCritic implements PromptCritic {

  private static final int MAX_WORDS = 40;
  private static final double REPEATS_FROM = 0.9;

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
   * Relations that diffusion models get right. Sides and depth they often get wrong, and then lose
   * one of the objects: Gokhale et al., <em>Benchmarking Spatial Relationships in Text-to-Image
   * Generation</em>, arXiv 2212.10015.
   */
  private static final Pattern SIDE_BY_SIDE =
      anyOf("beside", "next to", "alongside", "side by side", "together", "with", "by", "riding");

  private static final Pattern PLACE =
      anyOf(
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

  /** A fault that is looked for, what it takes off the score, and how to correct it. */
  private enum Rule {
    MISSING_CLASS(Fault.Kind.MISSING_CLASS, 0.7, "Name every wanted object"),
    UNWANTED_CLASS(Fault.Kind.UNWANTED_CLASS, 0.5, "Leave out every other object"),
    SMALL_OBJECTS(Fault.Kind.SMALL_OBJECTS, 0.3, "Make the objects large and close"),
    STYLE(Fault.Kind.STYLE, 0.3, "Describe a scene, not text, a collage or a style"),
    NO_PLACE(Fault.Kind.NO_PLACE, 0.25, "Say where the scene is"),
    TOO_LONG(Fault.Kind.TOO_LONG, 0.25, "Use fewer words"),
    REPEATS(Fault.Kind.REPEATS, 0.25, "Choose another scene than before"),
    NOT_SIDE_BY_SIDE(Fault.Kind.NOT_SIDE_BY_SIDE, 0.25, "Put the objects beside each other");

    private final Fault.Kind kind;
    private final double penalty;
    private final String advice;

    Rule(Fault.Kind kind, double penalty, String advice) {
      this.kind = kind;
      this.penalty = penalty;
      this.advice = advice;
    }

    Fault fault() {
      return new Fault(kind, advice + ".");
    }

    Fault fault(List<String> classes, ClassWords words) {
      String spoken = String.join(", ", classes.stream().map(words::spoken).toList());
      return new Fault(kind, classes, advice + ": " + spoken + ".");
    }
  }

  private final ClassWords classWords;

  /** A critic that knows classes by the built-in words. */
  public RuleBasedPromptCritic() {
    this(ClassWords.builtIn());
  }

  /** A critic that knows classes by these words. */
  public RuleBasedPromptCritic(ClassWords classWords) {
    this.classWords = Objects.requireNonNull(classWords, "classWords");
  }

  /** The words; nothing else can be set. */
  @Override
  public Description describe() {
    return Description.of("rules").with("words", classWords.describe());
  }

  /** The critique of {@link #review}: this critic has rules only. */
  @Override
  public Critique byRules(PromptRequest request, Prompt prompt) {
    return review(request, prompt).critique();
  }

  /**
   * {@inheritDoc}
   *
   * <p>Does not ask a language model: costs no tokens and never throws an {@link
   * io.github.iaa4j.core.error.LlmException}.
   */
  @Override
  public Review review(PromptRequest request, Prompt prompt) {
    String text = prompt.text().toLowerCase(Locale.ROOT);
    List<String> labels = request.slot().labels();
    List<String> missing = labels.stream().filter(label -> !classWords.names(text, label)).toList();
    List<String> unwanted =
        request.unwanted().stream().filter(name -> classWords.names(text, name)).toList();
    double score = 1;
    List<Fault> faults = new ArrayList<>();
    for (Rule rule : Rule.values()) {
      boolean isBroken =
          switch (rule) {
            case MISSING_CLASS -> !missing.isEmpty();
            case UNWANTED_CLASS -> !unwanted.isEmpty();
            case SMALL_OBJECTS -> SMALL.matcher(text).find();
            case STYLE -> STYLE.matcher(text).find();
            case NO_PLACE -> !PLACE.matcher(text).find();
            case TOO_LONG -> words(text).size() > MAX_WORDS;
            case REPEATS -> repeats(text, request.memory());
            case NOT_SIDE_BY_SIDE ->
                labels.size() > 1
                    && (APART.matcher(text).find() || !SIDE_BY_SIDE.matcher(text).find());
          };
      if (isBroken) {
        score -= rule.penalty;
        faults.add(
            switch (rule) {
              case MISSING_CLASS -> rule.fault(missing, classWords);
              case UNWANTED_CLASS -> rule.fault(unwanted, classWords);
              default -> rule.fault();
            });
      }
    }
    // Two decimals, so that sums of penalties compare with a threshold as people read them.
    double rounded = Math.max(0, Math.round(score * 100) / 100.0);
    return new Review(new Critique(rounded, faults), 0);
  }

  private static boolean repeats(String text, Collection<String> memory) {
    Set<String> own = words(text);
    return memory.stream()
        .map(earlier -> words(earlier.toLowerCase(Locale.ROOT)))
        .anyMatch(earlier -> overlap(own, earlier) >= REPEATS_FROM);
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
