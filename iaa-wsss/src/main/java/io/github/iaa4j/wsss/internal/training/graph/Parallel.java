package io.github.iaa4j.wsss.internal.training.graph;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Tasks on the threads of Java's common pool. */
final class Parallel {

  private Parallel() {}

  /**
   * Runs tasks. If one fails, its exception is thrown once all have ended, because they use native
   * memory that is released then.
   *
   * @return the results in the order of the tasks
   */
  static <T> List<T> run(int count, IntFunction<T> task) {
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    List<Optional<T>> results =
        IntStream.range(0, count)
            .parallel()
            .mapToObj(
                k -> {
                  try {
                    return Optional.of(task.apply(k));
                  } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                    return Optional.<T>empty();
                  }
                })
            .toList();
    if (failure.get() instanceof Error error) {
      throw error;
    }
    if (failure.get() instanceof RuntimeException exception) {
      throw exception;
    }
    return results.stream().map(Optional::orElseThrow).toList();
  }
}
