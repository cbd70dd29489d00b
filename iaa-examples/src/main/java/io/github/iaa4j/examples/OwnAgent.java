package io.github.iaa4j.examples;

import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.settings.Description;

/** A custom agent and critic: aerial photographs, and a critic that insists on them. */
public final class OwnAgent {

  private OwnAgent() {}

  /** Writes from a template and adds the altitude when the critic asks for it. */
  record AerialAgent(int altitudeMetres) implements PromptAgent {
    @Override
    public String name() {
      return "aerial";
    }

    @Override
    public Draft propose(PromptRequest request) {
      return draft("an aerial photograph of " + String.join(" and ", request.slot().labels()));
    }

    @Override
    public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
      return draft(previous.text() + ", seen from " + altitudeMetres + " metres");
    }

    private static Draft draft(String text) {
      return new Draft(new Prompt(text, "ground level, portrait"), 0);
    }

    @Override
    public PromptCritic critic() {
      return new AltitudeCritic();
    }

    /** A run resumes only with an agent that describes itself as the one that began it. */
    @Override
    public Description describe() {
      return Description.of(name()).with("altitudeMetres", altitudeMetres);
    }
  }

  /** Has no fields, so its class's name is a full description. */
  static final class AltitudeCritic implements PromptCritic {
    @Override
    public Review review(PromptRequest request, Prompt prompt) {
      boolean isExact = prompt.text().contains("metres");
      return new Review(
          new Critique(isExact ? 1 : 0.5, isExact ? "" : "Say from which altitude."), 0);
    }
  }
}
