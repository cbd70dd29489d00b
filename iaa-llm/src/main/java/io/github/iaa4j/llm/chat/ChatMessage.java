package io.github.iaa4j.llm.chat;

import java.util.List;

/**
 * One turn of a conversation.
 *
 * @param role who speaks
 * @param text what is said
 * @param images URLs of the images that go before the text, mostly {@code data:} URLs; empty where
 *     there are none
 */
public record ChatMessage(Role role, String text, List<String> images) {

  /** Who speaks. */
  public enum Role {
    /** The instructions that stand above the conversation. */
    SYSTEM,
    /** The one who asks. */
    USER,
    /** The model. */
    ASSISTANT
  }

  /** Copies its list. */
  public ChatMessage {
    images = List.copyOf(images);
  }

  /** Text alone. */
  public ChatMessage(Role role, String text) {
    this(role, text, List.of());
  }

  /** Instructions that stand above the conversation. */
  public static ChatMessage system(String text) {
    return new ChatMessage(Role.SYSTEM, text);
  }

  /** A question. */
  public static ChatMessage user(String text) {
    return new ChatMessage(Role.USER, text);
  }

  /**
   * A question about images, for models that see.
   *
   * @param images URLs, mostly {@code data:image/png;base64,…}
   */
  public static ChatMessage user(String text, List<String> images) {
    return new ChatMessage(Role.USER, text, images);
  }

  /** What the model said, or is shown as having said. */
  public static ChatMessage assistant(String text) {
    return new ChatMessage(Role.ASSISTANT, text);
  }

  /** The role and the text; images are only counted, because their URLs hold the whole image. */
  @Override
  public String toString() {
    return "ChatMessage["
        + role
        + ", "
        + text
        + (images.isEmpty() ? "" : ", images: " + images.size())
        + "]";
  }
}
