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
    result.put("slots", counts.slots().planned());
    result.put("accepted", counts.slots().accepted());
    result.put("attempts", counts.attempts().all());
    result.put("fallbacks", counts.slots().fallbacks());
    result.put("exhausted", counts.slots().exhausted());
    result.put("withoutPrompt", counts.slots().withoutPrompt());
    result.put("dropped", counts.attempts().dropped());
    result.put("rejected", counts.attempts().rejected());
    result.put("duplicates", counts.attempts().duplicates());
    result.put("failed", counts.attempts().failed());
    Map<String, Integer> failures = new LinkedHashMap<>();
    counts.failures().forEach(f -> failures.put(f.reason().message(), f.attempts()));
    result.put("failures", failures);
    result.put("audited", counts.audit().attempts());
    result.put("auditedAccepted", counts.audit().accepted());
    result.put("functionEvaluations", counts.functionEvaluations().all());
    result.put("functionEvaluationsUnaccepted", counts.functionEvaluations().unaccepted());
    Map<String, Integer> accepted = new LinkedHashMap<>();
    Map<String, Integer> unaccepted = new LinkedHashMap<>();
    counts
        .classes()
        .forEach(
            (name, images) -> {
              accepted.put(name, images.accepted());
              unaccepted.put(name, images.unaccepted());
            });
    result.put("acceptedByClass", accepted);
    result.put("unacceptedByClass", unaccepted);
    result.put("unplanned", counts.unplanned());
    return result;
  }
}
