package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.DatasetException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.StreamSupport;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFormatTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "474946383961, GIF",
    "00000018667479706865696300000000, HEIC",
    "00000018667479706d69663100000000, HEIF",
    "0000002066747970617669660000000061766966, AVIF",
    "000000206674797069736f6d, video",
    "0000000c6a5020200d0a870a, JPEG 2000",
    "ff4fff51002f, JPEG 2000",
    "0000000c4a584c200d0a870a, JPEG XL",
    "ff0afa1f, JPEG XL",
    "38425053, Photoshop (PSD)",
    "49492b000800, BigTIFF",
    "762f3101, OpenEXR",
    "00000100, Windows icon",
    "255044462d312e37, PDF"
  })
  void namesImagesThatAreNotReadAndSaysToConvertThem(String start, String name) {
    assertRefused(HexFormat.of().parseHex(start), "is a " + name + " file", "convert it to PNG");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<svg xmlns='http://www.w3.org/2000/svg'/> | is a SVG file",
        "<?xml version='1.0'?><!-- x --><svg/> | is a SVG file",
        "P6 4 4 255 | is a Netpbm",
        "<!DOCTYPE html><html></html> | is an HTML page, not an image, whatever",
        "<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error> | is an XML text",
        "{\"message\": \"not found\"} | is a JSON text",
        "version https://git-lfs.github.com/spec/v1 | is a git-lfs pointer",
        "BMW and other cars | is no JPEG, PNG, BMP, TIFF or WebP, whatever"
      })
  void namesTextsThatAreSavedAsImages(String text, String named) {
    assertRefused(text.getBytes(StandardCharsets.UTF_8), named);
  }

  @Test
  void saysHowToGetTheImageOfAGitLfsPointer() {
    String pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4\n";

    assertRefused(pointer.getBytes(StandardCharsets.UTF_8), "run \"git lfs pull\"");
  }

  @Test
  void namesArchivesAndArrays() {
    assertRefused(
        new byte[] {'P', 'K', 3, 4}, "is a ZIP archive", "download or copy the file again");
    assertRefused(new byte[] {0x1f, (byte) 0x8b}, "is a gzip archive");
    assertRefused(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'}, "is a NumPy array");
  }

  @Test
  void namesWhatAnInterruptedCopyLeaves() {
    assertRefused(new byte[5000], "holds only zeros");
  }

  @Test
  void namesWhatMacosKeepsBesideAFile() {
    assertRefused(new byte[] {0, 5, 0x16, 7, 0, 2, 0, 0}, "is what macOS keeps beside a file");
  }

  @Test
  void namesTheLibraryThatDecodesWebpWhereItIsMissing() {
    IIORegistry registry = IIORegistry.getDefaultInstance();
    Iterable<ImageReaderSpi> all = () -> registry.getServiceProviders(ImageReaderSpi.class, false);
    ImageReaderSpi webp =
        StreamSupport.stream(all.spliterator(), false)
            .filter(spi -> spi.getDescription(null).contains("WebP"))
            .findFirst()
            .orElseThrow();
    registry.deregisterServiceProvider(webp, ImageReaderSpi.class);
    try {
      assertRefused(
          ImageCase.of("webp", "lossless.webp").file(),
          "is a WebP image",
          "com.twelvemonkeys.imageio:imageio-webp",
          "convert it to PNG");
    } finally {
      registry.registerServiceProvider(webp, ImageReaderSpi.class);
    }
  }

  @Test
  void refusesColoursOfATiffThatAreRare() {
    byte[] tiff = ImageCase.of("tiff", "rgb-big-endian.tif").file();
    setTag(tiff, 0x0106, 8);
    Path file = ImageFiles.write(folder.resolve("a.tif"), tiff);

    assertThatThrownBy(() -> RgbImage.read(file))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("is a TIFF in CIELAB")
        .hasMessageContaining("convert it to RGB");
  }

  @Test
  void refusesJpegDataInATiffThatHasFourChannels() {
    byte[] tiff = ImageCase.of("tiff", "rgb-big-endian.tif").file();
    setTag(tiff, 0x0103, 7);
    setTag(tiff, 0x0115, 4);
    Path file = ImageFiles.write(folder.resolve("a.tif"), tiff);

    assertThatThrownBy(() -> RgbImage.read(file))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("is a TIFF of JPEG data in CMYK or with alpha")
        .hasMessageContaining("save it as a PNG");
  }

  /** Sets a tag of a big-endian TIFF that has one short number. */
  private static void setTag(byte[] tiff, int tag, int value) {
    byte[] entry = {(byte) (tag >> 8), (byte) tag, 0, 3, 0, 0, 0, 1};
    int at = 0;
    while (!Arrays.equals(tiff, at, at + 8, entry, 0, 8)) {
      at++;
    }
    tiff[at + 9] = (byte) value;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 30})
  void refusesAWebpThatIsCutOff(int missing) {
    byte[] webp = ImageCase.of("webp", "lossless.webp").file();
    Path file =
        ImageFiles.write(folder.resolve("a.webp"), Arrays.copyOf(webp, webp.length - missing));

    assertThatThrownBy(() -> RgbImage.read(file))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("bytes of " + webp.length)
        .hasMessageContaining("download or copy the file again");
  }

  @Test
  void readsAWebpWhoseColourProfileIsDamaged() {
    ImageCase lossless = ImageCase.of("webp", "lossless.webp");
    byte[] plain = lossless.file();
    RgbImage expected = lossless.expected();
    ByteBuffer webp = ByteBuffer.allocate(plain.length + 18 + 12).order(ByteOrder.LITTLE_ENDIAN);
    webp.put(plain, 0, 4).putInt(webp.capacity() - 8).put(plain, 8, 4);
    webp.put("VP8X".getBytes(StandardCharsets.US_ASCII)).putInt(10).putInt(0x20);
    webp.putShort((short) (expected.width() - 1)).put((byte) 0);
    webp.putShort((short) (expected.height() - 1)).put((byte) 0);
    webp.put("ICCP".getBytes(StandardCharsets.US_ASCII)).putInt(3).put(new byte[] {1, 2, 3, 0});
    webp.put(plain, 12, plain.length - 12);

    assertThat(RgbImage.read(ImageFiles.write(folder.resolve("a.webp"), webp.array())))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a.jpg",
        "a.JPG",
        "a.jpeg",
        "a.jfif",
        "a.jpe",
        "a.png",
        "a.bmp",
        "a.tif",
        "a.TIFF",
        "a.webp",
        "b/c.d/a.Png",
        "a.b.jpg"
      })
  void knowsTheExtensionsOfImages(String name) {
    assertThat(ImageFile.hasImageExtension(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "a.txt", "a.jpg.part", "a.gif", "a.", "", "jpg/a", "a.jpg/b"})
  void knowsNoOtherExtensions(String name) {
    assertThat(ImageFile.hasImageExtension(name)).isFalse();
  }

  private void assertRefused(byte[] content, String... parts) {
    Path file = ImageFiles.write(folder.resolve("a.jpg"), content);

    assertThatThrownBy(() -> RgbImage.read(file))
        .isInstanceOfSatisfying(DatasetException.class, e -> assertThat(e.file()).isEqualTo(file))
        .message()
        .contains(parts);
    assertThatThrownBy(() -> ImageFile.header(file)).isInstanceOf(DatasetException.class);
  }
}
