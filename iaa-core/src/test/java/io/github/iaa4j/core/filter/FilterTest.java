package io.github.iaa4j.core.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.testing.FakeSampler;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FilterTest {

  private static final RgbImage GREY = FakeSampler.plain(8, 8, 0x808080);

  private static ImageScorer answering(float... scores) {
    return new ImageScorer() {
      @Override
      public List<String> classNames() {
        return List.of("cat", "dog", "cow");
      }

      @Override
      public float[] score(RgbImage image) {
        return scores;
      }
    };
  }

  private static Slot slot(String... labels) {
    return new Slot(0, List.of(labels));
  }

  private record Grey(int step, int steps) implements Preview {

    @Override
    public GenerationJob job() {
      return new GenerationJob(0, 0, 1, new Prompt("a cat", ""));
    }

    @Override
    public int functionEvaluations() {
      return 2 * step;
    }

    @Override
    public RgbImage image() {
      return GREY;
    }

    @Override
    public float guidanceNorm() {
      return 0;
    }
  }

  @Test
  void anImageIsKeptWhenAllItsLabelsScoreEnough() {
    ScoreFilter filter = OnlineFilter.of(answering(0.9f, 0.6f, 0.1f)).acceptFrom(0.6);

    assertThat(filter.judge(slot("cat", "dog"), GREY).passed()).isTrue();
    Verdict verdict = filter.judge(slot("cat", "cow"), GREY);
    assertThat(verdict.passed()).isFalse();
    assertThat(verdict.reasons()).containsExactly(Reason.missing("cow"));
    assertThat(verdict.scores()).containsEntry("cat", 0.9).containsEntry("cow", 0.1);
  }

  @Test
  void otherClassesCanBeMinded() {
    ScoreFilter filter = OnlineFilter.of(answering(0.9f, 0.7f, 0.1f));

    assertThat(filter.judge(slot("cat"), GREY).passed()).isTrue();
    Verdict verdict = filter.rejectOthersAbove(0.6).judge(slot("cat"), GREY);
    assertThat(verdict.passed()).isFalse();
    assertThat(verdict.reasons()).containsExactly(Reason.unwanted("dog", 0.7));
  }

  @Test
  void previewsComeAtTheSharesOfTheSteps() {
    ScoreFilter filter = OnlineFilter.of(answering()).rejectPreviewBelow(0.2);

    assertThat(filter.previewSteps(20)).containsExactly(10);
    assertThat(filter.previewAt(0.75, 0.25).previewSteps(20)).containsExactly(5, 15);
    assertThat(filter.previewAt(0.01, 0.99).previewSteps(4)).isEmpty();
    assertThat(filter.rejectPreviewBelow(0).previewSteps(20)).isEmpty();
  }

  @Test
  void whatAPreviewMustShowCanRise() {
    ScoreFilter filter =
        OnlineFilter.of(answering(0.3f, 0.9f, 0))
            .previewAt(0.75, 0.25, 0.5)
            .rejectPreviewBelow(0.1, 0.4);

    // 0.1, 0.25, 0.4
    assertThat(filter.previewSteps(20)).containsExactly(5, 10, 15);
    assertThat(filter.preview(slot("cat"), new Grey(5, 20)).passed()).isTrue();
    assertThat(filter.preview(slot("cat"), new Grey(10, 20)).passed()).isTrue();
    Verdict verdict = filter.preview(slot("cat"), new Grey(15, 20));
    assertThat(verdict.passed()).isFalse();
    assertThat(verdict.reasons()).containsExactly(Reason.missing("cat"));
    assertThat(verdict.scores()).containsEntry("preview 15 cat", 0.3);
  }

  @Test
  void whatAPreviewMustShowRisesEvenly() {
    ScoreFilter filter =
        OnlineFilter.of(answering(0.2f, 0.9f, 0))
            .previewAt(0.25, 0.5, 0.75)
            .rejectPreviewBelow(0.1, 0.4);

    assertThat(filter.preview(slot("cat"), new Grey(5, 20)).passed()).isTrue();
    assertThat(filter.preview(slot("cat"), new Grey(10, 20)).passed()).isFalse();
    assertThat(filter.preview(slot("cow"), new Grey(5, 20)).passed()).isFalse();
  }

  @Test
  void previewsThatFallOnOneStepAreOne() {
    ScoreFilter filter =
        OnlineFilter.of(answering(0.45f, 0.9f, 0))
            .previewAt(0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
            .rejectPreviewBelow(0.1, 0.5);

    // After 1, 2 and 3 of 4 steps, where the last one asks for all.
    assertThat(filter.previewSteps(4)).containsExactly(1, 2, 3);
    assertThat(filter.preview(slot("cat"), new Grey(2, 4)).passed()).isTrue();
    assertThat(filter.preview(slot("cat"), new Grey(3, 4)).passed()).isFalse();
  }

  @Test
  void aLonePreviewIsTheFirst() {
    ScoreFilter filter = OnlineFilter.of(answering(0.3f, 0.9f, 0)).rejectPreviewBelow(0.2, 0.9);

    assertThat(filter.preview(slot("cat"), new Grey(10, 20)).passed()).isTrue();
  }

  @Test
  void nobodyLooksAtAPreviewThatIsAskedNothing() {
    ScoreFilter filter = OnlineFilter.of(answering()).previewAt(0.25, 0.5, 0.75);

    assertThat(filter.rejectPreviewBelow(0, 0.4).previewSteps(20)).containsExactly(10, 15);
  }

  @Test
  void whatFiltersIsDescribedWithItsThresholds() {
    ScoreFilter filter = OnlineFilter.of(answering()).rejectPreviewBelow(0.2);

    assertThat(filter.describe().settings())
        .containsEntry("rejectPreviewBelow", "0.2")
        .containsEntry("rejectLastPreviewBelow", "0.2")
        .containsEntry("previewAt", "[0.5]")
        .containsEntry("acceptFrom", "0.5")
        .containsEntry("rejectOthersAbove", "1.0")
        .containsKey("scorer");
    assertThat(filter.previewAt(0.4, 0.6).rejectPreviewBelow(0.1, 0.2).describe().settings())
        .containsEntry("rejectPreviewBelow", "0.1")
        .containsEntry("rejectLastPreviewBelow", "0.2")
        .containsEntry("previewAt", "[0.4, 0.6]");
  }

  @Test
  void composedFiltersBothHaveTheirSay() {
    OnlineFilter both =
        OnlineFilter.of(answering(0.9f, 0, 0))
            .and((slot, image) -> Verdict.reject(Map.of("edges", 0.5), Reason.other("too smooth")));

    Verdict verdict = both.judge(slot("cat"), GREY);

    assertThat(verdict.passed()).isFalse();
    assertThat(verdict.reasons()).containsExactly(Reason.other("too smooth"));
    assertThat(verdict.scores()).containsKeys("cat", "edges");
  }

  @Test
  void anUnknownClassIsAFault() {
    assertThat(OnlineFilter.of(answering()).faults(List.of("cat", "horse")))
        .singleElement()
        .asString()
        .contains("horse");
  }

  @Test
  void thresholdsOutOfRangeAreRefused() {
    ScoreFilter filter = OnlineFilter.of(answering());

    assertThatThrownBy(() -> filter.acceptFrom(1.5)).isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> filter.rejectPreviewBelow(-0.1))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> filter.rejectPreviewBelow(0.1, 1.1))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> filter.rejectPreviewBelow(0.2, 0.1))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> filter.previewAt(1.0)).isInstanceOf(ConfigurationException.class);
  }

  private static RgbImage noise(int seed, int side) {
    byte[] pixels = new byte[side * side * 3];
    new SplittableRandom(seed).nextBytes(pixels);
    return new RgbImage(side, side, pixels);
  }

  private static RgbImage doubled(RgbImage image) {
    int side = image.width() * 2;
    byte[] pixels = new byte[side * side * 3];
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        System.arraycopy(
            image.pixels(), (y / 2 * image.width() + x / 2) * 3, pixels, (y * side + x) * 3, 3);
      }
    }
    return new RgbImage(side, side, pixels);
  }

  @Property(tries = 40)
  void aScaledImageHashesTheSame(@ForAll @IntRange(max = 100_000) int seed) {
    RgbImage image = noise(seed, 32);

    assertThat(PerceptualHash.of(doubled(image)).distance(PerceptualHash.of(image)))
        .isLessThanOrEqualTo(2);
  }

  @Property(tries = 40)
  void differentImagesHashFarApart(@ForAll @IntRange(max = 100_000) int seed) {
    assertThat(PerceptualHash.of(noise(seed, 32)).distance(PerceptualHash.of(noise(seed + 1, 32))))
        .isGreaterThan(8);
  }

  @Test
  @SuppressWarnings("NullAway") // What a user's filter may do.
  void whichOfTwoFiltersAnsweredNullIsNamed() {
    OnlineFilter careless = (slot, image) -> null;

    for (OnlineFilter both :
        List.of(careless.and(OnlineFilter.acceptAll()), OnlineFilter.acceptAll().and(careless))) {
      assertThatThrownBy(() -> both.judge(slot("cat"), GREY))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageStartingWith(careless.getClass().getName() + ".judge() returned null");
    }
  }
}
