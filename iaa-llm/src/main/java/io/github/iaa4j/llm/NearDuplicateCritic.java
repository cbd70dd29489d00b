package io.github.iaa4j.llm;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Sends back prompts that say almost the same as an earlier one for the same labels: the nearest of
 * the {@link PromptRequest#memory()} must be less alike than a threshold, by the cosine of their
 * sentence embeddings. Everything else is left to another critic.
 *
 * <p>A prompt that is too near keeps at most 0.7 of its score, down to 0.5 for the very same words,
 * so that of several which are all too near the least alike is kept. The critique says so.
 *
 * <p>Depends on the request and the prompt alone. Safe for use by many threads, as far as its
 * critic and embedder are.
 */
public final class NearDuplicateCritic implements PromptCritic {

  /**
   * The cosine from which prompts are near-duplicates unless said otherwise. With all-MiniLM-L6-v2
   * and short prompts, another opening or viewpoint alone leaves 0.95 and more; another light,
   * colour or place leaves less than 0.85.
   */
  public static final double DEFAULT_THRESHOLD = 0.9;

  private static final double CEILING = 0.7;
  private static final double LOST_BY_COPIES = 0.2;

  /** 50 MB of 384 dimensions each. */
  private static final int MOST_KEPT = 32768;

  private final PromptCritic critic;
  private final SentenceEmbedder embedder;
  private final double threshold;
  private final Map<String, float[]> vectors =
      Collections.synchronizedMap(
          new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, float[]> eldest) {
              return size() > MOST_KEPT;
            }
          });

  private NearDuplicateCritic(PromptCritic critic, SentenceEmbedder embedder, double threshold) {
    this.critic = critic;
    this.embedder = embedder;
    this.threshold = threshold;
  }

  /** Adds the check to a critic. Prompts are near-duplicates from {@link #DEFAULT_THRESHOLD}. */
  public static NearDuplicateCritic of(PromptCritic critic, SentenceEmbedder embedder) {
    return new NearDuplicateCritic(critic, embedder, DEFAULT_THRESHOLD);
  }

  /**
   * The same with another threshold.
   *
   * @param cosine in (0, 1]; prompts that are at least so alike are near-duplicates
   * @throws ConfigurationException if it is out of range
   */
  public NearDuplicateCritic from(double cosine) {
    if (!(cosine > 0 && cosine <= 1)) {
      throw new ConfigurationException(
          "the cosine from which prompts are near-duplicates is in (0, 1], not " + cosine);
    }
    return new NearDuplicateCritic(critic, embedder, cosine);
  }

  @Override
  public Review review(PromptRequest request, Prompt prompt) {
    Review review = critic.review(request, prompt);
    double nearest = nearest(request, prompt.text());
    if (nearest < threshold) {
      return review;
    }
    Critique critique = review.critique();
    double copied = threshold == 1 ? 1 : Math.min(1, (nearest - threshold) / (1 - threshold));
    double score = Math.min(critique.score(), CEILING - LOST_BY_COPIES * copied);
    String advice =
        "It is too like an earlier prompt; change the place, the light and what happens.";
    return new Review(
        new Critique(
            score,
            critique.advice().isEmpty() ? advice : critique.advice() + " " + advice,
            critique.sound()),
        review.tokens());
  }

  @Override
  public Critique byRules(PromptRequest request, Prompt prompt) {
    return critic.byRules(request, prompt);
  }

  /** The cosine of the most alike earlier prompt; -1 where there is none. */
  private double nearest(PromptRequest request, String text) {
    if (request.memory().isEmpty()) {
      return -1;
    }
    float[] own = vector(text);
    return request.memory().stream()
        .mapToDouble(earlier -> SentenceEmbedder.cosine(own, vector(earlier)))
        .max()
        .orElse(-1);
  }

  /** Earlier prompts are asked for again and again. */
  private float[] vector(String text) {
    float[] known = vectors.get(text);
    if (known == null) {
      known = embedder.embed(text);
      vectors.put(text, known);
    }
    return known;
  }
}
