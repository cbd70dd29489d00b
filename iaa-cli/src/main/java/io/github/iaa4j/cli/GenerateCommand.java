package io.github.iaa4j.cli;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.cli.output.RunProgress;
import io.github.iaa4j.cli.output.TrainingProgress;
import io.github.iaa4j.core.AugmentationReport;
import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.ImageEncoding;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.PriorAdjustedScorer;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.RuleBasedPromptAgent;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.run.RunSettings;
import io.github.iaa4j.core.sampling.ModelNote;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.diffusion.PreviewDecoder;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.diffusion.StableDiffusionBuilder;
import io.github.iaa4j.llm.MiniLmEmbedder;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import io.github.iaa4j.toyworld.ToyWorld;
import io.github.iaa4j.wsss.OnnxWsss;
import io.github.iaa4j.wsss.WsssTraining;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

@Command(
    name = "generate",
    description = {
      "Generates an image for every prompt of a run, and keeps those that show their labels.",
      "",
      "A filter judges previews of each image and the finished image, and drops it if a"
          + " classifier cannot see the labels; the slot is then tried with another seed. The"
          + " accepted images are RUN/dataset, in VOC's layout. If the command is"
          + " stopped, running it again resumes it and ends with the same files."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  iaa generate --run runs/toy",
      "  iaa generate --run runs/toy --generation-rounds 2",
      "  iaa generate --run runs/toy-over-real --from-image 0.6",
      "  iaa generate --run runs/voc --model stable-diffusion-v1-5-onnx --steps 25 \\",
      "      --filter models/baseline --keep-rejected",
      "  iaa report --run runs/voc"
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class GenerateCommand implements Callable<Integer> {

  private static final int SMALL_IMAGE = 64;
  private static final int PHOTO_SIZE = 128;

  @Option(
      names = "--run",
      paramLabel = "RUN",
      required = true,
      description = "The run's folder, with the prompts that iaa prompts wrote.")
  private Path run;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description =
          "A Stable Diffusion folder in the Hugging Face ONNX layout. Default: the built-in"
              + " checkpoint, which knows Toy World's classes only.")
  private @Nullable Path model;

  @Mixin private SamplerOptions sampler;

  @Option(
      names = "--from-image",
      paramLabel = "S",
      description =
          "Start each image from a real one that has exactly its labels, and keep the layout, so"
              + " that the labels hold. S, above 0 and at most 1, is the strength: the fraction of"
              + " the steps that are run. Default: start from noise.")
  private @Nullable Double fromImage;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Images or batches in flight at once. Default: one for each processor. Does not change"
              + " any image.")
  private @Nullable Integer threads;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "Images in a batch. Default: 4, or 1 for large images on a CPU. Does not change any"
              + " image.")
  private @Nullable Integer batch;

  @Option(
      names = "--filter",
      paramLabel = "MODEL",
      description =
          "The filter's classifier: a model that iaa train made from the run's real images, or none"
              + " to keep every image. Default: train one now and keep it in RUN/classifier.")
  private @Nullable String filter;

  @Option(
      names = "--preview",
      paramLabel = "HOW",
      description =
          "What decodes the previews that the filter sees: full, the model's own decoder; tiny,"
              + " the small one in its folder vae_preview; linear, the colours of the latents. The"
              + " last two cost less and show less. Default: full.")
  private @Nullable PreviewDecoder preview;

  @Option(
      names = "--attempts",
      paramLabel = "N",
      defaultValue = "8",
      description = "The maximum number of attempts for a slot. Default: ${DEFAULT-VALUE}.")
  private int attempts;

  @Option(
      names = "--stop-after-failures",
      paramLabel = "N",
      defaultValue = "16",
      description =
          "Stop a run whose first N attempts all fail, as with a model that returns NaN; 0 never"
              + " stops. Images that the filter rejects do not count as failed. Default:"
              + " ${DEFAULT-VALUE}.")
  private int stopAfterFailures;

  @Option(
      names = "--generation-rounds",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "After a round, prompts whose attempts were all rejected are rewritten to suit what"
              + " the model can generate, and tried again, up to round N. Prompts that you edited"
              + " are kept. Default: ${DEFAULT-VALUE}.")
  private int generationRounds;

  @Mixin private LlmOptions llm;

  @Mixin private WordsOption words;

  @Option(
      names = "--leave-empty",
      description =
          "Leave a slot empty when all its attempts were rejected. Without this it gets the best of"
              + " them: a classifier that has seen few images of a class rejects good ones.")
  private boolean leaveEmpty;

  @Option(
      names = "--image-format",
      paramLabel = "png|jpeg",
      defaultValue = "png",
      description =
          "The format of the images. jpeg is for training code that opens .jpg files alone; the"
              + " filter then judges the decoded JPEG. Default: ${DEFAULT-VALUE}.")
  private ImageEncoding imageFormat;

  @Option(
      names = "--keep-rejected",
      description = "Keep rejected images in RUN/rejected; the report shows them.")
  private boolean keepRejected;

  @Mixin private Console console;

  @Override
  public Integer call() {
    List<String> faults = llm.faults();
    if (!faults.isEmpty()) {
      throw new ConfigurationException(faults);
    }
    if (llm.given() && generationRounds == 1) {
      throw new ConfigurationException(
          "--llm rewrites prompts between generation rounds, and there is only one: add"
              + " --generation-rounds 2");
    }
    boolean filters = !"none".equals(filter);
    if (llm.given() && !filters) {
      throw new ConfigurationException(
          "--llm rewrites prompts whose images the filter rejected, and --filter none rejects none."
              + " Leave one out.");
    }
    RunSettings settings = Run.open(run).settings();
    ClassWords classWords = words.words();
    requireWordsOf(settings, classWords);
    Checkpoint checkpoint = checkpoint(settings.classNames());
    if (!filters && preview != null) {
      throw new ConfigurationException(
          "--preview and --filter none: previews are for the filter. Leave one out.");
    }
    LabeledDataset real =
        filters || fromImage != null
            ? realImages(settings)
            : LabeledDataset.of(settings.classNames(), List.of());
    Function<StableDiffusion, PromptAgent> rules = any -> new RuleBasedPromptAgent(classWords);
    if (!filters) {
      generate(settings, checkpoint, real, OnlineFilter.acceptAll(), rules);
      return 0;
    }
    try (OnnxWsss classifier = classifier(settings, real)) {
      OnlineFilter online =
          OnlineFilter.of(PriorAdjustedScorer.of(classifier, real))
              .rejectPreviewBelow(PriorAdjustedScorer.PREVIEW_THRESHOLD)
              .acceptFrom(PriorAdjustedScorer.ACCEPT_THRESHOLD);
      if (!llm.given()) {
        generate(settings, checkpoint, real, online, rules);
        return 0;
      }
      try (OpenAiChatModel chat = llm.open(console);
          MiniLmEmbedder embedder = MiniLmEmbedder.load()) {
        generate(
            settings,
            checkpoint,
            real,
            online,
            diffusion ->
                llm.agent(chat)
                    .words(classWords)
                    .embedder(embedder)
                    .tokenCounter(diffusion.tokenCounter())
                    .build());
      }
    }
    Run ended = Run.open(run);
    return llm.exitCode(ended.prompts(), ended.promptsFile());
  }

  /** A prompt that is rewritten must name the classes as the first one did. */
  private void requireWordsOf(RunSettings settings, ClassWords asked) {
    String begun = settings.prompts().agent().settings().getOrDefault("words.checksum", "");
    String given = asked.describe().settings().getOrDefault("checksum", "");
    if (generationRounds > 1 && !begun.equals(given)) {
      throw new ConfigurationException(
          Run.open(run).settingsFile()
              + ": this run was started with "
              + named(begun)
              + ", not "
              + named(given)
              + (begun.isEmpty()
                  ? ". Omit --words."
                  : ". Name the file of iaa prompts with --words."));
    }
  }

  private static String named(String checksum) {
    return checksum.isEmpty() ? "the built-in words" : "words " + checksum;
  }

  private Checkpoint checkpoint(List<String> classNames) {
    if (model == null && !ToyWorld.CLASS_NAMES.containsAll(classNames)) {
      throw new ConfigurationException(
          "--model is missing: the built-in checkpoint knows Toy World's classes only, which are "
              + ToyWorld.CLASS_NAMES
              + ", and the run has "
              + classNames
              + ". Name a Stable Diffusion folder in the Hugging Face ONNX layout.");
    }
    return Checkpoint.of(model);
  }

  /** The given one, or the run's own, trained when it is first needed. */
  private OnnxWsss classifier(RunSettings settings, LabeledDataset real) {
    if (filter != null) {
      return OnnxWsss.load(Path.of(filter), sampler.device());
    }
    Run opened = Run.open(run);
    return opened.locked(
        () ->
            OnnxWsss.isPresent(opened.classifier())
                ? OnnxWsss.load(opened.classifier(), sampler.device())
                : trained(settings, real, opened.classifier()));
  }

  private OnnxWsss trained(RunSettings settings, LabeledDataset real, Path folder) {
    console.print("Training the filter's classifier on the %d real images.", real.images().size());
    try (TrainingProgress progress = new TrainingProgress(console)) {
      return WsssTraining.builder()
          .seed(settings.seed())
          .imageSize(imageSize(real))
          .segmenterSteps(1) // The filter reads the classifier alone.
          .device(sampler.device())
          .listener(progress)
          .build()
          .fit(real, folder);
    }
  }

  private static int imageSize(LabeledDataset real) {
    RgbImage image = real.images().get(0).image();
    return Math.max(image.width(), image.height()) <= SMALL_IMAGE ? SMALL_IMAGE : PHOTO_SIZE;
  }

  private LabeledDataset realImages(RunSettings settings) {
    DatasetSource source;
    try {
      source = DatasetSource.parse(settings.dataset());
    } catch (TypeConversionException e) {
      throw new ConfigurationException(
          Run.open(run).settingsFile()
              + " does not say where the real images are, and the filter and --from-image need them."
              + " Use --filter none without --from-image, or start the run with iaa prompts.");
    }
    LabeledDataset real = source.open();
    console.datasetNotices(real);
    return real;
  }

  private void generate(
      RunSettings settings,
      Checkpoint checkpoint,
      LabeledDataset real,
      OnlineFilter online,
      Function<StableDiffusion, PromptAgent> rewriter) {
    StableDiffusionBuilder builder =
        sampler.builder(checkpoint.folder(), checkpoint.usualGuidance());
    if (threads != null) {
      builder.threads(threads);
    }
    if (batch != null) {
      builder.batch(batch);
    }
    if (preview != null) {
      builder.previews(preview);
    }
    RealSources sources = null;
    if (fromImage != null) {
      sources = new RealSources(real, Run.open(run).prompts());
      builder.imageToImage(sources, fromImage);
    }
    long begun = System.nanoTime();
    AugmentationReport counts;
    List<ModelNote> notes;
    try (StableDiffusion diffusion = builder.build();
        RunProgress progress = new RunProgress(console);
        ImageAugmentationAgent agent =
            ImageAugmentationAgent.builder()
                // Generating needs only the data set's classes.
                .dataset(LabeledDataset.of(settings.classNames(), List.of()), settings.dataset())
                .sampler(diffusion)
                .filter(online)
                .attempts(attempts)
                .generationRounds(generationRounds)
                .promptAgent(rewriter.apply(diffusion))
                .promptsInFlight(llm.given() ? llm.parallel() : 1)
                .fillExhausted(!leaveEmpty)
                .imageEncoding(imageFormat)
                .keepRejected(keepRejected)
                .stopAfterFailures(stopAfterFailures)
                .output(run)
                .listener(progress)
                .build()) {
      notes = diffusion.notes();
      SamplerOptions.print(notes, console);
      if (sources != null) {
        sources.scaleTo(diffusion.width(), diffusion.height());
      }
      counts = agent.generate();
    }
    print(settings, counts, notes, (System.nanoTime() - begun) / 1e9);
  }

  private void print(
      RunSettings settings, AugmentationReport counts, List<ModelNote> notes, double seconds) {
    console.print(
        "%d of %d images accepted, after %d attempts: %d were dropped by previews, %d rejected"
            + " when finished. %.0f seconds.",
        counts.slots().accepted(),
        counts.slots().planned(),
        counts.attempts().all(),
        counts.attempts().dropped(),
        counts.attempts().rejected(),
        seconds);
    counts.shortfalls().forEach(shortfall -> console.print("%s", shortfall));
    printFailures(counts);
    if (counts.audit().attempts() > 0) {
      console.print(
          "%d images that would have been dropped were finished as a check; %d of them were good.",
          counts.audit().attempts(), counts.audit().accepted());
    }
    console.print("As a VOC data set they are in %s.", counts.dataset());
    console.print(
        "Next: iaa train --data %s --data voc:%s --out MODEL; iaa report --run %s",
        settings.dataset(), counts.dataset(), run);
    var result = ReportCommand.result("generate", counts);
    result.put("seconds", seconds);
    result.put("notes", notes);
    console.result(result);
  }

  private void printFailures(AugmentationReport counts) {
    counts.failures().stream()
        .findFirst()
        .ifPresent(
            most ->
                console.print(
                    "%d attempts failed, %d of them for this reason: %s",
                    counts.attempts().failed(), most.attempts(), most.reason().message()));
  }
}
