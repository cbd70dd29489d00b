package io.github.iaa4j.cli;

import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.llm.LlmPromptAgent;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How classes are named, for every command that writes prompts. */
final class WordsOption {

  @Option(
      names = "--words",
      paramLabel = "FILE",
      description =
          "How your classes are named in a sentence, what else they are called, and what looks like"
              + " them; in the form of class-words.txt, see the README of iaa-llm. A run keeps to"
              + " the words that it began with.")
  private @Nullable Path file;

  ClassWords words() {
    return file == null ? ClassWords.builtIn() : ClassWords.read(file);
  }

  /** A language model's agent, with its words in its name unless they are the built-in ones. */
  static PromptAgent named(LlmPromptAgent agent, ClassWords words) {
    String described = words.describe();
    return described.isEmpty() ? agent : new Named(agent.name() + ", " + described, agent);
  }

  private record Named(String name, PromptAgent agent) implements PromptAgent {

    @Override
    public Duration waited() {
      return agent.waited();
    }

    @Override
    public Draft propose(PromptRequest request) {
      return agent.propose(request);
    }

    @Override
    public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
      return agent.revise(request, previous, critique);
    }

    @Override
    public PromptCritic critic() {
      return agent.critic();
    }

    @Override
    public Prompt lastResort(PromptRequest request, @Nullable Prompt best) {
      return agent.lastResort(request, best);
    }
  }
}
