package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.llm.internal.guards.Finding.Rule;
import java.util.ArrayList;
import java.util.List;

/** It is one sentence: the first ones that name all labels, joined; the first if none do. */
final class OneSentence implements PromptRule {

  @Override
  public List<Finding> find(WrittenPrompt prompt) {
    return English.isSeveralSentences(prompt.text())
        ? List.of(new Finding(Rule.SEVERAL_SENTENCES, "Write one sentence."))
        : List.of();
  }

  @Override
  public String repair(PromptContext context, String text) {
    List<String> sentences = English.sentences(text);
    if (sentences.size() == 1) {
      return text;
    }
    List<String> kept = new ArrayList<>();
    for (String sentence : sentences) {
      kept.add(English.withoutTrailingMarks(sentence));
      String joined = String.join(", ", kept);
      if (context.missingFrom(joined).isEmpty()) {
        return joined;
      }
    }
    return kept.get(0);
  }
}
