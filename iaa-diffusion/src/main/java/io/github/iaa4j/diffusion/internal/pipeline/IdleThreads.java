package io.github.iaa4j.diffusion.internal.pipeline;

import java.util.concurrent.Executor;

/** Threads that may have nothing to do, and could compute for one that has. */
public interface IdleThreads {

  /** No threads. */
  IdleThreads NONE =
      new IdleThreads() {
        @Override
        public boolean areIdle() {
          return false;
        }

        @Override
        public void offer(Runnable task) {}
      };

  /** The threads of an executor that does nothing else. */
  static IdleThreads of(Executor executor) {
    return new IdleThreads() {
      @Override
      public boolean areIdle() {
        return true;
      }

      @Override
      public void offer(Runnable task) {
        executor.execute(task);
      }
    };
  }

  /** Whether a thread waits for work now. */
  boolean areIdle();

  /**
   * Offers a task to a thread that waits. Nobody promises to take it: who offers it runs it if
   * nobody has begun when it is needed.
   */
  void offer(Runnable task);
}
