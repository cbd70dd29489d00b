package io.github.iaa4j.cli;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.toyworld.Split;
import io.github.iaa4j.toyworld.ToyWorld;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

@Command(
    name = "toyworld",
    description = {
      "Draws a split of Toy World, a data set of ten VOC classes with exact masks, in VOC's layout.",
      "",
      "train resembles a small collected data set: few images, common and rare classes,"
          + " each class mostly in one setting. val, test and broad vary in everything; the"
          + " built-in checkpoint has learnt from broad. The same seed gives the same files."
    },
    footerHeading = "%nExample:%n",
    footer = "  iaa toyworld --split train --count 300 --seed 1 --out toy/train")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ToyworldCommand implements Runnable {

  @Option(
      names = "--split",
      paramLabel = "SPLIT",
      required = true,
      converter = SplitName.class,
      description = "train, val, test or broad.")
  private Split split;

  @Option(
      names = "--count",
      paramLabel = "N",
      description =
          "How many images. Default: the usual number for the split, such as 300 for train.")
  private @Nullable Integer count;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "The seed of the scenes. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "The folder, created if it does not exist.")
  private Path out;

  @Mixin private Console console;

  @Override
  public void run() {
    int images = count == null ? split.defaultCount() : count;
    if (images < 1 || images > 999_999) {
      throw new ConfigurationException("--count " + images + ": a split has 1 to 999999 images");
    }
    ToyWorld.write(split, images, seed, out);
    String name = split.fileName();
    console.print(
        "%d images of Toy World's split %s, with masks and captions, are in %s.",
        images, name, out);
    console.print("Use them as --dataset voc:%s:%s", out, name);
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("command", "toyworld");
    result.put("split", name);
    result.put("images", images);
    result.put("folder", out.toString());
    console.result(result);
  }

  static final class SplitName implements ITypeConverter<Split> {
    @Override
    public Split convert(String text) {
      for (Split split : Split.values()) {
        if (split.fileName().equals(text)) {
          return split;
        }
      }
      throw new TypeConversionException(
          "\"" + text + "\" is not a split; the splits are train, val, test and broad");
    }
  }
}
