package io.github.iaa4j.cli.output;

import io.github.iaa4j.wsss.TrainingListener;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Shows the progress of a training, one bar per stage. */
public final class TrainingProgress implements TrainingListener, AutoCloseable {

  private static final double SMOOTHING = 0.95;

  private final Console console;
  private String stage = "";
  private @Nullable Progress bar;
  private double smoothLoss;
  private String validation = "";

  /** Shows it on this console. */
  public TrainingProgress(Console console) {
    this.console = console;
  }

  @Override
  public void resumed(int classifierStep, int segmenterStep) {
    if (segmenterStep == 0) {
      console.print("Resuming after step %d of the classifier.", classifierStep);
    } else {
      console.print("Resuming after step %d of the segmenter.", segmenterStep);
    }
  }

  @Override
  public void classifierStep(int step, int steps, float loss) {
    step("classifier steps", step, steps, loss);
  }

  @Override
  public void classifierValidated(int step, double meanAveragePrecision) {
    validation = String.format(Locale.ROOT, ", mAP %.3f", meanAveragePrecision);
  }

  @Override
  public void pseudoMask(int done, int images) {
    validation = "";
    begin("pseudo masks", done, images).reach(done);
  }

  @Override
  public void segmenterStep(int step, int steps, float loss) {
    step("segmenter steps", step, steps, loss);
  }

  private void step(String what, int step, int steps, float loss) {
    boolean isFirst = !what.equals(stage);
    Progress current = begin(what, step, steps);
    smoothLoss = isFirst ? loss : SMOOTHING * smoothLoss + (1 - SMOOTHING) * loss;
    current.note(String.format(Locale.ROOT, "loss %.3f%s", smoothLoss, validation));
    current.reach(step);
  }

  private Progress begin(String what, int done, int total) {
    if (bar == null || !what.equals(stage)) {
      close();
      stage = what;
      bar = console.progress(what, total);
      bar.startAt(done - 1);
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
