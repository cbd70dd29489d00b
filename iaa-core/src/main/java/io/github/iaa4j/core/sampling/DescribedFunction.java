package io.github.iaa4j.core.sampling;

import io.github.iaa4j.core.settings.Description;
import java.util.Objects;
import java.util.function.Function;

/** A function and what it says of itself. */
record DescribedFunction<T>(Description describe, Function<GenerationJob, T> function)
    implements JobFunction<T> {

  DescribedFunction {
    Objects.requireNonNull(describe, "description");
    Objects.requireNonNull(function, "function");
  }

  @Override
  public T apply(GenerationJob job) {
    return function.apply(job);
  }
}
