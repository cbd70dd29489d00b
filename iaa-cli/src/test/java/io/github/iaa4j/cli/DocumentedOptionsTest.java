package io.github.iaa4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every option of the command that a document names exists, in the command that it names. */
class DocumentedOptionsTest {

  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  /** Options of other programs that the documents name. */
  private static final Set<String> OTHERS =
      Set.of(
          "--enable-native-access",
          "--sun-misc-unsafe-memory-access",
          // Of the outside program in an example.
          "--voc",
          "--list",
          "--weights",
          "--images");

  private static final Map<String, Set<String>> OPTIONS = options();

  private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z-]*[a-z]");

  /** A command with what follows it, on a command line or in a code span. */
  private static final Pattern CALL =
      Pattern.compile("(?:iaa +|`)(" + String.join("|", OPTIONS.keySet()) + ")\\b([^`\\n;|]*)");

  private static Map<String, Set<String>> options() {
    Map<String, Set<String>> options = new TreeMap<>();
    Main.commandLine()
        .getSubcommands()
        .forEach(
            (name, command) ->
                options.put(name, Set.copyOf(command.getCommandSpec().optionsMap().keySet())));
    return options;
  }

  static List<Path> documents() throws IOException {
    try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"));
        Stream<Path> modules = Files.list(ROOT)) {
      Stream<Path> readmes =
          modules
              .filter(folder -> folder.getFileName().toString().startsWith("iaa-"))
              .map(folder -> folder.resolve("README.md"))
              .filter(Files::exists);
      Stream<Path> top =
          Stream.of("README.md", "CHANGELOG.md", "CONTRIBUTING.md").map(ROOT::resolve);
      return Stream.of(top, readmes, docs.filter(file -> file.toString().endsWith(".md")))
          .flatMap(files -> files)
          .map(ROOT::relativize)
          .sorted(Comparator.comparing(Path::toString))
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void exists(Path document) throws IOException {
    assertThat(unknown(Files.readString(ROOT.resolve(document)))).isEmpty();
  }

  @Test
  void unlessTheCommandHasNoSuchOption() {
    assertThat(unknown("run `iaa train --llm URL` and\niaa report --run RUN \\\n  --rows"))
        .containsExactly("iaa train --llm", "iaa report --rows");
    assertThat(unknown("`sample --quiet`, `--data voc:DIR --rund`")).containsExactly("--rund");
  }

  @Test
  void isLookedForWhereItIsNamed() throws IOException {
    Set<String> named = new HashSet<>();
    for (Path document : documents()) {
      OPTION
          .matcher(Files.readString(ROOT.resolve(document)))
          .results()
          .forEach(option -> named.add(option.group()));
    }

    assertThat(named).contains("--llm", "--from-image", "--max-templates").hasSizeGreaterThan(30);
  }

  private static List<String> unknown(String document) {
    String text = document.replaceAll("\\\\\n", " ");
    Set<String> all = new HashSet<>(OTHERS);
    OPTIONS.values().forEach(all::addAll);
    List<String> unknown = new ArrayList<>();
    Matcher calls = CALL.matcher(text);
    while (calls.find()) {
      String command = calls.group(1);
      OPTION
          .matcher(calls.group(2))
          .results()
          .map(option -> option.group())
          .filter(option -> all.contains(option) && !OPTIONS.get(command).contains(option))
          .forEach(option -> unknown.add("iaa " + command + " " + option));
    }
    OPTION
        .matcher(text)
        .results()
        .map(option -> option.group())
        .filter(option -> !all.contains(option))
        .forEach(unknown::add);
    return unknown;
  }
}
