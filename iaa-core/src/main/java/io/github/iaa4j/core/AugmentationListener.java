package io.github.iaa4j.core;

/**
 * Receives what happens in a run, to draw progress bars or export metrics. Should be quick: the run
 * waits.
 */
@FunctionalInterface
public interface AugmentationListener {

  /** Something happened. Called from the run's threads, one event at a time. */
  void onEvent(AugmentationEvent event);
}
