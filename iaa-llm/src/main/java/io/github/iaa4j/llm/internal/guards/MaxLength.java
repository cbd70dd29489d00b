package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.core.sampling.TokenCounter;
import io.github.iaa4j.llm.internal.guards.Finding.Rule;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The text encoder reads the prompt to its end. A longer one loses its last clauses, and after them
 * words, as long as the labels stay.
 */
final class MaxLength implements PromptRule {

  /** In characters; far more than any prompt has. Patterns need a bound to end in time. */
  private static final int MAX_CHARACTERS = 2_000;

  private final int maxWords;
  private final @Nullable TokenCounter tokens;

  /**
   * @param maxWords holds where nobody counts tokens
   * @param tokens counts tokens as the text encoder does, or null
   */
  MaxLength(int maxWords, @Nullable TokenCounter tokens) {
    this.maxWords = maxWords;
    this.tokens = tokens;
  }

  /** The beginning of a text, as far as rules look at it. */
  static String bounded(String text) {
    return text.length() > MAX_CHARACTERS ? text.substring(0, MAX_CHARACTERS) : text;
  }

  @Override
  public List<Finding> find(WrittenPrompt prompt) {
    return isTooLong(prompt.written())
        ? List.of(new Finding(Rule.TOO_LONG, "Use at most " + maxWords + " short words."))
        : List.of();
  }

  private boolean isTooLong(String text) {
    return text.length() > MAX_CHARACTERS
        || (tokens == null
            ? English.words(text).size() > maxWords
            : tokens.count(text) > tokens.limit());
  }

  @Override
  public String repair(PromptContext context, String text) {
    if (!isTooLong(text)) {
      return text;
    }
    List<String> clauses = new ArrayList<>(English.clauses(text));
    while (clauses.size() > 1 && isTooLong(String.join("", clauses))) {
      clauses.remove(clauses.size() - 1);
    }
    String cut = String.join("", clauses);
    while (isTooLong(cut) && cut.lastIndexOf(' ') > 0) {
      cut = cut.substring(0, cut.lastIndexOf(' '));
    }
    cut = English.withoutDanglingWords(cut);
    return context.missingFrom(cut).isEmpty() ? cut : text;
  }
}
