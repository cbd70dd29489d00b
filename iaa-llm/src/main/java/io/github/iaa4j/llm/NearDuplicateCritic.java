package io.github.iaa4j.llm;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.internal.Answers;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Fault;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.settings.Description;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Rejects prompts that say almost the same as an earlier one for the same labels: the similarity to
 * the nearest of the {@link PromptRequest#memory()}, the cosine of their sentence embeddings, must
 * be below a threshold. Everything else is left to another critic.
 *
 * <p>A prompt that is too similar scores at most 0.7, down to 0.5 for identical words, so that
 * among several such prompts the least similar is kept. The critique has a fault of kind {@link
 * Fault.Kind#LIKE_EARLIER} that names the earlier prompt.
 *
 * <p>Depends on the request and the prompt alone. Safe for use by many threads, as far as its
 * critic and embedder are.
 */
public final class NearDuplicateCritic implements PromptCritic {

  /**
   * The cosine from which prompts are near-duplicates by default. With all-MiniLM-L6-v2 and short
   * prompts, changing only the opening or the viewpoint gives 0.95 or more; changing the light,
   * colour or place gives less than 0.85.
   */
  public static final double DEFAULT_THRESHOLD = 0.9;

  private static final double MAX_SCORE = 0.7;
  private static final double LOST_BY_COPIES = 0.2;

  /** 50 MB of vectors with 384 dimensions. */
  private static final int MAX_KEPT = 32768;

  private static final String ADVICE =
      "It is too like an earlier prompt; change the place, the light and what happens.";

  private final PromptCritic critic;
  private final SentenceEmbedder embedder;
  private final double threshold;
  private final Map<String, float[]> vectors =
      Collections.synchronizedMap(
          new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, float[]> eldest) {
              return size() > MAX_KEPT;
            }
          });

  private NearDuplicateCritic(PromptCritic critic, SentenceEmbedder embedder, double threshold) {
    this.critic = critic;
    this.embedder = embedder;
    this.threshold = threshold;
  }

  /**
   * Adds the check to a critic. Prompts are near-duplicates from {@link #DEFAULT_THRESHOLD}.
   *
   * @param critic judges everything else
   * @param embedder the caller keeps it open as long as prompts are judged
   */
  public static NearDuplicateCritic of(PromptCritic critic, SentenceEmbedder embedder) {
    return new NearDuplicateCritic(
        Objects.requireNonNull(critic, "critic"),
        Objects.requireNonNull(embedder, "embedder"),
        DEFAULT_THRESHOLD);
  }

  /**
   * The same with another threshold. Embedders differ in how close sentences with different
   * meanings are, so one other than {@link MiniLmEmbedder} usually needs a threshold of its own.
   *
   * @param cosine in (0, 1]; prompts with at least this similarity are near-duplicates
   * @throws ConfigurationException if it is out of range
   */
  public NearDuplicateCritic from(double cosine) {
    if (!(cosine > 0 && cosine <= 1)) {
      throw new ConfigurationException(
          "the cosine from which prompts are near-duplicates is in (0, 1], not " + cosine);
    }
    return new NearDuplicateCritic(critic, embedder, cosine);
  }

  /** The threshold, the embedder and the other critic. */
  @Override
  public Description describe() {
    return Description.of("near-duplicates")
        .with("from", threshold)
        .with("embedder", Answers.require(embedder.describe(), embedder, "describe"))
        .with("critic", Answers.require(critic.describe(), critic, "describe"));
  }

  /**
   * {@inheritDoc}
   *
   * <p>Asks the other critic first, then embeds the prompt and those of the earlier prompts that
   * are not cached, on the calling thread. Nothing is embedded where there are no earlier prompts.
   * A near-duplicate scores at most 0.7; whether it is usable is left to the other critic.
   *
   * @throws ConfigurationException if the embedder returns no vector, or one with numbers that are
   *     not finite
   */
  @Override
  public Review review(PromptRequest request, Prompt prompt) {
    Review review = critic.review(request, prompt);
    Neighbour nearest = nearest(request, prompt.text());
    if (nearest == null || nearest.cosine() < threshold) {
      return review;
    }
    Critique critique = review.critique();
    List<Fault> faults = new ArrayList<>(critique.faults());
    faults.add(new Fault(Fault.Kind.LIKE_EARLIER, List.of(nearest.text()), ADVICE));
    return new Review(
        new Critique(
            Math.min(critique.score(), maxScore(nearest.cosine())), faults, critique.isUsable()),
        review.tokens());
  }

  private double maxScore(double cosine) {
    double copied = threshold == 1 ? 1 : Math.min(1, (cosine - threshold) / (1 - threshold));
    return MAX_SCORE - LOST_BY_COPIES * copied;
  }

  /** The other critic's rules alone: neither a language model nor the embedder is asked. */
  @Override
  public Critique byRules(PromptRequest request, Prompt prompt) {
    return critic.byRules(request, prompt);
  }

  /** The other critic's. */
  @Override
  public OptionalDouble modelWeight() {
    return Answers.require(critic.modelWeight(), critic, "modelWeight");
  }

  /** This critic, with the other critic's weight set to a known one. */
  @Override
  public NearDuplicateCritic withModelWeight(double weight) {
    return new NearDuplicateCritic(
        Answers.require(critic.withModelWeight(weight), critic, "withModelWeight"),
        embedder,
        threshold);
  }

  private record Neighbour(String text, double cosine) {}

  /** The most alike earlier prompt; null where there is none. */
  private @Nullable Neighbour nearest(PromptRequest request, String text) {
    if (request.memory().isEmpty()) {
      return null;
    }
    float[] own = vector(text);
    return request.memory().stream()
        .map(earlier -> new Neighbour(earlier, SentenceEmbedder.cosine(own, vector(earlier))))
        .max(Comparator.comparingDouble(Neighbour::cosine))
        .orElse(null);
  }

  /** Each earlier prompt is compared with many new ones. */
  private float[] vector(String text) {
    float[] known = vectors.get(text);
    if (known == null) {
      known = embedder.embed(text);
      requireFinite(known);
      vectors.put(text, known);
    }
    return known;
  }

  private void requireFinite(float[] vector) {
    boolean isFinite = Objects.nonNull(vector) && vector.length > 0;
    for (int i = 0; isFinite && i < vector.length; i++) {
      isFinite = Float.isFinite(vector[i]);
    }
    if (!isFinite) {
      throw new ConfigurationException(
          "embed() of the sentence embedder "
              + embedder.getClass().getName()
              + " returned no vector, or one with numbers that are not finite. Fix that method, or"
              + " use another embedder.");
    }
  }
}
