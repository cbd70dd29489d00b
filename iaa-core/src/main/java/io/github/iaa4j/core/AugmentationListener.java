package io.github.iaa4j.core;

/** Hears what happens in a run, to draw bars or export metrics. To be quick: the run waits. */
@FunctionalInterface
public interface AugmentationListener {

  /** Something happened. Called from the run's threads, one event at a time. */
  void onEvent(AugmentationEvent event);
}
