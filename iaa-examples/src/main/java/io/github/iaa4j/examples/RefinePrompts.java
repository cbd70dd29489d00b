package io.github.iaa4j.examples;

import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.llm.LlmPromptAgent;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import java.util.List;

/** A language model writes a prompt, judges it, and writes it again until it passes. */
public final class RefinePrompts {

  private RefinePrompts() {}

  /**
   * @param args the server's base URL, such as {@code http://127.0.0.1:8080/v1}, and the model
   */
  public static void main(String[] args) {
    try (OpenAiChatModel chat = OpenAiChatModel.builder().baseUrl(args[0]).model(args[1]).build()) {
      print(refine(chat));
    }
  }

  static RefinedPrompt refine(ChatModel chat) {
    LlmPromptAgent agent = LlmPromptAgent.of(chat);
    PromptRequest request =
        new PromptRequest(
            new Slot(0, List.of("dog", "sheep")),
            List.of("cat", "cow", "dog", "horse", "sheep"),
            List.of(),
            1);
    return SelfRefinement.until(0.8).atMost(4).refine(request, agent, agent.critic());
  }

  private static void print(RefinedPrompt refined) {
    for (RefinedPrompt.Round round : refined.rounds()) {
      System.out.printf("%.2f  %s%n      %s%n", round.score(), round.text(), round.critique());
    }
    System.out.println("chosen: " + refined.prompt().text());
  }
}
