package io.github.iaa4j.core.words;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.RuleBasedPromptAgent;
import io.github.iaa4j.core.prompt.TemplatePromptAgent;
import io.github.iaa4j.core.settings.Description;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user's file of words. */
class ClassWordsFileTest {

  @Test
  void aUsersFileAddsClassesAndReplacesKnownOnes(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("words.txt");
    Files.writeString(
        file,
        """
        # Ours.
        [leaf_blight]
        say: blighted leaf
        plural: blighted leaves
        group: leaf
        also: leaf with blight/leaves with blight
        avoid: autumn leaf

        [cat]
        also: wildcat
        """);

    ClassWords own = ClassWords.read(file);

    assertThat(own.one("Leaf Blight")).isEqualTo("a blighted leaf");
    assertThat(own.plural("leaf_blight")).isEqualTo("blighted leaves");
    assertThat(own.group("leaf_blight")).isEqualTo("leaf");
    assertThat(own.names("two leaves with blight", "leaf_blight")).isTrue();
    assertThat(own.names("a wildcat", "cat")).isTrue();
    assertThat(own.names("a kitten", "cat")).isFalse();
    assertThat(own.names("a puppy", "dog")).isTrue();
  }

  @Test
  void everyFaultOfAFileIsNamedWithItsLineAndField(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("words.txt");
    Files.writeString(
        file,
        """
        say: early
        [cat]
        colour: grey
        also: kitten,, kitty
        say:
        [dog
        [skis]
        one: a pair of boards
        [cat]
        avoid: fox (noun)
        avoid: lynx
        """);

    ConfigurationException refused =
        catchThrowableOfType(ConfigurationException.class, () -> ClassWords.read(file));

    assertThat(refused.faults()).hasSize(9);
    assertThat(refused)
        .hasMessageContainingAll(
            file + ":1: say: comes before any class",
            file
                + ":3: expected say, plural, one, group, also, near, not or avoid and a colon,"
                + " found colour: grey",
            file + ":4: also: expected words with commas between them",
            file + ":5: say: is empty",
            file + ":6: expected a class name in brackets, such as [tvmonitor], found [dog",
            file + ":8: one: expected words that end in \"skis\", found a pair of boards",
            file + ":9: the class [cat] is in the file twice",
            file + ":10: avoid: expected words",
            file + ":11: avoid: is in [cat] twice");
  }

  @Test
  void wordsThatNoSentenceCouldHoldAreRefused(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("words.txt");
    Files.writeString(
        file,
        """
        [n1]
        say: tench, tinca
        [n2]
        plural: fish, fishes
        [n3]
        plural: (verb)
        [n4]
        plural: -
        [n5]
        also: -
        [n6]
        avoid: pike/\u200b-
        [tench, Tinca tinca]
        also: fish
        """);

    ConfigurationException refused =
        catchThrowableOfType(ConfigurationException.class, () -> ClassWords.read(file));

    assertThat(refused.faults())
        .satisfiesExactly(
            fault ->
                assertThat(fault)
                    .startsWith(file + ":2: say: expected one name without a comma")
                    .contains("found \"tench, tinca\""),
            fault -> assertThat(fault).startsWith(file + ":4: plural: expected one name"),
            fault -> assertThat(fault).startsWith(file + ":6: plural: expected one name"),
            fault -> assertThat(fault).startsWith(file + ":8: plural: expected one name"),
            fault -> assertThat(fault).startsWith(file + ":10: also: expected words"),
            fault -> assertThat(fault).startsWith(file + ":12: avoid: expected words"),
            fault -> assertThat(fault).startsWith(file + ":13: say: expected one name"));
  }

  @Test
  void wordsAreCleanedAsTextsAre(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("words.txt");
    Files.writeString(
        file,
        "\ufeff[cafe\u0301]\nsay: Cafe\u0301\nplural: ca\u200bfe\u0301s\nalso: bistro / bistros, \uff42\uff41\uff52\n");

    ClassWords own = ClassWords.read(file);

    for (String name : List.of("caf\u00e9", "cafe\u0301")) {
      assertThat(own.one(name)).isEqualTo("a caf\u00e9");
      assertThat(own.plural(name)).isEqualTo("caf\u00e9s");
      assertThat(own.allWords(name)).containsExactly("caf\u00e9", "bistro", "bar");
      assertThat(own.names("in a caf\u00e9", name)).isTrue();
      assertThat(own.names("two bistros", name)).isTrue();
    }
  }

  @Test
  void anAgentsNameTellsOtherWordsFromTheBuiltInOnes(@TempDir Path folder) throws Exception {
    ClassWords one = written(folder, "[n1]\nsay: fox\n");
    ClassWords same = written(folder, "# Ours.\n\n[N_1]\nsay:  Fox\n");
    ClassWords other = written(folder, "[n1]\nsay: red fox\n");
    ClassWords none = written(folder, "# Nothing yet.\n");

    assertThat(one.describe().toString()).matches("own \\(checksum [0-9a-f]{8}\\)");
    assertThat(same.describe()).isEqualTo(one.describe());
    assertThat(other.describe()).isNotEqualTo(one.describe());
    assertThat(none.describe()).isEqualTo(ClassWords.builtIn().describe());
    assertThat(new RuleBasedPromptAgent(one).describe())
        .isEqualTo(Description.of("rule").with("words", one.describe()));
    assertThat(new TemplatePromptAgent(one).describe())
        .isEqualTo(Description.of("template").with("words", one.describe()));
    assertThat(new RuleBasedPromptAgent().name()).isEqualTo("rule");
    assertThat(new TemplatePromptAgent().name()).isEqualTo("template");
  }

  @Test
  void aTemplatesLastResortIsInItsOwnWords(@TempDir Path folder) throws Exception {
    ClassWords own = written(folder, "[n1]\nsay: fox\nplural: foxes\n");
    PromptRequest request =
        new PromptRequest(new Slot(0, List.of("n1")), List.of("n1"), List.of(), 1);

    Prompt prompt = new TemplatePromptAgent(own).fallback(request, null);

    assertThat(prompt.text()).contains("fox").doesNotContain("n1");
    assertThat(prompt).isEqualTo(new RuleBasedPromptAgent(own).fallback(request, null));
  }

  private static ClassWords written(Path folder, String text) throws IOException {
    return ClassWords.read(Files.writeString(folder.resolve("words.txt"), text));
  }

  @Test
  void aFileThatIsNoTextIsRefused(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("words.txt");
    Files.write(file, "[caf\u00e9]".getBytes(StandardCharsets.ISO_8859_1));

    assertThatThrownBy(() -> ClassWords.read(file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(file + ": is not UTF-8 text");
    assertThatThrownBy(() -> ClassWords.read(folder.resolve("none.txt")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("none.txt");
  }
}
