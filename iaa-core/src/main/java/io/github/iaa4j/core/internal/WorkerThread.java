package io.github.iaa4j.core.internal;

/** A daemon thread that works for a call, which waits for it whatever happens. */
public final class WorkerThread extends Thread {

  /** Held while the work is done: to enter it is to wait without an interrupt being taken. */
  private final Object working = new Object();

  /**
   * @param name as thread dumps show it
   */
  public WorkerThread(String name, Runnable work) {
    super(work, name);
    setDaemon(true);
  }

  @Override
  public void run() {
    synchronized (working) {
      super.run();
    }
  }

  /**
   * Waits until the thread has ended. An interrupt asks it to stop, and its flag stands while this
   * waits on, so that whoever interrupts next can see that another did before.
   *
   * @param stop makes the work end soon; called once or more if the calling thread is interrupted
   */
  public void join(Runnable stop) {
    while (isAlive()) {
      if (Thread.currentThread().isInterrupted()) {
        stop.run();
        awaitWork();
      } else {
        try {
          join();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  private void awaitWork() {
    synchronized (working) {
      Thread.onSpinWait(); // It has yet to start its work, or is about to end.
    }
  }
}
