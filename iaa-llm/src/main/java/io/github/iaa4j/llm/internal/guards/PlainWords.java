package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.llm.internal.guards.Finding.Rule;
import java.util.List;
import java.util.regex.Pattern;

/** It is plain words: no quotes, no markup, no list marks, no words of the model about itself. */
final class PlainWords implements PromptRule {

  private static final Pattern MARKUP =
      Pattern.compile("[\"“”„«»`*_#<>\\[\\]{}()|~^\\\\\\p{So}\\p{Sk}\\p{Cs}\\p{Co}\\p{Cn}]");
  private static final Pattern MARKUP_IN_WORDS =
      Pattern.compile("(?<=[\\p{L}\\p{N}])" + MARKUP + "++(?=[\\p{L}\\p{N}])");
  private static final Pattern OPTIONAL_PLURAL = Pattern.compile("(?<=\\p{L})\\((e?s)\\)");
  private static final Pattern LOOSE_APOSTROPHE =
      Pattern.compile("(?<![\\p{L}\\p{N}])['’‘]|['’‘](?![\\p{L}\\p{N}])");
  private static final Pattern SPACE = Pattern.compile("[\\s\\p{Z}\\p{C}]+");
  private static final Pattern PREAMBLE =
      Pattern.compile(
          "^(?:[-•\\s]|\\d+[.)]\\s|(?:sure|okay|certainly)\\b[,.!:]?\\s*"
              + "|(?:here is|here's)\\b[^:]{0,40}:"
              + "|(?:image |photo )?(?:prompt|caption|description|scene|sentence|output)\\s*:)++",
          Pattern.CASE_INSENSITIVE);

  private final ReadableLetters letters;

  PlainWords(ReadableLetters letters) {
    this.letters = letters;
  }

  @Override
  public List<Finding> find(WrittenPrompt prompt) {
    return prompt.written().equals(repair(prompt.context(), prompt.written()))
        ? List.of()
        : List.of(new Finding(Rule.MARKUP, "Use plain words without quotes or marks."));
  }

  /** In readable letters as well, because letters that are removed leave marks and blanks. */
  @Override
  public String repair(PromptContext context, String text) {
    String line = letters.repair(context, MaxLength.bounded(text));
    line = OPTIONAL_PLURAL.matcher(line).replaceAll("$1");
    // What a mark holds apart stays apart, or "black_dog" would become a word of its own.
    line = MARKUP_IN_WORDS.matcher(line).replaceAll(" ");
    line = MARKUP.matcher(line).replaceAll("");
    line = LOOSE_APOSTROPHE.matcher(line).replaceAll("");
    line = SPACE.matcher(line).replaceAll(" ").strip();
    line = PREAMBLE.matcher(line).replaceFirst("").strip();
    return English.withoutTrailingMarks(line);
  }
}
