package io.github.iaa4j.llm;

import io.github.iaa4j.core.settings.Description;

/**
 * Turns sentences into vectors that are close to one another if the sentences have similar
 * meanings.
 *
 * <p>{@link MiniLmEmbedder} does not need a server. Any other embedding model can be adapted with a
 * lambda, such as {@code text -> model.embed(text).content().vector()} for one of LangChain4j.
 * Implementations are safe for use by many threads, and give a sentence the same vector whatever
 * else is embedded.
 */
@FunctionalInterface
public interface SentenceEmbedder {

  /**
   * What the embedder is and how it is set: everything that decides its vectors. A run is resumed
   * only with an embedder of the same description.
   */
  default Description describe() {
    return Description.ofClass(this);
  }

  /**
   * The vector of one sentence.
   *
   * @return {@code [d]}, {@code d} the same for all sentences, of any length but zero; owned by the
   *     caller
   */
  float[] embed(String sentence);

  /**
   * How similar two vectors are.
   *
   * @return their cosine: 1 for the same direction, about 0 for sentences that have nothing in
   *     common
   * @throws IllegalArgumentException if their numbers of dimensions differ
   */
  static double cosine(float[] a, float[] b) {
    if (a.length != b.length) {
      throw new IllegalArgumentException(
          "vectors of " + a.length + " and " + b.length + " dimensions cannot be compared");
    }
    double dot = 0;
    double squaredA = 0;
    double squaredB = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      squaredA += (double) a[i] * a[i];
      squaredB += (double) b[i] * b[i];
    }
    return dot == 0 ? 0 : dot / Math.sqrt(squaredA * squaredB);
  }
}
