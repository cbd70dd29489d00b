package io.github.iaa4j.core.internal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks what a filter returns, for those who ask it: a run, and a filter that is made of others.
 */
public final class FilterAnswers {

  private FilterAnswers() {}

  /**
   * Requires the steps of previews.
   *
   * @param steps denoising steps in all
   * @throws io.github.iaa4j.core.error.ConfigurationException if there are none, or they are no
   *     {@linkplain PreviewSteps preview steps}; names the filter's class
   */
  public static int[] previewSteps(int @Nullable [] answer, Object filter, int steps) {
    return PreviewSteps.require(
        Answers.require(answer, filter, "previewSteps", "Return an empty array for no preview."),
        filter,
        steps);
  }

  /**
   * Requires a verdict.
   *
   * @param <V> its type
   * @param method that returned it, without brackets
   * @throws io.github.iaa4j.core.error.ConfigurationException if it is null; names the filter's
   *     class
   */
  public static <V> V verdict(@Nullable V answer, Object filter, String method) {
    return Answers.require(answer, filter, method, "Return Verdict.pass() or Verdict.reject(…).");
  }

  /**
   * Requires the faults.
   *
   * @throws io.github.iaa4j.core.error.ConfigurationException if there is no list; names the
   *     filter's class
   */
  public static List<String> faults(@Nullable List<String> answer, Object filter) {
    return Answers.require(answer, filter, "faults", "Return an empty list if there are none.");
  }
}
