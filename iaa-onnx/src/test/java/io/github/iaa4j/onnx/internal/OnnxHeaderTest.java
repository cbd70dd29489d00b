package io.github.iaa4j.onnx.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxHeaderTest {

  @TempDir Path folder;

  @Test
  void anInterruptedThreadReadsTheFileToo() throws IOException {
    Path file = Files.write(folder.resolve("model.onnx"), Models.arithmetic());

    Thread.currentThread().interrupt();
    OnnxHeader header = OnnxHeader.read(file);

    assertThat(Thread.interrupted()).as("the interrupt flag").isTrue();
    assertThat(header).isNotNull();
    assertThat(header.operators()).containsOnlyKeys("Add", "Mul");
  }
}
