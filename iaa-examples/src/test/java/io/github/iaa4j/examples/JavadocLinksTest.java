package io.github.iaa4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.dataset.LabeledDataset;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The other modules' Javadoc links to core by a list of its packages. */
class JavadocLinksTest {

  @Test
  void theListOfCoresPackagesIsThatOfItsModule() throws IOException, URISyntaxException {
    Path core =
        Path.of(LabeledDataset.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    ModuleDescriptor module =
        ModuleFinder.of(core).find("io.github.iaa4j.core").orElseThrow().descriptor();

    assertThat(Files.readAllLines(Path.of("../config/javadoc/iaa-core/element-list")))
        .containsExactlyElementsOf(
            Stream.concat(
                    Stream.of("module:" + module.name()),
                    module.exports().stream()
                        .filter(exports -> !exports.isQualified())
                        .map(ModuleDescriptor.Exports::source)
                        .sorted())
                .toList());
  }
}
