package io.github.iaa4j.cli.output;

import io.github.iaa4j.core.AugmentationEvent;
import io.github.iaa4j.core.AugmentationEvent.Accepted;
import io.github.iaa4j.core.AugmentationEvent.GenerationBegun;
import io.github.iaa4j.core.AugmentationEvent.PromptWritten;
import io.github.iaa4j.core.AugmentationEvent.PromptsBegun;
import io.github.iaa4j.core.AugmentationEvent.Revoked;
import io.github.iaa4j.core.AugmentationEvent.SlotExhausted;
import io.github.iaa4j.core.AugmentationEvent.Unaccepted;
import io.github.iaa4j.core.AugmentationListener;
import org.jspecify.annotations.Nullable;

/** Draws the progress of a run's stages. */
public final class RunProgress implements AugmentationListener, AutoCloseable {

  private final Console console;
  private @Nullable Progress bar;
  private int accepted;
  private int dropped;
  private int rejected;
  private int failed;
  private int revoked;
  private int empty;

  /** Draws on this console. */
  public RunProgress(Console console) {
    this.console = console;
  }

  @Override
  public void onEvent(AugmentationEvent event) {
    if (event instanceof PromptsBegun begun) {
      begin("prompts", begun.slots(), begun.done());
    } else if (event instanceof GenerationBegun begun) {
      begin("images", begun.slots(), begun.done());
      accepted = begun.done();
      dropped = 0;
      rejected = 0;
      failed = 0;
      revoked = 0;
      empty = 0;
    } else if (bar == null) {
      return;
    } else if (event instanceof PromptWritten) {
      bar.step();
    } else if (event instanceof Accepted image) {
      accepted++;
      rejected -= image.entry().isFallback() && rejected > 0 ? 1 : 0;
      bar.step();
      bar.note(counts());
    } else if (event instanceof Unaccepted attempt) {
      switch (attempt.attempt().outcome()) {
        case DROPPED -> dropped++;
        case FAILED -> failed++;
        default -> rejected++;
      }
      bar.note(counts());
    } else if (event instanceof Revoked) {
      accepted--;
      revoked++;
      bar.stepBack();
      bar.note(counts());
    } else if (event instanceof SlotExhausted) {
      empty++;
      bar.step();
      bar.note(counts());
    }
  }

  private String counts() {
    return accepted
        + " accepted, "
        + dropped
        + " dropped early, "
        + rejected
        + " rejected"
        + (revoked == 0 ? "" : ", " + revoked + " revoked")
        + (failed == 0 ? "" : ", " + failed + " failed")
        + (empty == 0 ? "" : ", " + empty + " slots empty");
  }

  private void begin(String what, int slots, int done) {
    finish();
    bar = console.progress(what, slots);
    bar.startAt(done);
  }

  /** Ends the bar of the stage that is done. */
  public void finish() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }

  @Override
  public void close() {
    finish();
  }
}
