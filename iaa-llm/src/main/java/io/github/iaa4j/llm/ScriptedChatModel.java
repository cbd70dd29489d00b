package io.github.iaa4j.llm;

import java.util.ArrayList;
import java.util.List;

/**
 * A chat model for tests: it answers from a list, in order, and remembers what it was asked.
 *
 * <p>Safe for use by many threads; the order of the answers is then the order of the calls.
 */
public final class ScriptedChatModel implements ChatModel {

  private final List<ChatAnswer> answers;
  private final List<ChatRequest> requests = new ArrayList<>();

  private ScriptedChatModel(List<ChatAnswer> answers) {
    this.answers = List.copyOf(answers);
  }

  /** Answers these texts, each as a finished answer that cost no tokens. */
  public static ScriptedChatModel answering(String... texts) {
    return answering(
        List.of(texts).stream().map(text -> new ChatAnswer(text, "stop", 0, 0)).toList());
  }

  /** Answers these. */
  public static ScriptedChatModel answering(List<ChatAnswer> answers) {
    return new ScriptedChatModel(answers);
  }

  /**
   * The next answer.
   *
   * @throws IllegalStateException if the list is used up; the message holds the last question
   */
  @Override
  public synchronized ChatAnswer complete(ChatRequest request) {
    requests.add(request);
    if (requests.size() > answers.size()) {
      List<ChatMessage> messages = request.messages();
      throw new IllegalStateException(
          "the script holds "
              + answers.size()
              + " answers, and this is question "
              + requests.size()
              + ": "
              + messages.get(messages.size() - 1).text());
    }
    return answers.get(requests.size() - 1);
  }

  @Override
  public String name() {
    return "scripted";
  }

  /** What was asked so far, first to last. */
  public synchronized List<ChatRequest> requests() {
    return List.copyOf(requests);
  }
}
