package io.github.iaa4j.onnx.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.diffusion.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ModelChecksumTest {

  @TempDir private Path temporary;

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "links need rights there")
  void readsFoldersThatAreLinks() throws IOException {
    Path model = temporary.resolve("model");
    Golden.copy("tiny-sd", model);
    Files.move(model.resolve("unet"), temporary.resolve("elsewhere"));
    Files.createSymbolicLink(model.resolve("unet"), temporary.resolve("elsewhere"));

    assertThat(ModelChecksum.of(model, List.of(), List.of()))
        .isEqualTo(ModelChecksum.of(Golden.path("tiny-sd"), List.of(), List.of()));
  }
}
