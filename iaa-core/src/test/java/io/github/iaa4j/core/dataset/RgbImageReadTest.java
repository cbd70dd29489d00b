package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.DatasetException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RgbImageReadTest {

  @TempDir private Path folder;

  @Test
  void readsThePixelsOfAPngAsTheyAre() {
    BufferedImage picture = ImageFiles.picture(5, 3);
    Path file = ImageFiles.write(folder.resolve("a.png"), ImageFiles.encode(picture, "png"));

    assertThat(RgbImage.read(file)).isEqualTo(RgbImage.of(picture));
  }

  @Test
  void readsAJpeg() {
    RgbImage image = RgbImage.read(ImageFiles.jpeg(folder.resolve("a.jpg"), 40, 30));

    assertThat(image.width()).isEqualTo(40);
    assertThat(image.height()).isEqualTo(30);
    assertThat(image.pixels()).isNotEqualTo(new byte[40 * 30 * 3]);
  }

  @Test
  void decidesByTheContentNotByTheName() {
    byte[] png = ImageFiles.encode(ImageFiles.picture(4, 4), "png");
    Path file = ImageFiles.write(folder.resolve("really_a_png.jpg"), png);

    assertThat(RgbImage.read(file)).isEqualTo(RgbImage.of(ImageFiles.picture(4, 4)));
  }

  @Test
  void givesGreyThreeEqualChannelsWithoutChangingItsGamma() {
    BufferedImage grey = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
    grey.getRaster().setSample(0, 0, 0, 100);
    Path file = ImageFiles.write(folder.resolve("grey.png"), ImageFiles.encode(grey, "png"));

    assertThat(RgbImage.read(file).pixels()).containsExactly(100, 100, 100, 0, 0, 0);
  }

  @Test
  void readsAGreyJpeg() {
    BufferedImage grey = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 64; i++) {
      grey.getRaster().setSample(i % 8, i / 8, 0, 100);
    }
    Path file = ImageFiles.write(folder.resolve("grey.jpg"), ImageFiles.encode(grey, "jpeg"));

    assertThat(RgbImage.read(file).pixels()).containsOnly(100);
  }

  @Test
  void roundsSixteenBitsToEight() {
    BufferedImage grey = new BufferedImage(3, 1, BufferedImage.TYPE_USHORT_GRAY);
    grey.getRaster().setPixels(0, 0, 3, 1, new int[] {65535, 25700, 128});
    Path file = ImageFiles.write(folder.resolve("grey16.png"), ImageFiles.encode(grey, "png"));

    assertThat(RgbImage.read(file).pixels()).containsExactly(255, 255, 255, 100, 100, 100, 0, 0, 0);
  }

  @Test
  void laysTransparentPixelsOverBlack() {
    BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0xff0a141e);
    image.setRGB(1, 0, 0x00ffffff);
    image.setRGB(2, 0, 0x80c86432);
    Path file = ImageFiles.write(folder.resolve("alpha.png"), ImageFiles.encode(image, "png"));

    assertThat(RgbImage.read(file).pixels()).containsExactly(10, 20, 30, 0, 0, 0, 100, 50, 25);
  }

  @Test
  void looksUpThePaletteOfAnIndexedImage() {
    Path file = ImageFiles.mask(folder.resolve("palette.png"), 2, 1, 0, 7);

    assertThat(RgbImage.read(file).pixels()).containsOnly(90);
  }

  @Test
  void ignoresAnEmbeddedColourProfile() throws IOException {
    byte[] jpeg = ImageFiles.encode(ImageFiles.picture(16, 16), "jpeg");
    byte[] profile = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
    ByteArrayOutputStream tagged = new ByteArrayOutputStream();
    int afterJfif = 2 + 2 + (((jpeg[4] & 0xff) << 8) | (jpeg[5] & 0xff));
    tagged.write(jpeg, 0, afterJfif);
    int length = 2 + 14 + profile.length;
    tagged.write(new byte[] {(byte) 0xff, (byte) 0xe2, (byte) (length >> 8), (byte) length});
    tagged.write("ICC_PROFILE\0".getBytes(StandardCharsets.ISO_8859_1));
    tagged.write(new byte[] {1, 1});
    tagged.write(profile);
    tagged.write(jpeg, afterJfif, jpeg.length - afterJfif);

    assertThat(RgbImage.read(ImageFiles.write(folder.resolve("icc.jpg"), tagged.toByteArray())))
        .isEqualTo(RgbImage.read(ImageFiles.write(folder.resolve("plain.jpg"), jpeg)));
  }

  @Test
  void refusesAJpegThatBreaksOff() {
    byte[] jpeg = ImageFiles.encode(ImageFiles.picture(200, 200), "jpeg");
    Path file = ImageFiles.write(folder.resolve("half.jpg"), Arrays.copyOf(jpeg, jpeg.length / 2));

    assertThatThrownBy(() -> RgbImage.read(file))
        .isInstanceOf(DatasetException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining("breaks off")
        .hasMessageContaining("download or copy the file again");
  }

  @Test
  void refusesAPngThatBreaksOff() {
    byte[] png = ImageFiles.encode(ImageFiles.picture(50, 50), "png");
    Path file = ImageFiles.write(folder.resolve("half.png"), Arrays.copyOf(png, png.length / 2));

    assertThatThrownBy(() -> RgbImage.read(file))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("cannot be decoded");
  }

  @Test
  void refusesAPngThatClaimsMorePixelsThanAPhotoHas() throws IOException {
    Path file =
        ImageFiles.write(folder.resolve("bomb.png"), ImageFiles.pngThatClaims(100_000, 100_000));

    assertThatThrownBy(() -> RgbImage.read(file))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("claims 100000 x 100000 pixels")
        .hasMessageContaining("scale the image down");
  }

  @Test
  void readsCmykAsInksThatAreStoredComplemented() throws IOException {
    WritableRaster raster = Raster.createInterleavedRaster(0, 8, 8, 4, null);
    for (int i = 0; i < 64; i++) {
      raster.setPixel(i % 8, i / 8, new int[] {255, 100, 0, 200});
    }
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(raster, null, null), null);
    }
    writer.dispose();
    Path file = ImageFiles.write(folder.resolve("cmyk.jpg"), bytes.toByteArray());

    byte[] pixel = Arrays.copyOf(RgbImage.read(file).pixels(), 3);

    assertThat(new int[] {pixel[0] & 0xff, pixel[1] & 0xff, pixel[2] & 0xff})
        .containsExactly(200, 78, 0);
  }

  @Test
  void refusesWhatIsNoImage() {
    Path file = ImageFiles.write(folder.resolve("page.jpg"), "<html>404 not found</html>");

    assertThatThrownBy(() -> RgbImage.read(file))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("is an HTML page, not an image");
  }

  @Test
  void saysThatAFileIsEmpty() {
    Path file = ImageFiles.write(folder.resolve("empty.jpg"), "");

    assertThatThrownBy(() -> RgbImage.read(file))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("is empty");
  }

  @Test
  void saysThatAFileIsMissing() {
    Path file = folder.resolve("gone.jpg");

    assertThatThrownBy(() -> RgbImage.read(file))
        .isInstanceOfSatisfying(DatasetException.class, e -> assertThat(e.file()).isEqualTo(file))
        .hasMessageContaining("there is no such file");
  }

  @Test
  void refusesAFolder() {
    assertThatThrownBy(() -> RgbImage.read(folder)).isInstanceOf(DatasetException.class);
  }

  @Property(tries = 600)
  void damageGivesAnImageOrADatasetException(
      @ForAll long seed, @ForAll @From("formats") String format) throws IOException {
    byte[] bytes = ImageFiles.encode(ImageFiles.picture(20, 20), format);
    Random random = new Random(seed);
    for (int hits = 1 + random.nextInt(8); hits > 0; hits--) {
      // The start holds the headers, where damage is worst.
      int at = random.nextInt(random.nextBoolean() ? Math.min(200, bytes.length) : bytes.length);
      bytes[at] = (byte) random.nextInt();
    }
    Path file = Files.createTempFile("damaged", "");
    try {
      Files.write(file, bytes);
      RgbImage image = RgbImage.read(file);
      assertThat(image.pixels()).hasSize(image.width() * image.height() * 3);
    } catch (DatasetException e) {
      assertThat(e).hasMessageStartingWith(file.toString());
    } finally {
      Files.delete(file);
    }
  }

  @Provide
  Arbitrary<String> formats() {
    return Arbitraries.of("jpeg", "png", "bmp", "tiff");
  }
}
