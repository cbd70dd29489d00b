package io.github.iaa4j.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.Verdict;
import io.github.iaa4j.core.internal.JsonFiles;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.run.Comparison;
import io.github.iaa4j.core.run.Comparison.Point;
import io.github.iaa4j.core.run.Comparison.Trained;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.testing.FakeSampler;
import io.github.iaa4j.core.wsss.MeasuredImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {

  private static final String HOSTILE = "a cat </q><script>alert(\"1\")</script> & 'dog'";

  @TempDir Path folder;

  @Test
  void showsImagesWithScoresAndPrompts() throws IOException {
    String page = page(generated());

    assertThat(page).contains("src=\"data:image/png;base64,", "cat <b>0.90</b>", "3 of 3");
  }

  @Test
  void showsWhatWasRejectedAndWhy() throws IOException {
    String page = page(generated());

    assertThat(page).contains("Rejected images (3 of 3)", "first attempts are &lt;never&gt; good");
  }

  @Test
  void showsEveryRoundOfTheRefinement() throws IOException {
    String page = page(generated());

    assertThat(page).contains("kept out: blur&lt;ry&gt;").contains("<li><b>");
  }

  @Test
  void escapesWhatALanguageModelWrote() throws IOException {
    String page = page(generated());

    assertThat(page)
        .doesNotContain("<script", "alert(\"1\")")
        .contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;dog&#39;");
  }

  @Test
  void needsNoOtherFile() throws IOException {
    String page = page(generated());

    assertThat(page).doesNotContainPattern("(src|href)=(?!\"data:)").doesNotContain("@import");
  }

  @Test
  void comparesSegmentationWhereItIsKnown() throws IOException {
    Run run = generated();
    run.writeComparison(
        new Comparison(
            "9 images",
            List.of("background", "cat"),
            trained("baseline", 0.30, List.of(0.5, Double.NaN)),
            trained("augmented", 0.37, List.of(0.5, 0.24)),
            new MeasuredImages(9, 2, 1),
            new MeasuredImages(5, 0, 0),
            Description.of("histograms").with("bins", "<8>")));

    String page = page(run);

    assertThat(page).contains("+7.0", "30.0 before, 37.0 after", ">24.0</text>", "class=\"curve");
    assertThat(page).doesNotContain("NaN");
    assertThat(page)
        .contains("segmenters were measured on 9 of 12 images; skipped: 2 generated, 1 without")
        .contains("pseudo masks measured on 5 of 5 images.")
        .contains("Both were trained by histograms (bins &lt;8&gt;).");
  }

  @Test
  void aMethodThatGivesMasksOnlyHasNoPseudoMasksAndNoCurves() throws IOException {
    Run run = generated();
    List<Double> iou = List.of(0.5, 0.1);
    run.writeComparison(
        new Comparison(
            "9 images",
            List.of("background", "cat"),
            new Trained("baseline", 9, 0.30, iou, null, List.of(), List.of()),
            new Trained("augmented", 12, 0.37, iou, null, List.of(), List.of()),
            new MeasuredImages(9, 0, 0),
            null,
            null));

    assertThat(page(run))
        .contains("30.0 before, 37.0 after", "measured on 9 of 9 images.")
        .doesNotContain("pseudo masks", "class=\"curve");
  }

  @Test
  void readsAComparisonThatDoesNotSayHowManyImagesWereMeasured() throws IOException {
    Run run = generated();
    JsonFiles.write(
        run.comparisonFile(),
        new Comparison(
            "9 images",
            List.of("background", "cat"),
            trained("baseline", 0.30, List.of(0.5, 0.1)),
            trained("augmented", 0.37, List.of(0.5, 0.24)),
            null,
            null,
            null));

    assertThat(page(run)).contains("30.0 before, 37.0 after").doesNotContain("measured on");
  }

  @Test
  void countsReasonsByKindAndClassWhateverTheirStepAndScore() throws IOException {
    try (FakeSampler sampler = FakeSampler.of(job -> FakeSampler.plain(16, 16, job.slot()));
        ImageAugmentationAgent agent =
            agent().sampler(sampler).filter(new FirstPreviewFilter()).auditShare(0).build()) {
      agent.run();
    }

    assertThat(page(Run.open(folder.resolve("run"))))
        .contains("<tr><td>also shows dog<td class=n>3</tr>")
        .doesNotContain("at step");
  }

  @Test
  void saysWhatTheRunFallsShortOf() throws IOException {
    try (FakeSampler sampler = FakeSampler.of(job -> FakeSampler.plain(16, 16, job.slot()));
        ImageAugmentationAgent agent = agent().sampler(sampler).attempts(1).build()) {
      agent.run();
    }

    assertThat(page(Run.open(folder.resolve("run"))))
        .contains("Less than was planned", "3 slots used all their attempts and stay empty.");
  }

  @Test
  void isWrittenBeforeAnythingIsGenerated() throws IOException {
    try (ImageAugmentationAgent agent = agent().build()) {
      agent.writePrompts();
    }

    assertThat(page(Run.open(folder.resolve("run")))).contains("None yet");
  }

  private String page(Run run) throws IOException {
    return Files.readString(HtmlReport.write(run));
  }

  private static Trained trained(String name, double mIoU, List<Double> iou) {
    List<Point> losses = List.of(new Point(10, 1.5), new Point(20, 0.5));
    return new Trained(name, 4, mIoU, iou, 0.4, losses, losses);
  }

  private Run generated() {
    try (FakeSampler sampler =
            FakeSampler.of(job -> FakeSampler.plain(16, 16, 0x3366cc + job.slot()));
        ImageAugmentationAgent agent = agent().sampler(sampler).build()) {
      agent.run();
    }
    return Run.open(folder.resolve("run"));
  }

  private ImageAugmentationAgent.Builder agent() {
    return ImageAugmentationAgent.builder()
        .dataset(
            LabeledDataset.of(
                List.of("cat"),
                List.of(
                    LabeledImage.of(
                        "cat", List.of("cat"), () -> FakeSampler.plain(16, 16, 0xff0000)))),
            "voc:cats:train")
        .promptAgent(new HostileAgent())
        .filter(new SecondAttemptFilter())
        .balance(Balance.add(3))
        .keepRejected(true)
        .output(folder.resolve("run"));
  }

  private static final class HostileAgent implements PromptAgent {
    @Override
    public String name() {
      return "<hostile>";
    }

    @Override
    public Draft propose(PromptRequest request) {
      return new Draft(new Prompt(HOSTILE, "blur<ry>"), 7);
    }

    @Override
    public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
      return propose(request);
    }
  }

  /** Rejects the first attempt at each slot, at another step and with another score each time. */
  private static final class FirstPreviewFilter implements OnlineFilter {
    private final java.util.Set<Integer> seen = new java.util.HashSet<>();

    @Override
    public int[] previewSteps(int steps) {
      return new int[] {2, 4, 6};
    }

    @Override
    public synchronized Verdict preview(Slot slot, Preview preview) {
      int slotsStep = 2 + 2 * (slot.ordinal() % 3);
      return preview.step() == slotsStep && seen.add(slot.ordinal())
          ? Verdict.reject(Map.of(), Reason.unwanted("dog", 0.3 + slot.ordinal() / 10.0))
          : Verdict.pass();
    }

    @Override
    public Verdict judge(Slot slot, RgbImage image) {
      return Verdict.pass();
    }
  }

  /** Rejects what differs from slot to slot in its first attempt, by counting per slot. */
  private static final class SecondAttemptFilter implements OnlineFilter {
    private final java.util.Set<Integer> seen = new java.util.HashSet<>();

    @Override
    public synchronized Verdict judge(Slot slot, RgbImage image) {
      return seen.add(slot.ordinal())
          ? Verdict.reject(Map.of("cat", 0.1), Reason.other("first attempts are <never> good"))
          : Verdict.pass(Map.of("cat", 0.9));
    }
  }
}
