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
import io.github.iaa4j.wsss.internal.training.TrainingSet.Example;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What decides the bytes of a trained model, by field: classes, settings, the first weights, and
 * every pixel that the networks are shown and every label. A checkpoint is resumed only where all
 * of it is the same.
 */
final class Configuration {

  private static final Gson GSON = new Gson();

  private Configuration() {}

  /**
   * Images that are not kept in memory are read once more.
   *
   * @param classifier the bytes of the classifier before its first step, which the backbone's file
   *     and the code that makes networks decide
   * @param segmenter the same of the segmenter on that classifier
   * @param examples the images as they are trained on
   * @param validation the images as the classifier is measured on them
   * @param checkpoint called between slices of images; may throw to end the reading
   */
  static JsonObject of(
      TrainingJob job,
      byte[] classifier,
      byte[] segmenter,
      List<Example> examples,
      List<Example> validation,
      Runnable checkpoint) {
    JsonObject fields = ModelCard.fields(job.settings());
    fields.add("classNames", GSON.toJsonTree(job.images().classNames()));
    fields.addProperty("backbone", job.backboneName());
    fields.addProperty("classifierStartSha256", Sha256.hex(classifier));
    fields.addProperty("segmenterStartSha256", Sha256.hex(segmenter));
    fields.addProperty("device", job.device().toString());
    fields.addProperty("threadsOfAnOperator", PyTorch.threads());
    addImages(fields, "images", job.images(), examples, checkpoint);
    addImages(fields, "validationImages", job.validation(), validation, checkpoint);
    // As it is read back, so that numbers compare as they are written.
    return JsonParser.parseString(fields.toString()).getAsJsonObject();
  }

  private static void addImages(
      JsonObject fields,
      String name,
      @Nullable LabeledDataset data,
      List<Example> examples,
      Runnable checkpoint) {
    List<LabeledImage> images = data == null ? List.of() : data.images();
    MessageDigest digest = Sha256.digest();
    images.forEach(image -> add(digest, line(image)));
    Slices.forEach(
        examples.size(),
        done -> checkpoint.run(),
        (from, to) ->
            examples.subList(from, to).parallelStream()
                .map(example -> pixels(example.image()))
                .forEachOrdered(pixels -> add(digest, pixels)));
    fields.addProperty(name, images.size());
    fields.addProperty(name + "Sha256", Sha256.hex(digest));
  }

  private static void add(MessageDigest digest, String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String line(LabeledImage image) {
    return GSON.toJson(List.of(image.id(), image.labels(), image.generated())) + "\n";
  }

  private static String pixels(RgbImage image) {
    MessageDigest digest = Sha256.digest();
    digest.update(
        ByteBuffer.allocate(2 * Integer.BYTES).putInt(image.width()).putInt(image.height()).flip());
    digest.update(image.pixels());
    return Sha256.hex(digest) + "\n";
  }
}
