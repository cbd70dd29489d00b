package io.github.iaa4j.core.prompt;

/**
 * What a diffusion model is asked to paint.
 *
 * @param text what the image shows
 * @param negativeText what it must not show; empty where nothing is excluded
 */
public record Prompt(String text, String negativeText) {

  /**
   * @throws IllegalArgumentException if the text is blank
   */
  public Prompt {
    if (text.isBlank()) {
      throw new IllegalArgumentException("a prompt's text is blank");
    }
  }
}
