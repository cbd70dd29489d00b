package io.github.iaa4j.toyworld;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ToyWorldCheckpointTest {

  @TempDir Path cache;

  @Test
  void isUnpackedAsAStableDiffusionFolder() {
    Path folder = ToyWorldCheckpoint.folder(cache);

    assertThat(folder.resolve("model_index.json")).isRegularFile();
    assertThat(folder.resolve("unet/model.onnx")).isNotEmptyFile();
    assertThat(folder.resolve("vae_decoder/model.onnx")).isNotEmptyFile();
    assertThat(folder.resolve("text_encoder/model.onnx")).isNotEmptyFile();
    assertThat(folder.resolve("tokenizer/vocab.json")).isNotEmptyFile();
  }

  @Test
  void isUnpackedOnce() throws IOException {
    Path config = ToyWorldCheckpoint.folder(cache).resolve("model_index.json");
    FileTime longAgo = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));
    Files.setLastModifiedTime(config, longAgo);

    ToyWorldCheckpoint.folder(cache);

    assertThat(Files.getLastModifiedTime(config)).isEqualTo(longAgo);
  }

  @Test
  void isUnpackedAgainIfAFileIsDamagedOrMissing() throws IOException {
    Path folder = ToyWorldCheckpoint.folder(cache);
    byte[] whole = Files.readAllBytes(folder.resolve("unet/model.onnx"));
    Files.write(folder.resolve("unet/model.onnx"), new byte[] {1, 2, 3});
    Files.delete(folder.resolve("model_index.json"));

    assertThat(ToyWorldCheckpoint.folder(cache)).isEqualTo(folder);

    assertThat(folder.resolve("unet/model.onnx")).hasBinaryContent(whole);
    assertThat(folder.resolve("model_index.json")).isRegularFile();
  }

  @Test
  void leavesNothingElseInTheCache() throws IOException {
    Path folder = ToyWorldCheckpoint.folder(cache);

    try (Stream<Path> files = Files.list(cache)) {
      assertThat(files.toList()).isEqualTo(List.of(folder));
    }
  }
}
