package io.github.iaa4j.llm;

/**
 * Turns sentences into vectors that lie close to one another where the sentences say alike things.
 *
 * <p>{@link MiniLmEmbedder} is one that needs no server. Any other embedding model fits by a
 * lambda, such as {@code text -> model.embed(text).content().vector()} for one of LangChain4j. Safe
 * for use by many threads, and the same sentence gives the same vector in any company.
 */
@FunctionalInterface
public interface SentenceEmbedder {

  /**
   * The vector of one sentence.
   *
   * @return {@code [d]}, {@code d} the same for all sentences, of any length but zero; owned by the
   *     caller
   */
  float[] embed(String sentence);

  /**
   * How alike two vectors are.
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
