package io.github.iaa4j.core.sampling;

import io.github.iaa4j.core.settings.Description;
import java.util.function.Function;

/**
 * What a sampler is given for each of its jobs, such as the image that a job starts from. It
 * decides pixels, so it must depend on the job alone: a job that is generated again, perhaps in
 * another process, gets the same value. Must be safe for use by several threads.
 *
 * <p>A run records the {@linkplain #describe description} and resumes only with the same one. A
 * lambda has none, and is warned about; {@link #of} gives it one:
 *
 * <pre>{@code
 * JobFunction.of(
 *     Description.of("photo by seed").with("folder", folder.getFileName()),
 *     job -> photos.get(Math.floorMod(job.seed(), photos.size())))
 * }</pre>
 *
 * @param <T> what a job is given
 */
@FunctionalInterface
public interface JobFunction<T> {

  /** The value for a job; not null. */
  T apply(GenerationJob job);

  /**
   * What this is and how it is set. A function with fields overrides it and names everything that
   * decides its values.
   *
   * @return by default {@link Description#ofClass}, which is not complete for a lambda
   */
  default Description describe() {
    return Description.ofClass(this);
  }

  /**
   * A function with a description.
   *
   * @param description different from those of functions that return other values
   * @param function such as a lambda
   */
  static <T> JobFunction<T> of(Description description, Function<GenerationJob, T> function) {
    return new DescribedFunction<>(description, function);
  }
}
