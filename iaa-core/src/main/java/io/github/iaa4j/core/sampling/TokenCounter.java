package io.github.iaa4j.core.sampling;

/**
 * How long a prompt is for the text encoder that will read it: encoders silently cut off what is
 * beyond their limit. Safe for use by several threads.
 */
public interface TokenCounter extends AutoCloseable {

  /**
   * The tokens of a text before it is cut, the start and end tokens included.
   *
   * @throws IllegalStateException if it is closed, or the sampler that it belongs to
   */
  int count(String text);

  /** How many tokens are read at most, the start and end tokens included; 77 for CLIP. */
  int limit();

  /** Releases the tokenizer, if the counter has one of its own. May be called twice. */
  @Override
  default void close() {}
}
