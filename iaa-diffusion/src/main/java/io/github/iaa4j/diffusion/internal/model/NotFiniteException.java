package io.github.iaa4j.diffusion.internal.model;

import java.nio.file.Path;

/** An image is lost: a part of the model answered NaN or infinity for it. */
public final class NotFiniteException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String problem;

  /**
   * @param where the numbers at fault
   * @param graph the file of the part at fault
   */
  public NotFiniteException(NotFinite where, Path graph) {
    this(where.problem(graph));
  }

  private NotFiniteException(String problem) {
    super(problem);
    this.problem = problem;
  }

  /** What happened and what to do. */
  public String problem() {
    return problem;
  }
}
