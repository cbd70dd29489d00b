package io.github.iaa4j.llm;

import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.prompt.SelfRefinement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Writes prompts with a real model and counts what was wrong before and after refinement. */
final class PromptSurvey {

  static final List<String> CLASSES =
      List.of("aeroplane", "bird", "boat", "car", "cat", "cow", "dog", "horse", "person", "sheep");

  private static final int REMEMBERED = 5;

  private final ChatModel chat;
  private final PromptGuards guards = new PromptGuards(45, LlmPromptAgent.EXAMPLE_SCENE);
  private final List<String> written = new ArrayList<>();
  private final LlmPromptAgent agent;

  PromptSurvey(ChatModel chat) {
    this.chat = chat;
    this.agent =
        LlmPromptAgent.of(
            new ChatModel() {
              @Override
              public ChatAnswer complete(ChatRequest request) {
                return recorded(request);
              }

              @Override
              public String name() {
                return chat.name();
              }
            });
  }

  /**
   * One slot's story.
   *
   * @param asWritten the text of the model's first answer, before anything was mended
   * @param draftFaults what the rules say of it; one fault where it was no JSON
   */
  record Story(
      List<String> labels,
      String asWritten,
      List<String> draftFaults,
      RefinedPrompt refined,
      List<String> finalFaults) {

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder(labels + "\n  written: " + asWritten + "\n");
      draftFaults.forEach(fault -> text.append("    fault: ").append(fault).append('\n'));
      int number = 1;
      for (RefinedPrompt.Round round : refined.rounds()) {
        text.append(
            String.format(
                Locale.ROOT,
                "  round %d: %s%n    score %.2f: %s%n",
                number++,
                round.text(),
                round.score(),
                round.critique()));
      }
      text.append(String.format(Locale.ROOT, "  kept (%.2f): ", refined.score()));
      text.append(refined.prompt().text());
      finalFaults.forEach(fault -> text.append("\n    fault: ").append(fault));
      return text.toString();
    }
  }

  /** As many slots as asked for, the first half with one label, the others with two. */
  List<Story> run(int slots, double epsilon, int rounds) {
    SelfRefinement refinement = SelfRefinement.until(epsilon).atMost(rounds);
    List<Story> stories = new ArrayList<>();
    for (int i = 0; i < slots; i++) {
      List<String> labels = labels(i, slots);
      List<String> memory =
          stories.stream()
              .filter(story -> story.labels().stream().anyMatch(labels::contains))
              .map(story -> story.refined().prompt().text())
              .toList();
      PromptRequest request =
          new PromptRequest(
              new Slot(i, labels),
              CLASSES,
              memory.subList(Math.max(0, memory.size() - REMEMBERED), memory.size()),
              1000L + i);
      written.clear();
      RefinedPrompt refined = refinement.refine(request, agent, agent.critic());
      String first = written.get(0);
      List<String> faults;
      try {
        first = JsonAnswer.find(first, "prompt").get("prompt").getAsString();
        faults = faults(request, first);
      } catch (JsonAnswer.Unusable e) {
        faults = List.of(e.getMessage());
      }
      stories.add(
          new Story(labels, first, faults, refined, faults(request, refined.prompt().text())));
    }
    return stories;
  }

  /** The counts, in one line. */
  static String summary(List<Story> stories) {
    return String.format(
        Locale.ROOT,
        "%d prompts: %d first drafts with faults, %d after mending, %d after refinement;"
            + " %d rounds, %d tokens, %d different prompts",
        stories.size(),
        stories.stream().filter(story -> !story.draftFaults().isEmpty()).count(),
        stories.stream().filter(story -> story.refined().rounds().get(0).score() < 0.8).count(),
        stories.stream().filter(story -> !story.finalFaults().isEmpty()).count(),
        stories.stream().mapToInt(story -> story.refined().rounds().size()).sum(),
        stories.stream().mapToInt(story -> story.refined().tokens()).sum(),
        stories.stream().map(story -> story.refined().prompt().text()).distinct().count());
  }

  private static List<String> labels(int slot, int slots) {
    String one = CLASSES.get(slot % CLASSES.size());
    if (slot < slots / 2) {
      return List.of(one);
    }
    String other =
        CLASSES.get((slot + 1 + (slot / CLASSES.size()) % (CLASSES.size() - 1)) % CLASSES.size());
    return CLASSES.stream().filter(name -> name.equals(one) || name.equals(other)).toList();
  }

  private List<String> faults(PromptRequest request, String text) {
    return guards.inspect(request, text).stream()
        .map(finding -> finding.rule() + " " + finding.advice())
        .toList();
  }

  private ChatAnswer recorded(ChatRequest request) {
    ChatAnswer answer = chat.complete(request);
    JsonSchema schema = request.schema();
    if (schema != null && schema.name().equals("photo")) {
      written.add(answer.text());
    }
    return answer;
  }
}
