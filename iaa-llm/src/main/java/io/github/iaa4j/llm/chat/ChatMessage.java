package io.github.iaa4j.llm.chat;

import java.util.List;
import java.util.Objects;

/**
 * One message of a conversation. Immutable.
 *
 * @param role who speaks
 * @param text the content
 * @param images URLs of the images that precede the text, usually {@code data:} URLs; empty if
 *     there are none
 */
public record ChatMessage(Role role, String text, List<String> images) {

  /** Who speaks. */
  public enum Role {
    /** The instructions for the whole conversation. */
    SYSTEM,
    /** The one who asks. */
    USER,
    /** The model. */
    ASSISTANT
  }

  /**
   * Copies the list.
   *
   * @throws NullPointerException if a part or an image is null
   */
  public ChatMessage {
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(text, "text");
    images = List.copyOf(images);
  }

  /** Instructions for the whole conversation. */
  public static ChatMessage system(String text) {
    return new ChatMessage(Role.SYSTEM, text, List.of());
  }

  /** A question. */
  public static ChatMessage user(String text) {
    return new ChatMessage(Role.USER, text, List.of());
  }

  /**
   * A question about images, for vision models.
   *
   * @param images URLs, usually {@code data:image/png;base64,…}
   */
  public static ChatMessage user(String text, List<String> images) {
    return new ChatMessage(Role.USER, text, images);
  }

  /** What the model said, or is shown as having said. */
  public static ChatMessage assistant(String text) {
    return new ChatMessage(Role.ASSISTANT, text, List.of());
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
