package io.github.iaa4j.core.dataset;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** The formats of the images that are read. Content decides, never the name of a file. */
enum ImageFormat {
  JPEG("JPEG", true),
  PNG("PNG", true),
  BMP("BMP", true),
  TIFF("TIFF", true),
  WEBP("WebP", false);

  /** The extensions that images of these formats have, without the dot and in lower case. */
  static final List<String> EXTENSIONS =
      List.of("jpg", "jpeg", "jfif", "jpe", "png", "bmp", "tif", "tiff", "webp");

  private final String label;
  private final boolean readByTheJdk;

  ImageFormat(String label, boolean readByTheJdk) {
    this.label = label;
    this.readByTheJdk = readByTheJdk;
  }

  /** The name of the format, for people and for ImageIO. */
  String label() {
    return label;
  }

  /** Whether every JDK has a reader for it; otherwise a library on the class path brings it. */
  boolean readByTheJdk() {
    return readByTheJdk;
  }

  /**
   * The format of a file.
   *
   * @param start the first bytes of it, all or at least 4096
   */
  static Optional<ImageFormat> of(byte[] start) {
    if (has(start, 0, 0xff, 0xd8, 0xff)) {
      return Optional.of(JPEG);
    }
    if (has(start, 0, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n')) {
      return Optional.of(PNG);
    }
    if (has(start, 0, 'I', 'I', 42, 0) || has(start, 0, 'M', 'M', 0, 42)) {
      return Optional.of(TIFF);
    }
    if (has(start, "RIFF") && has(start, 8, 'W', 'E', 'B', 'P')) {
      return Optional.of(WEBP);
    }
    // A text may begin with BM too; no header is that long or short.
    if (has(start, "BM") && start.length >= 18) {
      int header = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getInt(14);
      if (header >= 12 && header <= 124) {
        return Optional.of(BMP);
      }
    }
    return Optional.empty();
  }

  /**
   * What a file is that is none of these formats, and what to do about it, as words that follow the
   * file's name.
   *
   * @param start the first bytes of it, all or at least 4096
   */
  static String whatElse(byte[] start) {
    if (start.length == 0) {
      return "is empty; " + COPY_AGAIN;
    }
    if (allZero(start)) {
      return "holds only zeros, as an interrupted copy leaves it; " + COPY_AGAIN;
    }
    Optional<String> image = otherImage(start);
    if (image.isPresent()) {
      return "is a "
          + image.get()
          + " file, which cannot be read; convert it to PNG or JPEG, or take it out of the data"
          + " set";
    }
    if (has(start, "version https://git-lfs")) {
      return "is a git-lfs pointer, not the image itself; run \"git lfs pull\" where it lies";
    }
    if (has(start, 0, 0, 5, 0x16, 7)) {
      return "is what macOS keeps beside a file, not an image; delete it";
    }
    Optional<String> other = noImage(start);
    if (other.isPresent()) {
      return "is " + other.get() + ", not an image, whatever its name says; " + COPY_AGAIN;
    }
    return "is no " + labels("or") + ", whatever its name says; " + COPY_AGAIN;
  }

  static final String COPY_AGAIN =
      "download or copy the file again, or take it out of the data set's list";

  /** The names of all formats, for a message, such as with "and" before the last. */
  static String labels(String conjunction) {
    List<String> labels = Arrays.stream(values()).map(ImageFormat::label).toList();
    int last = labels.size() - 1;
    return String.join(", ", labels.subList(0, last)) + " " + conjunction + " " + labels.get(last);
  }

  private static Optional<String> otherImage(byte[] start) {
    if (has(start, "GIF8")) {
      return Optional.of("GIF");
    }
    if (has(start, 4, 'f', 't', 'y', 'p') && start.length >= 12) {
      String brand = new String(start, 8, 4, StandardCharsets.ISO_8859_1);
      return Optional.of(
          switch (brand) {
            case "avif", "avis" -> "AVIF";
            case "heic", "heix", "heim", "heis", "hevc", "hevx" -> "HEIC";
            case "mif1", "msf1" -> contains(start, "avif") ? "AVIF" : "HEIF";
            case "crx " -> "Canon CR3 (raw photo)";
            default -> "video";
          });
    }
    if (has(start, 4, 'j', 'P', ' ', ' ') || has(start, 0, 0xff, 0x4f, 0xff, 0x51)) {
      return Optional.of("JPEG 2000");
    }
    if (has(start, 4, 'J', 'X', 'L', ' ') || has(start, 0, 0xff, 0x0a)) {
      return Optional.of("JPEG XL");
    }
    if (has(start, "8BPS")) {
      return Optional.of("Photoshop (PSD)");
    }
    if (has(start, 0, 'I', 'I', 43, 0) || has(start, 0, 'M', 'M', 0, 43)) {
      return Optional.of("BigTIFF");
    }
    if (has(start, 0, 'I', 'I', 'U', 0) || has(start, 0, 'I', 'I', 'R') || has(start, "FUJIFILM")) {
      return Optional.of("raw photo");
    }
    if (has(start, 0, 'v', '/', '1', 1)) {
      return Optional.of("OpenEXR");
    }
    if (has(start, "#?RADIANCE")) {
      return Optional.of("Radiance HDR");
    }
    if (has(start, 0, 0, 0, 1, 0)) {
      return Optional.of("Windows icon");
    }
    if (start.length > 2
        && start[0] == 'P'
        && start[1] >= '1'
        && start[1] <= '7'
        && Character.isWhitespace(start[2])) {
      return Optional.of("Netpbm (PBM, PGM, PPM)");
    }
    if (has(start, 128, 'D', 'I', 'C', 'M')) {
      return Optional.of("DICOM");
    }
    if (has(start, "%PDF")) {
      return Optional.of("PDF");
    }
    return Optional.of(text(start)).filter(text -> SVG.matcher(text).find()).map(text -> "SVG");
  }

  private static final Pattern SVG = Pattern.compile("^<(\\?xml\\b.*?<)?svg\\b", Pattern.DOTALL);

  private static Optional<String> noImage(byte[] start) {
    if (has(start, 0, 'P', 'K', 3, 4)) {
      return Optional.of("a ZIP archive");
    }
    if (has(start, 0, 0x1f, 0x8b)) {
      return Optional.of("a gzip archive");
    }
    if (has(start, 0, 0x93, 'N', 'U', 'M', 'P', 'Y')) {
      return Optional.of("a NumPy array");
    }
    String text = text(start);
    if (text.startsWith("<!doctype html") || text.startsWith("<html") || text.contains("<body")) {
      return Optional.of("an HTML page");
    }
    if (text.startsWith("<?xml") || text.startsWith("<annotation")) {
      return Optional.of("an XML text");
    }
    if (text.startsWith("{") || text.startsWith("[")) {
      return Optional.of("a JSON text");
    }
    return Optional.empty();
  }

  /** The beginning as a text in lower case, without a byte order mark or space before it. */
  private static String text(byte[] start) {
    String text = new String(start, 0, Math.min(1024, start.length), StandardCharsets.ISO_8859_1);
    return (text.startsWith("\u00ef\u00bb\u00bf") ? text.substring(3) : text)
        .strip()
        .toLowerCase(Locale.ROOT);
  }

  private static boolean contains(byte[] start, String text) {
    return new String(start, 0, Math.min(64, start.length), StandardCharsets.ISO_8859_1)
        .contains(text);
  }

  private static boolean allZero(byte[] bytes) {
    for (byte b : bytes) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean has(byte[] bytes, String magic) {
    byte[] wanted = magic.getBytes(StandardCharsets.US_ASCII);
    return bytes.length >= wanted.length
        && Arrays.equals(bytes, 0, wanted.length, wanted, 0, wanted.length);
  }

  private static boolean has(byte[] bytes, int at, int... magic) {
    if (bytes.length < at + magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if (bytes[at + i] != (byte) magic[i]) {
        return false;
      }
    }
    return true;
  }
}
