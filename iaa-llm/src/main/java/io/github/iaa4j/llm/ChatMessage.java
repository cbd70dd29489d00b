package io.github.iaa4j.llm;

/**
 * One turn of a conversation.
 *
 * @param role who speaks
 * @param text what is said
 */
public record ChatMessage(Role role, String text) {

  /** Who speaks. */
  public enum Role {
    /** The instructions that stand above the conversation. */
    SYSTEM,
    /** The one who asks. */
    USER,
    /** The model. */
    ASSISTANT
  }

  /** Instructions that stand above the conversation. */
  public static ChatMessage system(String text) {
    return new ChatMessage(Role.SYSTEM, text);
  }

  /** A question. */
  public static ChatMessage user(String text) {
    return new ChatMessage(Role.USER, text);
  }

  /** What the model said, or is shown as having said. */
  public static ChatMessage assistant(String text) {
    return new ChatMessage(Role.ASSISTANT, text);
  }
}
