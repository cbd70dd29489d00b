package io.github.iaa4j.toyworld;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.iaa4j.core.dataset.ImageEncoding;
import io.github.iaa4j.core.dataset.VocWriter;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.internal.AtomicFiles;
import io.github.iaa4j.core.internal.Slices;
import io.github.iaa4j.toyworld.internal.Composer;
import io.github.iaa4j.toyworld.internal.ToyRandom;
import io.github.iaa4j.toyworld.internal.Wording;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A drawn, captioned and exactly masked image data set of ten VOC classes, made from a seed. The
 * same seed gives the same pixels, masks and captions on every machine. Safe for use by several
 * threads.
 */
public final class ToyWorld {

  /** The ten classes, in VOC's order; mask index k + 1 is class k. */
  public static final List<String> CLASS_NAMES =
      List.of("aeroplane", "bird", "boat", "car", "cat", "cow", "dog", "horse", "person", "sheep");

  /** The body colours. */
  public static final List<String> COLOUR_NAMES = Composer.COLOURS;

  /** The backgrounds. */
  public static final List<String> SETTING_NAMES = Composer.SETTINGS;

  /** Width and height of every image, in pixels. */
  public static final int SIZE = Composer.SIZE;

  /** No photo of PASCAL VOC and no generated image has an id with one of these years. */
  private static final int FIRST_YEAR = 1901;

  private static final ThreadLocal<Composer> COMPOSER = ThreadLocal.withInitial(Composer::new);

  /** What is kept of a scene after its files are written. */
  private record Written(String id, List<String> labels, String line) {}

  private ToyWorld() {}

  /**
   * All words that can occur in a caption, in alphabetical order. The checkpoint was trained on
   * these words and no others.
   */
  public static List<String> words() {
    return Wording.words();
  }

  /**
   * Draws one scene.
   *
   * @param seed of the whole data set
   * @param index of the scene in its split, from 0
   * @throws IllegalArgumentException if {@code index} is negative
   */
  public static ToyScene scene(Split split, long seed, int index) {
    if (index < 0) {
      throw new IllegalArgumentException("the index of a scene counts from 0, but is " + index);
    }
    Composer.Picture picture =
        COMPOSER.get().compose(sceneSeed(split, seed, index), split.narrow());
    BitSet present = new BitSet();
    picture.things().forEach(t -> present.set(t.classIndex()));
    List<ToyObject> objects = new ArrayList<>();
    for (Composer.Thing t : picture.things()) {
      objects.add(
          new ToyObject(
              CLASS_NAMES.get(t.classIndex()),
              COLOUR_NAMES.get(t.colour()),
              t.size(),
              t.facesRight() ? "right" : "left",
              t.x0(),
              t.y0(),
              t.x1() - t.x0(),
              t.y1() - t.y0(),
              t.area()));
    }
    return new ToyScene(
        picture.image(),
        picture.mask(),
        present.stream().mapToObj(CLASS_NAMES::get).toList(),
        picture.caption(),
        objects,
        SETTING_NAMES.get(picture.setting()));
  }

  /**
   * Writes the first {@code count} scenes of a split as a VOC data set, with {@code captions.jsonl}
   * beside its folders. Uses all cores; the files do not depend on their number.
   *
   * <p>Ids are a year for the split and the scene's index from 1, such as {@code 1901_000001}.
   *
   * @param count 1 to 999,999
   * @param seed of the whole data set
   * @param folder created if it does not exist
   * @throws ConfigurationException if {@code count} is out of range
   * @throws StorageException if a file cannot be written
   * @throws CancelledException if the thread was interrupted, which leaves its interrupt flag set;
   *     the files that were written stay, and the split's lists and captions are missing
   */
  public static void write(Split split, int count, long seed, Path folder) {
    if (count < 1 || count > 999_999) {
      throw new ConfigurationException(
          "count must be 1 to 999999, the range of six digits in an id, but is " + count);
    }
    VocWriter writer = new VocWriter(folder, CLASS_NAMES, ImageEncoding.JPEG);
    List<Written> written = new ArrayList<>();
    Slices.forEach(
        count,
        done -> stopIfInterrupted(folder, done, count),
        (from, to) ->
            written.addAll(
                IntStream.range(from, to)
                    .parallel()
                    .mapToObj(index -> write(writer, split, seed, index))
                    .toList()));
    Map<String, List<String>> labels = new LinkedHashMap<>();
    written.forEach(w -> labels.put(w.id(), w.labels()));
    writer.writeSplit(split.fileName(), labels);
    String captions = written.stream().map(w -> w.line() + "\n").collect(Collectors.joining());
    AtomicFiles.write(folder.resolve("captions.jsonl"), captions.getBytes(StandardCharsets.UTF_8));
  }

  private static Written write(VocWriter writer, Split split, long seed, int index) {
    ToyScene scene = scene(split, seed, index);
    String id = id(split, index);
    writer.add(id, scene.image(), scene.mask());
    return new Written(id, scene.labels(), line(id, scene));
  }

  private static void stopIfInterrupted(Path folder, int done, int count) {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancelledException(
          folder
              + ": drawing Toy World was cancelled after "
              + done
              + " of "
              + count
              + " images. Draw it again to complete it.",
          null);
    }
  }

  static String id(Split split, int index) {
    return String.format(Locale.ROOT, "%d_%06d", FIRST_YEAR + split.number(), index + 1);
  }

  /** The top two bits are the split's number, so the seeds of two splits always differ. */
  static long sceneSeed(Split split, long seed, int index) {
    long h = ToyRandom.mix(seed + 0x632BE59BD9B4E019L);
    h = ToyRandom.mix(h ^ ToyRandom.mix(index + 0x9E3779B97F4A7C15L));
    return h >>> 2 | (long) split.number() << 62;
  }

  private static String line(String id, ToyScene scene) {
    JsonObject line = new JsonObject();
    line.addProperty("id", id);
    line.addProperty("caption", scene.caption());
    line.addProperty("setting", scene.setting());
    JsonArray objects = new JsonArray();
    for (ToyObject o : scene.objects()) {
      JsonObject object = new JsonObject();
      object.addProperty("class", o.className());
      object.addProperty("colour", o.colour());
      object.addProperty("size", o.size());
      object.addProperty("facing", o.facing());
      JsonArray box = new JsonArray();
      box.add(o.x());
      box.add(o.y());
      box.add(o.width());
      box.add(o.height());
      object.add("box", box);
      object.addProperty("areaFraction", o.areaFraction());
      objects.add(object);
    }
    line.add("objects", objects);
    return line.toString();
  }
}
