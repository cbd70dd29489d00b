package io.github.iaa4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.AugmentationReport.Attempts;
import io.github.iaa4j.core.AugmentationReport.Audit;
import io.github.iaa4j.core.AugmentationReport.ClassCount;
import io.github.iaa4j.core.AugmentationReport.FunctionEvaluations;
import io.github.iaa4j.core.AugmentationReport.Slots;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.Verdict;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.testing.FakeSampler;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AugmentationReportTest {

  @TempDir private Path folder;

  @Test
  void aReportDoesNotChangeWithWhatItWasMadeOf() {
    Map<String, ClassCount> classes = new LinkedHashMap<>();
    classes.put("dog", new ClassCount(1, 1, 0));
    classes.put("cat", new ClassCount(2, 1, 3));
    AugmentationReport report =
        new AugmentationReport(
            folder,
            folder,
            new Slots(3, 2, 0, 1, 0),
            new Attempts(5, 1, 2, 0, 0),
            new Audit(0, 0),
            new FunctionEvaluations(50, 30),
            classes,
            List.of(),
            List.of());

    classes.clear();

    assertThat(report.classes().keySet()).containsExactly("dog", "cat");
    assertThatThrownBy(() -> report.classes().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void classesAreInTheirOrderWithWhatWasPlannedForEach() {
    AugmentationReport report = Pets.agent(folder).build().run();

    assertThat(report.classes().keySet()).containsExactlyElementsOf(Pets.CLASSES);
    assertThat(report.classes())
        .containsEntry(
            "cat",
            new ClassCount(
                12, report.slots().accepted(), report.attempts().all() - report.slots().accepted()))
        .containsEntry("dog", new ClassCount(0, 0, 0));
  }

  /** Drops every preview and accepts every image. */
  private static final class Hasty implements OnlineFilter {
    @Override
    public int[] previewSteps(int steps) {
      return new int[] {1};
    }

    @Override
    public Verdict preview(Slot slot, Preview preview) {
      return Verdict.reject(Map.of(), Reason.missing("cat"));
    }

    @Override
    public Verdict judge(Slot slot, RgbImage image) {
      return Verdict.pass();
    }
  }

  @Test
  void anAuditedImageThatWasRevokedAsADuplicateWasAcceptedByTheJudge() {
    AugmentationReport report =
        Pets.agent(folder)
            .sampler(FakeSampler.of(job -> FakeSampler.plain(16, 16, 0x808080)))
            .filter(new Hasty())
            .auditShare(1)
            .attempts(1)
            .distinct(4)
            .balance(Balance.add(3))
            .build()
            .run();

    assertThat(report.attempts().duplicates()).isEqualTo(2);
    assertThat(report.audit()).isEqualTo(new Audit(3, 3));
  }
}
