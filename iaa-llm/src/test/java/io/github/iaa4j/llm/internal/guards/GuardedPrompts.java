package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.sampling.TokenCounter;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.llm.internal.guards.Finding.Rule;
import io.github.iaa4j.llm.internal.scene.Scenes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Guards with the built-in words, and requests to them. */
abstract class GuardedPrompts {

  final PromptGuards guards = guards(null);

  static PromptGuards guards(@Nullable TokenCounter tokens) {
    return new PromptGuards(ClassWords.builtIn(), 20, tokens, Scenes.EXAMPLE);
  }

  static PromptRequest request(String... labels) {
    return new PromptRequest(new Slot(0, List.of(labels)), VocDataset.CLASS_NAMES, List.of(), 1);
  }

  List<Rule> rules(PromptRequest request, String text) {
    return guards.inspect(request, text).stream().map(Finding::rule).toList();
  }
}
