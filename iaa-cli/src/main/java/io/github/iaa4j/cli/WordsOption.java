package io.github.iaa4j.cli;

import io.github.iaa4j.core.words.ClassWords;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How classes are named, for every command that writes prompts. */
final class WordsOption {

  @Option(
      names = "--words",
      paramLabel = "FILE",
      description =
          "A file with the names of your classes in sentences, their synonyms and their"
              + " look-alikes; in the form of class-words.txt, see the README of iaa-llm. A run keeps"
              + " the words that it was started with.")
  private @Nullable Path file;

  ClassWords words() {
    return file == null ? ClassWords.builtIn() : ClassWords.read(file);
  }
}
