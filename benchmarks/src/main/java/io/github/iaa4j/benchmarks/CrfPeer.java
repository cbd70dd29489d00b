package io.github.iaa4j.benchmarks;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.wsss.crf.CrfPreset;
import io.github.iaa4j.wsss.crf.Unary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Against pydensecrf, in a process that stays; the two take turns, photograph by photograph. */
@Command(
    name = "crf",
    description = {
      "Dense CRF against pydensecrf: how many labels agree, and how long it takes.",
      "",
      "From the same probabilities to labels, one thread each. A time is the sum over the"
          + " photographs of the least of the rounds."
    },
    mixinStandardHelpOptions = true)
final class CrfPeer implements Callable<Integer> {

  private static final double AGREEMENT_GOAL = 99;
  private static final double SPEED_GOAL = 1;

  @Option(
      names = "--python",
      defaultValue = "python3",
      description =
          "A Python with tools/peers/densecrf/requirements.txt. Default: ${DEFAULT-VALUE}.")
  private String python = "python3";

  @Option(
      names = "--script",
      defaultValue = "tools/peers/densecrf/densecrf.py",
      description = "The peer's side. Default: ${DEFAULT-VALUE}.")
  private Path script = Path.of("tools/peers/densecrf/densecrf.py");

  @Option(
      names = "--voc",
      required = true,
      description = "A VOC folder, of whose list train the photographs are.")
  private Path voc = Path.of("VOC2012");

  @Option(
      names = "--photographs",
      defaultValue = "5",
      description = "How many. Default: ${DEFAULT-VALUE}.")
  private int photographs = 5;

  @Option(
      names = "--size",
      defaultValue = "500x375",
      description = "Only photographs of this size; any, of all. Default: ${DEFAULT-VALUE}.")
  private String size = "500x375";

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "Times of each side; one more warms up. Default: ${DEFAULT-VALUE}.")
  private int rounds = 3;

  @Option(
      names = "--presets",
      defaultValue = "PSA,TOCO,DEEPLAB",
      split = ",",
      description = "Among ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private List<CrfPreset> presets = List.of();

  /** What both sides read. */
  private static final class Case {

    final Path file;
    final RgbImage image;

    /** {@code [labels][height * width]}. */
    final float[][] probabilities;

    Case(Path file, RgbImage image, float[][] probabilities) {
      this.file = file;
      this.image = image;
      this.probabilities = probabilities;
    }

    static Case read(Path file) {
      try {
        ByteBuffer data = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int width = data.getInt();
        int height = data.getInt();
        float[][] probabilities = new float[data.getInt()][width * height];
        byte[] pixels = new byte[3 * width * height];
        data.get(pixels);
        for (float[] plane : probabilities) {
          data.asFloatBuffer().get(plane);
          data.position(data.position() + Float.BYTES * plane.length);
        }
        return new Case(file, new RgbImage(width, height, pixels), probabilities);
      } catch (IOException e) {
        throw new IllegalStateException(file + " cannot be read", e);
      }
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("crf");
    try {
      List<Case> cases = cases(folder);
      Table table =
          new Table(
              "preset",
              "labels that agree, %",
              "least on a photograph, %",
              "goal",
              "pydensecrf, s",
              "ours, s",
              "ours is faster",
              "goal");
      try (Peer peer = new Peer()) {
        for (CrfPreset preset : presets) {
          measure(table, preset, cases, peer, folder.resolve("labels"));
        }
      }
      table.print();
      return 0;
    } finally {
      LoadTime.delete(folder);
    }
  }

  private List<Case> cases(Path folder) throws IOException, InterruptedException {
    Stream<String> sized = size.equals("any") ? Stream.empty() : Stream.of("--size", size);
    List<String> command =
        Stream.concat(
                Stream.of(
                    python,
                    script.toString(),
                    "cases",
                    voc.toString(),
                    folder.toString(),
                    "--photographs",
                    String.valueOf(photographs)),
                sized)
            .toList();
    if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
      throw new IOException("no photographs: " + String.join(" ", command) + " failed");
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().map(Case::read).toList();
    }
  }

  private void measure(Table table, CrfPreset preset, List<Case> cases, Peer peer, Path out)
      throws IOException {
    double ours = 0;
    double theirs = 0;
    long pixels = 0;
    long agreeing = 0;
    double least = 100;
    for (Case photograph : cases) {
      double ourLeast = Double.MAX_VALUE;
      double theirLeast = Double.MAX_VALUE;
      byte[] labels = {};
      for (int round = -1; round < rounds; round++) {
        theirLeast = Math.min(theirLeast, peer.infer(photograph.file, preset, out));
        RgbImage image = photograph.image;
        long begun = System.nanoTime();
        Unary unary =
            Unary.ofProbabilities(photograph.probabilities, image.width(), image.height());
        labels = preset.crf().infer(image, unary).mask().indices();
        ourLeast = Math.min(ourLeast, (System.nanoTime() - begun) / 1e9);
      }
      byte[] peerLabels = Files.readAllBytes(out);
      int same = 0;
      for (int i = 0; i < labels.length; i++) {
        same += labels[i] == peerLabels[i] ? 1 : 0;
      }
      agreeing += same;
      pixels += labels.length;
      least = Math.min(least, 100.0 * same / labels.length);
      ours += ourLeast;
      theirs += theirLeast;
    }
    table.row(
        preset,
        String.valueOf(Math.floor(1e6 * agreeing / pixels) / 1e4),
        String.valueOf(Math.floor(1e4 * least) / 1e4),
        AGREEMENT_GOAL,
        theirs,
        ours,
        Table.times(theirs / ours),
        SPEED_GOAL + "x");
  }

  private final class Peer implements AutoCloseable {

    private final PythonPeer process =
        new PythonPeer("pydensecrf", 1, List.of(python, script.toString(), "serve"));

    Peer() throws IOException {}

    double infer(Path file, CrfPreset preset, Path out) throws IOException {
      JsonObject request = new JsonObject();
      request.addProperty("case", file.toString());
      request.addProperty("out", out.toString());
      Map<String, String> settings = preset.crf().describe().settings();
      request.add("gaussian", numbers(settings, "term1.sigmaXy", "term1.weight"));
      request.add(
          "bilateral", numbers(settings, "term2.sigmaXy", "term2.sigmaRgb", "term2.weight"));
      request.addProperty("iterations", Integer.valueOf(settings.get("iterations")));
      return Double.parseDouble(process.ask(request));
    }

    private JsonElement numbers(Map<String, String> settings, String... names) {
      return new Gson()
          .toJsonTree(Stream.of(names).map(settings::get).map(Double::valueOf).toList());
    }

    @Override
    public void close() {
      process.close();
    }
  }
}
