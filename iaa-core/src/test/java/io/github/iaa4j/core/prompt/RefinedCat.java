package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.plan.Slot;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** A request for a cat, and agents and critics that refine it. */
abstract class RefinedCat {

  static final PromptRequest CAT =
      new PromptRequest(new Slot(0, List.of("cat")), List.of("cat", "dog"), List.of(), 1);

  /** Writes "draft 1", "draft 2" and so on; each costs ten tokens. */
  static class Counting implements PromptAgent {
    int drafts;

    @Override
    public String name() {
      return "counting";
    }

    @Override
    public Draft propose(PromptRequest request) {
      return new Draft(new Prompt("draft " + ++drafts, ""), 10);
    }

    @Override
    public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
      return propose(request);
    }
  }

  static PromptCritic scores(double... scores) {
    Deque<Double> left = new ArrayDeque<>();
    for (double score : scores) {
      left.add(score);
    }
    return (request, prompt) ->
        new PromptCritic.Review(new Critique(left.remove(), "advice on " + prompt.text()), 1);
  }

  static LlmException unusable() {
    return LlmException.builder(LlmException.Kind.UNUSABLE_ANSWER, "the model answered prose")
        .status(200)
        .rawText("Sure!")
        .tokens(30)
        .build();
  }

  /** A server that fails temporarily. */
  static LlmException outage() {
    return LlmException.builder(LlmException.Kind.STATUS, "HTTP 503").status(503).build();
  }
}
