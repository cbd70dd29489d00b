package io.github.iaa4j.wsss.internal.training;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.internal.Sha256;
import io.github.iaa4j.core.internal.Slices;
import io.github.iaa4j.wsss.internal.ModelCard;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What decides the bytes of a trained model, by field: classes, settings, the first weights, and
 * every pixel and label of the images. A checkpoint is resumed only where all of it is the same.
 */
final class Configuration {

  private static final Gson GSON = new Gson();

  private Configuration() {}

  /**
   * Reads all images once more.
   *
   * @param classifier the bytes of the classifier before its first step, which the backbone's file
   *     and the code that makes networks decide
   * @param segmenter the same of the segmenter on that classifier
   * @param checkpoint called between slices of images; may throw to end the reading
   */
  static JsonObject of(TrainingJob job, byte[] classifier, byte[] segmenter, Runnable checkpoint) {
    JsonObject fields = ModelCard.fields(job.settings());
    fields.add("classNames", GSON.toJsonTree(job.images().classNames()));
    fields.addProperty("backbone", job.backboneName());
    fields.addProperty("classifierStartSha256", Sha256.hex(classifier));
    fields.addProperty("segmenterStartSha256", Sha256.hex(segmenter));
    fields.addProperty("device", job.device().toString());
    fields.addProperty("threadsOfAnOperator", PyTorch.threads());
    addImages(fields, "images", job.images(), checkpoint);
    addImages(fields, "validationImages", job.validation(), checkpoint);
    // As it is read back, so that numbers compare as they are written.
    return JsonParser.parseString(fields.toString()).getAsJsonObject();
  }

  private static void addImages(
      JsonObject fields, String name, @Nullable LabeledDataset data, Runnable checkpoint) {
    List<LabeledImage> images = data == null ? List.of() : data.images();
    MessageDigest digest = Sha256.digest();
    Slices.forEach(
        images.size(),
        done -> checkpoint.run(),
        (from, to) ->
            images.subList(from, to).parallelStream()
                .map(Configuration::line)
                .forEachOrdered(line -> digest.update(line.getBytes(StandardCharsets.UTF_8))));
    fields.addProperty(name, images.size());
    fields.addProperty(name + "Sha256", Sha256.hex(digest));
  }

  private static String line(LabeledImage image) {
    RgbImage pixels = image.image();
    MessageDigest digest = Sha256.digest();
    digest.update(
        ByteBuffer.allocate(2 * Integer.BYTES)
            .putInt(pixels.width())
            .putInt(pixels.height())
            .flip());
    digest.update(pixels.pixels());
    return GSON.toJson(List.of(image.id(), image.labels(), image.generated(), Sha256.hex(digest)))
        + "\n";
  }
}
