package io.github.iaa4j.onnx.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxJavaType;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.onnx.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphCacheTest {

  @TempDir private Path temporary;
  private Path model;

  @BeforeEach
  void writeModel() {
    model = Models.write(temporary.resolve("model"), Models.projection());
  }

  @Test
  void changesNoBit() {
    float[] without = run(model, Device.cpu());

    assertThat(run(model, caching())).as("made").containsExactly(without);
    assertThat(run(model, caching())).as("used").containsExactly(without);
  }

  @Test
  void makesAGraphOnce() throws IOException {
    run(model, caching());
    SortedMap<String, FileTime> made = files();

    run(model, caching());

    assertThat(made.keySet()).hasSize(3).anyMatch(name -> name.endsWith("model.onnx"));
    assertThat(files()).isEqualTo(made);
  }

  @Test
  void makesADamagedGraphAnew() throws IOException {
    float[] before = run(model, caching());
    SortedMap<String, FileTime> made = files();
    for (String name : made.keySet()) {
      Path file = cache().resolve(name);
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
    }

    float[] again = run(model, caching());

    assertThat(again).containsExactly(before);
    assertThat(files().keySet()).isEqualTo(made.keySet());
    SortedMap<String, FileTime> remade = files();
    run(model, caching());
    assertThat(files()).isEqualTo(remade);
  }

  @Test
  void makesAnewWhatOnnxRuntimeCannotLoad() throws IOException {
    float[] before = run(model, caching());
    SortedMap<String, FileTime> made = files();
    Path index =
        cache()
            .resolve(
                made.keySet().stream()
                    .filter(name -> name.endsWith("files.txt"))
                    .findFirst()
                    .orElseThrow());
    Files.writeString(index.resolveSibling("model.onnx"), "x");
    CRC32C checksum = new CRC32C();
    checksum.update('x');
    List<String> lines = Files.readAllLines(index);
    lines.set(0, String.format(Locale.ROOT, "model.onnx %08x 1", checksum.getValue()));
    Files.write(index, lines);

    assertThat(run(model, caching())).containsExactly(before);
    assertThat(files().keySet()).isEqualTo(made.keySet());
  }

  @Test
  void keepsAnotherGraphWhereAFileBesideItChanges() throws IOException {
    run(model, caching());
    int before = files().size();
    Files.write(model.resolveSibling("more"), new byte[1]);

    run(model, caching());

    assertThat(files()).hasSize(2 * before);
  }

  @Test
  void readsModelsWhoseWeightsLieBesideTheGraph() throws IOException {
    float[] whole = run(model, caching());
    // What is kept has its weights in a file beside it.
    Path kept =
        files().keySet().stream()
            .filter(name -> name.endsWith("weights"))
            .map(cache()::resolve)
            .findFirst()
            .orElseThrow();
    Files.copy(kept, model.resolveSibling("weights"));
    Files.copy(kept.resolveSibling("model.onnx"), model, StandardCopyOption.REPLACE_EXISTING);

    assertThat(run(model, caching())).as("made").containsExactly(whole);
    assertThat(run(model, caching())).as("used").containsExactly(whole);
  }

  @Test
  void isNotUsedForModelsInMemory() {
    try (Graph graph = Graph.load(model, Models.projection(), caching(), Models.REMEDIES)) {
      assertThat(graph.outputNames()).containsExactly(Models.PROJECTED);
    }
    assertThat(cache()).doesNotExist();
  }

  @Test
  void saysWhereNothingCanBeKept() throws IOException {
    Files.writeString(cache(), "a file where the folder should be");

    assertThatThrownBy(() -> run(model, caching()))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining(cache().toString());
  }

  private Path cache() {
    return temporary.resolve("graphs");
  }

  private Device caching() {
    return Device.cpu().keepingGraphsIn(cache());
  }

  private SortedMap<String, FileTime> files() throws IOException {
    TreeMap<String, FileTime> times = new TreeMap<>();
    try (Stream<Path> found = Files.walk(cache())) {
      for (Path file : (Iterable<Path>) found.filter(Files::isRegularFile)::iterator) {
        times.put(cache().relativize(file).toString(), Files.getLastModifiedTime(file));
      }
    }
    return times;
  }

  private static float[] run(Path model, Device device) {
    try (Graph graph = Graph.load(model, device, Models.REMEDIES);
        FloatTensor input = new FloatTensor(graph, new long[] {2, 3}, OnnxJavaType.FLOAT)) {
      input.put(0, new float[] {0.1f, -2, 3.7f, 4, 5.3f, 6});
      return graph.run(Map.of(Models.INPUT, input), Models.PROJECTED);
    }
  }
}
