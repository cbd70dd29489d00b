package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.core.words.Homoglyphs;
import io.github.iaa4j.llm.internal.guards.Finding.Rule;
import java.lang.Character.UnicodeScript;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All letters are of scripts that English or the data set's names are written in. Letters that look
 * like Latin ones become them, and others are removed.
 */
final class ReadableLetters implements PromptRule {

  /** The end of Latin Extended-B. Text encoders were hardly trained on what comes after it. */
  private static final int LAST_LATIN = 0x24F;

  private static final int MAX_LETTERS_SHOWN = 5;

  @Override
  public List<Finding> find(WrittenPrompt prompt) {
    Set<UnicodeScript> known = scripts(prompt.context());
    String foreign =
        prompt
            .text()
            .codePoints()
            .filter(c -> isForeign(c, known))
            .distinct()
            .limit(MAX_LETTERS_SHOWN)
            .mapToObj(Character::toString)
            .collect(Collectors.joining());
    return foreign.isEmpty()
        ? List.of()
        : List.of(
            new Finding(
                Rule.FOREIGN_LETTERS,
                List.of(foreign),
                "Use English letters, not " + foreign + "."));
  }

  @Override
  public String repair(PromptContext context, String text) {
    Set<UnicodeScript> known = scripts(context);
    String clean = ClassWords.clean(text);
    if (clean.codePoints().noneMatch(c -> isForeign(c, known))) {
      return clean;
    }
    StringBuilder kept = new StringBuilder();
    clean
        .codePoints()
        .forEach(
            c -> {
              if (!isForeign(c, known)) {
                kept.appendCodePoint(c);
              } else if (Character.isBmpCodePoint(c)) {
                kept.append(asciiLike((char) c));
              }
            });
    return kept.toString();
  }

  private static String asciiLike(char letter) {
    char latin = Homoglyphs.latin(letter);
    if (latin >= 0x80) {
      return "";
    }
    return Character.toString(Character.isUpperCase(letter) ? Character.toUpperCase(latin) : latin);
  }

  /** The scripts of the classes' names other than Latin. */
  private static Set<UnicodeScript> scripts(PromptContext context) {
    return Stream.concat(context.request().classNames().stream(), context.labels().stream())
        .flatMapToInt(name -> context.words().spoken(name).codePoints())
        .mapToObj(UnicodeScript::of)
        .filter(script -> script != UnicodeScript.LATIN)
        .collect(Collectors.toSet());
  }

  private static boolean isForeign(int letter, Set<UnicodeScript> known) {
    if (!Character.isLetter(letter)) {
      return false;
    }
    UnicodeScript script = UnicodeScript.of(letter);
    return script == UnicodeScript.LATIN ? letter > LAST_LATIN : !known.contains(script);
  }
}
