package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.filter.ImageScorer;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.Verdict;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.settings.Description;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run requires of a filter and its scorer. */
class FilterContractsTest extends RunOfPets {

  @Test
  void aScorerOfTheWrongLengthIsNamed() {
    fails(Pets.agent(folder).filter(filter(0.5f)), "1 scores for 2 classes");
  }

  @Test
  void aScoreThatIsNoProbabilityIsNamed() {
    fails(Pets.agent(folder).filter(filter(0.5f, Float.NaN)), "NaN for the class dog");
    fails(Pets.agent(folder).filter(filter(1.5f, 0)), "1.5 for the class cat");
  }

  @NullUnmarked // That is what these tests are about.
  private static final class NullFilter implements OnlineFilter {
    @Override
    public Verdict judge(Slot slot, RgbImage image) {
      return null;
    }
  }

  @Test
  void aFilterThatAnswersNullIsNamed() {
    fails(Pets.agent(folder).filter(new NullFilter()), "judge()", "NullFilter", "returned null");
  }

  @NullUnmarked // That is what these tests are about.
  private static final class NullPreviews implements OnlineFilter {
    @Override
    public int[] previewSteps(int steps) {
      return null;
    }

    @Override
    public Verdict judge(Slot slot, RgbImage image) {
      return Verdict.pass();
    }
  }

  @NullUnmarked // That is what these tests are about.
  private static final class NullFaults implements OnlineFilter {
    @Override
    public List<String> faults(List<String> classNames) {
      return null;
    }

    @Override
    public Verdict judge(Slot slot, RgbImage image) {
      return Verdict.pass();
    }
  }

  @Test
  void aFilterWithoutPreviewStepsIsNamed() {
    for (OnlineFilter filter :
        List.of(new NullPreviews(), OnlineFilter.acceptAll().and(new NullPreviews()))) {
      fails(
          Pets.agent(folder).filter(filter),
          "NullPreviews.previewSteps() returned null, which it must not. Return an empty array");
    }
  }

  private record Previews(List<Integer> at) implements OnlineFilter {
    @Override
    public int[] previewSteps(int steps) {
      return at.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public Verdict judge(Slot slot, RgbImage image) {
      return Verdict.pass();
    }
  }

  /** They are not sorted for the filter: what it meant by another order is unknown. */
  @ParameterizedTest
  @ValueSource(strings = {"3, 1", "2, 2", "0, 2", "2, 10"})
  void aFilterWhosePreviewStepsDoNotAscendWithinTheStepsIsNamed(String steps) {
    List<Integer> at = Pattern.compile(", ").splitAsStream(steps).map(Integer::valueOf).toList();
    for (OnlineFilter filter :
        List.of(new Previews(at), OnlineFilter.acceptAll().and(new Previews(at)))) {
      fails(
          Pets.agent(folder).filter(filter),
          "Previews.previewSteps(10) returned ["
              + steps
              + "], but preview steps are from 1 to 9, ascending, each once");
    }
  }

  @Test
  void aFilterThatAnswersNullForItsFaultsIsNamedWithAllOtherFaults() {
    for (OnlineFilter filter :
        List.of(new NullFaults(), new NullFaults().and(OnlineFilter.acceptAll()))) {
      assertThatThrownBy(() -> Pets.agent(folder).filter(filter).attempts(0).build())
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(
              "NullFaults.faults() returned null, which it must not. Return an empty list")
          .hasMessageContaining("attempts(0)");
    }
  }

  @Test
  void aPartOfACompositeFilterThatAnswersNullIsNamed() {
    fails(
        Pets.agent(folder).filter(OnlineFilter.acceptAll().and(new NullFilter())),
        "NullFilter.judge() returned null");
  }

  @Test
  void aVerdictOfNoNumberIsRefusedWhereItIsMade() {
    assertThatThrownBy(() -> Verdict.pass(Map.of("cat", Double.NaN)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"cat\"");
    assertThatThrownBy(() -> Verdict.rejectWithQuality(Map.of(), Reason.other("dark"), Double.NaN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("quality");
  }

  /** A sampler that takes what the observer throws for a failure of the job. */
  private static DiffusionSampler forgiving() {
    return new Sampler(
        (jobs, observer) -> {
          observer.previewSteps(10);
          for (GenerationJob job = jobs.poll(); job != null; job = jobs.poll()) {
            try {
              if (observer.onPreview(new FirstPreview(job))) {
                generate(job, observer);
              }
            } catch (RuntimeException e) {
              observer.onFailed(
                  job, new GenerationException(job.slot(), job.attempt(), 1, "broken", e));
            }
          }
        });
  }

  /** A filter whose previews fail. */
  private static final class BrokenPreviews implements OnlineFilter {
    @Override
    public int[] previewSteps(int steps) {
      return new int[] {1};
    }

    @Override
    public Verdict preview(Slot slot, Preview preview) {
      throw new IllegalStateException("broken preview");
    }

    @Override
    public Verdict judge(Slot slot, RgbImage image) {
      return Verdict.pass();
    }
  }

  @Test
  void aFilterThatFailsOnAPreviewEndsTheRunWhateverTheSamplerMakesOfIt() {
    ImageAugmentationAgent agent =
        Pets.agent(folder)
            .sampler(forgiving())
            .filter(new BrokenPreviews())
            .stopAfterFailures(0)
            .build();

    assertThatThrownBy(agent::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("broken preview");
    assertThat(Run.open(folder).attempts()).isEmpty();
  }

  @NullUnmarked // That is what these tests are about.
  private static final class NullScorer implements ImageScorer {
    @Override
    public List<String> classNames() {
      return Pets.CLASSES;
    }

    @Override
    public float[] score(RgbImage image) {
      return new float[2];
    }

    @Override
    public Description describe() {
      return null;
    }
  }

  @Test
  void aPartInsideAnotherWithoutADescriptionIsNamed() {
    OnlineFilter filter = OnlineFilter.of(new NullScorer());

    fails(Pets.agent(folder).filter(filter), "NullScorer.describe() returned null");
    fails(
        Pets.agent(folder).filter(filter.and(OnlineFilter.acceptAll())),
        "NullScorer.describe() returned null");
  }
}
