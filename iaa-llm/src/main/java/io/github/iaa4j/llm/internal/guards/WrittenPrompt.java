package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.core.words.ClassWords.Mention;
import java.util.List;
import java.util.Set;

/**
 * A prompt that rules look at.
 *
 * @param written as it was written
 * @param text {@linkplain ClassWords#clean cleaned}, of bounded length
 * @param mentions of the labels and the other classes in the text
 * @param sceneWords of the text
 */
record WrittenPrompt(
    PromptContext context,
    String written,
    String text,
    List<Mention> mentions,
    Set<String> sceneWords) {

  static WrittenPrompt of(PromptContext context, String written) {
    String text = ClassWords.clean(MaxLength.bounded(written));
    return new WrittenPrompt(
        context, written, text, context.mentions(text), context.sceneWords(text));
  }
}
