package io.github.iaa4j.wsss.external;

import io.github.iaa4j.core.dataset.ImageEncoding;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.DatasetException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.internal.AtomicFiles;
import io.github.iaa4j.core.internal.Folders;
import io.github.iaa4j.core.wsss.Segmenter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Segments by running a program, once for all images of a call. */
final class ExternalSegmenter implements Segmenter {

  private static final Logger LOG = LoggerFactory.getLogger(ExternalSegmenter.class);

  private final Path folder;
  private final List<String> classNames;
  private final CommandTemplate command;
  private final ImageEncoding encoding;
  private final ProgramCall.Settings settings;
  private volatile boolean closed;

  ExternalSegmenter(
      Path folder,
      List<String> classNames,
      CommandTemplate command,
      ImageEncoding encoding,
      ProgramCall.Settings settings) {
    this.folder = folder;
    this.classNames = classNames;
    this.command = command;
    this.encoding = encoding;
    this.settings = settings;
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public LabelMask segment(RgbImage image) {
    LabeledImage only = LabeledImage.of("image", List.of(), () -> image);
    try (Masks masks = segmentAll(List.of(only))) {
      return masks.of(only);
    }
  }

  /** What a failed program was given and what it wrote stays, so that it can be looked at. */
  @Override
  public Masks segmentAll(List<? extends LabeledImage> images) {
    if (closed) {
      throw new IllegalStateException("the model is closed");
    }
    ExchangedImages.requireDistinctIds(images);
    Path exchange = exchangeFolder();
    try {
      ExchangedImages exchanged =
          ExchangedImages.write(exchange, classNames, images, false, encoding);
      Files.createDirectories(exchanged.masks());
      ProgramCall call =
          ProgramCall.run(
              command.filled(exchanged.placeholders(ExternalProgram.modelOf(folder))),
              settings,
              folder,
              () -> {});
      exchanged.requireAll(call);
      return new MaskFiles(exchange, exchanged, call);
    } catch (CancelledException | ConfigurationException | DatasetException e) {
      // The program was stopped or never ran, so there is nothing of it to look at.
      delete(exchange);
      throw e;
    } catch (IOException e) {
      throw AtomicFiles.failure(exchange, e);
    }
  }

  private static final class MaskFiles implements Masks {

    private final Path folder;
    private final ExchangedImages images;
    private final ProgramCall call;
    private volatile boolean isFaulty;

    MaskFiles(Path folder, ExchangedImages images, ProgramCall call) {
      this.folder = folder;
      this.images = images;
      this.call = call;
    }

    @Override
    public LabelMask of(LabeledImage image) {
      try {
        return images.mask(image, call);
      } catch (ModelException e) {
        isFaulty = true;
        throw e;
      }
    }

    @Override
    public void close() {
      // The file that the error names must still be there to be looked at.
      if (!isFaulty) {
        delete(folder);
      }
    }
  }

  /** Masks that were read are worth more than a tidy folder, so a failure is logged only. */
  static void delete(Path exchange) {
    try {
      Folders.delete(exchange);
    } catch (IOException e) {
      LOG.warn("{} is no longer needed, but cannot be deleted. Delete it by hand.", exchange, e);
    }
  }

  private Path exchangeFolder() {
    Path work = ExternalProgram.workOf(folder);
    try {
      Files.createDirectories(work);
      return Files.createTempDirectory(work, "segment-");
    } catch (IOException e) {
      throw AtomicFiles.failure(work, e);
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
