package io.github.iaa4j.core.sampling;

/**
 * How long a prompt is for the painter that will read it: text encoders cut what is longer than
 * they can take, and nobody sees which object was cut off. Safe for use by many threads.
 */
public interface TokenCounter extends AutoCloseable {

  /**
   * The tokens of a text before it is cut, the start and end tokens included.
   *
   * @throws IllegalStateException if it is closed, or the sampler that it belongs to
   */
  int count(String text);

  /** The most tokens that are read, the start and end tokens included; 77 for CLIP. */
  int limit();

  /** Releases the tokenizer. May be called twice; does nothing unless there is one of its own. */
  @Override
  default void close() {}
}
