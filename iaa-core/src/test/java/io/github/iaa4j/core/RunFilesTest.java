package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.run.Comparison;
import io.github.iaa4j.core.run.Comparison.Point;
import io.github.iaa4j.core.run.Comparison.Trained;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.wsss.MeasuredImages;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of a run that others than the agent write. */
class RunFilesTest {

  private static final Trained BEFORE =
      new Trained(
          "before",
          3,
          0.25,
          List.of(0.5, Double.NaN),
          Double.NaN,
          List.of(),
          List.of(new Point(1, 2)));

  @TempDir Path folder;

  private Run run;

  @BeforeEach
  void writePrompts() {
    Pets.agent(folder).build().writePrompts();
    run = Run.open(folder);
  }

  @Test
  void aComparisonReadsBackAsItWasWritten() {
    Comparison comparison =
        new Comparison(
            "2 images",
            List.of("background", "cat"),
            BEFORE,
            BEFORE,
            new MeasuredImages(2, 0, 1),
            new MeasuredImages(3, 1, 0),
            Description.of("histograms").with("bins", 8));
    assertThat(run.comparison()).isEmpty();

    run.writeComparison(comparison);

    assertThat(run.comparison()).contains(comparison);
    assertThat(folder.resolve("comparison.json")).content().doesNotContain("NaN").contains("null");
  }

  @Test
  void aComparisonIsNotWrittenWhileAnotherWorksOnTheRun() {
    Comparison comparison = new Comparison("", List.of(), BEFORE, BEFORE, null, null, null);

    run.locked(
        () -> {
          assertThatThrownBy(() -> run.writeComparison(comparison))
              .isInstanceOf(StorageException.class)
              .hasMessageContaining("of this process is working on this run");
          return run;
        });

    assertThat(run.comparison()).isEmpty();
  }

  @Test
  void aReportIsWrittenWhileTheRunIsInProgress() {
    Path report = run.locked(() -> run.writeReport("<p>é"));

    assertThat(report).isEqualTo(folder.resolve("report.html"));
    assertThat(report).usingCharset(StandardCharsets.UTF_8).hasContent("<p>é");
  }

  @Test
  void anAgentDoesNotWorkInALockedFolder() {
    run.locked(
        () -> {
          assertThatThrownBy(() -> Pets.agent(folder).build().generate())
              .isInstanceOf(StorageException.class)
              .hasMessageContaining("of this process is working on this run");
          return run;
        });

    assertThat(Pets.agent(folder).build().generate().slots().accepted()).isPositive();
  }
}
