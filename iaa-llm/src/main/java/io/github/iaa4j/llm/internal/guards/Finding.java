package io.github.iaa4j.llm.internal.guards;

import java.util.List;

/**
 * A fault of a prompt.
 *
 * @param rule which rule is broken
 * @param terms the classes, as the data set names them, or the words that it is about; may be empty
 * @param advice one sentence that says what to do, as a language model reads it
 */
public record Finding(Rule rule, List<String> terms, String advice) {

  /** One that is about no term in particular. */
  Finding(Rule rule, String advice) {
    this(rule, List.of(), advice);
  }

  /**
   * What a prompt can get wrong, with the best score that it can still have. No image may be
   * generated from a prompt that breaks one of the first seven, which no score makes up for.
   */
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

    final double scoreCap;
    final boolean forbids;

    Rule(double scoreCap, boolean forbids) {
      this.scoreCap = scoreCap;
      this.forbids = forbids;
    }
  }
}
