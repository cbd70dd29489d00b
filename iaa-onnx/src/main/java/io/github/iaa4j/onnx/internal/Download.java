package io.github.iaa4j.onnx.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Recognises what failed downloads leave in place of a model's file, by its first bytes. */
public final class Download {

  private static final int HEAD = 512;
  private static final String LFS = "version https://git-lfs.github.com/spec/";

  private Download() {}

  /**
   * Why a file is not what its name says, and what to do.
   *
   * @return sentences, or null if its first bytes show no fault
   */
  public static @Nullable String fault(Path file) {
    byte[] head = head(file);
    if (head.length == 0) {
      return "the file is empty. Download it again.";
    }
    return savedInstead(head);
  }

  private static @Nullable String savedInstead(byte[] head) {
    String text = new String(head, StandardCharsets.ISO_8859_1).stripLeading();
    if (text.startsWith(LFS)) {
      return "this is a pointer of Git LFS, not the file. Run git lfs install and git lfs pull in the"
          + " folder, or download the model with huggingface-cli download.";
    }
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.startsWith("<!doctype") || lower.startsWith("<html") || lower.startsWith("<?xml")) {
      return "this is a web page, saved in place of the file. Download the file itself: its address"
          + " has /resolve/ in it, not /blob/.";
    }
    if (lower.startsWith("entry not found")
        || lower.startsWith("invalid username or password")
        || lower.startsWith("access to model")
        || lower.startsWith("{\"error\"")) {
      return "this is an error message, saved in place of the file. Download the file again; it may"
          + " have another name, or need you to be logged in.";
    }
    return null;
  }

  /**
   * Whether a file holds weights of PyTorch: a zip archive, a pickle, or safetensors, which begin
   * with the length of a JSON object and the object.
   */
  public static boolean isTorch(Path file) {
    byte[] head = head(file);
    if (head.length < 9) {
      return false;
    }
    boolean isZip = head[0] == 'P' && head[1] == 'K' && head[2] == 3;
    boolean isPickle = head[0] == (byte) 0x80 && head[1] >= 2 && head[1] <= 5;
    boolean isSafetensors = head[8] == '{' && head[6] == 0 && head[7] == 0;
    return isZip || isPickle || isSafetensors;
  }

  private static byte[] head(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(HEAD);
    } catch (IOException e) {
      return new byte[0];
    }
  }
}
