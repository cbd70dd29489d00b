package io.github.iaa4j.diffusion.internal.pipeline;

import java.util.concurrent.Executor;

/** Threads that may be idle, and can compute for one that is not. */
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

  /** The threads of an executor that has no other work. */
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
   * Offers a task to a waiting thread, which may not take it: the caller runs it if no thread has
   * begun by the time it is needed.
   */
  void offer(Runnable task);
}
