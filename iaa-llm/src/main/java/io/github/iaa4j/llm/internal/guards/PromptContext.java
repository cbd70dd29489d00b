package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.core.words.ClassWords.Mention;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What a prompt is written for, and how its classes are named. */
record PromptContext(PromptRequest request, ClassWords words) {

  List<String> labels() {
    return request.slot().labels();
  }

  boolean isLabel(Mention mention) {
    return labels().contains(mention.className());
  }

  /** The labels that a text does not certainly name. */
  List<String> missingFrom(String text) {
    Set<String> named =
        mentions(text).stream()
            .filter(Mention::certain)
            .map(Mention::className)
            .collect(Collectors.toSet());
    return labels().stream().filter(label -> !named.contains(label)).toList();
  }

  /** Where a text names the labels and the other classes of the data set. */
  List<Mention> mentions(String text) {
    Set<String> classes = new LinkedHashSet<>(labels());
    classes.addAll(request.classNames());
    return words.mentions(text, classes);
  }

  /** The words that make the scene: neither function words nor the labels. */
  Set<String> sceneWords(String text) {
    String clean = ClassWords.clean(text);
    StringBuilder rest = new StringBuilder(clean);
    for (Mention mention : words.mentions(clean, labels())) {
      rest.replace(mention.start(), mention.end(), " ".repeat(mention.end() - mention.start()));
    }
    return new HashSet<>(English.contentWords(rest.toString()));
  }
}
