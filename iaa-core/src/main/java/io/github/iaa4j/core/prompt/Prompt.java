package io.github.iaa4j.core.prompt;

/**
 * What a diffusion model generates an image from.
 *
 * @param text what the image shows
 * @param negativePrompt what it must not show; empty where nothing is excluded
 */
public record Prompt(String text, String negativePrompt) {

  /**
   * @throws IllegalArgumentException if the text is blank
   */
  public Prompt {
    if (text.isBlank()) {
      throw new IllegalArgumentException("a prompt's text is blank");
    }
  }
}
