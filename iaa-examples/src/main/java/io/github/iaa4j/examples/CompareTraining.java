package io.github.iaa4j.examples;

import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.run.Comparison;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.wsss.WsssMethod;
import io.github.iaa4j.core.wsss.WsssModel;
import io.github.iaa4j.report.HtmlReport;
import io.github.iaa4j.wsss.TrainingComparison;
import java.nio.file.Path;

/** What generated images add to any WSSS method, such as {@code WsssTraining} or your own. */
public final class CompareTraining {

  private CompareTraining() {}

  static Comparison compare(
      WsssMethod<? extends WsssModel> method,
      LabeledDataset real,
      LabeledDataset evaluation,
      DiffusionSampler sampler,
      Path folder) {
    try (WsssModel baseline = method.fit(real, folder.resolve("baseline"))) {
      ImageAugmentationAgent.builder()
          .dataset(real)
          .sampler(sampler)
          .filter(OnlineFilter.of(baseline).acceptFrom(0.3))
          .balance(Balance.add(6))
          .output(folder.resolve("run"))
          .build()
          .run();

      Run run = Run.open(folder.resolve("run"));
      LabeledDataset generated = VocDataset.open(run.dataset(), "train");
      LabeledDataset all = LabeledDataset.concat(real, generated);
      try (WsssModel augmented = method.fit(all, folder.resolve("augmented"))) {
        Comparison comparison =
            TrainingComparison.of(
                method, baseline, augmented, real, generated, evaluation, "the test set");
        run.writeComparison(comparison);
        HtmlReport.write(run);
        return comparison;
      }
    }
  }
}
