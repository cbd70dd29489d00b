package io.github.iaa4j.wsss.external;

import io.github.iaa4j.core.dataset.ImageEncoding;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.internal.AtomicFiles;
import io.github.iaa4j.core.internal.Folders;
import io.github.iaa4j.core.wsss.Segmenter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Segments by running a program, once for all images of a call. */
final class ExternalSegmenter implements Segmenter {

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
    Path exchange = exchangeFolder();
    try {
      ExchangedImages exchanged =
          ExchangedImages.write(exchange, classNames, images, false, encoding);
      Files.createDirectories(exchanged.masks());
      ProgramCall call =
          ProgramCall.run(
              command.filled(exchanged.placeholders(ExternalProgram.modelOf(folder))),
              settings,
              folder);
      exchanged.requireAll(call);
      return new MaskFiles(exchange, exchanged, call);
    } catch (CancelledException e) {
      delete(exchange);
      throw e;
    } catch (IOException e) {
      throw AtomicFiles.failure(exchange, e);
    }
  }

  private record MaskFiles(Path folder, ExchangedImages images, ProgramCall call) implements Masks {

    @Override
    public LabelMask of(LabeledImage image) {
      return images.mask(image, call);
    }

    @Override
    public void close() {
      delete(folder);
    }
  }

  private static void delete(Path exchange) {
    try {
      Folders.delete(exchange);
    } catch (IOException e) {
      throw AtomicFiles.failure(exchange, e);
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
