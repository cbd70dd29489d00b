package io.github.iaa4j.cli.output;

import io.github.iaa4j.wsss.TrainingListener;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Shows the progress of a training, one bar per stage. */
public final class TrainingProgress implements TrainingListener, AutoCloseable {

  private static final double SMOOTHING = 0.95;

  private final Console console;
  private @Nullable Progress bar;
  private double smoothLoss;

  /** Shows it on this console. */
  public TrainingProgress(Console console) {
    this.console = console;
  }

  @Override
  public void classifierStep(int step, int steps, float loss) {
    step("classifier steps", step, steps, loss);
  }

  @Override
  public void pseudoMask(int done, int images) {
    begin("pseudo masks", done, images).reach(done);
  }

  @Override
  public void segmenterStep(int step, int steps, float loss) {
    step("segmenter steps", step, steps, loss);
  }

  private void step(String what, int step, int steps, float loss) {
    smoothLoss = step == 1 ? loss : SMOOTHING * smoothLoss + (1 - SMOOTHING) * loss;
    Progress current = begin(what, step, steps);
    current.note(String.format(Locale.ROOT, "loss %.3f", smoothLoss));
    current.reach(step);
  }

  private Progress begin(String what, int done, int total) {
    if (done == 1 || bar == null) {
      close();
      bar = console.progress(what, total);
    }
    return bar;
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
