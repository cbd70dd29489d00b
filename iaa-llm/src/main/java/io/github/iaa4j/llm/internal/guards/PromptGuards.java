package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.TemplatePromptAgent;
import io.github.iaa4j.core.sampling.TokenCounter;
import io.github.iaa4j.core.words.ClassWords;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is demanded of every prompt, whoever wrote it and whatever a judge says. Some of it no score
 * makes up for: each label is named and not denied, no other class of the data set is named, no
 * text in the image, collage or style is asked for, all letters are ones that the text encoder
 * knows, and it reads the prompt to the end. The rest costs: the prompt is one plain sentence, it
 * says where the scene is and, of several objects, where each stands, and it is no scene that was
 * used before. Each is a {@link PromptRule}, which finds its faults and repairs what is safe to
 * repair.
 *
 * <p>Immutable; safe for use by many threads if the token counter is.
 */
public final class PromptGuards {

  /** One repair can make way for another; without a bound, two could undo each other forever. */
  private static final int MAX_REPAIR_PASSES = 8;

  private final ClassWords words;
  private final PlainWords plain;
  private final SceneSetting setting;

  /** In the order in which a language model is told. */
  private final List<PromptRule> finding;

  /** In the order in which they repair: first what hides words from the others. */
  private final List<PromptRule> repairing;

  /**
   * @param words what classes are called
   * @param maxWords the most words that a prompt may have where nobody counts tokens
   * @param tokens counts tokens as the text encoder does, or null
   * @param example the scene that the model is shown, which small models like to copy
   */
  public PromptGuards(
      ClassWords words, int maxWords, @Nullable TokenCounter tokens, String example) {
    this.words = words;
    ReadableLetters letters = new ReadableLetters();
    PhotoStyle style = new PhotoStyle();
    plain = new PlainWords(letters);
    setting = new SceneSetting(plain, style);
    NamedLabels labels = new NamedLabels(setting);
    UnwantedClasses unwanted = new UnwantedClasses(style, setting);
    Repetition repetition = new Repetition();
    MaxLength length = new MaxLength(maxWords, tokens);
    OneSentence sentence = new OneSentence();
    finding =
        List.of(
            labels,
            unwanted,
            letters,
            style,
            repetition,
            length,
            sentence,
            plain,
            new DescribedScene(),
            new Positions(),
            new NewScene(example));
    repairing =
        List.of(
            plain, repetition, sentence, style, new OwnNames(), unwanted, labels, length, plain);
  }

  /** Every fault of a text. */
  public List<Finding> inspect(PromptRequest request, String written) {
    WrittenPrompt prompt = WrittenPrompt.of(context(request), written);
    return finding.stream().flatMap(rule -> rule.find(prompt).stream()).toList();
  }

  /** The best score that a prompt with these faults can have; 1 without any. */
  public static double scoreCap(List<Finding> findings) {
    return findings.stream().mapToDouble(finding -> finding.rule().scoreCap).min().orElse(1);
  }

  /** Whether images may be generated from a prompt with these faults. */
  public static boolean isUsable(List<Finding> findings) {
    return findings.stream().noneMatch(finding -> finding.rule().forbids);
  }

  /** Whether images may be generated from a text. */
  public boolean isUsable(PromptRequest request, String text) {
    return isUsable(inspect(request, text));
  }

  /**
   * Fixes what can be fixed without asking: marks and quotes go, one sentence stays, a label is
   * called by its own name, a clause that names an unwanted class is dropped, a missing label is
   * added. What is left is for {@link #inspect} to find. Repairing the result changes nothing more.
   */
  public String repair(PromptRequest request, String text) {
    PromptContext context = context(request);
    String repaired = MaxLength.bounded(text);
    for (int pass = 0; pass < MAX_REPAIR_PASSES; pass++) {
      String before = repaired;
      for (PromptRule rule : repairing) {
        repaired = rule.repair(context, repaired);
      }
      if (repaired.equals(before)) {
        break;
      }
    }
    return repaired;
  }

  /**
   * What takes the place of a text that cannot be repaired: the template, with each object's
   * position if that is usable, and with the text's setting if that is clean, else with the place
   * that the model was given.
   *
   * @param placed the template's prompt with each object's position
   * @param place such as {@code on a beach, at sunset}
   */
  public String fallback(PromptRequest request, String text, String placed, String place) {
    PromptContext context = context(request);
    String template = template(request);
    for (String where : List.of(setting.of(context, text), place)) {
      for (String whole : List.of(placed + ", " + where, template + " " + where)) {
        String clean = plain.repair(context, whole);
        if (!where.isEmpty() && inspect(request, clean).isEmpty()) {
          return clean;
        }
      }
    }
    return Stream.of(placed + ", " + place, template + " " + place, placed)
        .map(whole -> plain.repair(context, whole))
        .filter(whole -> isUsable(request, whole))
        .findFirst()
        .orElse(template);
  }

  /** Whether repairing left nothing of a text but its setting, behind the template. */
  public boolean isTemplate(PromptRequest request, String repaired, String written) {
    String template = template(request);
    return repaired.startsWith(template)
        && !plain.repair(context(request), written).startsWith(template);
  }

  /** Whether repairing changed words, and not marks alone. */
  public boolean isChanged(PromptRequest request, String repaired, String written) {
    return !repaired.equals(plain.repair(context(request), written));
  }

  private String template(PromptRequest request) {
    return TemplatePromptAgent.template(request.slot().labels(), words).text();
  }

  private PromptContext context(PromptRequest request) {
    return new PromptContext(request, words);
  }
}
