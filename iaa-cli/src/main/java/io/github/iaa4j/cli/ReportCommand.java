package io.github.iaa4j.cli;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.core.AugmentationReport;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.report.HtmlReport;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "report",
    description = {
      "Writes RUN/report.html: images with their scores, what the filter did, prompts with their"
          + " refinement, and segmentation before and after if the run has been compared.",
      "",
      "The report is one self-contained file. It can be written while a run is in progress."
    },
    footerHeading = "%nExample:%n",
    footer = "  iaa report --run runs/voc")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ReportCommand implements Runnable {

  @Option(names = "--run", paramLabel = "RUN", required = true, description = "The run's folder.")
  private Path run;

  @Mixin private Console console;

  @Override
  public void run() {
    Run opened = Run.open(run);
    Path file = HtmlReport.write(opened);
    console.print("The report is %s", file);
    Map<String, Object> result = result("report", AugmentationReport.of(opened));
    result.put("report", file.toString());
    console.result(result);
  }

  /** What a run has come to, for programs. */
  static Map<String, Object> result(String command, AugmentationReport counts) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("command", command);
    result.put("run", counts.run().toString());
    result.put("dataset", counts.dataset().toString());
    result.put("slots", counts.slots());
    result.put("accepted", counts.accepted());
    result.put("attempts", counts.attempts());
    result.put("fallbacks", counts.fallbacks());
    result.put("exhausted", counts.exhausted());
    result.put("dropped", counts.dropped());
    result.put("rejected", counts.rejected());
    result.put("duplicates", counts.duplicates());
    result.put("failed", counts.failed());
    result.put("failures", counts.failures());
    result.put("audited", counts.audited());
    result.put("auditedAccepted", counts.auditedAccepted());
    result.put("functionEvaluations", counts.functionEvaluations());
    result.put("functionEvaluationsUnaccepted", counts.functionEvaluationsUnaccepted());
    result.put("acceptedByClass", counts.acceptedByClass());
    result.put("unacceptedByClass", counts.unacceptedByClass());
    result.put("unplanned", counts.unplanned());
    return result;
  }
}
