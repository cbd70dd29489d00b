package io.github.iaa4j.diffusion.internal.text;

import io.github.iaa4j.core.sampling.TokenCounter;
import io.github.iaa4j.diffusion.internal.model.FolderLayout;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import io.github.iaa4j.onnx.internal.Resources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Counts tokens with the tokenizers of a model folder: one, or the two of SDXL. */
public final class FolderTokenCounter implements TokenCounter {

  private final List<ClipTokenizer> tokenizers = new ArrayList<>();
  private boolean closed;

  /**
   * @param folder the model's
   */
  public FolderTokenCounter(Path folder) {
    if (!Files.isDirectory(folder.resolve("tokenizer"))) {
      throw FolderLayout.notAFolder(folder);
    }
    ModelFolder model = new ModelFolder(folder);
    try {
      tokenizers.add(ClipTokenizer.load(model, ""));
      if (Files.isDirectory(folder.resolve("tokenizer_2"))) {
        tokenizers.add(ClipTokenizer.load(model, "_2"));
      }
    } catch (RuntimeException | Error e) {
      Resources.closeAfter(e, tokenizers);
      throw e;
    }
  }

  @Override
  public synchronized int count(String text) {
    // Native memory is gone after close(), and callers may still be counting.
    if (closed) {
      throw new IllegalStateException("the token counter is closed");
    }
    return tokenizers.stream().mapToInt(tokenizer -> tokenizer.count(text)).max().orElse(0);
  }

  @Override
  public int limit() {
    return tokenizers.stream().mapToInt(ClipTokenizer::maxLength).min().orElse(0);
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      Resources.close(tokenizers);
    }
  }
}
