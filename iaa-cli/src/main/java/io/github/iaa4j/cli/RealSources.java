package io.github.iaa4j.cli;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobFunction;
import io.github.iaa4j.core.settings.Description;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * For each job a real image that has just the labels of its slot, drawn by the job's seed. An image
 * that starts from it then shows no object that its labels do not name.
 */
final class RealSources implements JobFunction<RgbImage> {

  private final Map<Integer, List<LabeledImage>> images = new HashMap<>();
  private int width;
  private int height;

  /**
   * @throws ConfigurationException if there is no real image for a slot
   */
  RealSources(LabeledDataset real, List<PromptRecord> prompts) {
    Map<Set<String>, List<LabeledImage>> byLabels = new HashMap<>();
    for (PromptRecord prompt : prompts) {
      Set<String> labels = new HashSet<>(prompt.labels());
      List<LabeledImage> having =
          byLabels.computeIfAbsent(
              labels,
              wanted ->
                  real.images().stream()
                      .filter(image -> !image.generated())
                      .filter(image -> new HashSet<>(image.labels()).equals(wanted))
                      .toList());
      if (having.isEmpty()) {
        throw new ConfigurationException(
            "--from-image: no real image has exactly the labels "
                + prompt.labels()
                + " of slot "
                + prompt.slot()
                + ". Remove its line from prompts.jsonl, or omit --from-image.");
      }
      images.put(prompt.slot(), having);
    }
  }

  /** The size to scale them to, said before the first job. */
  void scaleTo(int width, int height) {
    this.width = width;
    this.height = height;
  }

  /**
   * The rule alone: the data set is recorded with the run, and prompts may be added or edited
   * between two generations.
   */
  @Override
  public Description describe() {
    return Description.of("real image with the labels of the slot");
  }

  @Override
  public RgbImage apply(GenerationJob job) {
    List<LabeledImage> having = images.getOrDefault(job.slot(), List.of());
    int drawn = new SplittableRandom(job.seed()).nextInt(having.size());
    return having.get(drawn).image().scaledTo(width, height);
  }
}
