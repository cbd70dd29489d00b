package io.github.iaa4j.report;

import io.github.iaa4j.core.AugmentationReport;
import io.github.iaa4j.core.dataset.DatasetNotice;
import io.github.iaa4j.core.internal.AtomicFiles;
import io.github.iaa4j.core.internal.JsonFiles;
import io.github.iaa4j.core.outcome.Outcome;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.run.AttemptRecord;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.run.RunSettings;
import io.github.iaa4j.core.sampling.ModelNote;
import io.github.iaa4j.core.sampling.SamplerInfo;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One self-contained page about a run: its images, what the filter made of the attempts, the
 * prompts with their refinement, and what the images did for segmentation where that is known.
 */
public final class HtmlReport {

  private static final int MAX_IMAGES = 240;
  private static final int MAX_REJECTED = 60;
  private static final int MAX_PROMPTS = 400;
  private static final int MAX_REASONS = 8;

  private final Run run;
  private final RunSettings settings;
  private final AugmentationReport counts;
  private final List<ManifestEntry> manifest;
  private final List<AttemptRecord> attempts;
  private final List<PromptRecord> prompts;
  private final @Nullable Comparison comparison;
  private final StringBuilder page = new StringBuilder();

  private HtmlReport(Run run) {
    this.run = run;
    this.settings = run.settings();
    this.counts = AugmentationReport.of(run);
    this.manifest = run.manifest();
    this.attempts = run.attempts();
    this.prompts = run.prompts();
    this.comparison =
        Files.exists(run.comparisonFile())
            ? JsonFiles.read(run.comparisonFile(), Comparison.class)
            : null;
  }

  /**
   * Writes {@code report.html} into the run's folder.
   *
   * @return the file
   * @throws io.github.iaa4j.core.error.StorageException if the run cannot be read or the page
   *     cannot be written
   */
  public static Path write(Run run) {
    Path file = run.reportFile();
    AtomicFiles.write(file, new HtmlReport(run).page().getBytes(StandardCharsets.UTF_8));
    return file;
  }

  private String page() {
    String name = name();
    page.append("<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n")
        .append("<meta name=viewport content=\"width=device-width, initial-scale=1\">\n<title>")
        .append(Html.text(name))
        .append(" - iaa4j</title>\n<style>\n")
        .append(resource("report.css"))
        .append(classFilters())
        .append("</style>\n</head>\n<body>\n<main>\n");
    header(name);
    shortfalls();
    notices();
    if (comparison != null) {
      segmentation(comparison);
    }
    classes();
    gallery();
    attempts();
    prompts();
    page.append("</main>\n</body>\n</html>\n");
    return page.toString();
  }

  /** The last two parts of the path, since many runs' folders are called run. */
  private String name() {
    Path folder = run.folder().toAbsolutePath().normalize();
    int parts = folder.getNameCount();
    return parts < 2 ? folder.toString() : folder.subpath(parts - 2, parts).toString();
  }

  private void header(String name) {
    page.append("<header>\n<p class=over>iaa4j run</p>\n<h1>").append(Html.text(name));
    page.append("</h1>\n<dl class=facts>\n");
    fact("data set", settings.dataset().isEmpty() ? "not named" : settings.dataset());
    fact("balance", settings.balance());
    fact("prompts by", settings.prompts().agent().toString());
    fact("judged by", settings.prompts().critic().toString());
    fact("refined by", settings.prompts().refinement().toString());
    if (!manifest.isEmpty()) {
      SamplerInfo sampler = manifest.get(0).sampler();
      fact(
          "painted by",
          format(
              "%s, %s, %d steps, guidance %s, %d x %d%s",
              sampler.model(),
              sampler.scheduler(),
              sampler.steps(),
              sampler.guidanceScale(),
              sampler.width(),
              sampler.height(),
              sampler.options().isEmpty() ? "" : ", " + sampler.options()));
    }
    fact("seed", Long.toString(settings.seed()));
    page.append("</dl>\n</header>\n<section class=tiles>\n");
    tile(counts.accepted() + " of " + counts.slots(), "images accepted", "");
    tile(
        counts.attempts() == 0 ? "0" : format("%.2f", counts.attempts() / (double) accepted()),
        "attempts an image",
        counts.attempts() + " in all");
    tile(
        Integer.toString(counts.dropped()),
        "dropped while forming",
        counts.rejected() + " more rejected when finished");
    tile(
        counts.functionEvaluations() == 0
            ? "0 %"
            : format(
                "%.0f %%",
                100.0 * counts.functionEvaluationsUnaccepted() / counts.functionEvaluations()),
        "of the UNet's work unused",
        format(
            "%,d of %,d rows",
            counts.functionEvaluationsUnaccepted(), counts.functionEvaluations()));
    counts.failures().entrySet().stream()
        .findFirst()
        .ifPresent(
            most ->
                tile(
                    Integer.toString(counts.failed()),
                    "attempts failed",
                    format("%d for this reason: %s", most.getValue(), most.getKey())));
    if (counts.audited() > 0) {
      tile(
          counts.auditedAccepted() + " of " + counts.audited(),
          "audited drops were good after all",
          "what dropping early loses");
    }
    page.append("</section>\n");
  }

  private void shortfalls() {
    notes("Less than was planned", counts.shortfalls());
  }

  private void notices() {
    notes(
        "Notes on the real images",
        run.datasetNotices().stream().map(DatasetNotice::message).toList());
    notes("Notes on the model", run.modelNotes().stream().map(ModelNote::toString).toList());
  }

  private void notes(String title, List<String> notes) {
    if (!notes.isEmpty()) {
      page.append("<section>\n<h2>").append(title).append("</h2>\n<ul class=notes>\n");
      notes.forEach(note -> page.append("<li>").append(Html.text(note)).append("</li>\n"));
      page.append("</ul>\n</section>\n");
    }
  }

  private int accepted() {
    return Math.max(1, counts.accepted());
  }

  private void fact(String term, String value) {
    page.append("<div><dt>").append(term).append("</dt><dd>");
    page.append(Html.text(value)).append("</dd></div>\n");
  }

  private void tile(String figure, String meaning, String more) {
    page.append("<div class=tile><b>").append(Html.text(figure)).append("</b><span>");
    page.append(Html.text(meaning)).append("</span>");
    if (!more.isEmpty()) {
      page.append("<small>").append(Html.text(more)).append("</small>");
    }
    page.append("</div>\n");
  }

  private void segmentation(Comparison c) {
    page.append("<section>\n<h2>Segmentation before and after</h2>\n<p class=lead>");
    page.append(Html.text("Evaluated on " + c.evaluatedOn() + ", in percent. "));
    page.append("<span class=key><i class=before></i>before: ");
    page.append(Html.text(c.before().name())).append(", ").append(c.before().images());
    page.append(" images</span> <span class=key><i class=after></i>after: ");
    page.append(Html.text(c.after().name())).append(", ").append(c.after().images());
    page.append(" images</span></p>\n<div class=tiles>\n");
    tile(
        gain(c.before().mIoU(), c.after().mIoU()),
        "points of mIoU",
        format("%.1f before, %.1f after", 100 * c.before().mIoU(), 100 * c.after().mIoU()));
    tile(
        gain(c.before().pseudoMaskMIoU(), c.after().pseudoMaskMIoU()),
        "points of the pseudo masks' mIoU",
        format(
            "%.1f before, %.1f after, on the real training images",
            100 * c.before().pseudoMaskMIoU(), 100 * c.after().pseudoMaskMIoU()));
    page.append("</div>\n<div class=columns>\n<figure><figcaption>IoU of each class</figcaption>");
    page.append(Charts.pairs(c.classNames(), c.before().iou(), c.after().iou()));
    page.append("</figure>\n<div>\n");
    curve("Classifier's loss", c.before().classifierLoss(), c.after().classifierLoss());
    curve("Segmenter's loss", c.before().segmenterLoss(), c.after().segmenterLoss());
    page.append("</div>\n</div>\n</section>\n");
  }

  private static String gain(double before, double after) {
    return format("%+.1f", 100 * (after - before));
  }

  private void curve(String title, List<Comparison.Point> before, List<Comparison.Point> after) {
    String svg = Charts.losses(before, after);
    if (!svg.isEmpty()) {
      page.append("<figure><figcaption>").append(title).append("</figcaption>");
      page.append(svg).append("</figure>\n");
    }
  }

  private void classes() {
    Map<String, Integer> planned = new LinkedHashMap<>();
    settings.classNames().forEach(name -> planned.put(name, 0));
    settings.plan().forEach(labels -> labels.forEach(l -> planned.merge(l, 1, Integer::sum)));
    page.append("<section>\n<h2>Classes</h2>\n<table>\n<tr><th>class<th class=n>planned")
        .append("<th class=n>accepted<th class=n>not accepted<th>share accepted</tr>\n");
    planned.forEach(
        (name, images) -> {
          int kept = counts.acceptedByClass().getOrDefault(name, 0);
          int lost = counts.unacceptedByClass().getOrDefault(name, 0);
          double share = kept + lost == 0 ? 0 : 100.0 * kept / (kept + lost);
          page.append("<tr><td>").append(Html.text(name));
          page.append(format("<td class=n>%d<td class=n>%d<td class=n>%d", images, kept, lost));
          page.append("<td>");
          if (kept + lost > 0) {
            page.append(
                format(
                    "<span class=bar><i style=\"width:%.0f%%\"></i></span> %.0f %%", share, share));
          }
          page.append("</tr>\n");
        });
    page.append("</table>\n</section>\n");
  }

  private void gallery() {
    page.append("<section class=browse>\n<h2>Images</h2>\n");
    if (manifest.isEmpty()) {
      page.append("<p class=lead>None yet: iaa generate paints them.</p>\n</section>\n");
      return;
    }
    List<ManifestEntry> there =
        manifest.stream().filter(entry -> Files.exists(run.image(entry))).toList();
    List<ManifestEntry> shown = some(there, MAX_IMAGES);
    if (shown.size() < manifest.size()) {
      page.append(
          format(
              "<p class=lead>%d of %,d; all of them are in images/.</p>\n",
              shown.size(), manifest.size()));
    }
    page.append("<input type=radio name=class id=c-all checked><label for=c-all>all</label>\n");
    for (int k = 0; k < settings.classNames().size(); k++) {
      String name = settings.classNames().get(k);
      if (shown.stream().anyMatch(entry -> entry.labels().contains(name))) {
        page.append(format("<input type=radio name=class id=c-%d><label for=c-%d>", k, k));
        page.append(Html.text(name)).append("</label>\n");
      }
    }
    page.append("<div class=cards>\n");
    for (ManifestEntry entry : shown) {
      String detail =
          format("slot %d, attempt %d, seed %d", entry.slot(), entry.attempt() + 1, entry.seed());
      card(
          run.image(entry),
          entry.labels(),
          entry.scores(),
          entry.prompt(),
          detail,
          entry.fallback() ? "the best of its slot's rejected images" : "");
    }
    page.append("</div>\n</section>\n");
  }

  private void card(
      Path file,
      List<String> labels,
      Map<String, Double> scores,
      String prompt,
      String detail,
      String reason) {
    String marks =
        labels.stream()
            .map(label -> " k" + settings.classNames().indexOf(label))
            .collect(Collectors.joining());
    page.append("<figure class=\"card").append(marks).append("\" title=\"");
    page.append(Html.text(detail)).append("\"><img loading=lazy alt=\"");
    page.append(Html.text(String.join(", ", labels))).append("\" src=\"");
    page.append(Thumbnail.of(file)).append("\"><figcaption>");
    for (String label : labels) {
      page.append("<span class=chip>").append(Html.text(label));
      Double score = scores.get(label);
      if (score != null) {
        page.append(format(" <b>%.2f</b>", score));
      }
      page.append("</span>");
    }
    if (!reason.isEmpty()) {
      page.append("<em>").append(Html.text(reason)).append("</em>");
    }
    page.append("<q>").append(Html.text(prompt)).append("</q></figcaption></figure>\n");
  }

  private void attempts() {
    if (attempts.isEmpty()) {
      return;
    }
    page.append("<section>\n<h2>What was not accepted</h2>\n<div class=columns>\n<table>\n")
        .append("<tr><th>outcome<th class=n>attempts<th class=n>UNet rows</tr>\n");
    for (Outcome outcome : Outcome.values()) {
      List<AttemptRecord> such = attempts.stream().filter(a -> a.outcome() == outcome).toList();
      if (!such.isEmpty()) {
        page.append("<tr><td>").append(meaning(outcome));
        page.append(
            format(
                "<td class=n>%,d<td class=n>%,d</tr>\n",
                such.size(), such.stream().mapToLong(AttemptRecord::functionEvaluations).sum()));
      }
    }
    page.append("</table>\n<table>\n<tr><th>most frequent reasons<th class=n>attempts</tr>\n");
    Map<String, Integer> reasons = new TreeMap<>();
    // By kind and class: at which step and how surely would tell equal reasons apart.
    attempts.stream()
        .flatMap(attempt -> attempt.reasons().stream())
        .forEach(reason -> reasons.merge(summary(reason), 1, Integer::sum));
    reasons.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .limit(MAX_REASONS)
        .forEach(
            reason ->
                page.append("<tr><td>")
                    .append(Html.text(reason.getKey()))
                    .append(format("<td class=n>%,d</tr>\n", reason.getValue())));
    page.append("</table>\n</div>\n");
    List<AttemptRecord> kept =
        attempts.stream()
            .filter(attempt -> run.image(attempt).filter(Files::exists).isPresent())
            .toList();
    if (!kept.isEmpty()) {
      List<AttemptRecord> shown = some(kept, MAX_REJECTED);
      page.append(
          format(
              "<details><summary>Rejected images (%d of %,d)</summary>\n<div class=cards>\n",
              shown.size(), kept.size()));
      for (AttemptRecord attempt : shown) {
        card(
            run.image(attempt).orElseThrow(),
            attempt.labels(),
            attempt.scores(),
            attempt.prompt(),
            format("slot %d, attempt %d", attempt.slot(), attempt.attempt() + 1),
            attempt.message());
      }
      page.append("</div>\n</details>\n");
    }
    page.append("</section>\n");
  }

  /** What reasons of one kind have in common; of duplicates, not of which slot. */
  private static String summary(Reason reason) {
    return reason.kind() == Reason.Kind.DUPLICATE
        ? "repeats another image"
        : reason.withoutMeasurement().message();
  }

  private static String meaning(Outcome outcome) {
    return switch (outcome) {
      case DROPPED -> "dropped while forming";
      case REJECTED -> "rejected when finished";
      case DUPLICATE -> "repeats another image";
      case FAILED -> "could not be generated";
    };
  }

  private void prompts() {
    List<PromptRecord> shown = some(prompts, MAX_PROMPTS);
    long rewritten = prompts.stream().filter(prompt -> prompt.rounds().size() > 1).count();
    int tokens = prompts.stream().mapToInt(PromptRecord::tokens).sum();
    page.append("<section>\n<h2>Prompts</h2>\n<p class=lead>");
    page.append(
        format(
            "%,d prompts, %,d of them rewritten at least once. Mean score %.2f%s.",
            prompts.size(),
            rewritten,
            prompts.stream().mapToDouble(PromptRecord::score).average().orElse(0),
            tokens == 0 ? "" : format("; %,d tokens spent", tokens)));
    long unanswered =
        prompts.stream().map(PromptRecord::templateCause).filter(Objects::nonNull).count();
    if (unanswered > 0) {
      page.append(
          format(
              " %,d of them %s for what the language model should have written.",
              unanswered,
              unanswered == 1 ? "is a template that stands in" : "are templates that stand in"));
    }
    if (shown.size() < prompts.size()) {
      page.append(format(" Shown are %d; all are in prompts.jsonl.", shown.size()));
    }
    page.append("</p>\n");
    for (PromptRecord prompt : shown) {
      page.append("<details class=prompt><summary><span class=no>").append(prompt.slot());
      page.append("</span>").append(Html.text(prompt.text())).append("<span class=chip>");
      page.append(Html.text(String.join(", ", prompt.labels())));
      page.append(format(" <b>%.2f</b></span></summary>\n<ol>\n", prompt.score()));
      for (RefinedPrompt.Round round : prompt.rounds()) {
        page.append(format("<li><b>%.2f</b> ", round.score())).append(Html.text(round.text()));
        if (!round.critique().isEmpty()) {
          page.append("<p class=critique>").append(Html.text(round.critique())).append("</p>");
        }
        page.append("</li>\n");
      }
      page.append("</ol>\n");
      if (!prompt.negativePrompt().isEmpty()) {
        page.append("<p class=critique>kept out: ").append(Html.text(prompt.negativePrompt()));
        page.append("</p>\n");
      }
      page.append("</details>\n");
    }
    page.append("</section>\n");
  }

  /** The rules that hide the other cards where a class is chosen, so that no script is needed. */
  private String classFilters() {
    StringBuilder css = new StringBuilder();
    for (int k = 0; k < settings.classNames().size(); k++) {
      css.append(format("#c-%d:checked~.cards .card:not(.k%d){display:none}\n", k, k));
    }
    return css.toString();
  }

  /** At most so many, evenly spread, in their order. */
  private static <T> List<T> some(List<T> all, int most) {
    if (all.size() <= most) {
      return all;
    }
    List<T> chosen = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      chosen.add(all.get((int) ((long) i * all.size() / most)));
    }
    return chosen;
  }

  private static String resource(String name) {
    try (InputStream in = Objects.requireNonNull(HtmlReport.class.getResourceAsStream(name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // A jar on the class path that cannot be read.
    }
  }

  private static String format(String pattern, @Nullable Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
