package io.github.iaa4j.core.filter;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.internal.Answers;
import io.github.iaa4j.core.internal.FilterAnswers;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.settings.Description;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The online filter of the IAA paper (arXiv 2412.20439): it judges previews of an image that is
 * being denoised, and the finished image.
 *
 * <p>An answer depends only on the slot and the image, never on other images or their order: that
 * is what makes runs repeatable. Implementations are safe for use by many threads.
 */
public interface OnlineFilter {

  /**
   * The denoising steps after which there is a preview, from 1 to {@code steps} - 1, ascending;
   * empty where only the finished image counts. Never null.
   */
  default int[] previewSteps(int steps) {
    return new int[0];
  }

  /** Decides whether an image that is still being denoised is continued. Never null. */
  default Verdict preview(Slot slot, Preview preview) {
    return Verdict.pass();
  }

  /** Decides whether a finished image is kept. Never null. */
  Verdict judge(Slot slot, RgbImage image);

  /**
   * Whether the filter can work with these classes; asked once, before any image is generated.
   *
   * @return one sentence per fault, empty if there are none; never null
   */
  default List<String> faults(List<String> classNames) {
    return List.of();
  }

  /**
   * What the filter is and how it is set, for {@code generation.json}: a run is resumed only with a
   * filter of the same description. Two filters that would decide differently must have different
   * descriptions, and a filter must have the same one in every process.
   *
   * <p>The default names the class. That is complete for a class without fields; any other class
   * overrides this method and names its settings, as in {@code
   * Description.of("brightness").with("from", 0.1)}. If it does not, the run warns that the
   * settings are unknown.
   */
  default Description describe() {
    return Description.ofClass(this);
  }

  /**
   * Passes an image only if both filters pass it. Both are always asked, so that the manifest holds
   * all scores.
   */
  default OnlineFilter and(OnlineFilter next) {
    OnlineFilter first = this;
    return new OnlineFilter() {
      @Override
      public int[] previewSteps(int steps) {
        return IntStream.concat(
                IntStream.of(stepsOf(first, steps)), IntStream.of(stepsOf(next, steps)))
            .distinct()
            .sorted()
            .toArray();
      }

      @Override
      public Verdict preview(Slot slot, Preview preview) {
        return part(first, slot, preview).and(part(next, slot, preview));
      }

      @Override
      public Verdict judge(Slot slot, RgbImage image) {
        return FilterAnswers.verdict(first.judge(slot, image), first, "judge")
            .and(FilterAnswers.verdict(next.judge(slot, image), next, "judge"));
      }

      @Override
      public List<String> faults(List<String> classNames) {
        return Stream.of(first, next)
            .flatMap(part -> FilterAnswers.faults(part.faults(classNames), part).stream())
            .toList();
      }

      @Override
      public Description describe() {
        return Description.of("both")
            .with("first", Answers.require(first.describe(), first, "describe"))
            .with("second", Answers.require(next.describe(), next, "describe"));
      }
    };
  }

  private static Verdict part(OnlineFilter filter, Slot slot, Preview preview) {
    boolean asks =
        IntStream.of(stepsOf(filter, preview.steps())).anyMatch(s -> s == preview.step());
    return asks
        ? FilterAnswers.verdict(filter.preview(slot, preview), filter, "preview")
        : Verdict.pass();
  }

  private static int[] stepsOf(OnlineFilter filter, int steps) {
    return FilterAnswers.previewSteps(filter.previewSteps(steps), filter, steps);
  }

  /** Filters by class probabilities. */
  static ScoreFilter of(ImageScorer scorer) {
    return ScoreFilter.of(scorer);
  }

  /** Keeps everything. */
  static OnlineFilter acceptAll() {
    return new OnlineFilter() {
      @Override
      public Verdict judge(Slot slot, RgbImage image) {
        return Verdict.pass();
      }

      @Override
      public Description describe() {
        return Description.of("accept all");
      }
    };
  }
}
