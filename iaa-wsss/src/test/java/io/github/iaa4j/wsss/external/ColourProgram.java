package io.github.iaa4j.wsss.external;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * A segmentation program in a process of its own, which knows nothing of this library: what is red
 * is class 1, what is green is class 2.
 */
final class ColourProgram {

  private ColourProgram() {}

  public static void main(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "train" -> train(Path.of(arguments[1]), arguments[2], Path.of(arguments[3]));
      case "segment" ->
          segment(
              Path.of(arguments[1]),
              arguments[2],
              Path.of(arguments[3]),
              Path.of(arguments[4]),
              Path.of(arguments[5]),
              arguments[6]);
      case "fail" -> {
        for (int line = 1; line <= 50; line++) {
          System.out.println("line " + line);
        }
        System.err.println("out of memory");
        System.exit(3);
      }
      case "print" -> List.of(arguments).forEach(System.out::println);
      case "token" -> System.out.println("the token has " + System.getenv("TOKEN").length());
      case "ask" -> System.out.println("read " + System.in.read());
      case "nothing" -> {}
      case "hang" -> {
        startChild();
        Thread.sleep(60_000);
      }
      case "leave" -> {
        startChild();
        Thread.sleep(1_000);
      }
      case "sleep" -> Thread.sleep(60_000);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static void train(Path data, String split, Path model) throws IOException {
    List<String> names = names(data, split);
    Files.write(model.resolve("names.txt"), names);
    System.out.print("epoch 1\repoch 2\r\n\n");
    System.out.println("trained on " + names.size());
  }

  private static List<String> names(Path data, String split) throws IOException {
    return Files.readAllLines(data.resolve("ImageSets/Segmentation/" + split + ".txt"));
  }

  private static void segment(
      Path data, String split, Path images, Path model, Path masks, String fault)
      throws IOException {
    Files.writeString(
        model.resolve("calls.txt"), "call\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    List<String> names = names(data, split);
    int count = fault.equals("half") ? names.size() / 2 : names.size();
    for (String name : names.subList(0, count)) {
      BufferedImage image = ImageIO.read(images.resolve(name + ".png").toFile());
      boolean small = fault.equals("small");
      BufferedImage mask =
          new BufferedImage(
              small ? 1 : image.getWidth(),
              small ? 1 : image.getHeight(),
              fault.equals("rgb") ? BufferedImage.TYPE_INT_RGB : BufferedImage.TYPE_BYTE_GRAY);
      for (int y = 0; y < mask.getHeight(); y++) {
        for (int x = 0; x < mask.getWidth(); x++) {
          int rgb = image.getRGB(x, y);
          int index = (rgb >> 16 & 0xff) > 128 ? 1 : (rgb >> 8 & 0xff) > 128 ? 2 : 0;
          mask.getRaster().setSample(x, y, 0, fault.equals("high") ? 9 : index);
        }
      }
      ImageIO.write(mask, "png", masks.resolve(name + ".png").toFile());
    }
  }

  private static void startChild() throws Exception {
    Process child =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                ColourProgram.class.getName(),
                "sleep")
            .start();
    System.out.println("child " + child.pid());
  }
}
