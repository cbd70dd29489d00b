package io.github.iaa4j.core.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.testing.FakeSampler;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PriorAdjustedScorerTest {

  private static final RgbImage IMAGE = FakeSampler.plain(8, 8, 0);

  @Test
  void saysNothingWhereTheScoreIsTheShareOfTheClass() {
    // 4 of 98 images show a sheep; with one more on either side the odds are 5 to 95.
    float[] scores = adjusted(0.05f, 0.5f).score(IMAGE);

    assertThat(scores[0]).isCloseTo(0.5f, within(1e-6f));
  }

  @Test
  void raisesRareClassesAboveCommonOnesOfTheSameScore() {
    float[] scores = adjusted(0.3f, 0.3f).score(IMAGE);

    assertThat(scores[0]).isGreaterThan(0.8f);
    assertThat(scores[1]).isLessThan(0.1f);
  }

  @Test
  void leavesCertaintyAsItIs() {
    assertThat(adjusted(0f, 1f).score(IMAGE)).containsExactly(0f, 1f);
  }

  @Test
  void refusesAScorerOfOtherClasses() {
    LabeledDataset cats = LabeledDataset.of(List.of("cat"), List.of());

    assertThatThrownBy(() -> PriorAdjustedScorer.of(scorer(0.5f, 0.5f), cats))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sheep")
        .hasMessageContaining("cat");
  }

  private static ImageScorer adjusted(float sheep, float person) {
    List<LabeledImage> images = new ArrayList<>();
    for (int i = 0; i < 98; i++) {
      List<String> labels = i < 4 ? List.of("sheep", "person") : List.of("person");
      images.add(LabeledImage.of("image " + i, labels, () -> IMAGE));
    }
    return PriorAdjustedScorer.of(
        scorer(sheep, person), LabeledDataset.of(List.of("sheep", "person"), images));
  }

  private static ImageScorer scorer(float... scores) {
    return new ImageScorer() {
      @Override
      public List<String> classNames() {
        return List.of("sheep", "person");
      }

      @Override
      public float[] score(RgbImage image) {
        return scores.clone();
      }
    };
  }
}
